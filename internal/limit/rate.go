package limit

import (
	"fmt"
	"math"
	"time"
)

// Rate is how often something may happen: PerSecond on average, Burst at once.
type Rate struct {
	PerSecond float64
	Burst     int
}

func (r Rate) check(name string) error {
	if !(r.PerSecond > 0) || math.IsInf(r.PerSecond, 1) { // written so that NaN fails too
		return fmt.Errorf("limit: %s.PerSecond %g is not a positive number", name, r.PerSecond)
	}
	return positive(name+".Burst", r.Burst)
}

func positive(name string, n int) error {
	if n <= 0 {
		return fmt.Errorf("limit: %s %d is not positive; zero does not mean unlimited", name, n)
	}
	return nil
}

// pace is a rate as the generic cell rate algorithm (ITU-T I.371, virtual
// scheduling) counts: nanoseconds that one event takes, and how far ahead of
// time an event may come.
type pace struct{ each, ahead int64 }

func (r Rate) pace() pace {
	each := max(1, int64(float64(time.Second)/r.PerSecond))
	return pace{each: each, ahead: each * int64(r.Burst-1)}
}

// bucket is one thing's place in time. It is guarded by its shard's lock.
type bucket struct {
	due    int64 // when an event would be on time (theoretical arrival time)
	spent  int64 // what was taken since the other replicas were told
	asked  int64 // when somebody last asked
	listed bool  // it is among those that the other replicas are asked about
}

// take takes the time of one event, or returns how long it is too early.
func (b *bucket) take(now int64, p pace) time.Duration {
	b.asked = now
	due := max(b.due, now)
	if early := due - now - p.ahead; early > 0 {
		return max(time.Duration(early), time.Millisecond)
	}
	b.due = due + p.each
	b.spent += p.each
	return 0
}

// charge takes the time of events that have happened.
func (b *bucket) charge(now int64, p pace, events int) {
	cost := p.each * int64(events)
	b.asked = now
	b.due = max(b.due, now) + cost
	b.spent += cost
}

// warmFor is how long after somebody asked a bucket is kept in step.
const warmFor = int64(3 * time.Second)

// cold reports whether nothing that other replicas know or want to know of the
// bucket matters any more.
func (b *bucket) cold(now int64) bool {
	return b.spent == 0 && (b.due <= now || now-b.asked > warmFor)
}

// idle reports whether forgetting the bucket changes nothing: a new one would
// say the same.
func (b *bucket) idle(now int64) bool { return b.due <= now && b.spent == 0 }
