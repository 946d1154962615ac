package limit

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"gatehouse/internal/telemetry"
)

// The clock of a Sync.
const (
	SyncEvery  = 100 * time.Millisecond
	syncWithin = time.Second     // one exchange
	freshFor   = 3 * time.Second // how old the last exchange may be for limits that do not decide alone
	atOnce     = 1000            // buckets told of in one exchange
)

// Spent is what this replica has let in of one thing since it last said so.
type Spent struct {
	Name  string        // of the thing, the same on every replica
	Time  time.Duration // what the events let in take at their rate; or
	Count int64         // how many were let in of those that Until counts
	Until time.Time     // zero for a rate
}

// Known is what all replicas together have let in.
type Known struct {
	Ahead time.Duration // of a rate: how far ahead of now the next event would be on time
	Count int64         // of a count
}

// Exchange tells what was spent and returns, for each in the same order, what is
// known of it then. It is safe for concurrent use.
type Exchange interface {
	Exchange(ctx context.Context, spent []Spent) ([]Known, error)
}

// Sync keeps the limits of this process in step with those of other replicas.
type Sync struct {
	exchange Exchange
	logger   *slog.Logger
	parts    []part
	heard    atomic.Int64 // unix nanoseconds of the last exchange that worked
	grumbled time.Time    // belongs to Run
}

// part is something whose spending is told.
type part interface {
	// collect moves what was spent of each thing in use into what is told.
	collect() []told
}

// told is one thing's spending on its way.
type told struct {
	Spent
	learn  func(Known) // what all replicas know
	unsaid func()      // nobody was told: it counts as unspent news again
}

// NewSync returns a Sync of nothing: Limits and Visitors are shared through it
// with their ShareThrough, before it runs.
func NewSync(e Exchange, logger *slog.Logger) *Sync {
	return &Sync{exchange: e, logger: logger}
}

// Fresh reports whether an exchange has worked lately.
func (s *Sync) Fresh() bool { return time.Now().UnixNano()-s.heard.Load() < int64(freshFor) }

// Run exchanges until ctx ends, and returns nil then.
func (s *Sync) Run(ctx context.Context) error {
	tick := time.NewTicker(SyncEvery)
	defer tick.Stop()
	for {
		if err := s.Once(ctx); err != nil && ctx.Err() == nil {
			s.grumble(ctx, err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Once tells everything that was spent since the last time, and asks about what
// is in use, each thing once.
func (s *Sync) Once(ctx context.Context) error {
	var all []told
	for _, p := range s.parts {
		all = append(all, p.collect()...)
	}
	for {
		n := min(len(all), atOnce)
		if err := s.tell(ctx, all[:n]); err != nil {
			for _, t := range all {
				t.unsaid()
			}
			return err
		}
		if all = all[n:]; len(all) == 0 {
			return nil
		}
	}
}

// tell makes one exchange, also of nothing: it says whether the others can be
// heard of.
func (s *Sync) tell(ctx context.Context, some []told) error {
	ctx, cancel := context.WithTimeout(ctx, syncWithin)
	defer cancel()
	spent := make([]Spent, len(some))
	for i := range some {
		spent[i] = some[i].Spent
	}
	known, err := s.exchange.Exchange(ctx, spent)
	if err != nil {
		return err
	}
	for i, t := range some {
		t.learn(known[i])
	}
	s.heard.Store(time.Now().UnixNano())
	return nil
}

// grumbleEvery keeps an outage from filling the process's log.
const grumbleEvery = 30 * time.Second

func (s *Sync) grumble(ctx context.Context, err error) {
	if now := time.Now(); now.Sub(s.grumbled) >= grumbleEvery {
		s.grumbled = now
		s.logger.LogAttrs(ctx, slog.LevelWarn, "limits are not shared with other replicas; each counts for itself", telemetry.Err(err))
	}
}
