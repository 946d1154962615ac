package console

import (
	"time"

	"gatehouse/internal/tenants"
)

// OrganizationLog says how long an organization's log is kept.
type OrganizationLog struct {
	RetentionMonths int                 `json:"retentionMonths" doc:"The present month is kept, and so many whole months before it."`
	Shortened       *ShortenedRetention `json:"shortened,omitempty" doc:"The last shortening. Absent: retentionMonths are in effect."`
	BodyDays        int                 `json:"bodyDays" doc:"How many days recorded bodies are kept, but never longer than their records."`
	BodiesShortened *ShortenedBodyDays  `json:"bodiesShortened,omitempty" doc:"The last shortening of bodyDays. Absent: bodyDays are in effect."`
}

// ShortenedBodyDays is a shorter retention of bodies that waits.
type ShortenedBodyDays struct {
	EffectiveDays int       `json:"effectiveDays" doc:"What is in effect until then, and not any more after."`
	From          time.Time `json:"from" doc:"From when on bodyDays are in effect."`
}

// ShortenedRetention is a shorter retention that waits.
type ShortenedRetention struct {
	EffectiveMonths int       `json:"effectiveMonths" doc:"What is in effect until then, and not any more after."`
	From            time.Time `json:"from" doc:"From when on retentionMonths are in effect. Whoever says the longer retention again before keeps everything."`
}

// LogSettings is what an admin may change of how the log is kept.
type LogSettings struct {
	RetentionMonths int  `json:"retentionMonths" minimum:"1" maximum:"120" doc:"The present month is kept, and so many whole months before it. Fewer than before are in effect after seven days."`
	BodyDays        *int `json:"bodyDays,omitempty" minimum:"1" maximum:"3650" doc:"How many days recorded bodies are kept, but never longer than their records. Fewer than before are in effect after seven days. Absent: as it is."`
}

// logOf shows a shortening also when its week is over: a representation, and with it its
// ETag, does not change by itself.
func logOf(o tenants.Organization) OrganizationLog {
	r, b := o.Retention, o.Bodies
	l := OrganizationLog{RetentionMonths: r.Said(), BodyDays: b.Said()}
	if !b.From.IsZero() {
		l.BodiesShortened = &ShortenedBodyDays{b.Longer, b.From.UTC()}
	}
	if !r.From.IsZero() {
		l.Shortened = &ShortenedRetention{r.Longer, r.From.UTC()}
	}
	return l
}
