package upstream_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// The tools of the server below.
const (
	greet    = "greet"    // says hello, after progress and a log message
	failing  = "failing"  // fails as tools do
	asking   = "asking"   // asks the person, as the legacy era does
	inquire  = "inquire"  // asks the person, as the modern era does
	patient  = "patient"  // waits until it is cancelled
	regional = "regional" // wants an argument in a header
)

// everything is a server of the official SDK.
type everything struct {
	server    *mcp.Server
	cancelled chan struct{}
	began     chan struct{}
}

func newEverything(tb testing.TB) *everything {
	tb.Helper()
	e := &everything{cancelled: make(chan struct{}, 8), began: make(chan struct{}, 8)}
	e.server = e.make(nil)
	return e
}

// make makes the server, for all revisions or for some.
func (e *everything) make(revisions []string) *mcp.Server {
	server := mcp.NewServer(&mcp.Implementation{Name: "everything", Version: "1"}, &mcp.ServerOptions{
		SupportedProtocolVersions: revisions,
		Instructions:              "be kind",
		SubscribeHandler:          func(context.Context, *mcp.SubscribeRequest) error { return nil },
		UnsubscribeHandler:        func(context.Context, *mcp.UnsubscribeRequest) error { return nil },
		CompletionHandler: func(_ context.Context, req *mcp.CompleteRequest) (*mcp.CompleteResult, error) {
			return &mcp.CompleteResult{Completion: mcp.CompletionResultDetails{Values: []string{req.Params.Ref.Type + " " + req.Params.Ref.Name + req.Params.Ref.URI + " " + req.Params.Argument.Value}}}, nil
		},
	})
	schema := map[string]any{"type": "object"}
	add := func(name string, h mcp.ToolHandler) {
		server.AddTool(&mcp.Tool{Name: name, Description: name, InputSchema: schema}, h)
	}
	add(greet, e.greet)
	add(failing, func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return &mcp.CallToolResult{IsError: true, Content: []mcp.Content{&mcp.TextContent{Text: "no"}}}, nil
	})
	add(asking, e.ask)
	add(inquire, e.inquire)
	add(patient, e.wait)
	server.AddTool(&mcp.Tool{Name: regional, InputSchema: map[string]any{
		"type": "object", "properties": map[string]any{"region": map[string]any{"type": "string", "x-mcp-header": "Region"}},
	}}, func(_ context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return text("region " + req.Extra.Header.Get("Mcp-Param-Region")), nil
	})
	server.AddPrompt(&mcp.Prompt{Name: "summarize"}, func(_ context.Context, req *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
		return &mcp.GetPromptResult{Messages: []*mcp.PromptMessage{{Role: "user", Content: &mcp.TextContent{Text: "sum up " + req.Params.Arguments["what"]}}}}, nil
	})
	server.AddResource(&mcp.Resource{URI: "test://note", Name: "note"}, func(context.Context, *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
		return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{{URI: "test://note", Text: "a note"}}}, nil
	})
	server.AddResourceTemplate(&mcp.ResourceTemplate{URITemplate: "test://notes/{id}", Name: "notes"}, func(_ context.Context, req *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
		return nil, mcp.ResourceNotFoundError(req.Params.URI)
	})
	return server
}

func text(s string) *mcp.CallToolResult {
	return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: s}}}
}

func (e *everything) greet(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	if token := req.Params.GetProgressToken(); token != nil {
		for i := range 2 {
			if err := req.Session.NotifyProgress(ctx, &mcp.ProgressNotificationParams{ProgressToken: token, Progress: float64(i), Message: "working"}); err != nil {
				return nil, err
			}
		}
	}
	_ = req.Session.Log(ctx, &mcp.LoggingMessageParams{Level: "warning", Data: "careful"}) //nolint:staticcheck // the legacy era has it
	return text("hello " + string(req.Params.Arguments)), nil
}

func (e *everything) ask(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	answer, err := req.Session.Elicit(ctx, &mcp.ElicitParams{Message: "your name?", RequestedSchema: map[string]any{"type": "object"}})
	if err != nil {
		return nil, fmt.Errorf("asking failed: %w", err)
	}
	return text(fmt.Sprintf("%s %v", answer.Action, answer.Content["name"])), nil
}

func (e *everything) inquire(_ context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	if len(req.Params.InputResponses) > 0 {
		return text("thanks, " + req.Params.RequestState), nil
	}
	return &mcp.CallToolResult{
		InputRequests: mcp.InputRequestMap{"name": &mcp.ElicitParams{Message: "your name?", RequestedSchema: map[string]any{"type": "object"}}},
		RequestState:  "where-we-were",
	}, nil
}

func (e *everything) wait(ctx context.Context, _ *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	e.began <- struct{}{}
	<-ctx.Done()
	e.cancelled <- struct{}{}
	return nil, ctx.Err()
}

func handler(server *mcp.Server, stateless bool) http.Handler {
	return mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, &mcp.StreamableHTTPOptions{Stateless: stateless})
}

// modern speaks 2026-07-28 only.
func (e *everything) modern() http.Handler { return handler(e.make([]string{"2026-07-28"}), true) }

// legacy speaks the revisions before it only, in sessions.
func (e *everything) legacy() http.Handler { return handler(e.server, false) }

// dual speaks both, as a request says.
func (e *everything) dual() http.Handler {
	modern, legacy := handler(e.server, true), e.legacy()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.Header.Get("Mcp-Protocol-Version"), "2026") {
			modern.ServeHTTP(w, r)
			return
		}
		legacy.ServeHTTP(w, r)
	})
}
