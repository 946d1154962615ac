package onboarding

import (
	"slices"
	"time"
)

// Severity says what a finding costs.
type Severity string

// The severities.
const (
	Error   Severity = "error"   // somebody is refused, or may be let in wrongly
	Warning Severity = "warning" // it works, and will not, or not for everybody
	Info    Severity = "info"    // it works; there is something better
)

// Finding is one thing that is not as it should be.
type Finding struct {
	ID       string // stable, such as token.version
	Severity Severity
	Title    string
	Detail   string   // what is, and what it causes
	Setting  string   // where, in the words of the Entra admin center
	Link     string   // there
	Fix      []string // az command lines that mend it, to be run in this order; empty if none can
}

// NotChecked is something the doctor could not look at, which is not the same as
// nothing found.
type NotChecked struct {
	ID     string // of the finding there may be
	Title  string
	Reason string
	Remedy string
}

// Report is what one examination found.
type Report struct {
	At         time.Time
	Findings   []Finding
	NotChecked []NotChecked
}

// Has reports whether something was found.
func (r Report) Has(id string) bool {
	return slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.ID == id })
}

// Healthy reports whether nothing found is an error. What was not checked does
// not count: see NotChecked.
func (r Report) Healthy() bool {
	return !slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Severity == Error })
}
