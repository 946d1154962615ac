package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"sync"
	"time"

	"gatehouse/internal/app"
	"gatehouse/internal/audit"
	"gatehouse/internal/config"
)

// offeredRate is what P14 offers, in calls a second, where the machine carries it.
const offeredRate = 5000

// sinkKind says where a product's records go.
type sinkKind string

const (
	ordinary sinkKind = ""      // to the outbox
	timed    sinkKind = "timed" // to the outbox, and how long that takes is noted
	null     sinkKind = "null"  // nowhere
)

// sink stands before an outbox, for a product that is compared with another.
type sink struct {
	audit.Outbox
	kind sinkKind

	mu   sync.Mutex
	took []time.Duration
}

// Append implements audit.Outbox.
func (s *sink) Append(ctx context.Context, batch []audit.Row) error {
	if s.kind == null {
		return nil
	}
	began := time.Now()
	err := s.Outbox.Append(ctx, batch)
	s.mu.Lock()
	s.took = append(s.took, time.Since(began))
	s.mu.Unlock()
	return err
}

// commit returns the median of the commits since it was asked last; 0: there was none.
func (s *sink) commit() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.Sort(s.took)
	median := latencies(s.took).percentile(0.5)
	s.took = nil
	return median
}

// sinkOf is the sink of this process, if it is a product that has one.
var sinkOf = &sink{}

// workerRole is the first argument of a child that is the worker.
const workerRole = "worker"

// newWorker is the worker process. It listens by itself: what it inherits it closes.
func newWorker(_ context.Context, raw json.RawMessage) (service, error) {
	var setup productSetup
	if err := json.Unmarshal(raw, &setup); err != nil {
		return nil, fmt.Errorf("read setup: %w", err)
	}
	conf, err := config.Source{Environ: setup.Environ, ReadFile: os.ReadFile}.Worker()
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, on net.Listener) error {
		return errors.Join(on.Close(), app.RunWorker(ctx, conf, os.Stderr, time.Now))
	}, nil
}

// auditing is a product whose records are kept and sealed, and one whose records are
// not.
type auditing struct {
	kept, forgotten *process
	match           match
	stop            []func() error // in the order in which they were started
}

// openAuditing starts both, and the worker, on a database of their own.
func (l *lab) openAuditing(ctx context.Context) (a *auditing, err error) {
	a = &auditing{}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.close())
		}
	}()
	in, err := l.around.databases.make(ctx, "audited")
	if err != nil {
		return a, err
	}
	into, err := l.around.openPlanter(ctx, in)
	if err != nil {
		return a, err
	}
	if err := errors.Join(into.world(ctx, l.around.worlds.plain), into.db.Close()); err != nil {
		return a, err
	}
	enter := func(role string, environ func(*socket) []string, kind sinkKind) (*process, error) {
		on, err := listen(ctx)
		if err != nil {
			return nil, err
		}
		a.stop = append(a.stop, on.close)
		p, err := start(ctx, spec{role: role, setup: productSetup{Environ: environ(on), Sink: kind}, socket: on})
		if err != nil {
			return nil, err
		}
		a.stop = append(a.stop, p.stop)
		return p, nil
	}
	product := func(on *socket) []string { return l.around.environ(on, in) }
	if a.kept, err = enter(productRole, product, timed); err != nil {
		return a, err
	}
	if a.forgotten, err = enter(productRole, product, null); err != nil {
		return a, err
	}
	if _, err = enter(workerRole, func(*socket) []string { return l.around.workerEnviron(in) }, ordinary); err != nil {
		return a, err
	}
	by := l.around.worlds.plain
	bearers, err := l.tokens(ctx, by)
	if err != nil {
		return a, err
	}
	for _, s := range []struct {
		name string
		at   *process
		to   *contender
	}{{"null sink", a.forgotten, &a.match.floor}, {"audit", a.kept, &a.match.product}} {
		if err := ready(ctx, s.at.addr); err != nil {
			return a, err
		}
		load := l.load(callTool(endpoint{s.at.addr, endpointOf(by.slug)}), bearers)
		if *s.to, _, err = meet(ctx, side{s.name, s.at.addr, s.at, load, anyResult}); err != nil {
			return a, err
		}
	}
	return a, nil
}

func (a *auditing) close() error {
	errs := []error{a.match.close()}
	for i := len(a.stop) - 1; i >= 0; i-- {
		errs = append(errs, a.stop[i]())
	}
	return errors.Join(errs...)
}

// measureAuditing is P14: what it costs a call that its record is durable before its
// reply, while the worker seals what was recorded.
func (l *lab) measureAuditing(ctx context.Context) (_ []result, err error) {
	a, err := l.openAuditing(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, a.close()) }()
	busy, err := a.match.duel(ctx, l.rounds)
	if err != nil {
		return nil, err
	}
	if err := l.profile(ctx, "P14", a.match.product); err != nil {
		return nil, err
	}
	offered := offer(across(busy, func(p pair) float64 { return p.product.rate() }))
	if _, err := a.kept.commits(); err != nil { // of the saturated rounds
		return nil, err
	}
	paced := a.match
	for _, side := range []*contender{&paced.floor, &paced.product} {
		load := side.warm
		load.rate = offered
		load.lasts *= 2
		*side = side.send(load)
	}
	var pairs []pair
	var commits, figures []float64
	for range l.rounds {
		round, err := paced.duel(ctx, 1)
		if err != nil {
			return nil, err
		}
		commit, err := a.kept.commits()
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, round...)
		commits = append(commits, float64(commit))
		figures = append(figures, inCommits(round[0], commit))
	}
	detail := fmt.Sprintf("%s at %.0f calls a second offered, commit p50 %s", tails(pairs), offered, micros(median(commits)))
	if offered < offeredRate {
		detail += "; more than that would fill this machine"
	}
	return []result{
		{target: auditRate, figure: across(busy, rateRatio), detail: rates(busy)},
		{target: auditCPU, figure: across(busy, cpuRatio), detail: costs(busy)},
		{target: auditTail, figure: median(figures), detail: detail},
	}, nil
}

// offer returns what can be offered where so much is carried: a queue that grows as
// long as it is measured says nothing about a call.
func offer(carried float64) float64 {
	if carried >= 1.25*offeredRate {
		return offeredRate
	}
	return 0.8 * carried
}

// inCommits is by how much the audited tail is longer, in commits.
func inCommits(p pair, commit time.Duration) float64 {
	return float64(p.product.times.percentile(0.99)-p.floor.times.percentile(0.99)) / float64(commit)
}
