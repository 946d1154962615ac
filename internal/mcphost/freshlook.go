package mcphost

import (
	"context"
	"errors"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/membership"
)

// freshly is a handler that does not turn its caller away on an old "not a member":
// where the caller does not have what they ask for, their memberships are looked at
// again, and the request is ruled on once more for what they are now. Whether it
// exists makes no difference, so that the time it takes tells nothing.
func freshly(run handler) handler {
	return func(h *Host, ctx context.Context, by authz.Caller, req *request) (answer, error) {
		a, err := run(h, ctx, by, req)
		if a.ran || !isUnknown(err) {
			return a, err
		}
		now, looked := h.lookAgain(ctx, by, req)
		if !looked {
			return a, err
		}
		req.entry.Decided(now)
		return run(h, ctx, now, req)
	}
}

// isUnknown reports the answer to who does not have what they ask for.
func isUnknown(err error) bool {
	return errors.Is(err, errUnknownTool) || errors.Is(err, errUnknownPrompt) || errors.Is(err, errUnknownResource)
}

// lookWithin is how long somebody who is about to be turned away waits for a look.
// It goes on without them, for their next request.
const lookWithin = 5 * time.Second

// lookAgain returns the caller under what Graph says of their memberships now, and
// whether that is newer than what they were admitted with. Where nothing newer can
// be had, for whatever reason, they stay who they are.
func (h *Host) lookAgain(ctx context.Context, by authz.Caller, req *request) (authz.Caller, bool) {
	q := whichGroups(req, by.Identity())
	known := by.Membership()
	if !q.Outdated(known, h.now()) {
		return by, false
	}
	timed, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	record, err := h.membership.FreshLook(timed, q)
	if err != nil || !record.AskedAt.After(known.At) {
		return by, false
	}
	snap, err := h.leases.Get(ctx, req.http.PathValue("org"))
	if err != nil || snap.Decisions != req.snap.Decisions {
		return by, false // somebody may have been cut off meanwhile: the next request is judged anew
	}
	d, err := h.derive(ctx, req)
	if err != nil {
		return by, false
	}
	h.replace(req, d.entry)
	return d.entry.caller, true
}

// replace remembers another caller for the request's token than the door has found.
func (h *Host) replace(req *request, e *cached) {
	if req.person != nil {
		return // there is no token to remember
	}
	if req.accepted != nil {
		req.accepted.entry = e // which is remembered once the acceptance is on record
		return
	}
	if req.unsettled == nil {
		h.tokens.put(keyOf(req, req.token), e)
	}
}

// lookBehind has the memberships of somebody who lists looked at again behind the
// answer: if they see more then, their streams tell.
func (h *Host) lookBehind(ctx context.Context, by authz.Caller, req *request) {
	if q := whichGroups(req, by.Identity()); q.Outdated(by.Membership(), h.now()) {
		h.membership.LookBehind(ctx, q)
	}
}

// whichGroups is what is asked about the memberships of whoever the request's token
// names, but for what the token itself says of them.
func whichGroups(req *request, id authz.Identity) membership.Question {
	q := membership.Question{
		Organization: &req.snap.Organization, Identity: id, Assertion: authz.NewAssertion(req.token),
		Mapped: req.snap.Policy.MappedGroups(), Credential: req.snap.Credential(),
	}
	if req.person != nil {
		q.Token = req.person.Graph
	}
	return q
}
