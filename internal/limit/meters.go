package limit

import (
	"cmp"
	"hash/maphash"
	"math/bits"
	"sync"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// meters keeps what the limits of organizations' own count. It is bounded: in a
// flood those of the organization that has most are forgotten first, and of these
// the ones that have had least.
type meters struct {
	began  time.Time
	seed   maphash.Seed
	shards [shards]meterShard
}

type meterShard struct {
	mu     sync.Mutex
	meters map[meterKey]*meter
	of     map[tenants.ID]int // how many of them are one organization's
	warm   []meterKey         // meters that are kept in step with other replicas
	room   int
}

func newMeters(began time.Time, most int) *meters {
	m := &meters{began: began, seed: maphash.MakeSeed()}
	for i := range m.shards {
		s := &m.shards[i]
		s.meters, s.of, s.room = map[meterKey]*meter{}, map[tenants.ID]int{}, share(most)
	}
	return m
}

func (m *meters) instant() instant {
	at := time.Now()
	return instant{int64(at.Sub(m.began)), at.UTC()}
}

// counted is a limit that a call falls under, and where it is counted.
type counted struct {
	rule  *rule
	key   meterKey
	shard int
}

// admit counts a call against every limit that it falls under, or against none:
// if one of them refuses it, or besides does, which is asked when none has. Of
// several refusals it is the one that lasts longest.
func (m *meters) admit(c Call, besides func(Call) error) error {
	var room [maxOwn]counted
	under, locked := m.under(c, room[:0])
	m.lock(locked)
	defer m.unlock(locked)
	i := m.instant()
	if err := m.ask(under, i); err != nil {
		return err
	}
	if err := besides(c); err != nil {
		return err
	}
	for n := range under {
		m.shards[under[n].shard].meter(&under[n], i).count(i)
	}
	return nil
}

// lock locks a set of shards in one order, so that no two calls wait for each
// other.
func (m *meters) lock(set uint64) {
	for ; set != 0; set &= set - 1 {
		m.shards[bits.TrailingZeros64(set)].mu.Lock()
	}
}

func (m *meters) unlock(set uint64) {
	for ; set != 0; set &= set - 1 {
		m.shards[bits.TrailingZeros64(set)].mu.Unlock()
	}
}

// under appends the limits that a call falls under, and tells in which shards
// they count.
func (m *meters) under(c Call, list []counted) (_ []counted, in uint64) {
	for n := range c.Own.rules {
		if r := &c.Own.rules[n]; r.covers(c) {
			k := r.counts(c)
			shard := int(maphash.Comparable(m.seed, k) % shards)
			list, in = append(list, counted{r, k, shard}), in|1<<shard
		}
	}
	return list, in
}

// ask refuses a call that a limit refuses.
func (m *meters) ask(under []counted, i instant) error {
	var longest time.Duration
	var why string
	for n := range under {
		if wait, text := m.shards[under[n].shard].meter(&under[n], i).refuses(under[n].rule, i); wait > longest {
			longest, why = wait, text
		}
	}
	if longest == 0 {
		return nil
	}
	return fault.New(fault.Limited, why).RetryAfter(longest)
}

// meter returns the meter of what a limit counts.
func (s *meterShard) meter(c *counted, i instant) *meter {
	m, ok := s.meters[c.key]
	if !ok {
		if len(s.meters) >= s.room {
			s.evict(i)
		}
		m = &meter{bucket: bucket{due: i.now}, pace: c.rule.pace}
		s.meters[c.key] = m
		s.of[c.key.org]++
	}
	m.follow(c.rule, i)
	s.list(c.key, m)
	return m
}

// list notes that the other replicas are asked about a meter.
func (s *meterShard) list(k meterKey, m *meter) {
	if !m.listed && len(s.warm) < 2*s.room {
		m.listed = true
		s.warm = append(s.warm, k)
	}
}

// evict makes room for one meter.
func (s *meterShard) evict(i instant) {
	victim := s.victim(i)
	delete(s.meters, victim)
	if s.of[victim.org]--; s.of[victim.org] == 0 {
		delete(s.of, victim.org)
	}
}

// victim is, of the meters inspected, one that forgetting changes nothing of; or
// else, of the organization with most meters here, that of the thing which gains
// least by starting afresh: whoever makes many things makes room by their own.
func (s *meterShard) victim(i instant) (victim meterKey) {
	var least *meter
	seen := 0
	for k, m := range s.meters {
		if m.turn(i); m.idle(i) {
			return k
		}
		if least == nil || cmp.Or(-cmp.Compare(s.of[k.org], s.of[victim.org]), cmp.Compare(m.calls, least.calls), cmp.Compare(m.due, least.due)) < 0 {
			victim, least = k, m
		}
		if seen++; seen == inspected {
			break
		}
	}
	return victim
}
