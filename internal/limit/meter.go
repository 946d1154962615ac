package limit

import (
	"time"

	"gatehouse/internal/tenants"
)

// meterKey names what an organization's own limit counts: a caller, a client or a
// thing that is called.
type meterKey struct {
	org   tenants.ID
	limit string
	id    tenants.GUID
	name  string
}

// meter is what one of the things that a limit counts has had. It is guarded by
// its shard's lock.
type meter struct {
	bucket       // of its rate
	pace   pace  // that the bucket goes by
	daily  bool  // calls are counted
	day    int64 // of the calls that are counted, in days since 1970
	calls  int64 // of every replica, as far as is known
	untold int64 // of these, what the others do not know of yet
}

// instant is a moment by both clocks: one that no step moves, and the calendar.
type instant struct {
	now int64     // since the limits were made, in nanoseconds
	at  time.Time // UTC
}

const secondsOfDay = 24 * 60 * 60

func (i instant) day() int64 { return i.at.Unix() / secondsOfDay }

// endOf returns when a day ends.
func endOf(day int64) time.Time { return time.Unix((day+1)*secondsOfDay, 0).UTC() }

// follow brings the meter in line with its limit and the day. Another rate begins
// afresh: what was borrowed at a slower pace would otherwise be paid back at it.
func (m *meter) follow(r *rule, i instant) {
	m.asked, m.daily = i.now, r.perDay > 0
	if m.pace != r.pace {
		m.pace, m.due, m.spent = r.pace, i.now, 0
	}
	m.turn(i)
}

// turn begins a new day where the old one is over.
func (m *meter) turn(i instant) {
	if day := i.day(); m.day != day {
		m.day, m.calls, m.untold = day, 0, 0
	}
}

// refuses returns how long a call is too early, and why; zero: it may come.
func (m *meter) refuses(r *rule, i instant) (time.Duration, string) {
	if r.perDay > 0 && m.calls >= r.perDay {
		return max(endOf(m.day).Sub(i.at), time.Second), r.overDay
	}
	if r.pace == (pace{}) {
		return 0, ""
	}
	if early := max(m.due, i.now) - i.now - r.pace.ahead; early > 0 {
		return max(time.Duration(early), time.Millisecond), r.overRate
	}
	return 0, ""
}

// count takes a call that is not refused.
func (m *meter) count(i instant) {
	m.due = max(m.due, i.now) + m.pace.each
	m.spent += m.pace.each
	if m.daily {
		m.calls++
		m.untold++
	}
}

// cold reports whether nothing that other replicas know or want to know of the
// meter matters any more.
func (m *meter) cold(now int64) bool {
	return m.spent == 0 && m.untold == 0 && now-m.asked > warmFor
}

// idle reports whether forgetting the meter changes nothing.
func (m *meter) idle(i instant) bool {
	return m.bucket.idle(i.now) && m.untold == 0 && (m.calls == 0 || m.day != i.day())
}
