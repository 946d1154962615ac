package watch

import (
	"strings"
	"time"

	"gatehouse/internal/tenants"
)

// ExportFailing is the kind of alerts about exports that do not reach their sinks.
const ExportFailing Kind = "export_failing"

// Export is what is known of an export of the log that does not reach its sink, or of a
// schedule that can ask for none.
type Export struct {
	ID       tenants.GUID
	Schedule string // its name; empty: it is an export
	Sink     string // its name
	Failing  string
	Since    time.Time
	GivenUp  bool
}

// export judges an export. One that was given up is told at once.
func (v *verdict) export(e Export, now time.Time) {
	if !e.GivenUp && now.Sub(e.Since) < sinkGrace {
		return
	}
	facts := Facts{factName: e.Sink, factWhy: e.Failing, factSince: e.Since.UTC().Format(time.RFC3339)}
	if e.Since.IsZero() { // it stands still for good
		delete(facts, factSince)
	}
	if e.Schedule != "" {
		facts[factSchedule] = e.Schedule
	}
	stage := 0
	if e.GivenUp {
		facts[factEnd], stage = "given up", 1
	}
	v.add(Cause{Kind: ExportFailing, Subject: e.ID.String(), Stage: stage, Facts: facts})
}

func exportWords(c Cause, s setting) words {
	name, why := c.Facts[factName], strings.TrimRight(c.Facts[factWhy], ".")
	w := words{
		title:  "An export of the log does not reach the sink " + name,
		text:   "It has failed since " + c.Facts.moment(factSince) + "; the last time: " + why + ". Gatehouse keeps trying, for a day.",
		remedy: "Ask whoever runs the store; its address and credential are those of the sink " + name + ". Audit > Exports says how far the export is, and ends it.",
		url:    s.console("audit/exports"),
		over:   "The export to the sink " + name + " fails no more: it has gone on, or somebody has ended it.",
	}
	if schedule := c.Facts[factSchedule]; schedule != "" {
		w.title = "The schedule " + schedule + " lacks an export of the log"
		w.text = "What it asks for goes to the sink " + name + ": " + why + "."
		w.remedy = "Mend the sink, or cancel the schedule under Audit > Exports and make it again."
		w.over = "The schedule " + schedule + " is carried out again, or is gone."
	}
	if c.Facts[factEnd] != "" {
		w.title = "An export of the log was given up"
		w.text = "It was to be brought to the sink " + name + ", and nothing of it is there as an object. The last time: " + why + "."
		w.remedy = "Mend what failed, and ask for the export again. Audit > Exports says what it was of."
		w.over = "That an export to the sink " + name + " was given up is three days ago."
	}
	return w
}
