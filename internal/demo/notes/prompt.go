package notes

import (
	"context"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

func (s *Server) offerPrompt() {
	s.mcp.AddPrompt(&mcp.Prompt{
		Name: "summarize", Title: "Summarize notes", Description: "Asks for a summary of the notes about a topic.",
		Arguments: []*mcp.PromptArgument{{Name: "topic", Description: "Words of the notes to summarize; all of them without it"}},
	}, s.summarize)
}

func (s *Server) summarize(_ context.Context, req *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
	var b strings.Builder
	b.WriteString("Summarize these notes in three sentences.\n")
	for _, n := range s.book.find(req.Params.Arguments["topic"], mostFound) {
		b.WriteString("\n## " + n.Title + "\n" + n.Text + "\n")
	}
	return &mcp.GetPromptResult{
		Description: "A summary of notes",
		Messages:    []*mcp.PromptMessage{{Role: "user", Content: &mcp.TextContent{Text: b.String()}}},
	}, nil
}
