package managetest

import (
	"encoding/json"
	"net/http"
	"strconv"
)

// Access sets the pages of the report of access, each a JSON object whose nextCursor,
// if it has one, is the number of the next.
func (s *Server) Access(pages ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.access = pages
}

func (s *Server) readAccess(w http.ResponseWriter, r *http.Request) {
	at := 0
	if cursor := r.URL.Query().Get("cursor"); cursor != "" {
		at, _ = strconv.Atoi(cursor) // of this server's own making
	}
	if at >= len(s.access) {
		problem(w, http.StatusNotFound, "what the organization had decided then is not on record")
		return
	}
	answer(w, json.RawMessage(s.access[at]))
}
