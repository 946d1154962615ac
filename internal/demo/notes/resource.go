package notes

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// The resources and the template. A template's URI has a note's number.
const (
	indexURI    = "notes://index"
	notePrefix  = "notes://note/"
	noteURI     = notePrefix + "{id}"
	guideURI    = "notes://guide"
	guide       = "# Notes\n\nA note has a title of one line and a text. Search before you create.\n"
	mostOffered = 100 // completions
)

func (s *Server) offerResources() {
	s.mcp.AddResource(&mcp.Resource{Name: "guide", Title: "How to keep notes", URI: guideURI, MIMEType: "text/markdown"},
		func(context.Context, *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
			return contents(guideURI, "text/markdown", guide), nil
		})
	s.mcp.AddResource(&mcp.Resource{Name: "index", Title: "All notes", URI: indexURI, MIMEType: "application/json"},
		func(context.Context, *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
			all, err := json.Marshal(s.book.find("", maxNotes))
			return contents(indexURI, "application/json", string(all)), err
		})
	s.mcp.AddResourceTemplate(&mcp.ResourceTemplate{Name: "note", Title: "One note", URITemplate: noteURI, MIMEType: "text/plain"}, s.readNote)
}

func (s *Server) readNote(_ context.Context, req *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
	id, err := strconv.Atoi(strings.TrimPrefix(req.Params.URI, notePrefix))
	if err != nil {
		return nil, mcp.ResourceNotFoundError(req.Params.URI)
	}
	n, err := s.book.get(id)
	if err != nil {
		return nil, mcp.ResourceNotFoundError(req.Params.URI)
	}
	return contents(req.Params.URI, "text/plain", n.Title+"\n\n"+n.Text), nil
}

func contents(uri, mime, said string) *mcp.ReadResourceResult {
	return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{{URI: uri, MIMEType: mime, Text: said}}}
}

// complete offers titles for the prompt's topic and numbers for the template.
func (s *Server) complete(_ context.Context, req *mcp.CompleteRequest) (*mcp.CompleteResult, error) {
	values := []string{}
	for _, n := range s.book.find("", maxNotes) {
		value := n.Title
		if req.Params.Ref.Type == "ref/resource" {
			value = strconv.Itoa(n.ID)
		}
		if len(values) < mostOffered && strings.HasPrefix(strings.ToLower(value), strings.ToLower(req.Params.Argument.Value)) {
			values = append(values, value)
		}
	}
	return &mcp.CompleteResult{Completion: mcp.CompletionResultDetails{Values: values, Total: len(values)}}, nil
}
