package authserver

import (
	"context"
	"errors"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

// code is what an authorization code stands for. The grant is there already, and
// nobody has a refresh token of it yet.
type code struct {
	Client    string       `json:"client"`
	Redirect  string       `json:"redirect"`  // where the answer went
	Challenge string       `json:"challenge"` // PKCE, S256
	Grant     tenants.GUID `json:"grant"`
}

var errNoCode = fault.New(fault.NotFound, "there is no such code, or it was shown before")

// putCode keeps a new code and returns it.
func (s *Server) putCode(ctx context.Context, snap *snapshot.Snapshot, c code) (string, error) {
	text := onceText()
	if err := s.putOnce(ctx, snap, spentOnce, text, c.Grant); err != nil {
		return "", err
	}
	return text, s.putOnce(ctx, snap, codeOnce, text, c)
}

// takeCode returns what a code stands for, once. Whoever shows it a second time
// gets NotFound, and the grant that came of it is ended (RFC 6749 §4.1.2).
func (s *Server) takeCode(ctx context.Context, snap *snapshot.Snapshot, text string) (code, error) {
	var c code
	err := s.takeOnce(ctx, snap, codeOnce, text, &c)
	if err == nil || fault.KindOf(err) != fault.NotFound {
		return c, err
	}
	return code{}, s.endSpent(ctx, snap, text)
}

// endSpent ends the grant of a code that is shown again, or too late, and says
// that there is no such code. Should that fail, showing it once more tries again.
func (s *Server) endSpent(ctx context.Context, snap *snapshot.Snapshot, text string) error {
	var grant tenants.GUID
	err := s.takeOnce(ctx, snap, spentOnce, text, &grant)
	if err == nil {
		by := authz.SystemCaller(snap.Organization.ID, "authorization code")
		if err = s.Store.EndGrant(ctx, by, grant, "its authorization code was shown again, or too late"); err != nil {
			return errors.Join(err, s.putOnce(ctx, snap, spentOnce, text, grant))
		}
	}
	if err == nil || fault.KindOf(err) == fault.NotFound {
		return errNoCode
	}
	return err
}
