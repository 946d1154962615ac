package tenants

import (
	"regexp"
	"time"

	"gatehouse/internal/fault"
)

// ExportSchedule has exports of an organization's log brought to one of its sinks, one
// of each period once it is over.
type ExportSchedule struct {
	ID           GUID
	Name         string // its key for people
	Every        Every
	Sink         GUID
	SinkName     string // as it was when the schedule was made
	Receiver     string // where the sink led then (Sink.Receiver): nothing is brought elsewhere
	Format       string
	Completeness string
	Filter       string // JSON; it is about nobody, and has no times
	MadeAt       time.Time
	MadeBy       Person

	From         time.Time // the beginning of the period whose export is next
	NextAt       time.Time // when that is asked for
	FailingSince time.Time // zero: nothing fails
	Trouble      string    // what failed last
	Last         GUID      // the export that was asked for last; zero: none was
}

// Every is how often an export is made, and of how long a period: of UTC.
type Every string

// The periods.
const (
	EveryDay   Every = "day"
	EveryWeek  Every = "week" // from Monday, as ISO 8601 has it
	EveryMonth Every = "month"
)

// ExportDelay is how long after the end of a period its export is asked for: a search
// looks an hour further for what was sealed late.
const ExportDelay = time.Hour

// MaxExportScheduleName is how long the name of one is, in characters.
const MaxExportScheduleName = 32

// MostExportSchedules is how many an organization has at most.
const MostExportSchedules = 10

// Period returns the beginning of the period that an instant is in.
func (e Every) Period(at time.Time) time.Time {
	at = at.UTC()
	day := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, time.UTC)
	switch e {
	case EveryWeek:
		return day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
	case EveryMonth:
		return time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, time.UTC)
	case EveryDay:
	}
	return day
}

// After returns the beginning of the period behind the one that begins at an instant.
func (e Every) After(begin time.Time) time.Time {
	switch e {
	case EveryWeek:
		return begin.AddDate(0, 0, 7)
	case EveryMonth:
		return begin.AddDate(0, 1, 0)
	case EveryDay:
	}
	return begin.AddDate(0, 0, 1)
}

// Due returns when the export of the period from s.From on is asked for.
func (s ExportSchedule) Due() time.Time { return s.Every.After(s.From).Add(ExportDelay) }

// Refuses says why nothing of a schedule goes to its sink as that is now: it is gone, it
// leads elsewhere, or it has no secret. Nil: nothing stands against it.
func (s ExportSchedule) Refuses(sink Sink) error {
	switch {
	case sink.ID.IsZero() || sink.Kind != StorageSink:
		return fault.New(fault.Invalid, "the sink is gone, or is not of kind storage any more; cancel this schedule, and make one to another sink")
	case sink.Receiver() != s.Receiver:
		return fault.New(fault.Invalid, "the sink leads elsewhere, or uses another access key, than when this schedule was made; if its exports are to go there, cancel the schedule and make it again")
	case sink.Secret.IsZero():
		return fault.New(fault.Invalid, "the sink has no secret; give it one")
	}
	return nil
}

// scheduleName is as names of sinks are.
var scheduleName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$`)

// Validate says what is wrong with a schedule, naming the field.
func (s ExportSchedule) Validate() error {
	switch {
	case !scheduleName.MatchString(s.Name):
		return fault.New(fault.Invalid, "name: use 1 to 32 lowercase letters, digits and inner hyphens")
	case s.Every != EveryDay && s.Every != EveryWeek && s.Every != EveryMonth:
		return fault.New(fault.Invalid, "every: use day, week or month")
	}
	return nil
}
