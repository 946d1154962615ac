package membership

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/sync/singleflight"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// freshAfter is how old "not a member" may be for somebody to be turned away on it,
// and how often one person's refusals may have Graph asked, whatever comes of it.
const freshAfter = 30 * time.Second

// errRested stands for a person about whom Graph was asked a moment ago.
var errRested = fault.New(fault.Limited, "Microsoft Graph was asked a moment ago")

// Outdated reports whether a membership says "not a member" of anything, of a time
// that long ago, where Graph may be asked again: an activation through Privileged
// Identity Management or an addition to a group may have come since.
func (q Question) Outdated(m authz.Membership, now time.Time) bool {
	if !q.Identity.Delegated || !q.mayAsk() || now.Sub(m.At) < freshAfter {
		return false
	}
	for _, answer := range m.Groups {
		if answer == authz.NotMember {
			return true
		}
	}
	return false
}

// FreshLook asks Graph again, before somebody is refused on an answer that is
// Outdated, and returns what is known then; Resolve answers from it. Somebody waits
// for it. However many do for one person, Graph is asked once; and, looks behind
// answers included, once in half a minute for a person, whatever came of it: until
// then it returns what is known already. Another replica's answer of that time is as
// good as one of our own. The failures are those of asking; none changes what was
// known.
func (r *Resolver) FreshLook(ctx context.Context, q Question) (Record, error) {
	if !q.mayAsk() {
		return Record{}, errNoGraph
	}
	detached := context.WithoutCancel(ctx)
	return awaited(ctx, r.flights.DoChan(q.look(), func() (any, error) { return r.look(detached, q, graph.High) }))
}

// LookBehind does the same without making anybody wait, unless too many do, or too
// many of the organization.
func (r *Resolver) LookBehind(ctx context.Context, q Question) {
	if !q.mayAsk() || r.failedLately(q, unwaited) != nil || !r.beginLook(q.key()) {
		return
	}
	detached := context.WithoutCancel(ctx)
	go func() {
		defer r.endLook(q.Organization.ID)
		_, err, _ := r.flights.Do(q.look(), func() (any, error) { return r.look(detached, q, graph.Low) })
		if err != nil && !errors.Is(err, errRested) {
			r.opts.Logger.WarnContext(detached, "membership not looked at again",
				slog.String(telemetry.LogOrg, q.Organization.ID.String()), telemetry.Err(err))
		}
	}()
}

// look names the looks that have one answer.
func (q Question) look() string { return "look " + q.flight() }

// awaited returns the answer of a flight, for which a caller waits no longer than
// they want to.
func awaited(ctx context.Context, answer <-chan singleflight.Result) (Record, error) {
	select {
	case got := <-answer:
		if got.Err != nil {
			return Record{}, got.Err
		}
		return got.Val.(Record), nil
	case <-ctx.Done():
		return Record{}, fmt.Errorf("wait for Microsoft Graph: %w", ctx.Err())
	}
}

// look asks, unless this replica or another has a moment ago.
func (r *Resolver) look(ctx context.Context, q Question, priority graph.Priority) (Record, error) {
	if err := r.failedLately(q, unwaited); err != nil {
		return Record{}, err
	}
	now := r.opts.Now()
	if !r.mayLook(q.key(), now) {
		if known, ok := r.remembered(q.key()); ok {
			return known.record, nil
		}
		return Record{}, errRested
	}
	heard := r.heard.Load()
	if stored, err := r.opts.Store.LoadMembership(ctx, q.Organization.ID, q.Identity.OID); err == nil {
		if newest := r.remember(q.key(), stored, now, heard); newest.age(now) < freshAfter && newest.covers(q.Mapped) {
			return newest, nil
		}
	}
	got, err, _ := r.flights.Do(q.flight(), func() (any, error) { return r.ask(ctx, q, priority) })
	if err != nil {
		return Record{}, err
	}
	return got.(Record), nil
}

// mostLooks bounds the people whose looks are remembered for one freshAfter. Beyond
// it nobody is looked at.
const mostLooks = 50_000

// How many looks behind answers run at a time: of all, and of one organization,
// whose Graph may be slow.
const (
	looksBehind             = 16
	looksBehindOrganization = 4
)

// looks remembers when each person was looked at, for freshAfter at least, and how
// many looks run behind answers.
type looks struct {
	since       time.Time // when now began
	now, before map[key]time.Time
	behind      map[tenants.ID]int
	running     int
}

// beginLook takes a place for a look behind an answer, unless the person has had
// their look.
func (r *Resolver) beginLook(k key) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := &r.looks
	if r.closed || l.lately(k, r.opts.Now()) || l.running >= looksBehind || l.behind[k.org] >= looksBehindOrganization {
		return false
	}
	if l.behind == nil {
		l.behind = map[tenants.ID]int{}
	}
	l.running++
	l.behind[k.org]++
	r.behind.Add(1)
	return true
}

func (r *Resolver) endLook(org tenants.ID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := &r.looks
	l.running--
	if l.behind[org]--; l.behind[org] == 0 {
		delete(l.behind, org)
	}
	r.behind.Done()
}

// mayLook takes a person's look.
func (r *Resolver) mayLook(k key, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := &r.looks
	if l.lately(k, now) {
		return false
	}
	if now.Sub(l.since) >= freshAfter {
		l.since, l.before, l.now = now, l.now, map[key]time.Time{}
	}
	if len(l.now) >= mostLooks {
		return false
	}
	l.now[k] = now
	return true
}

func (l *looks) lately(k key, now time.Time) bool {
	return now.Sub(l.now[k]) < freshAfter || now.Sub(l.before[k]) < freshAfter
}
