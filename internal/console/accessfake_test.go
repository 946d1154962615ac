package console_test

import (
	"context"
	"time"

	"gatehouse/internal/asof"
	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/tenants"
)

// reported is what the report of a test organization says of one person.
func reported(id tenants.GUID, at time.Time) asof.Finding {
	return asof.Finding{
		Person: asof.Person{OID: id, Kind: authz.User, Name: "Alice"}, Unknown: []tenants.GUID{group},
		Access: []asof.Access{{Tool: "pay", Effect: "write", Verdict: asof.Undecided, Rules: []asof.Rule{
			{Role: "finance", Subject: authz.Subject{Kind: authz.SubjectGroup, Value: group.String()}, Name: "Finance", Conditions: []string{"args.amount < 5"}, Evidence: asof.Evidence{
				Source: authz.SourceGraph, Since: at.Add(-3 * time.Hour), Until: at.Add(-2 * time.Hour), LastAnswer: authz.NotMember,
			}},
			{Role: "staff", Subject: authz.Subject{Kind: authz.SubjectEverybody}, Evidence: asof.Evidence{Answer: authz.Member}},
		}}},
	}
}

// AccessAt implements console.AccessReports: there are three people.
func (m *memory) AccessAt(_ context.Context, _ tenants.ID, q console.AccessQuestion) (console.AccessFound, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.accessAsked = append(m.accessAsked, q)
	found := console.AccessFound{Kept: asof.Kept{Since: q.At.Add(-time.Hour), Version: 7, Record: alice.String(), Digest: asof.Digest{0xab}}, Remarks: []string{"a remark"}}
	for _, id := range threePeople {
		if asof.Compare(id, q.After) > 0 {
			found.Findings = append(found.Findings, reported(id, q.At))
		}
	}
	if found.More = len(found.Findings) > q.Most; found.More {
		found.Findings = found.Findings[:q.Most]
	}
	return found, m.broken
}

var threePeople = []tenants.GUID{
	tenants.MustGUID("00000000-0000-4000-8000-00000000000a"), tenants.MustGUID("00000000-0000-4000-8000-00000000000b"), tenants.MustGUID("00000000-0000-4000-8000-00000000000c"),
}

// HandOut implements console.AccessRecorder.
func (m *memory) HandOut(_ context.Context, by authz.Caller, e audit.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.unheard == nil {
		m.handed, m.wrote = append(m.handed, e), append(m.wrote, by)
	}
	return m.unheard
}
