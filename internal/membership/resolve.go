package membership

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Options is what a Resolver works with. All fields are required.
type Options struct {
	Graph  map[tenants.Cloud]Graph // one for each cloud organizations may live in
	Tokens Tokens
	Store  Store
	Now    func() time.Time
	Logger *slog.Logger
}

// Resolver answers questions about membership. It may be used concurrently.
type Resolver struct {
	opts    Options
	flights singleflight.Group // foreground and background asks, by person and groups
	slots   chan struct{}      // bounds the refreshes behind answers
	seeing  chan struct{}      // bounds the notes of who is seen
	behind  sync.WaitGroup
	heard   atomic.Uint64 // changes by others

	mu         sync.Mutex
	records    map[key]remembered
	failures   map[key]failure
	refreshing map[key]bool
	looks      looks
	seen       map[key]sighting
	told       map[key]testified
	closed     bool
}

// New checks the options and returns a Resolver.
func New(o Options) (*Resolver, error) {
	if len(o.Graph) == 0 || o.Tokens == nil || o.Store == nil || o.Now == nil || o.Logger == nil {
		return nil, fault.New(fault.Invalid, "membership resolver needs Graph, Tokens, Store, Now and Logger")
	}
	return &Resolver{
		opts: o, slots: make(chan struct{}, maxBehind), seeing: make(chan struct{}, maxSeeing),
		records: map[key]remembered{}, failures: map[key]failure{}, refreshing: map[key]bool{}, seen: map[key]sighting{}, told: map[key]testified{},
	}, nil
}

// shortly is how long an answer may be reused while a better one is on its way.
const shortly = 10 * time.Second

// Resolve answers for every mapped group and says until when the answer may be
// reused for the same token and the same mapped groups.
//
// If a group stays unknown the answer has what is known, and the fault is
// Unauthenticated where the organization gives no way to ask Graph (a newer
// token may say, unless it is of ours), otherwise Forbidden with what Entra or Graph said and what
// helps. A failure of our own systems keeps its kind.
//
// That the person was seen is noted behind the answer, at most every SeenEvery, where
// the organization lets us ask Graph: only who is seen is asked about in their
// absence. What the answer says is kept behind it too, for the history.
func (r *Resolver) Resolve(ctx context.Context, q Question) (authz.Membership, time.Time, error) {
	defer r.see(ctx, q) // last, so that an exchange made for the answer serves both
	m, until, err := r.resolve(ctx, q, r.opts.Now())
	r.testify(ctx, q, m)
	return m, until, err
}

func (r *Resolver) resolve(ctx context.Context, q Question, now time.Time) (authz.Membership, time.Time, error) {
	soon := now.Add(q.Organization.Membership.Soft)
	if len(q.Mapped) == 0 {
		return authz.Membership{Source: authz.SourceNone, At: now}, soon, nil
	}
	if !q.Identity.Delegated { // Entra issues groups to people only
		return q.none(), soon, nil
	}
	record, err := r.record(ctx, q, now)
	listed, complete := q.listed()
	if !complete {
		return r.fromGraph(ctx, q, record, now)
	}
	if err != nil {
		return authz.Membership{}, now, err
	}
	return r.fromToken(ctx, q, weigher{q, listed, now}, record)
}

// none is the membership of a caller that is in no group.
func (q Question) none() authz.Membership {
	m := authz.Membership{Groups: make(map[tenants.GUID]authz.Answer, len(q.Mapped)), Source: authz.SourceToken, At: q.Identity.IssuedAt}
	for _, g := range q.Mapped {
		m.Groups[g] = authz.NotMember
	}
	return m
}

// fromGraph answers from the record while it is young enough, and asks Graph
// otherwise.
func (r *Resolver) fromGraph(ctx context.Context, q Question, record Record, now time.Time) (authz.Membership, time.Time, error) {
	limits, age := q.Organization.Membership, record.age(now)
	if age <= limits.Hard && record.covers(q.Mapped) {
		if age <= limits.Soft {
			return record.membership(q), record.AskedAt.Add(limits.Soft), nil
		}
		r.refreshBehind(ctx, q)
		return record.membership(q), earliest(now.Add(shortly), record.AskedAt.Add(limits.Hard)), nil
	}
	fresh, err := r.askNow(ctx, q, now)
	if err == nil {
		return fresh.membership(q), fresh.AskedAt.Add(limits.Soft), nil
	}
	if age > limits.Hard {
		record = Record{}
	}
	return record.membership(q), now, refusal(ctx, err)
}

// fromToken answers from a token that speaks of all groups, weighed against
// what Graph said.
func (r *Resolver) fromToken(ctx context.Context, q Question, w weigher, record Record) (authz.Membership, time.Time, error) {
	m, doubt := w.weigh(record)
	if doubt == disputed && record.age(w.now) > q.Organization.Membership.Hard {
		fresh, err := r.askNow(ctx, q, w.now)
		if err != nil && !m.Known(q.Mapped) {
			return m, w.now, refusal(ctx, err)
		}
		if err == nil {
			record = fresh
			m, doubt = w.weigh(record)
		}
	}
	soft := q.Organization.Membership.Soft
	until := earliest(w.now, latest(q.Identity.IssuedAt, record.AskedAt)).Add(soft)
	if !q.mayAsk() {
		return m, w.now.Add(soft), nil // nothing better can be had by asking again earlier
	}
	if doubt == disputed && !record.AskedAt.After(q.Identity.IssuedAt) || until.Before(w.now) {
		r.refreshBehind(ctx, q)
		return m, w.now.Add(shortly), nil
	}
	return m, until, nil
}

// membership returns the record's answers to the mapped groups.
func (r Record) membership(q Question) authz.Membership {
	m := authz.Membership{Groups: make(map[tenants.GUID]authz.Answer, len(q.Mapped)), Source: authz.SourceGraph, At: r.AskedAt}
	for _, g := range q.Mapped {
		m.Groups[g] = r.Answers[g]
	}
	return m
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
