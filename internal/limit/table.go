package limit

import (
	"hash/maphash"
	"sync"
	"time"

	"gatehouse/internal/tenants"
)

// shards is how many independently locked parts each table has, so that calls
// of different organizations rarely meet.
const shards = 64

// inspected is how many entries of a full table are looked at to make room.
// Map iteration starts at a random entry, so nobody chooses which.
const inspected = 16

// key names what a bucket is for: an organization, or one of its callers,
// clients or tools, or a visitor, who belongs to none.
type key struct {
	org  tenants.ID
	id   tenants.GUID
	name string
}

// table keeps a bucket for each of many things of one sort. It is bounded: of a
// flood of things those that have used least are forgotten first.
type table struct {
	sort   string // in the names that other replicas know the buckets by
	pace   pace
	seed   maphash.Seed
	shards [shards]shard
}

type shard struct {
	mu      sync.Mutex
	buckets map[key]*bucket
	warm    []key // buckets that are kept in step with other replicas
	room    int
}

func newTable(sort string, r Rate, most int) *table {
	t := &table{sort: sort, pace: r.pace(), seed: maphash.MakeSeed()}
	for i := range t.shards {
		t.shards[i].buckets, t.shards[i].room = map[key]*bucket{}, share(most)
	}
	return t
}

// share is a shard's part of a table, rounded up.
func share(total int) int { return (total + shards - 1) / shards }

// take takes one event's time of a thing, or returns how long there is none.
func (t *table) take(k key, now int64) time.Duration {
	s := &t.shards[maphash.Comparable(t.seed, k)%shards]
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bucket(k, now).take(now, t.pace)
}

// charge takes the time of a thing's events that have happened.
func (t *table) charge(k key, now int64, events int) {
	s := &t.shards[maphash.Comparable(t.seed, k)%shards]
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bucket(k, now).charge(now, t.pace, events)
}

// bucket returns the bucket of a thing, which the caller's lock guards.
func (s *shard) bucket(k key, now int64) *bucket {
	b, ok := s.buckets[k]
	if !ok {
		b = s.add(k, now)
	}
	s.list(k, b)
	return b
}

// list notes that the other replicas are asked about a bucket. The notes of
// buckets that were forgotten meanwhile are bounded, too.
func (s *shard) list(k key, b *bucket) {
	if !b.listed && len(s.warm) < 2*s.room {
		b.listed = true
		s.warm = append(s.warm, k)
	}
}

func (s *shard) add(k key, now int64) *bucket {
	if len(s.buckets) >= s.room {
		s.evict(now)
	}
	b := &bucket{due: now}
	s.buckets[k] = b
	return b
}

// evict makes room for one bucket: of those inspected, that of the thing which
// gains least by starting afresh. What a flood of callers gains, the bucket of
// their organization still counts.
func (s *shard) evict(now int64) {
	var victim key
	var least int64
	seen := 0
	for k, b := range s.buckets {
		if seen == 0 || b.due < least {
			victim, least = k, b.due
		}
		if seen++; seen == inspected || b.idle(now) {
			break
		}
	}
	delete(s.buckets, victim)
}
