package audit

import (
	"context"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Refusals counts what is refused before a signature holds: such a request
// proves nothing about who sent it, so it must not be able to fill the log. Each
// minute becomes one record per organization, reason and source network.
//
// Counts are in memory until their minute is over; a process that is killed
// loses the counts it had not written. It is safe for concurrent use.
type Refusals struct {
	log    *Log
	limits RefusalLimits

	mu     sync.Mutex
	counts map[refusal]int64
	perOrg map[tenants.ID]int // counters of each organization
}

// RefusalLimits bounds the memory of Refusals. Both are required. Beyond them
// sources are counted together, as OtherSource.
type RefusalLimits struct {
	Counters     int // of all organizations
	Organization int // of one
}

// OtherSource stands for the sources beyond the limits.
const OtherSource = "other"

// refusal names one counter. The zero source is OtherSource.
type refusal struct {
	org    tenants.ID
	reason string
	source netip.Prefix
	minute time.Time
}

// NewRefusals returns counters that Run writes to the log.
func NewRefusals(log *Log, limits RefusalLimits) (*Refusals, error) {
	if limits.Counters < 1 || limits.Organization < 1 {
		return nil, fault.New(fault.Invalid, "refusal limits must be at least 1")
	}
	return &Refusals{log: log, limits: limits, counts: map[refusal]int64{}, perOrg: map[tenants.ID]int{}}, nil
}

// Count counts one refusal at an organization's endpoint. The reason is one of a
// few words of ours, never text of the request.
func (f *Refusals) Count(org tenants.ID, reason string, source netip.Addr) {
	minute := f.log.scribe.now().UTC().Truncate(time.Minute)
	f.add(refusal{org, reason, network(source), minute}, 1)
}

// network returns the part of an address that is recorded: as much as one
// customer of a network usually holds.
func network(a netip.Addr) netip.Prefix {
	a, bits := a.Unmap(), 48
	if a.Is4() {
		bits = 24
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{} // no address: one of the others
	}
	return p
}

func (f *Refusals) add(key refusal, n int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, there := f.counts[key]; !there {
		if len(f.counts) >= f.limits.Counters || f.perOrg[key.org] >= f.limits.Organization {
			key.source = netip.Prefix{}
		}
		if _, there := f.counts[key]; !there {
			f.perOrg[key.org]++
		}
	}
	f.counts[key] += n
}

// Run writes the counters of each minute soon after it is over. When ctx is done
// it writes what is left, and returns; the log has to run until then.
func (f *Refusals) Run(ctx context.Context) error {
	for {
		now := f.log.scribe.now()
		timer := time.NewTimer(now.Truncate(time.Minute).Add(time.Minute).Sub(now))
		select {
		case <-timer.C:
			f.flush(f.log.scribe.now().UTC().Truncate(time.Minute))
			continue
		case <-ctx.Done():
		}
		timer.Stop()
		f.flush(f.log.scribe.now().Add(time.Minute))
		f.reportLoss(context.WithoutCancel(ctx))
		return nil
	}
}

// flushTogether is how many summaries share their commits.
const flushTogether = 64

// flush writes the counters of the minutes before an instant. What does not
// become durable is counted again, for the next time: a count whose commit is in
// doubt may stand in the log twice, but none is left out.
func (f *Refusals) flush(before time.Time) {
	keys, counts := f.take(before)
	for len(keys) > 0 {
		n := min(len(keys), flushTogether)
		var waiters [flushTogether]*waiter
		for i := range n {
			waiters[i] = f.summarize(keys[i], counts[i])
		}
		for i, w := range waiters[:n] {
			if w == nil || f.log.settled(w) != nil {
				f.add(keys[i], counts[i])
			}
		}
		keys, counts = keys[n:], counts[n:]
	}
}

// take removes the counters of the minutes before an instant.
func (f *Refusals) take(before time.Time) (keys []refusal, counts []int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for key, n := range f.counts {
		if !key.minute.Before(before) {
			continue
		}
		keys, counts = append(keys, key), append(counts, n)
		delete(f.counts, key)
		if f.perOrg[key.org]--; f.perOrg[key.org] == 0 {
			delete(f.perOrg, key.org)
		}
	}
	return keys, counts
}

// summarize queues the record of one counter, or returns nil when the log does
// not take it.
func (f *Refusals) summarize(key refusal, n int64) *waiter {
	source := OtherSource
	if key.source.IsValid() {
		source = key.source.String()
	}
	r := f.log.scribe.event(authz.Identity{Org: key.org}, Event{
		Kind: RefusalSummary, Outcome: Refused, Reason: key.reason, Source: source,
	})
	r.Count, r.Minute = n, key.minute
	w, err := f.log.write(r, r.clean(), nil)
	if err != nil {
		return nil
	}
	return w
}

// reportLoss says how many refusals end with the process unrecorded.
func (f *Refusals) reportLoss(ctx context.Context) {
	f.mu.Lock()
	defer f.mu.Unlock()
	lost := int64(0)
	for _, n := range f.counts {
		lost += n
	}
	if lost > 0 {
		f.log.logger.LogAttrs(ctx, slog.LevelError, "refusal counts lost", slog.Int64("refusals", lost))
	}
}
