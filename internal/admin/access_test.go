package admin_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/admin"
	"gatehouse/internal/asof"
	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// annals is what is on record of an organization that has seen some people.
type annals struct {
	kept asof.Kept
	seen []tenants.GUID
	gone []time.Time // when people were erased; zero: that waits
}

func (a annals) ConfigurationAt(_ context.Context, _ tenants.ID, at time.Time) (asof.Kept, error) {
	if at.Before(a.kept.Since) {
		return asof.Kept{}, fault.New(fault.NotFound, "not on record")
	}
	return a.kept, nil
}

func (a annals) PeopleAt(_ context.Context, _ tenants.ID, q asof.PeopleQuery) (list []asof.Person, err error) {
	for _, id := range a.seen {
		if len(list) < q.Most && asof.Compare(id, q.After) > 0 && (q.People == nil || slices.Contains(q.People, id)) {
			list = append(list, asof.Person{OID: id, Kind: authz.User})
		}
	}
	return list, nil
}

func (a annals) Erasures(context.Context, tenants.ID) (all []tenants.Erasure, err error) {
	for _, at := range a.gone {
		all = append(all, tenants.Erasure{ID: tenants.NewGUID(), DoneAt: at})
	}
	return all, nil
}

// TestAccessReportCountsWhomItLacks: who was erased is not in it, and who had shown no
// token cannot be.
func TestAccessReportCountsWhomItLacks(t *testing.T) {
	t.Parallel()
	at := time.Now()
	w := access.Whole{Organization: northwind()}
	w.Organization.State = tenants.Active
	reports := admin.NewAccessReports(annals{asof.Kept{Configuration: asof.Of(w, nil), Since: at}, nil, []time.Time{at.Add(time.Hour), at.Add(time.Minute), at.Add(-time.Minute), {}}}, nil)
	found, err := reports.AccessAt(t.Context(), tenants.NewID(), console.AccessQuestion{Question: asof.Question{At: at}, Most: 5})
	if err != nil || len(found.Remarks) != 2 || !strings.HasPrefix(found.Remarks[0], "2 people have been erased") || !strings.HasPrefix(found.Remarks[1], "Whoever had shown no token") {
		t.Errorf("%q, %v", found.Remarks, err)
	}
}

func numbered(n byte) tenants.GUID {
	return tenants.MustGUID("00000000-0000-4000-8000-00000000000" + string('0'+n))
}

// TestAccessReportHasEverybodyOnce: who was seen and whom rules name, in one order,
// whatever the size of a page.
func TestAccessReportHasEverybodyOnce(t *testing.T) {
	t.Parallel()
	role := tenants.NewGUID()
	w := access.Whole{Organization: northwind()}
	w.Organization.State = tenants.Active
	w.Access.Tools = []tools.Selection{{Name: "roll", Effect: tools.Read}}
	w.Access.Rules.Roles = []authz.Role{{ID: role, Name: "Players", Permissions: []authz.Permission{{Effect: authz.Allow, Patterns: []string{"roll"}}}}}
	for _, n := range []byte{1, 4, 6} {
		w.Access.Rules.Assignments = append(w.Access.Rules.Assignments, authz.Assignment{ID: tenants.NewGUID(), Role: role, Subject: authz.Subject{Kind: authz.SubjectPerson, Value: numbered(n).String()}})
	}
	now := time.Now()
	reports := admin.NewAccessReports(annals{asof.Kept{Configuration: asof.Of(w, nil), Since: now}, []tenants.GUID{numbered(2), numbered(3), numbered(4), numbered(5)}, nil}, nil)
	for most := 1; most <= 7; most++ {
		var ids, players []tenants.GUID
		q := console.AccessQuestion{Question: asof.Question{At: now}, Most: most}
		for more := true; more; q.After = ids[len(ids)-1] {
			found, err := reports.AccessAt(t.Context(), w.Organization.ID, q)
			if err != nil || len(found.Findings) == 0 || len(found.Findings) > most {
				t.Fatalf("pages of %d: %+v %v", most, found, err)
			}
			for _, f := range found.Findings {
				if ids = append(ids, f.Person.OID); len(f.Access) > 0 {
					players = append(players, f.Person.OID)
				}
			}
			more = found.More
		}
		if !slices.Equal(ids, []tenants.GUID{numbered(1), numbered(2), numbered(3), numbered(4), numbered(5), numbered(6)}) || !slices.Equal(players, []tenants.GUID{numbered(1), numbered(4), numbered(6)}) {
			t.Errorf("pages of %d: %v, of whom %v may", most, ids, players)
		}
	}
	found, err := reports.AccessAt(t.Context(), w.Organization.ID, console.AccessQuestion{Question: asof.Question{At: now}, Most: 9, People: []tenants.GUID{numbered(9), numbered(3)}})
	if err != nil || len(found.Findings) != 2 || found.Findings[0].Person.OID != numbered(3) || found.Findings[1].Person.Kind != authz.Nobody {
		t.Errorf("asked about two: %+v %v", found.Findings, err)
	}
	if _, err := reports.AccessAt(t.Context(), w.Organization.ID, console.AccessQuestion{Question: asof.Question{At: now.Add(-1)}, Most: 9}); fault.KindOf(err) != fault.NotFound {
		t.Errorf("before the history: %v", err)
	}
	if _, err := reports.AccessAt(t.Context(), w.Organization.ID, console.AccessQuestion{Question: asof.Question{At: now, Tool: "fly"}, Most: 9}); fault.KindOf(err) != fault.NotFound {
		t.Errorf("a tool that was not there: %v", err)
	}
}
