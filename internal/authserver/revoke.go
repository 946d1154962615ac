package authserver

import (
	"net/http"
	"strings"

	"gatehouse/internal/fault"
	"gatehouse/internal/snapshot"
)

// revoke serves the revocation endpoint (RFC 7009), in every mode: a refresh token
// ends its grant, and one that is no good is fine too.
func (s *Server) revoke(w http.ResponseWriter, r *http.Request) {
	if err := s.revoked(w, r); err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
}

func (s *Server) revoked(w http.ResponseWriter, r *http.Request) error {
	snap, err := s.counted(w, r)
	if err != nil {
		return err
	}
	f, err := form(w, r)
	if err != nil {
		return err
	}
	shown, err := readCredentials(r, f)
	if err != nil {
		return err
	}
	by, err := s.authenticateToRevoke(r, snap, shown)
	if err != nil {
		return err
	}
	token := f.Get("token")
	switch {
	case token == "":
		return refuse(invalidRequest, "token is missing")
	case strings.Count(token, ".") == 2:
		return refuse("unsupported_token_type", "an access token ends by itself within ten minutes; revoke the refresh token")
	}
	return s.endGrant(r, snap, by, token)
}

// endGrant ends the grant of a refresh token of any generation, if it is the
// client's.
func (s *Server) endGrant(r *http.Request, snap *snapshot.Snapshot, by authenticated, token string) error {
	id, _, ok := readRefreshToken(snap.Key, token)
	if !ok {
		return nil
	}
	grant, connection, err := s.Store.Grant(r.Context(), snap.Organization.ID, id)
	switch {
	case err != nil && fault.KindOf(err) == fault.NotFound:
		return nil
	case err != nil:
		return err
	case connection.Client != by.id:
		return nil
	}
	if err := by.suffices(connection); err != nil {
		return err
	}
	what := issue{grant: grant, connection: connection, scopes: grant.Scopes}
	return s.Store.EndGrant(r.Context(), what.actor(snap, s.Now()), id, "revoked by the client")
}
