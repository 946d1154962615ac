package seal

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"gatehouse/internal/audit/proof"
	"gatehouse/internal/fault"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// The pace of a Sealer.
const (
	atOnce       = 4 // organizations
	waitingAPage = 200
	rekeyEvery   = time.Minute
	rekeyAtOnce  = 1000
	pauseAfter   = 5 * time.Second // an organization's log that could not be sealed rests for so long
)

// most is what one transaction seals: few enough that it ends soon.
var most = Limits{Records: 2000, Bytes: 8 << 20}

// Meter hears what a Sealer does. It is called by several goroutines.
type Meter interface {
	Sealed(ctx context.Context, records int, took time.Duration)
	Failed(ctx context.Context)
	Waiting(organizations int, since time.Time) // since when the first does; zero: none does
}

// Run seals until ctx ends, and returns when what was under way is done.
func (s *Sealer) Run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	var rekeyed time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		if s.o.Now().Sub(rekeyed) >= rekeyEvery {
			s.rekey(ctx)
			rekeyed = s.o.Now()
		}
		began := time.Now()
		for s.round(ctx) && ctx.Err() == nil { // whoever has more waiting gets another turn after everybody else
		}
		timer.Reset(max(s.o.Every-time.Since(began), s.o.Every/10))
	}
}

// round seals one batch of everybody who has records waiting, and reports whether
// somebody may have more.
func (s *Sealer) round(ctx context.Context) (more bool) {
	var after tenants.ID
	var seen WaitingLog
	organizations := 0
	for {
		page, err := s.o.Store.WaitingLogs(ctx, after, waitingAPage)
		if err != nil {
			s.failed(ctx, "logs that wait are not known", tenants.ID{}, err)
			return false
		}
		orgs := make([]tenants.ID, len(page))
		for i, w := range page {
			orgs[i], after = w.Org, w.Org
			if organizations++; seen.Since.IsZero() || w.Since.Before(seen.Since) {
				seen = w
			}
		}
		more = s.each(ctx, orgs) || more
		if len(page) < waitingAPage || ctx.Err() != nil {
			s.o.Meter.Waiting(organizations, seen.Since)
			return more
		}
	}
}

// rekey has logs whose key is not the current one name it, however quiet they are:
// as long as the one before is there to do so.
func (s *Sealer) rekey(ctx context.Context) {
	signer, err := s.o.Keys.Current(ctx, proof.Key{})
	var orgs []tenants.ID
	if err == nil {
		orgs, err = s.o.Store.LogsUnderAnotherKey(ctx, signer.String(), rekeyAtOnce)
	}
	if err != nil {
		s.failed(ctx, "logs under another key are not known", tenants.ID{}, err)
		return
	}
	s.each(ctx, orgs)
}

// each seals a batch of each, some at once, and reports whether one may have more.
func (s *Sealer) each(ctx context.Context, orgs []tenants.ID) (full bool) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	places := make(chan struct{}, atOnce)
	for _, org := range orgs {
		limits, ready := s.slow.limits(org, s.o.Now())
		if !ready || ctx.Err() != nil {
			continue
		}
		places <- struct{}{}
		wg.Go(func() {
			defer func() { <-places }()
			began := time.Now()
			n, more, err := s.Seal(ctx, org, limits)
			switch {
			case err != nil && fault.KindOf(err) == fault.NotFound: // somebody else is at it, or the organization is gone
			case err != nil && ctx.Err() != nil:
			case err != nil:
				s.slow.failed(org, s.o.Now())
				s.failed(ctx, "a log is not sealed", org, err)
			default:
				s.slow.succeeded(org)
				s.o.Meter.Sealed(ctx, n, time.Since(began))
			}
			mu.Lock()
			defer mu.Unlock()
			full = full || more
		})
	}
	wg.Wait()
	return full
}

func (s *Sealer) failed(ctx context.Context, what string, org tenants.ID, err error) {
	if ctx.Err() != nil {
		return
	}
	s.o.Meter.Failed(ctx)
	s.o.Logger.LogAttrs(ctx, slog.LevelError, "sealing failed", slog.String("what", what), slog.String(telemetry.LogOrg, org.String()), telemetry.Err(err))
}

// patience knows whose log could not be sealed: it rests, and is tried again with less
// at once.
type patience struct {
	mu  *sync.Mutex
	who map[tenants.ID]rest
}

type rest struct {
	until   time.Time
	records int
}

func newPatience() patience { return patience{&sync.Mutex{}, map[tenants.ID]rest{}} }

func (p patience) limits(org tenants.ID, now time.Time) (Limits, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r, there := p.who[org]
	if !there {
		return most, true
	}
	return Limits{Records: r.records, Bytes: most.Bytes}, !now.Before(r.until)
}

func (p patience) failed(org tenants.ID, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	records := most.Records
	if r, there := p.who[org]; there {
		records = r.records
	}
	p.who[org] = rest{now.Add(pauseAfter), max(records/4, 1)}
}

func (p patience) succeeded(org tenants.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r, there := p.who[org]
	if r.records *= 2; !there || r.records >= most.Records {
		delete(p.who, org)
		return
	}
	p.who[org] = rest{records: r.records}
}
