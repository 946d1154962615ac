package keys

import "time"

// The life of a key. Whoever verifies keeps a published key set for up to a day,
// as Entra does ("Access tokens", "Signing key rollover": check every 24 hours).
const (
	cached  = 24 * time.Hour      // how long a published set may be believed
	signing = 90 * 24 * time.Hour // after this the next key takes over
	ahead   = 2 * cached          // the next key is made this long before
	whole   = 2 * signing         // a key nobody has replaced ends after this
	day     = 24 * time.Hour
)

// firstAt is since when the first key of a purpose signs: the beginning of the
// day. Replicas that make one at once choose the same instant, and the store lets
// one of them in.
func firstAt(now time.Time) time.Time { return now.UTC().Truncate(day) }

// nextAt is when a key made now begins to sign: at the beginning of a day, after
// every set published without it has been forgotten.
func nextAt(now time.Time) time.Time {
	return now.UTC().Add(cached).Truncate(day).Add(day)
}

// due reports whether a key that began to sign at an instant needs its successor
// made.
func due(since, now time.Time) bool { return !now.Before(since.Add(signing - ahead)) }
