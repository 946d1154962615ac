package notes

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// Server is the notes of one owner. It is safe for concurrent use.
type Server struct {
	book           *book
	mcp            *mcp.Server
	modern, legacy http.Handler
}

// New returns a server with a few notes.
func New(owner string) *Server {
	s := &Server{book: newBook(owner)}
	s.mcp = mcp.NewServer(&mcp.Implementation{Name: "notes", Title: "Notes of " + owner, Version: "1.0.0"}, &mcp.ServerOptions{
		Instructions:      "Notes of " + owner + ". Search before you create.",
		CompletionHandler: s.complete,
	})
	s.offerSearch(searchDescription)
	s.offerCreate()
	s.offerPrompt()
	s.offerResources()
	get := func(*http.Request) *mcp.Server { return s.mcp }
	s.modern = mcp.NewStreamableHTTPHandler(get, &mcp.StreamableHTTPOptions{Stateless: true})
	s.legacy = mcp.NewStreamableHTTPHandler(get, nil)
	return s
}

// maxBody bounds one request.
const maxBody = 1 << 20

// ServeHTTP is the MCP endpoint: a revision's requests go to the handler that
// speaks it.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, "the request is too large", http.StatusRequestEntityTooLarge)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if isModern(r.Header, body) {
		s.modern.ServeHTTP(w, r)
		return
	}
	s.legacy.ServeHTTP(w, r)
}

// firstModern is the first revision without a handshake. Revisions are dates.
const firstModern = "2026-07-28"

func isModern(h http.Header, body []byte) bool {
	if h.Get("MCP-Protocol-Version") >= firstModern {
		return true
	}
	var m struct {
		Params struct {
			Meta map[string]json.RawMessage `json:"_meta"`
		} `json:"params"`
	}
	if json.Unmarshal(body, &m) != nil {
		return false
	}
	_, ok := m.Params.Meta["io.modelcontextprotocol/protocolVersion"]
	return ok
}
