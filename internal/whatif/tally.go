package whatif

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/tenants"
)

// Change says what a proposal does to calls of somebody.
type Change string

// The changes.
const (
	Loses      Change = "loses"       // they were let through and would be refused
	Gains      Change = "gains"       // they were refused and would be let through
	CannotTell Change = "cannot_tell" // it depends on something that is not recorded
)

// Row is what becomes of somebody's calls of one thing, by one rule.
type Row struct {
	Person  tenants.GUID
	Name    string // display only
	Thing   string // permission name
	Change  Change
	Rule    Rule     // of the proposal, unless nobody can tell
	Why     []Reason // if nobody can
	Calls   int64
	Already int64 // of them, what would be decided so today, without the proposal
	Last    time.Time
}

// Tally is what a replay has come to.
type Tally struct {
	Records    int64 // looked at
	Calls      int64 // of them, calls and people turned away: the sum of those below
	Unchanged  int64
	Loses      int64
	Gains      int64
	CannotTell int64
	Erased     int64 // of CannotTell, what was erased
	Reasons    map[Reason]int64
	Rows       []Row // the most calls first
	Omitted    int64 // calls that have no row, because there are too many
}

// MostRows bounds the rows of a Tally.
const MostRows = 5_000

// row adds a call to a row.
func (r *Replay) row(c *call, like Row) {
	key := fmt.Sprint(c.oid, " ", c.thing, " ", like.Change, " ", like.Rule, " ", like.Why)
	at := r.rows[key]
	if at == nil {
		if len(r.rows) >= MostRows {
			r.tally.Omitted++
			return
		}
		at = &Row{Person: c.oid, Thing: c.thing, Change: like.Change, Rule: like.Rule, Why: like.Why}
		r.rows[key] = at
	}
	at.Calls++
	at.Already += like.Already
	if !c.at.Before(at.Last) {
		at.Last, at.Name = c.at, c.name
	}
}

// Tally returns what has been added up.
func (r *Replay) Tally() Tally {
	t := r.tally
	for _, row := range r.rows {
		t.Rows = append(t.Rows, *row)
	}
	slices.SortFunc(t.Rows, func(a, b Row) int {
		if a.Calls != b.Calls {
			return int(b.Calls - a.Calls)
		}
		x, y := a.Person.Bytes(), b.Person.Bytes()
		if c := bytes.Compare(x[:], y[:]); c != 0 {
			return c
		}
		return strings.Compare(a.Thing+string(a.Change)+fmt.Sprint(a.Rule, a.Why), b.Thing+string(b.Change)+fmt.Sprint(b.Rule, b.Why))
	})
	return t
}
