package console_test

import (
	"context"

	"gatehouse/internal/asof"
	"gatehouse/internal/audit/search"
	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/whatif"
)

// proposed is what a test organization was asked about proposals.
type proposed struct {
	proposals []console.Proposal
	replays   []console.ReplayPlace
	compares  []console.ComparePlace
}

var basis = asof.Digest{7}

// Replay implements console.WhatIf: the log has ten records, four of which fit into an
// answer.
func (m *memory) Replay(_ context.Context, _ authz.Caller, p console.Proposal, at console.ReplayPlace) (console.Replayed, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.proposed.proposals, m.proposed.replays = append(m.proposed.proposals, p), append(m.proposed.replays, at)
	s := search.Stretch{From: at.From, To: 10}
	if at.To == 0 {
		s.SealedAt = start
	}
	return console.Replayed{Basis: basis, Stretch: s, Next: min(s.From+4, 10), Remarks: []string{"a remark"}, Tally: whatif.Tally{
		Records: 4, Calls: 3, Loses: 2, CannotTell: 1, Reasons: map[whatif.Reason]int64{whatif.GroupUnknown: 1, whatif.ArgumentsUnknown: 1},
		Rows: []whatif.Row{
			{Person: alice, Name: "Alice", Thing: "pay", Change: whatif.Loses, Rule: whatif.Rule{Kind: whatif.ByDeny, Role: "Finance", Permission: 2, Subject: "everybody"}, Calls: 2, Already: 1, Last: start},
			{Person: alice, Thing: "roll", Change: whatif.CannotTell, Why: []whatif.Reason{whatif.ArgumentsUnknown, whatif.GroupUnknown}, Calls: 1, Last: start},
		},
	}}, m.broken
}

// Compare implements console.WhatIf: there are three people.
func (m *memory) Compare(_ context.Context, _ authz.Caller, p console.Proposal, at console.ComparePlace) (console.Compared, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.proposed.proposals, m.proposed.compares = append(m.proposed.proposals, p), append(m.proposed.compares, at)
	out := console.Compared{Basis: basis, Remarks: []string{"a remark"}}
	for _, id := range threePeople {
		if asof.Compare(id, at.After) <= 0 {
			continue
		}
		if len(out.People) == at.Most {
			out.More = true
			break
		}
		out.After = id
		rules := reported(id, at.At).Access[0].Rules
		out.People = append(out.People, console.ComparedPerson{Person: asof.Person{OID: id, Kind: authz.User, Name: "Alice"}, Differences: []whatif.Difference{
			{Tool: "pay", Effect: "write", Before: whatif.None, After: asof.Undecided, Rules: rules},
		}})
	}
	return out, m.broken
}
