package tenants

import (
	"time"

	"gatehouse/internal/fault"
)

// How long a log is kept, in months.
const (
	DefaultRetention = 13
	MinRetention     = 1
	MaxRetention     = 120
)

// ShorteningWait is how long a shorter retention waits before it is in effect, so that
// nobody empties a log by one change that others have not seen.
const ShorteningWait = 7 * 24 * time.Hour

// Retention is how long an organization's log is kept: the present month, and so many
// whole months before it. The zero value is that of an organization that never said.
type Retention struct {
	Months int       // what was said; 0, and never DefaultRetention itself: that
	Longer int       // of one that was shortened: what is in effect until From
	From   time.Time // zero: Months are in effect
}

// Said returns the months that were asked for last.
func (r Retention) Said() int {
	if r.Months == 0 {
		return DefaultRetention
	}
	return r.Months
}

// Waits reports whether a shorter retention is not in effect yet.
func (r Retention) Waits(now time.Time) bool { return now.Before(r.From) }

// At returns how many months are in effect at an instant.
func (r Retention) At(now time.Time) int {
	if r.Waits(now) {
		return r.Longer
	}
	return r.Said()
}

// Cutoff returns the beginning of the oldest month that is kept at an instant, in UTC.
func (r Retention) Cutoff(now time.Time) time.Time {
	return MonthOf(now).Add(-r.At(now)).Start()
}

// KeepLog says how many months of its log an organization keeps. A longer retention is
// in effect at once, a shorter one after ShorteningWait.
func (o *Organization) KeepLog(months int, now time.Time) {
	r := &o.Retention
	effective, said := r.At(now), r.Said()
	switch {
	case months == said:
	case months >= effective:
		*r = RetentionOf(months)
	case months > said: // less of a shortening than the one that waits
		r.Months = RetentionOf(months).Months
	default:
		*r = Retention{Months: RetentionOf(months).Months, Longer: effective, From: now.UTC().Add(ShorteningWait).Truncate(time.Microsecond)}
	}
}

// RetentionOf returns a retention of so many months that is in effect.
func RetentionOf(months int) Retention {
	if months == DefaultRetention {
		months = 0
	}
	return Retention{Months: months}
}

// CheckRetention says what is wrong with a number of months.
func CheckRetention(months int) error {
	if months < MinRetention || months > MaxRetention {
		return fault.Newf(fault.Invalid, "log.retentionMonths is %d and must be between %d and %d", months, MinRetention, MaxRetention)
	}
	return nil
}
