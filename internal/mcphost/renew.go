package mcphost

import (
	"context"

	"gatehouse/internal/tenants"
)

// renewInTurn renews while not too many streams of the organization do: what it asks
// of others may take long, and another organization must not wait for that. Nor must
// the end of a stream whose caller is cut off, also while it waits.
func (s *stream) renewInTurn(ctx context.Context) error {
	places := s.host.streaming.renewers(s.by.Org())
	for {
		snap, err := s.host.leases.Get(ctx, s.req.http.PathValue("org"))
		if err != nil {
			return err
		}
		if snap.Revocations.Covers(s.by.Identity()) {
			return errRevoked
		}
		select {
		case places <- struct{}{}:
			defer func() { <-places }()
			return s.renew(ctx)
		case <-s.host.leases.Later(s.by.Org(), snap.Version):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// renew puts the organization's current view into the stream and derives its
// caller anew, as the door derives that of a request; a token that was accepted
// once is not recorded again. The fault says that the stream has to end, unless
// isPassing.
func (s *stream) renew(ctx context.Context) error {
	snap, err := s.host.leases.Get(ctx, s.req.http.PathValue("org"))
	if err != nil {
		return err
	}
	if snap.Organization.State == tenants.Suspended {
		return errSuspended
	}
	if !s.req.see(snap) {
		return errStreamEnds
	}
	if err := s.rederive(ctx); err != nil {
		return err
	}
	if s.req.session.over(s.by, snap) {
		return errStreamEnds
	}
	return nil
}

// rederive verifies the token again where what it was verified under has changed,
// or it is time to.
func (s *stream) rederive(ctx context.Context) error {
	h, snap, now := s.host, s.req.snap, s.host.now()
	generation := h.verifier.Generation(snap.Accept)
	if e := s.entry; e != nil && e.stands(snap.Decisions, generation, now) {
		return nil
	}
	if e := h.tokens.get(keyOf(s.req, s.req.token), snap.Decisions, generation, now); e != nil {
		s.entry, s.by = e, e.caller
		return nil
	}
	d, err := h.derive(ctx, s.req)
	if err != nil {
		return err
	}
	s.entry, s.by = d.entry, d.entry.caller
	return nil
}

// current renews the stream if there is a later view, or the caller may have
// changed by their memberships or by time alone, and reports whether it has: what the caller sees then has
// to be compared, because no later look will find that view new.
func (s *stream) current(ctx context.Context) (renewed bool, err error) {
	select {
	case <-s.host.leases.Later(s.by.Org(), s.req.snap.Version):
		return true, s.renew(ctx)
	default:
	}
	if e := s.entry; e == nil || s.host.now().UnixNano() >= e.until || !e.standing.Still(e.at) {
		return true, s.renew(ctx)
	}
	return false, nil
}
