package console_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// own is a console.OwnAccess that knows one answer, and who has asked.
type own struct {
	standing console.Standing
	check    console.AccessCheck
	failure  error
	asked    []console.Person
	of       []tenants.ID
}

func (o *own) Own(_ context.Context, org tenants.ID, p console.Person) (console.Standing, error) {
	o.asked, o.of = append(o.asked, p), append(o.of, org)
	return o.standing, o.failure
}

func (o *own) Check(_ context.Context, org tenants.ID, p console.Person) (console.AccessCheck, error) {
	o.asked, o.of = append(o.asked, p), append(o.of, org)
	return o.check, o.failure
}

func TestPeopleWithoutARoleSeeWhatTheyMayCall(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.own.standing = console.Standing{
		Roles:      []console.OwnRole{{Name: "Readers", Via: []console.RoleVia{{Kind: authz.SubjectGroup, Value: group.String()}}}},
		Tools:      []console.OwnTool{{Name: "roll", Effect: tools.Write, Roles: []string{"Readers"}}, {Name: "ask", Effect: tools.Read, Roles: []string{"Readers"}}},
		Membership: authz.Membership{Source: authz.SourceGraph, At: start.Add(-time.Minute)}, Known: true, Remarks: []string{"a remark"},
	}
	bob := r.person(r.contoso, "")
	b := r.as(t, bob)
	var page console.OwnTools
	b.read("/api/me/tools?limit=1", &page)
	if len(page.Items) != 1 || page.Items[0].Name != "ask" || page.NextCursor == "" || page.Roles[0].Via[0].Name != "Payroll" || !slices.Equal(page.Remarks, []string{"a remark"}) {
		t.Errorf("%+v", page)
	}
	if m := page.Membership; m.AgeSeconds != 60 || !m.Known || m.Source != authz.SourceGraph || !m.At.Equal(start.Add(-time.Minute)) {
		t.Errorf("%+v", m)
	}
	next := "/api/me/tools?limit=1&cursor=" + url.QueryEscape(page.NextCursor)
	want(t, r.as(t, r.person(r.contoso, "")).get(next), http.StatusUnprocessableEntity) // of another's list
	b.read(next, &page)
	if len(page.Items) != 1 || page.Items[0].Name != "roll" || page.Items[0].Effect != tools.Write {
		t.Errorf("%+v", page)
	}
	for i, p := range r.own.asked {
		if r.own.of[i] != r.contoso.ID || p.TID != r.contoso.TID {
			t.Errorf("asked of %s as %+v", r.own.of[i], p)
		}
	}
	if r.own.asked[0].OID != bob.OID {
		t.Error("asked as somebody else")
	}
}

func TestCheckingSaysWhatHasChanged(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.own.check = console.AccessCheck{Asked: true, RolesGained: []string{"Readers"}, ToolsLost: []string{"roll"}, Remarks: []string{}}
	w := r.as(t, r.person(r.contoso, "")).send(http.MethodPost, "/api/me/access-checks", "", nil)
	want(t, w, http.StatusOK)
	var got console.AccessCheck
	decode(t, w, &got)
	if !got.Asked || !slices.Equal(got.RolesGained, []string{"Readers"}) || !slices.Equal(got.ToolsLost, []string{"roll"}) || len(r.own.asked) != 1 {
		t.Errorf("%+v", got)
	}
}

// TestOwnAccessIsOfOnesOwnOrganization: whoever belongs to none, or to one that is
// deleted, is told so, and nothing is asked.
func TestOwnAccessIsOfOnesOwnOrganization(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	stranger := console.Person{TID: tenants.TID{GUID: tenants.NewGUID()}, OID: tenants.NewGUID(), Name: "Ada"}
	deleted := r.person(r.contoso, "")
	for _, p := range []console.Person{stranger, r.operator()} {
		b := r.as(t, p)
		want(t, b.get("/api/me/tools"), http.StatusNotFound)
		want(t, b.send(http.MethodPost, "/api/me/access-checks", "", nil), http.StatusNotFound)
	}
	r.setState(tenants.Deleted)
	b := r.as(t, deleted)
	want(t, b.get("/api/me/tools"), http.StatusNotFound)
	want(t, b.send(http.MethodPost, "/api/me/access-checks", "", nil), http.StatusNotFound)
	if len(r.own.asked) > 0 {
		t.Errorf("asked as %+v", r.own.asked)
	}
}

func TestWhatIsNotDecidedYetIsAConflict(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.own.failure = fault.New(fault.Conflict, "the organization has no endpoints yet")
	b := r.as(t, r.person(r.contoso, ""))
	if w := b.get("/api/me/tools"); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "no endpoints yet") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	want(t, b.send(http.MethodPost, "/api/me/access-checks", "", nil), http.StatusConflict)
}

// TestOtherSitesCheckNothing: a request that another site made a browser send is
// refused before anything is asked.
func TestOtherSitesCheckNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, ""))
	b.headers["Sec-Fetch-Site"] = "cross-site"
	want(t, b.send(http.MethodPost, "/api/me/access-checks", "", nil), http.StatusForbidden)
	if len(r.own.asked) > 0 {
		t.Error("it was asked")
	}
}
