package store_test

import (
	"slices"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/membership"
	"gatehouse/internal/store"
	"gatehouse/internal/tenants"
)

// since returns the records that were stored after so many.
func since(t *testing.T, db *store.DB, o tenants.Organization, n int) (all []audit.Record) {
	t.Helper()
	for _, s := range stored(t, db, o)[n:] {
		r, err := audit.Decode(s.Payload)
		must(t, err)
		if strays := audit.Strays(r); len(strays) > 0 {
			t.Errorf("a record of %s has %v", r.Kind, strays)
		}
		all = append(all, r)
	}
	return all
}

func TestLogHasWhoBecameAMemberAndWhoIsNoneAnyMore(t *testing.T) {
	t.Parallel()
	m := newMembers(t)
	other := tenants.NewGUID()
	asked := m.now
	for _, step := range []struct {
		name    string
		answers map[tenants.GUID]authz.Answer
		want    []string // of m.group first
	}{
		{"at first", map[tenants.GUID]authz.Answer{m.group: authz.Member, other: authz.NotMember}, []string{"unknown member"}},
		{"the same", map[tenants.GUID]authz.Answer{m.group: authz.Member, other: authz.NotMember}, nil},
		{"both turn", map[tenants.GUID]authz.Answer{m.group: authz.NotMember, other: authz.Member}, []string{"member not_member", "not_member member"}},
		{"one is not asked about", map[tenants.GUID]authz.Answer{other: authz.Member}, nil},
		{"and is again", map[tenants.GUID]authz.Answer{m.group: authz.Member, other: authz.Member}, []string{"not_member member"}},
	} {
		n := len(stored(t, m.db, m.org))
		asked = asked.Add(time.Second)
		_, err := m.db.SaveMembership(t.Context(), caller(m.org), membership.Record{Person: m.person, Answers: step.answers, AskedAt: asked}, time.Time{})
		must(t, err)
		records := since(t, m.db, m.org, n)
		slices.SortFunc(records, func(a, _ audit.Record) int {
			if a.Group == m.group {
				return -1
			}
			return 1
		})
		var got []string
		for i, r := range records {
			got = append(got, r.From+" "+r.To)
			if r.Kind != audit.MembershipChange || r.Subject.OID != m.person || (r.Group == m.group) != (i == 0) || r.MembershipSource != authz.SourceGraph || !r.AskedAt.Equal(asked) || r.Actor.Name != "store test" {
				t.Errorf("%s: %+v", step.name, r)
			}
		}
		if !slices.Equal(got, step.want) {
			t.Errorf("%s: %v, want %v", step.name, got, step.want)
		}
	}
	_, err := m.db.SaveMembership(t.Context(), caller(m.org), membership.Record{Person: m.person, Answers: map[tenants.GUID]authz.Answer{m.group: authz.NotMember}, AskedAt: m.now}, time.Time{})
	must(t, err)
	if r := last(t, m.db, m.org); r.To == "not_member" && r.AskedAt.Equal(m.now) {
		t.Error("an answer older than what is known has changed something")
	}
}

func TestLogHasTheFirstFailureOfEachSortAndTheRecovery(t *testing.T) {
	t.Parallel()
	m := newMembers(t)
	m.save(t, authz.Member, m.now, m.now)
	n := len(stored(t, m.db, m.org))
	blocked := membership.Failure{Class: "blocked", Code: 53003, Correlation: "c-1", Trace: "t-1"}
	for _, f := range []membership.Failure{blocked, {}, blocked, {Class: "transient"}, {Class: "transient"}} {
		must(t, m.db.PutOff(t.Context(), caller(m.org), m.person, m.now, f))
	}
	m.save(t, authz.Member, m.now.Add(time.Second), m.now)
	m.save(t, authz.Member, m.now.Add(2*time.Second), m.now)
	records := since(t, m.db, m.org, n)
	if len(records) != 3 {
		t.Fatalf("%d records: %+v", len(records), records)
	}
	for i, r := range records {
		if r.Kind != audit.MembershipRefresh || r.Subject.OID != m.person {
			t.Errorf("%d: %+v", i, r)
		}
	}
	if r := records[0]; r.Outcome != audit.Failed || r.Reason != "blocked" || r.EntraCode != 53003 || r.EntraCorrelation != "c-1" || r.EntraTrace != "t-1" {
		t.Errorf("a refusal: %+v", r)
	}
	if r := records[1]; r.Outcome != audit.Failed || r.Reason != "transient" || r.EntraCode != 0 {
		t.Errorf("another: %+v", r)
	}
	if r := records[2]; r.Outcome != audit.OK || r.Reason != "transient" || r.Count != 4 {
		t.Errorf("the recovery: %+v", r)
	}
	must(t, m.db.PutOff(t.Context(), caller(m.org), tenants.NewGUID(), m.now, blocked))
	if got := since(t, m.db, m.org, n); len(got) != 3 {
		t.Error("nobody's failure is recorded")
	}
}
