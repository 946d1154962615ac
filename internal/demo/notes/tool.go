package notes

import (
	"context"
	"fmt"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// searchDescription is the definition to begin with; Describe changes it.
const searchDescription = "Finds notes by words of their title or text."

// mostFound is how many notes a search returns unless it asks for fewer.
const mostFound = 20

// Describe gives the search tool another description, as the author of a server
// behind somebody might, and tells connected clients that the list has changed.
func (s *Server) Describe(description string) { s.offerSearch(description) }

type query struct {
	Words string `json:"words,omitempty" jsonschema:"what to look for; everything without it"`
	Limit int    `json:"limit,omitempty" jsonschema:"how many notes at most, up to 20"`
}

type found struct {
	Notes []Note `json:"notes"`
}

func (s *Server) offerSearch(description string) {
	mcp.AddTool(s.mcp, &mcp.Tool{
		Name: "search", Title: "Search notes", Description: description, Annotations: &mcp.ToolAnnotations{ReadOnlyHint: true},
	}, func(_ context.Context, _ *mcp.CallToolRequest, q query) (*mcp.CallToolResult, found, error) {
		if q.Limit < 1 || q.Limit > mostFound {
			q.Limit = mostFound
		}
		return nil, found{s.book.find(q.Words, q.Limit)}, nil
	})
}

type draft struct {
	Title string `json:"title" jsonschema:"one line"`
	Text  string `json:"text" jsonschema:"the note itself"`
}

// confirmation is the key of the question that create asks.
const confirmation = "confirm"

func (s *Server) offerCreate() {
	no := false
	mcp.AddTool(s.mcp, &mcp.Tool{
		Name: "create", Title: "Create a note", Description: "Adds a note. Asks the person first, where the client can.",
		Annotations: &mcp.ToolAnnotations{DestructiveHint: &no},
	}, s.create)
}

func (s *Server) create(_ context.Context, req *mcp.CallToolRequest, d draft) (*mcp.CallToolResult, any, error) {
	if c := req.ClientCapabilities(); c != nil && c.Elicitation != nil {
		answer, asked := req.Params.InputResponses[confirmation].(*mcp.ElicitResult)
		if !asked {
			return question(d), nil, nil
		}
		if yes, _ := answer.Content["save"].(bool); answer.Action != "accept" || !yes {
			return text("Nothing was saved."), nil, nil
		}
	}
	n, err := s.book.add(d.Title, d.Text)
	if err != nil {
		return nil, nil, err
	}
	return text(fmt.Sprintf("Saved note %d: %s", n.ID, n.Title)), nil, nil
}

// question asks whether to save a note.
func question(d draft) *mcp.CallToolResult {
	return &mcp.CallToolResult{InputRequests: mcp.InputRequestMap{confirmation: &mcp.ElicitParams{
		Message: "Save the note “" + d.Title + "”?",
		RequestedSchema: &jsonschema.Schema{
			Type: "object", Required: []string{"save"},
			Properties: map[string]*jsonschema.Schema{"save": {Type: "boolean", Title: "Save it"}},
		},
	}}}
}

func text(said string) *mcp.CallToolResult {
	return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: said}}}
}
