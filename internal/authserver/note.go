package authserver

import (
	"errors"
	"net/http"
	"net/netip"

	"gatehouse/internal/audit"
	"gatehouse/internal/entra"
	"gatehouse/internal/snapshot"
)

// noteRefusal records that tokens were refused, and returns why: one by one where it is
// known for whom, since only who was given a code or a refresh token gets so far, and
// as a counter otherwise.
func (s *Server) noteRefusal(r *http.Request, snap *snapshot.Snapshot, what issue, err error) error {
	why, ok := errors.AsType[*refusal](err)
	if !ok {
		return err
	}
	if what.connection.ID.IsZero() {
		s.count(r, snap, "token_"+why.Code)
		return err
	}
	event := audit.Event{
		Endpoint: r.URL.Path, Source: addressOf(r), Target: s.endpointURL(snap.Organization.Slug, what.grant.Toolset), Reason: why.Code, Detail: why.Description,
	}
	if unrecorded := s.Log.Refused(r.Context(), what.identity(snap, s.Now()), event); unrecorded != nil {
		return unrecorded
	}
	return err
}

// noteFailure counts a sign-in that has failed at Entra, or whose answer is not to be
// believed: who it was does not show.
func (s *Server) noteFailure(v visit, err error) {
	if said, ok := errors.AsType[*entra.TokenError](err); ok {
		s.count(v.r, v.snap, "sign_in_"+string(said.Class))
	}
	if refused, ok := errors.AsType[*entra.Refusal](err); ok {
		s.count(v.r, v.snap, "sign_in_"+string(refused.Reason))
	}
}

func (s *Server) count(r *http.Request, snap *snapshot.Snapshot, reason string) {
	from, err := netip.ParseAddr(addressOf(r))
	if err != nil {
		from = netip.Addr{} // counted with others
	}
	s.Counts.Count(snap.Organization.ID, reason, from)
}
