package notes_test

import (
	"context"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"gatehouse/internal/demo/notes"
)

// answers is a person who answers every question alike.
func answers(action string, save bool) *mcp.ClientOptions {
	return &mcp.ClientOptions{ElicitationHandler: func(context.Context, *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
		return &mcp.ElicitResult{Action: action, Content: map[string]any{"save": save}}, nil
	}}
}

// connect connects a client that speaks whatever both speak, or the initialize
// revisions alone.
func connect(t *testing.T, s *notes.Server, revision string, o *mcp.ClientOptions) *mcp.ClientSession {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	session, err := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, o).Connect(t.Context(),
		&mcp.StreamableClientTransport{Endpoint: server.URL}, &mcp.ClientSessionOptions{ProtocolVersion: revision})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = session.Close() })
	return session
}

var revisions = []string{"2026-07-28", "2025-11-25"}

func said(t *testing.T, r *mcp.CallToolResult, err error) string {
	t.Helper()
	if err != nil || r.IsError || len(r.Content) != 1 {
		t.Fatalf("%+v %v", r, err)
	}
	return r.Content[0].(*mcp.TextContent).Text
}

func TestNotesAreFoundInBothEras(t *testing.T) {
	t.Parallel()
	for _, revision := range revisions {
		t.Run(revision, func(t *testing.T) {
			t.Parallel()
			c := connect(t, notes.New("Contoso"), revision, nil)
			if got := c.InitializeResult().ProtocolVersion; got != revision {
				t.Errorf("speaks %s", got)
			}
			r, err := c.CallTool(t.Context(), &mcp.CallToolParams{Name: "search", Arguments: map[string]any{"words": "PAGER"}})
			if text := said(t, r, err); !strings.Contains(text, "On call") || strings.Contains(text, "Welcome") {
				t.Errorf("%s", text)
			}
			p, err := c.GetPrompt(t.Context(), &mcp.GetPromptParams{Name: "summarize", Arguments: map[string]string{"topic": "release"}})
			if err != nil || !strings.Contains(p.Messages[0].Content.(*mcp.TextContent).Text, "Thursday") {
				t.Errorf("%+v %v", p, err)
			}
			for uri, want := range map[string]string{"notes://guide": "# Notes", "notes://index": "Welcome", "notes://note/2": "On call"} {
				read, err := c.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: uri})
				if err != nil || !strings.Contains(read.Contents[0].Text, want) {
					t.Errorf("%s: %+v %v", uri, read, err)
				}
			}
			for _, uri := range []string{"notes://note/99", "notes://note/x", "notes://note/"} {
				if read, err := c.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: uri}); err == nil {
					t.Errorf("%s: %+v", uri, read)
				}
			}
			done, err := c.Complete(t.Context(), &mcp.CompleteParams{
				Ref: &mcp.CompleteReference{Type: "ref/prompt", Name: "summarize"}, Argument: mcp.CompleteParamsArgument{Name: "topic", Value: "on"},
			})
			if err != nil || !slices.Equal(done.Completion.Values, []string{"On call"}) {
				t.Errorf("%+v %v", done, err)
			}
		})
	}
}

func TestCreateAsksWhoCanBeAsked(t *testing.T) {
	t.Parallel()
	for _, revision := range revisions {
		for name, c := range map[string]struct {
			person *mcp.ClientOptions
			want   string
		}{
			"accepts":         {answers("accept", true), "Saved note 4: New"},
			"accepts no":      {answers("accept", false), "Nothing was saved."},
			"declines":        {answers("decline", true), "Nothing was saved."},
			"cannot be asked": {nil, "Saved note 4: New"},
		} {
			t.Run(revision+" "+name, func(t *testing.T) {
				t.Parallel()
				session := connect(t, notes.New("Contoso"), revision, c.person)
				r, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "create", Arguments: map[string]any{"title": "New", "text": "Words"}})
				if got := said(t, r, err); got != c.want {
					t.Errorf("%q, want %q", got, c.want)
				}
			})
		}
	}
}

func TestDescribeChangesTheDefinition(t *testing.T) {
	t.Parallel()
	s := notes.New("Contoso")
	s.Describe("Something else.")
	list, err := connect(t, s, "2026-07-28", nil).ListTools(t.Context(), nil)
	if err != nil || len(list.Tools) != 2 || list.Tools[1].Name != "search" || list.Tools[1].Description != "Something else." {
		t.Errorf("%+v %v", list, err)
	}
}
