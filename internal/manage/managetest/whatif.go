package managetest

import (
	"encoding/json"
	"net/http"
	"strconv"
)

// Foresight is what a deployment answers about a proposal: pages as of Access.
type Foresight struct{ Calls, Access []string }

// Foresee sets what is answered about any proposal.
func (s *Server) Foresee(f Foresight) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.foresight = f
}

func (s *Server) serveWhatIf(mux *http.ServeMux, base string) {
	for name, pages := range map[string]*[]string{"calls": &s.foresight.Calls, "access": &s.foresight.Access} {
		mux.HandleFunc("POST "+base+"configuration/what-if/"+name, func(w http.ResponseWriter, r *http.Request) {
			at := 0
			if cursor := r.URL.Query().Get("cursor"); cursor != "" {
				at, _ = strconv.Atoi(cursor) // of this server's own making
			}
			if at >= len(*pages) {
				problem(w, http.StatusConflict, "the organization was changed meanwhile")
				return
			}
			answer(w, json.RawMessage((*pages)[at]))
		})
	}
}
