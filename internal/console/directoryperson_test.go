package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

const people = contoso + "/people"

// withDirectory gives each directory two people; what one calls itself is markup.
func withDirectory(t *testing.T) *rig {
	t.Helper()
	r := newRig(t)
	r.findable = map[tenants.TID][]console.FoundPerson{}
	for _, o := range []tenants.Organization{r.contoso, r.other} {
		r.findable[o.TID] = []console.FoundPerson{
			{OID: tenants.NewGUID(), Name: "Alice of " + o.Slug.String(), Username: "alice@" + o.Slug.String() + ".example"},
			{OID: tenants.NewGUID(), Name: "Al <b>\u202eeve", Username: "gus@partner.example", Guest: true},
		}
	}
	return r
}

func TestPeopleOfTheDirectoryAreFoundByName(t *testing.T) {
	t.Parallel()
	r := withDirectory(t)
	for _, role := range []tenants.Role{tenants.Viewer, tenants.Auditor, tenants.Admin, tenants.Owner} {
		asker := r.person(r.contoso, role)
		var page console.Page[console.FoundPerson]
		r.as(t, asker).read(people+"?search=Al", &page)
		if len(page.Items) != 2 || page.Items[0] != r.findable[r.contoso.TID][0] || !page.Items[1].Guest || strings.Contains(page.Items[1].Name, "\u202e") {
			t.Errorf("%s finds %+v", role, page)
		}
		if last := r.searchers[len(r.searchers)-1]; last.OID != asker.OID || last.TID != r.contoso.TID {
			t.Errorf("asked as %+v", last)
		}
	}
	admin := r.as(t, r.person(r.contoso, tenants.Admin))
	var page console.Page[console.FoundPerson]
	if admin.read(people+"?search=Al&limit=1", &page); len(page.Items) != 1 {
		t.Errorf("%+v", page)
	}
	if admin.read(people+"?search=Zed", &page); page.Items == nil || len(page.Items) != 0 {
		t.Errorf("nobody is %+v", page.Items)
	}
	for _, bad := range []string{"", "?search=", "?search=a&limit=51", "?search=a&limit=0", "?search=" + strings.Repeat("x", 101)} {
		want(t, admin.get(people+bad), http.StatusUnprocessableEntity)
	}
}

func TestOnlyPeopleOfTheOrganizationSearchItsDirectory(t *testing.T) {
	t.Parallel()
	r := withDirectory(t)
	for who, b := range map[string]*browser{"a stranger": r.as(t, r.person(r.other, tenants.Owner)), "an operator": r.as(t, r.operator())} {
		if w := b.get(people + "?search=Al"); w.Code != http.StatusNotFound || strings.Contains(w.Body.String(), "Alice") {
			t.Errorf("%s is answered %d %s", who, w.Code, w.Body)
		}
	}
	want(t, r.as(t, r.person(r.contoso, "")).get(people+"?search=Al"), http.StatusForbidden)
	visitor := r.operator()
	r.support[r.contoso.ID] = []tenants.SupportAccess{{ID: tenants.NewGUID(), Operator: tenants.Operator{TID: visitor.TID, OID: visitor.OID}, ApprovedAt: start, EndsAt: start.Add(time.Hour)}}
	w := r.as(t, visitor).get(people + "?search=Al")
	if w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "people of the organization only") {
		t.Errorf("an operator who was let in is answered %d %s", w.Code, w.Body)
	}
	if len(r.searchers) > 0 {
		t.Errorf("the directory was asked as %+v", r.searchers)
	}
}

func TestWithoutTheDirectoryTheSearchSaysWhatHelps(t *testing.T) {
	t.Parallel()
	r := withDirectory(t)
	r.noGroups = fault.New(fault.Forbidden, "sign in again with /auth/sign-in?scopes=groups")
	b := r.as(t, r.person(r.contoso, tenants.Admin))
	for _, path := range []string{people + "?search=Al", contoso + "/groups?search=Pay", contoso + "/groups/people?group=" + group.String()} {
		if w := b.get(path); w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "scopes=groups") {
			t.Errorf("%s is answered %d %s", path, w.Code, w.Body)
		}
	}
}

func TestGroupsAreFoundWithTheirKindAndCountedOnDemand(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.members = map[tenants.GUID][]tenants.GUID{tenants.NewGUID(): {group}, tenants.NewGUID(): {group}}
	admin := r.as(t, r.person(r.contoso, tenants.Admin))
	var page console.Page[console.FoundGroup]
	if admin.read(contoso+"/groups?search=Pay", &page); len(page.Items) != 1 || page.Items[0] != (console.FoundGroup{ID: group, Name: "Payroll", Kind: "security", Synced: true}) {
		t.Errorf("%+v", page)
	}
	var n console.GroupPeople
	if admin.read(contoso+"/groups/people?group="+url.QueryEscape(group.String()), &n); n.People != 2 {
		t.Errorf("%+v", n)
	}
	want(t, admin.get(contoso+"/groups/people?group=x"), http.StatusUnprocessableEntity)
	want(t, r.as(t, r.person(r.contoso, tenants.Auditor)).get(contoso+"/groups/people?group="+group.String()), http.StatusForbidden)
	want(t, r.as(t, r.person(r.other, tenants.Owner)).get(contoso+"/groups/people?group="+group.String()), http.StatusNotFound)
}
