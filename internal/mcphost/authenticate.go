package mcphost

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/limit"
	"gatehouse/internal/membership"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

// errNoToken is answered with a challenge that names no error: the client has
// made no mistake yet.
var errNoToken = fault.New(fault.Unauthenticated, "no bearer token was presented; sign in and send one")

// errRevoked is the answer to a token that was cut off.
var errRevoked = fault.New(fault.Unauthenticated, "the access was revoked; sign in again or ask an admin")

// authenticate returns who sent the request, and notes their token and its
// acceptance in req. A token that has been verified since the last change that
// decides anything costs one hash and one look-up.
func (h *Host) authenticate(r *http.Request, req *request) (authz.Caller, error) {
	token, err := bearer(r)
	if err != nil {
		return authz.Caller{}, err
	}
	req.token = token
	snap := req.snap
	key, now := keyOf(req, token), h.now()
	generation := h.verifier.Generation(snap.Accept)
	if e := h.tokens.get(key, snap.Decisions, generation, now); e != nil {
		req.known, req.stepsUp, req.held = e, e.stepsUp, e.held
		return e.caller, nil
	}
	if req.accepted, err = h.admit(r, req); err != nil {
		return authz.Caller{}, err
	}
	req.known, req.accepted.key, req.stepsUp, req.held = req.accepted.entry, key, req.accepted.entry.stepsUp, req.accepted.entry.held
	return req.accepted.entry.caller, nil
}

// promptly is how long a request may take to be here whole before who sent it is
// looked at again.
const promptly = 100 * time.Millisecond

// admittedStill returns who sent a request whose body is here, as the door would have
// it now: they may have been cut off while it came.
func (h *Host) admittedStill(r *http.Request, by authz.Caller, req *request) (authz.Caller, error) {
	if h.now().Sub(req.arrived) < promptly {
		return by, nil
	}
	if err := h.settled(r.Context(), req, nil); err != nil {
		return by, err
	}
	snap, err := h.leases.Get(r.Context(), r.PathValue("org"))
	if err != nil {
		return by, err
	}
	if !req.see(snap) {
		return by, errUnknownToolset
	}
	if by, err = h.authenticate(r, req); err != nil {
		return by, err
	}
	if snap.Organization.State == tenants.Suspended {
		return by, h.refused(r, by.Identity(), "suspended", errSuspended)
	}
	return by, nil
}

// acceptance is a token on its way to be remembered.
type acceptance struct {
	record audit.Pending
	key    cacheKey
	entry  *cached
}

// settled returns err when the log holds that the request's token was accepted,
// or why it does not. No reply leaves before, and no token is remembered before.
func (h *Host) settled(ctx context.Context, req *request, err error) error {
	a := req.accepted
	if a == nil {
		if req.unsettled != nil {
			return req.unsettled
		}
		return err
	}
	req.accepted = nil
	if req.unsettled = a.record.Wait(context.WithoutCancel(ctx)); req.unsettled != nil {
		return req.unsettled
	}
	h.tokens.put(a.key, a.entry)
	return err
}

// bearer reads the token from the Authorization header, the only place it may
// stand (RFC 6750 §2.1); several such headers are refused rather than chosen from.
func bearer(r *http.Request) (string, error) {
	values := r.Header["Authorization"]
	if len(values) == 0 {
		return "", errNoToken
	}
	scheme, token, ok := strings.Cut(values[0], " ")
	if len(values) > 1 || !ok || !strings.EqualFold(scheme, "Bearer") || token == "" || strings.IndexByte(token, ' ') >= 0 {
		return "", fault.New(fault.Unauthenticated, "send one Authorization header with the scheme Bearer and one token")
	}
	return token, nil
}

// admit verifies a token that is not remembered and derives its caller. The
// record of its acceptance is on its way before the caller can do anything, and
// durable before anybody sees the reply.
func (h *Host) admit(r *http.Request, req *request) (*acceptance, error) {
	d, err := h.derive(r.Context(), req)
	switch {
	case d.refused != "":
		return nil, h.refused(r, d.token.Identity, d.refused, err)
	case err != nil:
		return nil, h.noteRefusal(r, req.snap, d.token, err)
	}
	h.sight(r.Context(), d.entry.caller)
	record, err := h.audit.Submit(d.entry.caller, audit.Event{
		Kind: audit.Authentication, Endpoint: r.URL.Path, Source: sourceOf(r), Outcome: audit.OK, Policy: req.snap.Version,
	})
	if id := d.token.Identity; id.Delegated && id.Kind != authz.Guest && req.snap.Organization.State != tenants.Suspended {
		h.refresher.StaleFor(r.Context(), d.entry.caller, authz.NewAssertion(req.token), req.snap)
	}
	return &acceptance{record: record, entry: d.entry}, err
}

// derivation is what becomes of a token under a view.
type derivation struct {
	token   entra.Token
	refused string // why whoever it names is turned away; empty: they are not
	entry   *cached
}

// derive verifies the request's token and returns its caller under the request's
// view. It records nothing.
func (h *Host) derive(ctx context.Context, req *request) (derivation, error) {
	snap := req.snap
	token, generation, err := h.verify(ctx, req)
	d := derivation{token: token}
	if err != nil {
		return d, err
	}
	if snap.Revocations.Covers(token.Identity) {
		d.refused = "revoked"
		return d, errRevoked
	}
	standing := h.leases.Standing(snap.Organization.ID, token.Identity.OID)
	at := standing.At()
	q := whichGroups(req, token.Identity)
	q.Groups = groupClaim(token.Groups)
	known, until, err := h.membership.Resolve(ctx, q)
	if err != nil {
		d.refused = "membership_unknown"
		return d, err
	}
	now := h.now()
	caller := snap.Policy.Admit(token.Identity, known, now)
	until = earliest(until, earliest(token.Identity.ExpiresAt, now.Add(cacheLife)))
	if ends := caller.Until(); !ends.IsZero() {
		until = earliest(until, ends)
	}
	d.entry = &cached{
		caller: caller, stepsUp: stepsUpWith(token), held: token.Identity.Scopes,
		decisions: snap.Decisions, generation: generation, standing: standing, at: at, until: until.UnixNano(),
	}
	return d, nil
}

// verify returns the token and the generation of the keys it was verified with.
// Where the keys changed meanwhile, as they do for the first token of all, those
// of now may not hold the one that was used. Who calls in person is verified already.
func (h *Host) verify(ctx context.Context, req *request) (entra.Token, uint64, error) {
	if req.person != nil {
		return req.person.token(), 0, nil
	}
	accept := req.snap.Accept.At(h.endpointURL(req))
	for {
		generation := h.verifier.Generation(accept)
		token, err := h.verifier.Verify(ctx, req.token, accept)
		if err != nil || h.verifier.Generation(accept) == generation {
			return token, generation, err
		}
	}
}

// noteRefusal records a refused token: one by one when its signature held, as a
// counter when anybody could have made it up.
func (h *Host) noteRefusal(r *http.Request, snap *snapshot.Snapshot, token entra.Token, err error) error {
	refusal, ok := errors.AsType[*entra.Refusal](err)
	if !ok {
		return err
	}
	if refusal.Verified && !token.Identity.OID.IsZero() {
		h.sight(r.Context(), authz.Actor(token.Identity))
		return h.refused(r, token.Identity, string(refusal.Reason), err)
	}
	h.refusals.Count(snap.Organization.ID, string(refusal.Reason), addressOf(r))
	return err
}

// refused records that a verified identity was turned away and returns why. A
// fault of our own is not a refusal.
func (h *Host) refused(r *http.Request, id authz.Identity, reason string, why error) error {
	if kind := fault.KindOf(why); kind != fault.Unauthenticated && kind != fault.Forbidden {
		return why
	}
	permit, limited := h.limits.Acquire(who(id))
	if limited != nil {
		return limited // each refusal is a record, and nobody may write them without end
	}
	defer permit.Release()
	event := audit.Event{Endpoint: r.URL.Path, Source: sourceOf(r), Reason: reason}
	if err := h.audit.Refused(r.Context(), id, event); err != nil {
		return err
	}
	return why
}

// who is whom the limits count a request for.
func who(id authz.Identity) limit.Who {
	return limit.Who{Org: id.Org, Caller: id.OID, Client: id.Client}
}

func groupClaim(c entra.GroupClaim) membership.GroupClaim {
	switch c.State {
	case entra.GroupsPresent:
		return membership.GroupClaim{Kind: membership.Present, Groups: c.IDs}
	case entra.GroupsElsewhere:
		return membership.GroupClaim{Kind: membership.Overage}
	case entra.GroupsAbsent:
	}
	return membership.GroupClaim{Kind: membership.Absent}
}

func addressOf(r *http.Request) netip.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr()
}

func sourceOf(r *http.Request) string {
	if a := addressOf(r); a.IsValid() {
		return a.Unmap().String()
	}
	return ""
}

func earliest(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
