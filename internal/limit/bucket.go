package limit

import (
	"time"

	"golang.org/x/time/rate"
)

// inspected is how many entries of a full table are looked at to make room.
// Map iteration starts at a random entry, so nobody chooses which.
const inspected = 16

// full reports whether a bucket has refilled. Forgetting such a bucket changes
// nothing: a new one starts full.
func full(b *rate.Limiter, now time.Time) bool { return b.TokensAt(now) >= float64(b.Burst()) }

// until returns how long a bucket without a token needs to have one.
func until(b *rate.Limiter, now time.Time) time.Duration {
	missing := 1 - b.TokensAt(now)
	return max(time.Duration(missing/float64(b.Limit())*float64(time.Second)), time.Millisecond)
}
