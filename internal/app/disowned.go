package app

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"gatehouse/internal/entra"
	"gatehouse/internal/membership"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// How many people are decided about at a time, of all and of one organization, and for
// how long nobody is again: whoever finds no place is heard of with their next call.
const (
	mostDisowned      = 16
	mostDisownedOfOne = 4
	disownedRest      = time.Second
	disownedPatience  = 45 * time.Second
)

// disownment is whom Entra has disowned, in an answer to somebody who waits.
type disownment struct {
	org     tenants.ID
	person  tenants.GUID
	refusal *entra.TokenError
	// drop forgets what Entra has refused to go on with; it is called where nobody is
	// cut off, because Entra goes on with something else.
	drop func(ctx context.Context)
}

// disownments see to it that whom Entra disowns while they call loses what they would
// lose in their absence. It may be used concurrently.
type disownments struct {
	people *membership.Refresher
	views  func(ctx context.Context, org tenants.ID) (*snapshot.Snapshot, error)
	now    func() time.Time
	logger *slog.Logger
	behind sync.WaitGroup

	mu     sync.Mutex
	under  map[disowned]bool // way
	each   map[tenants.ID]int
	rests  map[disowned]time.Time // until when
	closed bool
}

type disowned struct {
	org    tenants.ID
	person tenants.GUID
}

func newDisownments(a *asking, store membership.RefreshStore) (*disownments, error) {
	people, err := newMembershipRefresher(a, store)
	return &disownments{
		people: people, views: a.views, now: a.now, logger: a.logger,
		under: map[disowned]bool{}, each: map[tenants.ID]int{}, rests: map[disowned]time.Time{},
	}, err
}

// hear decides behind the answer, once however many hear of a person at a time.
func (d *disownments) hear(ctx context.Context, what disownment) {
	who := disowned{what.org, what.person}
	if !d.enter(who) {
		return
	}
	ctx = context.WithoutCancel(ctx)
	go func() {
		defer d.leave(who)
		ctx, cancel := context.WithTimeout(ctx, disownedPatience)
		defer cancel()
		d.decide(ctx, what)
	}()
}

func (d *disownments) decide(ctx context.Context, what disownment) {
	snap, err := d.views(ctx, what.org)
	var out membership.Outcome
	if err == nil {
		out, err = d.people.Disowned(ctx, membersOf(snap), what.person, what.refusal)
	}
	switch {
	case err != nil || out.Result == membership.Delayed:
		if err == nil {
			err = out.Cause
		}
		d.logger.LogAttrs(ctx, slog.LevelWarn, "whom Microsoft Entra ID has disowned is not cut off yet",
			slog.String(telemetry.LogOrg, what.org.String()), telemetry.Err(err))
	case out.Result != membership.CutOff:
		what.drop(ctx)
	}
}

// enter takes a place, unless the person is being decided about, or has just been.
func (d *disownments) enter(who disowned) bool {
	now := d.now()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed || d.under[who] || len(d.under) >= mostDisowned || d.each[who.org] >= mostDisownedOfOne || now.Before(d.rests[who]) {
		return false
	}
	d.under[who] = true
	d.each[who.org]++
	d.behind.Add(1)
	return true
}

func (d *disownments) leave(who disowned) {
	now := d.now()
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.under, who)
	if d.each[who.org]--; d.each[who.org] == 0 {
		delete(d.each, who.org)
	}
	for other, until := range d.rests {
		if !now.Before(until) {
			delete(d.rests, other)
		}
	}
	d.rests[who] = now.Add(disownedRest)
	d.behind.Done()
}

// close begins no further ones and waits for those under way, or for ctx.
func (d *disownments) close(ctx context.Context) error {
	d.mu.Lock()
	d.closed = true
	d.mu.Unlock()
	done := make(chan struct{})
	go func() {
		d.behind.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// hears tells an exchange where to say that Entra disowns its person. Whoever asks
// anew decides themselves.
func (a *asking) hears(x entra.Exchange) func(context.Context, *entra.TokenError) {
	if a.disowned == nil || x.Anew {
		return nil
	}
	return func(ctx context.Context, refusal *entra.TokenError) {
		a.disowned(ctx, disownment{x.Organization.ID, x.Identity.OID, refusal, func(ctx context.Context) {
			if x.Kept != nil {
				x.Kept.Put(ctx, entra.RefreshToken{})
			}
		}})
	}
}
