package store_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/membership"
	"gatehouse/internal/tenants"
)

func init() {
	maps.Copy(crossings, map[string]func(*testing.T, pair){
		"TryConfiguration": func(t *testing.T, p pair) {
			t.Helper()
			is, would, w, err := p.db.TryConfiguration(t.Context(), caller(p.b), func(*access.Whole) error { return nil })
			if err != nil || w.Organization.ID != p.b.ID || is.Document.Organization.Name != p.b.Name || would.Document.Organization.Name != p.b.Name {
				t.Errorf("B tries %+v %v", w.Organization, err)
			}
		},
		"ConfigurationOf": func(t *testing.T, _ pair) {
			t.Helper()
			h := newHistory(t)
			h.grant(t, "Staff")
			k, err := h.db.ConfigurationOf(t.Context(), h.other.ID, 99)
			if err != nil || len(k.Document.Assignments) != 0 || k.Document.Organization.Name != h.other.Name {
				t.Errorf("B reads %+v %v", k.Document.Assignments, err)
			}
		},
		"SpansOf": func(t *testing.T, p pair) {
			t.Helper()
			person := rememberPerson(t, p)
			for org, want := range map[tenants.ID]int{p.a.ID: 0, p.b.ID: 1} {
				if said, err := p.db.SpansOf(t.Context(), org, person, time.Unix(0, 0), time.Now().Add(time.Hour)); err != nil || len(said) != want {
					t.Errorf("%d of %d spans are read, %v", len(said), want, err)
				}
			}
		},
	})
}

// TestTrialTellsBothAndLeavesNothing: what is, what would be, and no record, version or
// kept configuration of it.
func TestTrialTellsBothAndLeavesNothing(t *testing.T) {
	t.Parallel()
	h := newHistory(t)
	h.grant(t, "Staff")
	records, kept := len(h.records(t)), h.kept(t)
	before, err := h.db.Whole(t.Context(), h.org.ID)
	must(t, err)
	is, would, w, err := h.db.TryConfiguration(t.Context(), caller(h.org), func(w *access.Whole) error {
		w.Access.Rules.Roles = slices.Clone(w.Access.Rules.Roles)
		w.Access.Rules.Roles[0].Name = "Everybody"
		return nil
	})
	must(t, err)
	if is.Document.Roles[0].Name != "Staff" || would.Document.Roles[0].Name != "Everybody" || w.Access.Rules.Roles[0].Name != "Staff" || len(would.Assignments) != 1 {
		t.Errorf("is %+v, would be %+v", is.Document.Roles, would.Document.Roles)
	}
	after, err := h.db.Whole(t.Context(), h.org.ID)
	must(t, err)
	if len(h.records(t)) != records || h.kept(t) != kept || after.Access.Rules.Roles[0].Name != before.Access.Rules.Roles[0].Name {
		t.Errorf("a trial has left %d records, %d configurations, %+v", len(h.records(t))-records, h.kept(t)-kept, after.Access.Rules.Roles)
	}
	refuses := fault.New(fault.Invalid, "no")
	if _, _, _, err := h.db.TryConfiguration(t.Context(), caller(h.org), func(*access.Whole) error { return refuses }); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a refused trial ends with %v", err)
	}
}

func TestConfigurationOfAVersionIsTheOneThatHeldThen(t *testing.T) {
	t.Parallel()
	h := newHistory(t)
	h.grant(t, "Staff")
	first, err := h.db.ConfigurationAt(t.Context(), h.org.ID, time.Now())
	must(t, err)
	h.grant(t, "Finance")
	for version, want := range map[int64][]string{first.Version: {"Staff"}, first.Version + 1: {"Finance", "Staff"}, first.Version + 9: {"Finance", "Staff"}, first.Version - 1: nil} {
		k, err := h.db.ConfigurationOf(t.Context(), h.org.ID, version)
		if err != nil || !slices.Equal(roleNames(k), want) {
			t.Errorf("of version %d: %q %v, want %q", version, roleNames(k), err, want)
		}
	}
	if _, err := h.db.ConfigurationOf(t.Context(), h.org.ID, 0); fault.KindOf(err) != fault.NotFound {
		t.Errorf("before the history: %v", err)
	}
}

func TestSpansAreThoseThatTouchARange(t *testing.T) {
	t.Parallel()
	h := newHistory(t)
	person, group, now := tenants.NewGUID(), tenants.NewGUID(), time.Now().UTC().Truncate(time.Second)
	for i, answer := range []authz.Answer{authz.Member, authz.NotMember, authz.Member} {
		must(t, h.db.Testify(t.Context(), caller(h.org), membership.Testimony{
			Person: person, Kind: authz.User, At: now.Add(time.Duration(i) * time.Hour), Source: authz.SourceGraph, Answers: map[tenants.GUID]authz.Answer{group: answer},
		}))
	}
	for _, row := range []struct {
		from, to time.Duration
		want     []authz.Answer
	}{
		{0, 2 * time.Hour, []authz.Answer{authz.Member, authz.NotMember, authz.Member}},
		{time.Minute, 2 * time.Hour, []authz.Answer{authz.NotMember, authz.Member}},
		{0, time.Hour, []authz.Answer{authz.Member, authz.NotMember}},
		{time.Minute, 59 * time.Minute, nil},
	} {
		said, err := h.db.SpansOf(t.Context(), h.org.ID, person, now.Add(row.from), now.Add(row.to))
		must(t, err)
		var got []authz.Answer
		for _, s := range said {
			got = append(got, s.Answers[group])
		}
		if !slices.Equal(got, row.want) {
			t.Errorf("from %s to %s: %v, want %v", row.from, row.to, got, row.want)
		}
	}
}
