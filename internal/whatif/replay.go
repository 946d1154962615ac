package whatif

import (
	"fmt"
	"strings"

	"gatehouse/internal/asof"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/tenants"
)

// Parts are what a Replay asks. Every field but Places and Agents is required.
type Parts struct {
	Proposed, Present *Basis
	// Then returns the rules that had a version; nil where they are not on record.
	Then func(version int64) (*Basis, error)
	// Said returns what was said of somebody's groups, in the order of time.
	Said   func(person tenants.GUID) ([]asof.Said, error)
	Places Places                // what is served now; nil: nobody knows
	Agents map[tenants.GUID]bool // object ids of agents that the organization has registered itself
	// Closed says that arguments that the log has in clear are not looked at: whoever asks
	// may not read them.
	Closed bool
}

// Replay adds up what a proposal does to recorded calls. It is used by one goroutine.
type Replay struct {
	Parts
	tally   Tally
	rows    map[string]*Row
	decided map[string]judged
}

// judged is what both bases say.
type judged struct {
	proposed finding
	already  bool
}

// NewReplay returns a Replay that has seen nothing.
func NewReplay(p Parts) *Replay {
	return &Replay{Parts: p, tally: Tally{Reasons: map[Reason]int64{}}, rows: map[string]*Row{}, decided: map[string]judged{}}
}

// mostDecided bounds what is remembered of calls that were alike.
const mostDecided = 50_000

// Add replays the call that a record is about, if it is about one.
func (r *Replay) Add(record proof.Record) error {
	r.tally.Records++
	c, sort := read(record)
	switch sort {
	case another:
		return nil
	case unreadable:
		r.cannotTell(Unreadable)
		return nil
	case erased:
		r.tally.Erased++
		r.cannotTell(Erased)
		return nil
	case ofCall, turnedAway:
	}
	if r.Closed {
		c.kept = ""
	}
	then, err := r.Then(c.policy)
	if err != nil {
		return err
	}
	if sort == turnedAway {
		r.turnedAway(&c, then)
		return nil
	}
	return r.call(&c, then)
}

func (r *Replay) cannotTell(reasons ...Reason) {
	r.tally.Calls++
	r.tally.CannotTell++
	for _, why := range reasons {
		r.tally.Reasons[why]++
	}
}

func (r *Replay) turnedAway(c *call, then *Basis) {
	if then == nil {
		then = r.Present
	}
	if r.Proposed.reconsidered(c, then) {
		r.tally.Calls++
		r.tally.Unchanged++
		return
	}
	r.cannotTell(DoorUnknown)
}

func (r *Replay) call(c *call, then *Basis) error {
	if then != nil && c.then != unclear && then.print(c) == r.Proposed.print(c) {
		r.tally.Calls++
		r.tally.Unchanged++
		return nil
	}
	j, err := r.judge(c, then)
	if err != nil {
		return err
	}
	f := j.proposed
	switch {
	case c.altered && f.verdict != unclear:
		f = cannotTell(AlteredUnknown)
	case c.then == unclear:
		f = cannotTell(append(f.why, ThenUnknown)...)
	}
	switch f.verdict {
	case unclear:
		r.cannotTell(f.why...)
		r.row(c, Row{Change: CannotTell, Why: f.why})
	case c.then:
		r.tally.Calls++
		r.tally.Unchanged++
	case through:
		r.tally.Calls++
		r.tally.Gains++
		r.row(c, Row{Change: Gains, Rule: f.rule, Already: number(j.already)})
	case refused:
		r.tally.Calls++
		r.tally.Loses++
		r.row(c, Row{Change: Loses, Rule: f.rule, Already: number(j.already)})
	}
	return nil
}

func number(is bool) int64 {
	if is {
		return 1
	}
	return 0
}

// judge asks both bases, once for calls that are alike.
func (r *Replay) judge(c *call, then *Basis) (judged, error) {
	said, err := r.Said(c.oid)
	if err != nil {
		return judged{}, err
	}
	m := matter{call: c, then: then, known: known(c, then, said, r.Proposed, r.Present), places: r.Places, agents: r.Agents}
	key := r.key(m)
	if j, there := r.decided[key]; there {
		return j, nil
	}
	j := judged{proposed: r.Proposed.judge(m)}
	present := r.Present.judge(m)
	j.already = present.verdict == j.proposed.verdict && present.verdict != unclear
	if then != nil && then.print(c) == r.Present.print(c) {
		j.already = c.then == j.proposed.verdict
	}
	if !j.proposed.timely && !present.timely {
		if len(r.decided) >= mostDecided {
			clear(r.decided)
		}
		r.decided[key] = j
	}
	return j, nil
}

// key is equal for calls that cannot be told apart, but for when they were.
func (r *Replay) key(m matter) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %t %q %q %q %q %t %d %q %p", m.oid, m.kind, m.delegated, m.client, m.scopes, m.thing, m.toolset, m.followsUp, m.call.then, m.kept, m.then)
	for _, basis := range [...]*Basis{r.Proposed, r.Present} {
		fmt.Fprintf(&b, " %d", basis.ended(m.began))
		for _, g := range basis.policy.MappedGroups() {
			b.WriteByte('0' + byte(m.known.groups[g]))
		}
		for _, a := range basis.appRoles {
			b.WriteByte('0' + byte(m.known.appRoles[a]))
		}
	}
	return b.String()
}
