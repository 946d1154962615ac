package limit

import (
	"fmt"
	"sync"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Period is what a quota is for. Both begin at midnight UTC.
type Period string

// The periods.
const (
	Day   Period = "day"
	Month Period = "month"
)

// Quota is how many requests there are in a period.
type Quota struct {
	Requests int64
	Period   Period
}

func (q Quota) check() error {
	switch {
	case q == Quota{}:
		return nil
	case q.Requests <= 0:
		return fmt.Errorf("limit: Quota.Requests %d is not positive; zero does not mean unlimited", q.Requests)
	case q.Period != Day && q.Period != Month:
		return fmt.Errorf("limit: Quota.Period %q is neither day nor month", q.Period)
	}
	return nil
}

// bounds returns when the period that holds an instant began and ends.
func (p Period) bounds(at time.Time) (begin, end time.Time) {
	at = at.UTC()
	if p == Month {
		begin = time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, time.UTC)
		return begin, begin.AddDate(0, 1, 0)
	}
	begin = time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, time.UTC)
	return begin, begin.AddDate(0, 0, 1)
}

// quotas counts the requests of organizations in their period. It is bounded: of
// more organizations than it has room for, those that have used least are
// forgotten first.
type quotas struct {
	quota Quota
	text  string
	room  int

	mu    sync.Mutex
	begin time.Time // of the period that is counted
	end   time.Time
	used  map[tenants.ID]*usage
	warm  []tenants.ID // whose usage is kept in step with other replicas
}

// usage is one organization's in the period.
type usage struct {
	all    int64 // of every replica, as far as is known
	untold int64 // of these, what the others do not know of yet
	asked  time.Time
	listed bool // it is kept in step with the others
}

func newQuotas(q Quota, most int) *quotas {
	return &quotas{quota: q, room: most, used: map[tenants.ID]*usage{}, text: fmt.Sprintf(
		"the organization's quota of %d requests per %s is used up; wait for the next one, or ask the platform's operator for more", q.Requests, q.Period)}
}

// take counts a request, or refuses it until the next period.
func (q *quotas) take(org tenants.ID, at time.Time) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.turn(at)
	u, ok := q.used[org]
	if !ok {
		u = q.add(org)
	}
	if u.asked = at; !u.listed && len(q.warm) < 2*q.room {
		u.listed = true
		q.warm = append(q.warm, org)
	}
	if u.all >= q.quota.Requests {
		return fault.New(fault.Limited, q.text).RetryAfter(max(q.end.Sub(at), time.Second))
	}
	u.all++
	u.untold++
	return nil
}

// turn begins a new period where the old one is over.
func (q *quotas) turn(at time.Time) {
	if at.Before(q.end) && !at.Before(q.begin) {
		return
	}
	q.begin, q.end = q.quota.Period.bounds(at)
	clear(q.used)
	q.warm = q.warm[:0]
}

func (q *quotas) add(org tenants.ID) *usage {
	if len(q.used) >= q.room {
		q.evict()
	}
	u := &usage{}
	q.used[org] = u
	return u
}

func (q *quotas) evict() {
	var victim tenants.ID
	least, seen := int64(-1), 0
	for org, u := range q.used {
		if least < 0 || u.all < least {
			victim, least = org, u.all
		}
		if seen++; seen == inspected {
			break
		}
	}
	delete(q.used, victim)
}
