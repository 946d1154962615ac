package limit

import (
	"crypto/sha256"
	"encoding/base64"
	"time"

	"gatehouse/internal/tenants"
)

// shared is a table and the clock its times are of.
type shared struct {
	*table
	now func() int64
}

// name is how other replicas know a bucket: a digest, because the names of
// people, clients and addresses belong to nobody's cache.
func (t *table) name(k key) string {
	org, id := k.org.Bytes(), k.id.Bytes()
	h := sha256.New()
	h.Write(org[:])
	h.Write(id[:])
	h.Write([]byte(k.name))
	return t.sort + ":" + base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:18])
}

// collect implements part.
func (t shared) collect() (all []told) {
	for i := range t.shards {
		all = append(all, t.collectShard(&t.shards[i])...)
	}
	return all
}

func (t shared) collectShard(s *shard) (all []told) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, kept := t.now(), s.warm[:0]
	for _, k := range s.warm {
		b, ok := s.buckets[k]
		if !ok {
			continue
		}
		if b.listed = !b.cold(now); !b.listed {
			continue
		}
		kept = append(kept, k)
		all = append(all, t.tell(s, k, b))
	}
	s.warm = kept
	return all
}

// tell moves what was spent of a bucket into what is told.
func (t shared) tell(s *shard, k key, b *bucket) told {
	spent := b.spent
	b.spent = 0
	return told{
		Spent:  Spent{Name: t.name(k), Time: time.Duration(spent)},
		learn:  func(known Known) { t.learn(s, k, int64(known.Ahead)) },
		unsaid: func() { s.unsaid(k, spent) },
	}
}

// learn moves a bucket to where all replicas together have it, and what was
// spent here meanwhile. It never moves back: what Redis has forgotten, this
// replica has not.
func (t shared) learn(s *shard, k key, ahead int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b, ok := s.buckets[k]; ok {
		b.due = max(b.due, t.now()+ahead+b.spent)
	}
}

// unsaid puts back what nobody was told.
func (s *shard) unsaid(k key, spent int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b, ok := s.buckets[k]; ok {
		b.spent += spent
		s.list(k, b)
	}
}

// ShareThrough keeps the limits in step with those of other replicas. It comes
// once, before anything else uses them and before s runs.
func (l *Limits) ShareThrough(s *Sync) {
	l.sync = s
	s.parts = append(s.parts, shared{l.organizations, l.now}, shared{l.callers, l.now}, shared{l.clients, l.now}, shared{l.tools, l.now}, l.own)
	if l.quotas != nil {
		s.parts = append(s.parts, l.quotas)
	}
}

// ShareThrough keeps the rates in step with those of other replicas. It comes
// once, before s runs.
func (v *Visitors) ShareThrough(s *Sync) {
	s.parts = append(s.parts, shared{v.table, v.now})
}

// collect implements part.
func (q *quotas) collect() (all []told) {
	q.mu.Lock()
	defer q.mu.Unlock()
	kept := q.warm[:0]
	for _, org := range q.warm {
		u, ok := q.used[org]
		if !ok {
			continue
		}
		if u.listed = u.untold > 0 || time.Since(u.asked) < time.Duration(warmFor); !u.listed {
			continue
		}
		kept = append(kept, org)
		all = append(all, q.tell(org, u))
	}
	q.warm = kept
	return all
}

// tell moves what an organization has used into what is told.
func (q *quotas) tell(org tenants.ID, u *usage) told {
	untold, begin := u.untold, q.begin
	u.untold = 0
	of := func(change func(*usage)) {
		q.mu.Lock()
		defer q.mu.Unlock()
		if u := q.used[org]; u != nil && q.begin.Equal(begin) {
			change(u)
		}
	}
	return told{
		Spent:  Spent{Name: "quota:" + begin.Format(time.DateOnly) + ":" + org.String(), Count: untold, Until: q.end},
		learn:  func(known Known) { of(func(u *usage) { u.all = max(u.all, known.Count+u.untold) }) },
		unsaid: func() { of(func(u *usage) { u.untold += untold }) },
	}
}
