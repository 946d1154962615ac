package main

import (
	"fmt"
	"slices"
	"strings"
)

// target is one promise about performance: a figure, the goal for it, and the
// bound beyond which the run fails.
type target struct {
	row    string // what -rows names; several targets may share a row
	name   string
	what   string
	goal   float64
	bound  float64
	better direction
	unit   string // empty: a ratio
}

// direction says which figures are good.
type direction uint8

const (
	higher direction = iota
	lower
)

// The targets, in the order of the table.
var (
	callRate           = target{row: "P1", name: "P1", what: "tools/call of a built-in, warm token, × floor", goal: 0.50, bound: 0.30}
	callCPU            = target{row: "P1", name: "P1c", what: "its server CPU per request ÷ floor", goal: 2.2, bound: 4, better: lower}
	callTail           = target{row: "P2", name: "P2", what: "its p99 ÷ floor, saturated", goal: 1.3, bound: 2, better: lower}
	pacedTail          = target{row: "P2", name: "P2", what: "its p99 ÷ floor, at 300 requests a second", goal: 1.5, bound: 3, better: lower}
	listRate           = target{row: "P3", name: "P3", what: "tools/list of 50 tools, filtered by role, × floor", goal: 0.45, bound: 0.25}
	peerCalls          = target{row: "P6", name: "P6", what: "federated tools/call a second of server CPU × ToolHive vmcp", goal: 12, bound: 5}
	forwardCPU         = target{row: "P7", name: "P7", what: "server CPU of a federated call ÷ httputil.ReverseProxy", goal: 1.6, bound: 2.5, better: lower}
	coldRate           = target{row: "P8", name: "P8", what: "tools/call, every request a new token, × floor", goal: 0.28, bound: 0.15}
	organizationGrowth = target{row: "P9", name: "P9", what: "call rate kept from 10 to 10,000 organizations", goal: 0.9, bound: 0.7}
	toolGrowth         = target{row: "P9", name: "P9", what: "call rate kept from 10 to 1,000 tools of an organization", goal: 0.9, bound: 0.7}
	groupGrowth        = target{row: "P9", name: "P9", what: "call rate kept from 20 to 200 groups, against floors", goal: 0.9, bound: 0.7}
	idleMemory         = target{row: "P10", name: "P10", what: "resident memory per idle organization", goal: 8, bound: 16, better: lower, unit: " kB"}
	coldStart          = target{row: "P10", name: "P10", what: "ready after a cold start with 10,000 organizations", goal: 2, bound: 10, better: lower, unit: " s"}
	groupRate          = target{row: "P11", name: "P11", what: "awaited audit group commit × one INSERT a record", goal: 4.5, bound: 2.5}
	auditRate          = target{row: "P14", name: "P14", what: "tools/call with audit, sealed meanwhile, × with a null sink", goal: 0.80, bound: 0.30}
	auditCPU           = target{row: "P14", name: "P14c", what: "its server CPU per call ÷ that with a null sink", goal: 1.25, bound: 1.6, better: lower}
	auditTail          = target{row: "P14", name: "P14", what: "its p99 beyond that with a null sink, ÷ commit p50, at 5,000 a second", goal: 3, bound: 60, better: lower}
	refreshRate        = target{row: "P13", name: "P13", what: "refreshes of brokered sign-ins, Entra not asked", goal: 500, bound: 250, unit: "/s"}
	refreshShare       = target{row: "P13", name: "P13", what: "the same × one-row transactions of PostgreSQL", goal: 0.10, bound: 0.04}
	crowdLoad          = target{row: "E1", name: "E1", what: "emulated tenant of 10,000 people and 2,000 groups, loaded", goal: 1, bound: 2, better: lower, unit: " s"}
	crowdTail          = target{row: "E1", name: "E2", what: "its transitiveMemberOf, 6 deep, p99", goal: 2.5, bound: 5, better: lower, unit: " ms"}
	firstOverview      = target{row: "C1", name: "C1", what: "first view of the console's overview, signed in, cold cache", goal: 1.5, bound: 5, better: lower, unit: " s"}
	firstAudit         = target{row: "C1", name: "C1", what: "first view of its audit log", goal: 1.5, bound: 5, better: lower, unit: " s"}
	scrollFrame        = target{row: "C2", name: "C2", what: "frame while 10,000 records are scrolled through, median", goal: 17, bound: 50, better: lower, unit: " ms"}
	scrollWorst        = target{row: "C2", name: "C2", what: "the worst frame", goal: 50, bound: 250, better: lower, unit: " ms"}
	recordOpens        = target{row: "C2", name: "C2", what: "click on one of them to its panel", goal: 100, bound: 500, better: lower, unit: " ms"}
	layoutShift        = target{row: "C3", name: "C3", what: "cumulative layout shift, worst page", goal: 0.1, bound: 0.25, better: lower}
)

// rowNames are what -rows understands.
var rowNames = []string{"P1", "P2", "P3", "P6", "P7", "P8", "P9", "P10", "P11", "P13", "P14", "E1", "C1", "C2", "C3"}

// parseRows reads a comma-separated selection; empty means every row. P1c comes
// with P1, P14c with P14, and E2 with E1.
func parseRows(list string) ([]string, error) {
	if list == "" {
		return rowNames, nil
	}
	var rows []string
	for name := range strings.SplitSeq(list, ",") {
		name = strings.ToUpper(strings.TrimSpace(name))
		if name == "P1C" {
			name = "P1"
		}
		if name == "E2" {
			name = "E1"
		}
		if !slices.Contains(rowNames, name) {
			return nil, fmt.Errorf("-rows: there is no row %q; choose from %s", name, strings.Join(rowNames, ", "))
		}
		rows = append(rows, name)
	}
	return rows, nil
}

// verdict is how a figure stands against its target.
type verdict string

const (
	reached verdict = "goal"  // the goal is reached
	between verdict = "ok"    // short of the goal, within the bound
	beyond  verdict = "BELOW" // beyond what may never be
	unknown verdict = "?"     // there is no peer to measure against
)

// judge compares a figure with the target. A figure exactly at a bound holds it.
func (t target) judge(figure float64) verdict {
	atLeast := func(bound float64) bool {
		if t.better == lower {
			return figure <= bound
		}
		return figure >= bound
	}
	switch {
	case atLeast(t.goal):
		return reached
	case atLeast(t.bound):
		return between
	default: // NaN ends here too
		return beyond
	}
}

// bounds prints the goal and the bound the way the table shows them.
func (t target) bounds() (goal, bound string) {
	sign := "≥"
	if t.better == lower {
		sign = "≤"
	}
	return fmt.Sprintf("%s %s", sign, t.figure(t.goal)), t.figure(t.bound)
}

// figure prints a value with the target's unit.
func (t target) figure(v float64) string {
	if v >= 10 {
		return fmt.Sprintf("%.1f%s", v, t.unit)
	}
	return fmt.Sprintf("%.2f%s", v, t.unit)
}
