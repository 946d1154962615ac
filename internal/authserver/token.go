package authserver

import (
	"net/http"
	"net/url"

	"gatehouse/internal/snapshot"
)

// grants is what a client can get tokens for, by "grant_type".
var grants = map[string]func(s *Server, r *http.Request, snap *snapshot.Snapshot, client string, f url.Values) (issue, error){
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
	what, err := s.asked(w, r, snap)
	if err != nil {
		return tokens{}, s.noteRefusal(r, snap, what, err)
	}
	return s.issue(r, snap, what)
}

// asked is what tokens are asked for. Where that is refused, it is so as far as it is
// known.
func (s *Server) asked(w http.ResponseWriter, r *http.Request, snap *snapshot.Snapshot) (issue, error) {
	f, err := form(w, r)
	if err != nil {
		return issue{}, err
	}
	shown, err := shownBy(r, f)
	if err != nil {
		return issue{}, err
	}
	grant, known := grants[f.Get("grant_type")]
	if !known {
		return issue{}, refuse("unsupported_grant_type", "grant_type must be authorization_code or refresh_token")
	}
	if err := s.authenticate(r, snap, shown); err != nil {
		return issue{}, err
	}
	return grant(s, r, snap, shown.id, f)
}
