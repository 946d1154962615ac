package sinks

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// Options is what a Shipper is made from. All fields are required.
type Options struct {
	Store    Store
	Log      Log
	Carriers map[tenants.SinkKind]Carrier
	// Prepare says for whom a sink is, with what of it is secret in clear.
	Prepare func(ctx context.Context, org tenants.ID, t Task) (For, error)
	Observe Observer
	// Event returns a record of the log of a name as an event of OCSF, one object of JSON.
	Event  func(e Entry, origin string) ([]byte, error)
	Logger *slog.Logger
	Now    func() time.Time
	Every  time.Duration // how often is looked for what is due
}

// Observer is told what became of attempts.
type Observer interface {
	// Brought is told of records or a checkpoint; late is how long ago the oldest of
	// them was sealed.
	Brought(ctx context.Context, kind tenants.SinkKind, outcome Outcome, late time.Duration)
}

// Outcome is what became of an attempt. The set is closed.
type Outcome string

// The outcomes.
const (
	Arrived Outcome = "arrived" // the sink has taken it
	Refused Outcome = "refused" // the sink does not take this
	Failed  Outcome = "failed"  // the sink could not be reached, or did not take anything
)

// The places for sinks that are at it in one process. Those whose last attempt took
// long or failed have their own, so that however many they are, the others do not
// wait for them; and an organization has no more of either than it has sinks.
const (
	fastPlaces = 48
	slowPlaces = 16
	eachOrg    = 4
)

// Shipper brings what is due to sinks.
type Shipper struct {
	opts Options

	mu   sync.Mutex
	busy map[tenants.GUID]bool // by sink: slow
	done sync.WaitGroup
}

// New checks the options and returns a Shipper.
func New(o Options) (*Shipper, error) {
	if o.Store == nil || o.Log == nil || len(o.Carriers) == 0 || o.Prepare == nil || o.Event == nil || o.Observe == nil || o.Logger == nil || o.Now == nil || o.Every <= 0 {
		return nil, fault.New(fault.Invalid, "shipper needs Store, Log, Carriers, Prepare, Observe, Event, Logger, Now and Every")
	}
	return &Shipper{opts: o, busy: map[tenants.GUID]bool{}}, nil
}

// job is the actor of what a shipper writes.
const job = "sinks"

// Run looks for what is due, again and again, until ctx ends; then it lets what is
// under way be told that it is over, and returns.
func (s *Shipper) Run(ctx context.Context) error {
	tick := time.NewTicker(s.opts.Every)
	defer tick.Stop()
	defer s.done.Wait()
	for {
		if err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
			s.opts.Logger.LogAttrs(ctx, slog.LevelWarn, "sinks that are due could not be read", telemetry.Err(err))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Sweep begins what is due and there is room for.
func (s *Shipper) Sweep(ctx context.Context) error {
	room := s.room()
	due, err := s.opts.Store.DueSinks(ctx, s.opts.Now(), room)
	if err != nil {
		return err
	}
	for _, d := range due {
		if !s.begin(d) {
			continue
		}
		s.done.Go(func() {
			defer s.end(d)
			if err := s.turn(ctx, d); err != nil && ctx.Err() == nil {
				s.opts.Logger.LogAttrs(ctx, slog.LevelWarn, "a sink's turn failed", slog.String(telemetry.LogOrg, d.Org.String()), slog.String("sink", d.Sink.String()), telemetry.Err(err))
			}
		})
	}
	return nil
}

// Wait returns when nothing is under way.
func (s *Shipper) Wait() { s.done.Wait() }

// room is what of the places is free; what is under way is not due.
func (s *Shipper) room() Room {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := Room{Each: eachOrg, Fast: fastPlaces, Slow: slowPlaces}
	for _, slow := range s.busy {
		if slow {
			r.Slow--
		} else {
			r.Fast--
		}
	}
	return r
}

// begin takes a place; there may be none, because what was free is not any more.
func (s *Shipper) begin(d Due) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, there := s.busy[d.Sink]; there {
		return false
	}
	taken := 0
	for _, slow := range s.busy {
		if slow == d.Slow {
			taken++
		}
	}
	if d.Slow && taken >= slowPlaces || !d.Slow && taken >= fastPlaces {
		return false
	}
	s.busy[d.Sink] = d.Slow
	return true
}

func (s *Shipper) end(d Due) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.busy, d.Sink)
}

func (s *Shipper) actor(org tenants.ID) authz.Caller { return authz.SystemCaller(org, job) }
