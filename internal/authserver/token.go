package authserver

import (
	"net/http"
	"net/url"

	"gatehouse/internal/connections"
	"gatehouse/internal/snapshot"
)

// grants is what a client can get tokens for, by "grant_type".
var grants = map[string]func(s *Server, r *http.Request, snap *snapshot.Snapshot, by authenticated, f url.Values) (issue, error){
	"authorization_code": (*Server).redeem,
	"refresh_token":      (*Server).refresh,
}

// token serves the token endpoint (RFC 6749 §3.2).
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	granted, err := s.granted(w, r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	respond(w, http.StatusOK, granted)
}

func (s *Server) granted(w http.ResponseWriter, r *http.Request) (tokens, error) {
	snap, err := s.admitted(w, r)
	if err != nil {
		return tokens{}, err
	}
	answer, what, err := s.exchange(w, r, snap)
	if err != nil {
		return tokens{}, s.noteRefusal(r, snap, what, err)
	}
	return answer, nil
}

// exchange answers with tokens for what a client shows. Where that is refused, what
// they were asked for is returned as far as it is known.
func (s *Server) exchange(w http.ResponseWriter, r *http.Request, snap *snapshot.Snapshot) (tokens, issue, error) {
	f, err := form(w, r)
	if err != nil {
		return tokens{}, issue{}, err
	}
	shown, err := readCredentials(r, f)
	if err != nil {
		return tokens{}, issue{}, err
	}
	grant, known := grants[f.Get("grant_type")]
	if !known && f.Get("grant_type") != clientCredentials {
		return tokens{}, issue{}, refuse("unsupported_grant_type", "grant_type must be authorization_code, refresh_token or client_credentials")
	}
	by, err := s.authenticate(r, snap, shown)
	switch {
	case err != nil:
		return tokens{}, issue{}, err
	case !known:
		answer, err := s.issueToAgent(r, snap, by.preregistered, f)
		return answer, issue{}, err
	case by.preregistered.Kind == connections.Headless:
		return tokens{}, issue{}, refuse(unauthorizedClient, "an agent acts for nobody; it gets tokens with grant_type client_credentials")
	}
	what, err := grant(s, r, snap, by, f)
	if err != nil {
		return tokens{}, what, err
	}
	answer, err := s.issue(r, snap, what)
	return answer, issue{}, err
}
