package authserver

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// What asking Entra about people who refresh may cost at a time. One that finds no
// place is left to the next refresh.
const (
	mostConfirmations      = 32
	mostConfirmationsOfOne = 8 // organization
	confirmPatience        = 20 * time.Second
)

// pause is for how long nobody is asked after a failure: it doubles with each.
type pause struct{ first, longest time.Duration }

var (
	pauseOfPerson       = pause{time.Minute, time.Hour}             // Entra wants something of this one
	pauseOfOrganization = pause{10 * time.Second, 10 * time.Minute} // it answers nobody, or not this app registration
)

// confirmation is who asks.
const confirmation = "confirmation at Entra"

// maxPauses bounds what is remembered of failures; what is forgotten is asked again.
const maxPauses = 10_000

// confirmations ask Entra, behind answers to refreshes, whether people may go on: a
// role that rests on no group asks nobody. It may be used concurrently.
type confirmations struct {
	entra    SignIns
	disowned Disowned
	store    connections.Store
	logger   *slog.Logger
	now      func() time.Time
	behind   sync.WaitGroup

	mu     sync.Mutex
	flying map[tenants.GUID]bool // by connection
	each   map[tenants.ID]int    // of those
	pauses map[paused]failed
	closed bool
}

// paused is a connection, or with the zero GUID everybody of an organization.
type paused struct {
	org        tenants.ID
	connection tenants.GUID
}

type failed struct {
	until time.Time
	wait  time.Duration
}

func newConfirmations(p Parts) *confirmations {
	return &confirmations{
		entra: p.Entra, disowned: p.Disowned, store: p.Store, logger: p.Logger, now: p.Now,
		flying: map[tenants.GUID]bool{}, each: map[tenants.ID]int{}, pauses: map[paused]failed{},
	}
}

// begin asks about a connection if Entra's last word on it is old, and returns at
// once. What comes of it is there for the next refresh.
func (c *confirmations) begin(ctx context.Context, snap *snapshot.Snapshot, held connections.Connection) {
	org := snap.Organization.ID
	if now := c.now(); !held.Unconfirmed(now) || !c.enter(org, held.ID, now) {
		return
	}
	ctx = context.WithoutCancel(ctx)
	go func() {
		defer c.leave(org, held.ID)
		ctx, cancel := context.WithTimeout(ctx, confirmPatience)
		defer cancel()
		err := c.confirm(ctx, snap, held)
		c.note(org, held.ID, err)
		if err != nil {
			c.logger.LogAttrs(ctx, slog.LevelWarn, "Microsoft Entra ID did not confirm that a person may go on", slog.String(telemetry.LogOrg, org.String()),
				slog.String("connection", held.ID.String()), telemetry.Err(err))
		}
	}()
}

// confirm asks Entra with the token that is kept, and keeps what it answers.
func (c *confirmations) confirm(ctx context.Context, snap *snapshot.Snapshot, held connections.Connection) error {
	plain, err := snap.Key.Decrypt(connections.EntraLabel(held.ID), held.Entra)
	if err != nil {
		return err
	}
	answer := connections.Answer{Shown: held.EntraAt}
	who, tokens, err := c.entra.Confirm(ctx, snap, held.Person.OID, entra.NewRefreshToken(string(plain)))
	if err != nil && !refusesPerson(err) {
		return err
	}
	if refused, ok := errors.AsType[*entra.TokenError](err); ok && refused.Disowns() && c.disowned != nil {
		c.disowned(ctx, snap.Organization.ID, held.Person.OID, refused, func(ctx context.Context) { c.drop(ctx, snap.Organization.ID, held) })
		return nil
	}
	if err == nil {
		answer.Who = &connections.Person{OID: held.Person.OID, Name: who.Name, Username: who.Username, Guest: who.Guest}
		if answer.Entra, err = conceal(snap, held.ID, tokens.Refresh.Reveal()); err != nil {
			return err
		}
	}
	err = c.store.KeepEntra(ctx, authz.SystemCaller(snap.Organization.ID, confirmation), held.ID, answer)
	if fault.KindOf(err) == fault.NotFound { // disconnected meanwhile
		return nil
	}
	return err
}

// drop withdraws a connection, unless Entra has spoken since or it is gone.
func (c *confirmations) drop(ctx context.Context, org tenants.ID, held connections.Connection) {
	err := c.store.KeepEntra(ctx, authz.SystemCaller(org, confirmation), held.ID, connections.Answer{Shown: held.EntraAt})
	if err != nil && fault.KindOf(err) != fault.NotFound {
		c.logger.LogAttrs(ctx, slog.LevelWarn, "connection is not withdrawn", slog.String(telemetry.LogOrg, org.String()), telemetry.Err(err))
	}
}

// refusesPerson reports that Entra does not go on with what it gave at the sign-in.
func refusesPerson(err error) bool {
	refused, ok := errors.AsType[*entra.TokenError](err)
	return ok && refused.Class == entra.Reauth
}

// enter takes a place, unless the connection is being asked about, or has to wait.
func (c *confirmations) enter(org tenants.ID, connection tenants.GUID, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || c.flying[connection] || len(c.flying) >= mostConfirmations || c.each[org] >= mostConfirmationsOfOne {
		return false
	}
	if now.Before(c.pauses[paused{org: org}].until) || now.Before(c.pauses[paused{org, connection}].until) {
		return false
	}
	c.flying[connection] = true
	c.each[org]++
	c.behind.Add(1)
	return true
}

func (c *confirmations) leave(org tenants.ID, connection tenants.GUID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.flying, connection)
	if c.each[org]--; c.each[org] == 0 {
		delete(c.each, org)
	}
	c.behind.Done()
}

// note remembers what failed, so that it is not tried at every refresh.
func (c *confirmations) note(org tenants.ID, connection tenants.GUID, err error) {
	everybody, one := paused{org: org}, paused{org, connection}
	now := c.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err == nil:
		delete(c.pauses, everybody)
		delete(c.pauses, one)
	case concernsPerson(err):
		c.wait(one, now, pauseOfPerson, 0)
	default:
		c.wait(everybody, now, pauseOfOrganization, fault.RetryAfter(err))
	}
}

// concernsPerson reports an answer that says nothing of anybody else.
func concernsPerson(err error) bool {
	if refused, ok := errors.AsType[*entra.TokenError](err); ok {
		return refused.Class == entra.Interaction || refused.Class == entra.Consent || refused.Class == entra.Blocked
	}
	_, notBelieved := errors.AsType[*entra.Refusal](err)
	return notBelieved
}

// wait lengthens a pause unless it has just begun, by another of those that were
// under way.
func (c *confirmations) wait(who paused, now time.Time, p pause, least time.Duration) {
	last := c.pauses[who]
	if now.Before(last.until) {
		return
	}
	for other := range c.pauses {
		if len(c.pauses) < maxPauses {
			break
		}
		delete(c.pauses, other)
	}
	next := max(min(max(p.first, 2*last.wait), p.longest), min(least, p.longest))
	c.pauses[who] = failed{until: now.Add(next), wait: next}
}

// close begins no further ones and waits for those under way, or for ctx.
func (c *confirmations) close(ctx context.Context) error {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	done := make(chan struct{})
	go func() {
		c.behind.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
