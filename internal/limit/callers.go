package limit

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// callers is one shard of the callers' buckets.
type callers struct {
	mu      sync.Mutex
	buckets map[key]*rate.Limiter
	rate    Rate
	room    int
}

func newCallers(r Rate, room int) callers {
	return callers{buckets: map[key]*rate.Limiter{}, rate: r, room: room}
}

// take takes a token, or returns how long there will be none.
func (c *callers) take(k key, now time.Time) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	bucket, ok := c.buckets[k]
	if !ok {
		bucket = c.add(k, now)
	}
	if bucket.AllowN(now, 1) {
		return 0
	}
	return until(bucket, now)
}

func (c *callers) add(k key, now time.Time) *rate.Limiter {
	if len(c.buckets) >= c.room {
		c.evict(now)
	}
	bucket := rate.NewLimiter(rate.Limit(c.rate.PerSecond), c.rate.Burst)
	c.buckets[k] = bucket
	return bucket
}

// evict makes room for one bucket: the fullest of those inspected, whose caller
// gains least by starting afresh. The organization's own bucket still counts
// what a flood of callers gains.
func (c *callers) evict(now time.Time) {
	var victim key
	most, seen := -1.0, 0
	for k, bucket := range c.buckets {
		if tokens := max(bucket.TokensAt(now), 0); tokens > most {
			victim, most = k, tokens
		}
		if seen++; seen == inspected || full(bucket, now) {
			break
		}
	}
	delete(c.buckets, victim)
}
