package tenants

import (
	"time"

	"gatehouse/internal/fault"
)

// How long recorded bodies are kept, in days.
const (
	DefaultBodyDays = 30
	MinBodyDays     = 1
	MaxBodyDays     = 3650
)

// BodyRetention is how long an organization keeps recorded bodies; never longer than the
// records they belong to. The zero value is that of an organization that never said.
type BodyRetention struct {
	Days   int       // what was said; 0, and never DefaultBodyDays itself: that
	Longer int       // of one that was shortened: what is in effect until From
	From   time.Time // zero: Days are in effect
}

// Said returns the days that were asked for last.
func (r BodyRetention) Said() int {
	if r.Days == 0 {
		return DefaultBodyDays
	}
	return r.Days
}

// At returns how many days are in effect at an instant.
func (r BodyRetention) At(now time.Time) int {
	if now.Before(r.From) {
		return r.Longer
	}
	return r.Said()
}

// BodyCutoff returns from when on bodies are kept at an instant.
func (o Organization) BodyCutoff(now time.Time) time.Time {
	own, records := now.UTC().AddDate(0, 0, -o.Bodies.At(now)), o.Retention.Cutoff(now)
	if own.Before(records) {
		return records
	}
	return own
}

// KeepBodies says how many days an organization keeps recorded bodies. Longer is in
// effect at once, shorter after ShorteningWait.
func (o *Organization) KeepBodies(days int, now time.Time) {
	r := &o.Bodies
	effective, said := r.At(now), r.Said()
	switch {
	case days == said:
	case days >= effective:
		*r = BodyRetentionOf(days)
	case days > said: // less of a shortening than the one that waits
		r.Days = BodyRetentionOf(days).Days
	default:
		*r = BodyRetention{Days: BodyRetentionOf(days).Days, Longer: effective, From: now.UTC().Add(ShorteningWait).Truncate(time.Microsecond)}
	}
}

// BodyRetentionOf returns a retention of so many days that is in effect.
func BodyRetentionOf(days int) BodyRetention {
	if days == DefaultBodyDays {
		days = 0
	}
	return BodyRetention{Days: days}
}

// CheckBodyDays says what is wrong with a number of days.
func CheckBodyDays(days int) error {
	if days < MinBodyDays || days > MaxBodyDays {
		return fault.Newf(fault.Invalid, "log.bodyDays is %d and must be between %d and %d", days, MinBodyDays, MaxBodyDays)
	}
	return nil
}
