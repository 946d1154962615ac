package audit

import "time"

// Signal says what an Observation is about.
type Signal string

// The signals.
const (
	Committed    Signal = "committed"     // an Append succeeded
	CommitFailed Signal = "commit_failed" // an Append failed, and with it every row of it
	Poisoned     Signal = "poisoned"      // an Append was refused for its data
	Rejected     Signal = "rejected"      // one record was refused and another stands for it
	Lost         Signal = "lost"          // records for which not even that is possible
	TurnedAway   Signal = "turned_away"   // a record found no room; nothing was done
)

// Observation is one thing a Log tells about itself, for metrics.
type Observation struct {
	Signal Signal
	Rows   int
	Bytes  int
	Took   time.Duration // of the Append
}

// Load is how full a Log is.
type Load struct {
	Rows    int // reserved by open entries and queued
	Bytes   int
	Failing bool // the store fails and new entries are refused
}
