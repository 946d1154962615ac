package watch

import (
	"strings"
	"time"

	"gatehouse/internal/tenants"
)

// Act is what somebody has done by which a log will prove less, or say less.
type Act string

// The acts.
const (
	HoldWithdrawn      Act = "hold_withdrawn"
	RetentionShortened Act = "retention_shortened"
	ErasureAsked       Act = "erasure_asked"
	ErasureApproved    Act = "erasure_approved"
	SinkRemoved        Act = "sink_removed"
	SinkMoved          Act = "sink_moved"
	SinkLessened       Act = "sink_lessened" // it gets no more records, or no more checkpoints
	SinkUntold         Act = "sink_untold"   // it could not be told that it gets no more
)

// Weakening is one such act. It is no state of anything that could be looked at later, so
// whoever writes it down has it told.
type Weakening struct {
	Act    Act
	Of     string    // what it was done to, by its id; empty: the organization
	What   string    // the same, as people call it
	Who    string    // did it
	Effect time.Time // zero: at once
}

// shownFor is how long an act is open at least that is in effect at once.
const shownFor = 24 * time.Hour

// The names of an act's facts.
const (
	factAct    = "act"
	factWho    = "who"
	factEffect = "effect" // RFC 3339
	factUntil  = "until"  // RFC 3339: until when the alert is open
	factTaken  = "taken"  // it was taken back
)

// Subject is what the alert of an act is about: of each thing there is one at a time.
func (w Weakening) Subject() string { return strings.TrimSpace(string(w.Act) + " " + w.Of) }

// Alert returns the alert of an act.
func (w Weakening) Alert(now time.Time) Alert {
	until := now.Add(shownFor)
	facts := Facts{factAct: string(w.Act), factName: w.What, factWho: w.Who}
	if !w.Effect.IsZero() {
		facts[factEffect] = w.Effect.UTC().Format(time.RFC3339)
		if w.Effect.After(until) {
			until = w.Effect
		}
	}
	facts[factUntil] = until.UTC().Format(time.RFC3339)
	return Alert{ID: tenants.NewGUID(), Cause: Cause{Kind: LogWeakened, Subject: w.Subject(), Facts: facts}, OpenedAt: now}
}

// untoldFor is how long an act is open that nobody was there to be told of.
const untoldFor = 7 * 24 * time.Hour

// passed reports whether an act's alert is over.
func (a Alert) passed(now time.Time) bool {
	until, err := time.Parse(time.RFC3339, a.Facts[factUntil])
	if err == nil && a.Told == ToldNothing {
		until = until.Add(untoldFor)
	}
	return err != nil || !now.Before(until)
}

// evidencePage has holds, sinks and how long the log is kept; erasuresPage has who is to be
// erased from it.
const (
	evidencePage = "audit/evidence"
	erasuresPage = "audit/erasures"
)

// acts says each act: what was done, what follows of it, and how it is stopped.
var acts = map[Act]struct{ title, text, remedy string }{
	HoldWithdrawn: {
		"A legal hold was withdrawn", "Then records that only this hold keeps are removed, and people can be erased from the log.",
		"Any owner takes it back until then, under Audit > Evidence and retention.",
	},
	RetentionShortened: {
		"The log will be kept for a shorter time", "Then the records of older months are removed for good.",
		"Any admin keeps the longer time until then, under Audit > Evidence and retention. An owner can set a legal hold there.",
	},
	ErasureAsked: {
		"Somebody is to be erased from the log", "Nothing is erased before an owner has approved it.",
		"An owner reads who and which names it is about, under Audit > Erasures, before approving it. Any admin withdraws it there.",
	},
	ErasureApproved: {
		"The erasure of somebody from the log was approved", "What is erased nobody can read again.",
		"If it is in effect at a later time only, any admin withdraws it until then, under Audit > Erasures. A legal hold that an owner sets stops what has not been erased yet.",
	},
	SinkRemoved: {
		"A sink of the log was removed", "What happens from now on does not leave the hands of whoever runs Gatehouse by this way.",
		"Ask whoever did it. An owner adds it again under Audit > Evidence and retention; what lies between, an export brings.",
	},
	SinkMoved: {
		"A sink of the log leads to another place", "What happens from now on does not arrive where it did before.",
		"Ask whoever did it. An owner changes it back under Audit > Evidence and retention; what lies between, an export brings.",
	},
	SinkLessened: {
		"A sink of the log gets less than before", "It gets no more records, or no more checkpoints.",
		"Ask whoever did it. An owner changes it back under Audit > Evidence and retention; what lies between, an export brings.",
	},
	SinkUntold: {
		"A sink could not be told that it gets no more of the log", "The record of that change has not arrived there within an hour, so who watches the log there may not know.",
		"Tell them: the record is in the log, as sink changed or sink deleted.",
	},
}

func weakenedWords(c Cause, s setting) words {
	f := c.Facts
	said, known := acts[Act(f[factAct])]
	if !known {
		said.title, said.text, said.remedy = "The log was weakened", "Something was done by which the log proves less.", "Look at the changes in the log."
	}
	w := words{title: said.title, remedy: said.remedy, over: "It is in effect.", url: s.console(evidencePage)}
	if act := Act(f[factAct]); act == ErasureAsked || act == ErasureApproved {
		w.url = s.console(erasuresPage)
	}
	if f[factWho] != "" {
		w.text = "By " + f[factWho] + ". "
	}
	if f[factName] != "" {
		w.text = "It is about: " + f[factName] + ". " + w.text
	}
	if at := f.moment(factEffect); at != "" {
		w.text += "It takes effect on " + at + ". "
	} else {
		w.text += "It is in effect. "
	}
	w.text += said.text
	if f[factTaken] != "" {
		w.over = "It was taken back: what was said before holds again."
	}
	return w
}
