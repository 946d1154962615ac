package sources

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/tools/upstream"
)

// Run looks at the views in use until ctx ends, and refreshes what has become
// old. Then it waits for the refreshes under way, whoever asked for them.
func (r *Refresher) Run(ctx context.Context) error {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			r.close()
			return nil
		case <-look.C:
			r.late(ctx)
			r.noteTurns(ctx)
			r.o.Views.InUse(func(snap *snapshot.Snapshot) { r.Stale(ctx, snap) })
		}
	}
}

// Stale starts a refresh in the background of every source of a view that has
// not answered in a while, as far as it answers to us: one that answers people
// only has to be asked with StaleFor. It returns at once. What does not fit now
// is found again by a later look.
func (r *Refresher) Stale(ctx context.Context, snap *snapshot.Snapshot) {
	r.stale(snap, all, func(s tools.Source) bool { return !s.Credential.Kind.Personal() }, func(source tenants.GUID) {
		by := authz.SystemCaller(snap.Organization.ID, job)
		r.start(ctx, by, request{source: source, part: all, ask: Discoverer.Discover})
	})
}

// StaleFor is Stale of the sources that answer people only, on behalf of one who
// was admitted under the view. A source is shown nobody's token but of people who
// may use it: something of what it serves or, while it serves nothing, something
// that it could.
func (r *Refresher) StaleFor(ctx context.Context, by authz.Caller, assertion authz.Assertion, snap *snapshot.Snapshot) {
	takes := func(s tools.Source) bool {
		return s.Credential.Kind.Personal() && mayUse(by, s, snap.Catalog)
	}
	r.stale(snap, one, takes, func(source tenants.GUID) {
		r.start(ctx, by, request{source: source, part: one, ask: func(d Discoverer, ctx context.Context) (upstream.Offering, error) {
			return d.DiscoverFor(ctx, by, assertion)
		}})
	})
}

// stale calls each with every source that takes part, has not answered in a
// while, and has not been asked by this process in that time either.
func (r *Refresher) stale(snap *snapshot.Snapshot, p part, takes func(tools.Source) bool, each func(source tenants.GUID)) {
	now := r.o.Now()
	snap.Sources(func(s tools.Source, refreshed time.Time) {
		at, after := attempt{target{snap.Organization.ID, s.ID}, p}, StaleAfter
		if p == one && r.waitsForPeople(at.target) {
			after = soonest
		}
		if now.Sub(refreshed) >= after && takes(s) && r.due(at, now, after) {
			r.served(at.target)
			each(s.ID)
		}
	})
}

// Changed says that a source has told us of a change. It is asked in the
// background, once in a while however often it says so, and never forgotten: what
// is too soon is done with the next look, and one that answers people only is
// asked with the next StaleFor. It returns at once.
func (r *Refresher) Changed(ctx context.Context, org tenants.ID, source tenants.GUID) {
	at, now := target{org, source}, r.o.Now()
	if !r.due(attempt{at, all}, now, soonest) {
		r.postpone(at)
		return
	}
	r.start(ctx, authz.SystemCaller(org, job), request{source: source, part: all, ask: Discoverer.Discover, notSince: now, told: true})
}

// leftToPeople reports whether a source that has told of a change answers people
// only. Then the change waits for the next of them.
func (r *Refresher) leftToPeople(ctx context.Context, at target) (left bool) {
	snap, err := r.o.Views.Of(ctx, at.org)
	if err != nil {
		return false
	}
	snap.Sources(func(s tools.Source, _ time.Time) {
		left = left || s.ID == at.source && s.Credential.Kind.Personal()
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	if left && len(r.people) < maxTried {
		r.people[at] = true
	}
	return left
}

// wantsSignIn reports whether people sign in to a source themselves, so that it can
// be asked for one who shows us nothing now.
func (r *Refresher) wantsSignIn(ctx context.Context, at target) bool {
	snap, err := r.o.Views.Of(ctx, at.org)
	if err != nil {
		return false
	}
	source, _, ok := snap.Source(at.source)
	return ok && source.Credential.Kind == tools.UserAuthorization
}

func (r *Refresher) waitsForPeople(at target) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.people[at]
}

// served says that somebody has come for a change.
func (r *Refresher) served(at target) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.people, at)
}

// postpone leaves a change to a later look.
func (r *Refresher) postpone(at target) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.later) < maxTried {
		r.later[at] = true
	}
}

// late does what was too soon before.
func (r *Refresher) late(ctx context.Context) {
	r.mu.Lock()
	waiting := slices.Collect(maps.Keys(r.later))
	clear(r.later)
	r.mu.Unlock()
	for _, at := range waiting {
		r.Changed(ctx, at.org, at.source)
	}
}

// due reports whether a source has not been asked in the background for so long,
// and notes that it is now.
func (r *Refresher) due(at attempt, now time.Time, after time.Duration) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if hung := r.hung[at]; hung > 0 {
		after = max(after, StaleAfter<<min(hung-1, mostDoublings))
	}
	if last, known := r.tried[at]; known && now.Sub(last) < after {
		return false
	}
	if len(r.tried) >= maxTried {
		clear(r.tried)
	}
	r.tried[at] = now
	return true
}

// A source that fails after more than hangs took a slot from others: it is asked
// again later each time, up to StaleAfter doubled so often.
const (
	hangs         = 5 * time.Second
	mostDoublings = 3
)

// learn notes whether a source has kept us waiting for nothing.
func (r *Refresher) learn(at attempt, took time.Duration, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err == nil || took < hangs:
		delete(r.hung, at)
	default:
		if len(r.hung) >= maxTried {
			clear(r.hung)
		}
		r.hung[at]++
	}
}

// start refreshes in the background, if there is room.
func (r *Refresher) start(ctx context.Context, by authz.Caller, q request) {
	at := target{by.Org(), q.source}
	if !r.background.take(at.org) {
		r.forget(attempt{at, q.part})
		if q.told {
			r.postpone(at)
		}
		return
	}
	if q.notSince.IsZero() && q.part == all { // what was said to one says nothing of another
		q.notSince = r.o.Now().Add(-StaleAfter)
	}
	ctx = context.WithoutCancel(ctx)
	go func() {
		defer r.background.give(at.org)
		if q.told && r.leftToPeople(ctx, at) {
			return
		}
		_, err := r.turn(ctx, by, q, r.enter)
		_, absent := errors.AsType[*tools.SignInError](err)
		switch {
		case err == nil:
		case absent: // the next may have signed in
			r.sooner(attempt{at, q.part})
		case fault.KindOf(err) == fault.Conflict:
			if q.told { // whoever asks may have asked before the change
				r.postpone(at)
			}
		default:
			r.o.Logger.LogAttrs(ctx, slog.LevelWarn, "source could not be refreshed",
				slog.String(telemetry.LogOrg, at.org.String()), slog.String(telemetry.LogSource, at.source.String()), telemetry.Err(err))
		}
	}()
}

// begin counts a refresh that starts now, unless the process is about to end.
func (r *Refresher) begin(at attempt) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return false
	}
	r.running.Add(1)
	r.tried[at] = r.o.Now()
	return true
}

// closeGrace is what refreshes under way get when the process ends.
const closeGrace = 3 * time.Second

// close lets refreshes under way end, and cuts off those that take long.
func (r *Refresher) close() {
	r.mu.Lock()
	closed := r.closed
	r.closed = true
	r.mu.Unlock()
	if closed {
		return
	}
	patience := time.AfterFunc(closeGrace, func() { close(r.cut) })
	defer patience.Stop()
	r.running.Wait()
}

// cutOff cancels when the process cannot wait any longer, until the function
// that it returns is called.
func (r *Refresher) cutOff(cancel context.CancelFunc) (done func()) {
	over := make(chan struct{})
	go func() {
		select {
		case <-r.cut:
			cancel()
		case <-over:
		}
	}()
	return func() { close(over) }
}

// sooner lets a source be tried again before it is due.
func (r *Refresher) sooner(at attempt) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tried[at] = r.o.Now().Add(soonest - StaleAfter)
}

// forget lets a later look find a source again.
func (r *Refresher) forget(at attempt) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.tried, at)
}
