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
	ID       string   `json:"id" doc:"Stable, such as token.version."`
	Severity Severity `json:"severity" enum:"error,warning,info" doc:"error: somebody is refused, or may be let in wrongly. warning: it works, and will not, or not for everybody. info: there is something better."`
	Title    string   `json:"title"`
	Detail   string   `json:"detail" doc:"What is, and what it causes."`
	Setting  string   `json:"setting" doc:"Where, in the words of the Entra admin center."`
	Link     string   `json:"link" doc:"There."`
	Fix      []string `json:"fix" doc:"Command lines of the Azure CLI that mend it, to be run in this order; empty if none can."`
}

// NotChecked is something the doctor could not look at, which is not the same as
// nothing found.
type NotChecked struct {
	ID     string `json:"id" doc:"Of the finding there may be."`
	Title  string `json:"title" doc:"The question that is open."`
	Reason string `json:"reason"`
	Remedy string `json:"remedy"`
}

// Report is what one examination found.
type Report struct {
	At         time.Time    `json:"at"`
	Findings   []Finding    `json:"findings" doc:"In the order in which they are best mended."`
	NotChecked []NotChecked `json:"notChecked" doc:"What could not be looked at, which is not the same as nothing found."`
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
