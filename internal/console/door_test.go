package console_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

func TestAutomationsNeedTheAppRole(t *testing.T) {
	t.Parallel()
	good := authz.Identity{OID: alice, Kind: authz.App, AppRoles: []string{"Tools.Execute.All", console.ManageRole}, Name: "pipeline"}
	for name, c := range map[string]struct {
		spoil func(*authz.Identity)
		want  int
	}{
		"good":           {func(*authz.Identity) {}, http.StatusCreated},
		"without role":   {func(id *authz.Identity) { id.AppRoles = []string{"Tools.Execute.All"} }, http.StatusForbidden},
		"delegated":      {func(id *authz.Identity) { id.Delegated, id.Kind = true, authz.User }, http.StatusForbidden},
		"agent":          {func(id *authz.Identity) { id.Kind = authz.Agent }, http.StatusForbidden},
		"of another org": {func(id *authz.Identity) { id.Org = tenants.NewID() }, http.StatusNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			id := good
			id.Org, id.TID = r.contoso.ID, r.contoso.TID
			c.spoil(&id)
			r.tokens["token"] = id
			want(t, r.by(t, "token").send(http.MethodPost, "/api/organizations/contoso/roles", `{"name":"New","permissions":[{"effect":"allow","patterns":["who*"]}]}`, nil), c.want)
			if c.want == http.StatusCreated && r.wrote[0].Identity().OID != alice {
				t.Errorf("the record names %v", r.wrote[0])
			}
			want(t, r.by(t, "other").get("/api/organizations/contoso"), http.StatusUnauthorized)
			want(t, r.by(t, "token").get("/api/session"), http.StatusForbidden)
		})
	}
}

func TestAutomationIsWhatItWasGranted(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.tokens["token"] = authz.Identity{Org: r.contoso.ID, OID: alice, Kind: authz.App, AppRoles: []string{console.ManageRole}}
	b := r.by(t, "token")
	create := func(name string) int {
		return b.send(http.MethodPost, "/api/organizations/contoso/roles", `{"name":"`+name+`","permissions":[{"effect":"allow","patterns":["who*"]}]}`, nil).Code
	}
	if got := create("one"); got != http.StatusCreated {
		t.Errorf("ungranted it is an admin, answered %d", got)
	}
	want(t, b.send(http.MethodPost, "/api/organizations/contoso/role-grants", `{"role":"viewer","grantee":{"kind":"app","id":"`+alice.String()+`"}}`, nil), http.StatusForbidden)
	r.grant(r.contoso, tenants.RoleGrant{ID: tenants.NewGUID(), Role: tenants.Viewer, Grantee: tenants.Grantee{Kind: tenants.AppGrantee, ID: alice}, EndsAt: start.Add(time.Hour)})
	if got := create("two"); got != http.StatusForbidden {
		t.Errorf("granted viewer it is answered %d", got)
	}
	want(t, b.get("/api/organizations/contoso"), http.StatusOK)
	r.pass(time.Hour)
	want(t, b.get("/api/organizations/contoso"), http.StatusForbidden)
	r.mu.Lock()
	r.grants[r.contoso.ID], r.former[tenants.Grantee{Kind: tenants.AppGrantee, ID: alice}] = r.grants[r.contoso.ID][:1], true
	r.mu.Unlock()
	if got := create("three"); got != http.StatusForbidden {
		t.Errorf("once its grant is revoked it is answered %d", got)
	}
}

func TestGrantsActAtOnceAndEnd(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.person(r.contoso, "")
	p.Guest = true
	p.Groups = []tenants.GUID{group}
	b := r.as(t, p)
	path := "/api/organizations/contoso"
	want(t, b.get(path), http.StatusForbidden)
	before := r.grants[r.contoso.ID]
	r.grant(r.contoso, tenants.RoleGrant{ID: tenants.NewGUID(), Role: tenants.Viewer, Grantee: tenants.Grantee{Kind: tenants.GroupGrantee, ID: group}})
	want(t, b.get(path), http.StatusOK)
	r.mu.Lock()
	r.grants[r.contoso.ID] = before
	r.mu.Unlock()
	want(t, b.get(path), http.StatusForbidden)
	r.grant(r.contoso, tenants.RoleGrant{ID: tenants.NewGUID(), Role: tenants.Auditor, Grantee: tenants.Grantee{Kind: tenants.PersonGrantee, ID: p.OID}, EndsAt: start.Add(10 * time.Minute)})
	want(t, b.get(path), http.StatusOK)
	r.pass(10 * time.Minute)
	want(t, b.get(path), http.StatusForbidden)
	// A group's id is not a person's.
	r.grant(r.contoso, tenants.RoleGrant{ID: tenants.NewGUID(), Role: tenants.Viewer, Grantee: tenants.Grantee{Kind: tenants.PersonGrantee, ID: group}})
	want(t, b.get(path), http.StatusForbidden)
}

func TestManyGroupsAreAskedAboutOnlyWhenTheyMatter(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.person(r.contoso, tenants.Viewer)
	p.GroupsElsewhere = true
	r.members[p.OID] = []tenants.GUID{group}
	b := r.as(t, p)
	want(t, b.get("/api/organizations/contoso"), http.StatusOK)
	want(t, b.send(http.MethodPost, "/api/organizations/contoso/roles", `{"name":"One","permissions":[{"effect":"allow","patterns":["who*"]}]}`, nil), http.StatusForbidden)
	if r.asked != 0 {
		t.Errorf("asked %d times about no group", r.asked)
	}
	r.grant(r.contoso, tenants.RoleGrant{ID: tenants.NewGUID(), Role: tenants.Admin, Grantee: tenants.Grantee{Kind: tenants.GroupGrantee, ID: group}})
	want(t, b.get("/api/organizations/contoso"), http.StatusOK)
	if r.asked != 0 {
		t.Errorf("asked %d times for what the person's own grant gives", r.asked)
	}
	want(t, b.send(http.MethodPost, "/api/organizations/contoso/roles", `{"name":"Two","permissions":[{"effect":"allow","patterns":["who*"]}]}`, nil), http.StatusCreated)
	if r.asked != 1 {
		t.Errorf("asked %d times", r.asked)
	}
}

func TestSupportLooksOnlyWhileItMay(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	o := r.operator()
	olga, owner := r.as(t, o), r.as(t, r.person(r.contoso, tenants.Owner))
	path := "/api/organizations/contoso/roles"
	w := olga.send(http.MethodPost, "/api/operator/organizations/"+r.contoso.ID.String()+"/support-accesses", `{"reason":"ticket 4711 of Monday"}`, nil)
	want(t, w, http.StatusCreated)
	var s console.SupportAccess
	decode(t, w, &s)
	want(t, olga.get(path), http.StatusNotFound)
	approve := "/api/organizations/contoso/support-accesses/" + s.ID.String() + "/approve"
	for _, hours := range []string{"0", "9"} {
		want(t, owner.send(http.MethodPost, approve, `{"hours":`+hours+`}`, nil), http.StatusUnprocessableEntity)
	}
	want(t, owner.send(http.MethodPost, approve, `{"hours":1}`, nil), http.StatusOK)
	want(t, olga.get(path), http.StatusOK)
	if len(r.visits) != 1 || r.visits[0] != "listRoles" {
		t.Errorf("the organization's log has %v", r.visits)
	}
	want(t, olga.send(http.MethodPost, path, `{"name":"New","permissions":[{"effect":"allow","patterns":["who*"]}]}`, nil), http.StatusForbidden)
	want(t, olga.get("/api/organizations/fabrikam/roles"), http.StatusNotFound)
	want(t, r.as(t, r.operator()).get(path), http.StatusNotFound)
	// about and for somebody who is no operator any more
	former := o
	former.Operator = false
	want(t, r.as(t, former).get(path), http.StatusNotFound)
	r.pass(61 * time.Minute)
	want(t, r.as(t, o).get(path), http.StatusNotFound)
}

func TestFailuresOfOursTellNothing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err    error
		status int
		logged bool
	}{
		{secretError("dial postgres://gatehouse:hunter22"), http.StatusInternalServerError, true},
		{fault.Wrap(fault.Unavailable, "the database does not answer", secretError("hunter22")), http.StatusServiceUnavailable, true},
		{fault.Wrap(fault.Limited, "slow down", secretError("hunter22")).RetryAfter(7 * time.Second), http.StatusTooManyRequests, false},
	} {
		r := newRig(t)
		b := r.as(t, r.person(r.contoso, tenants.Owner))
		r.broken = c.err
		w := b.get("/api/organizations/contoso")
		want(t, w, c.status)
		var p console.Problem
		decode(t, w, &p)
		if strings.Contains(w.Body.String(), "hunter22") || p.Instance != "urn:uuid:"+w.Header().Get("X-Request-Id") || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("answers %s", w.Body)
		}
		if logged := strings.Contains(r.log.String(), "hunter22") && strings.Contains(r.log.String(), w.Header().Get("X-Request-Id")); logged != c.logged {
			t.Errorf("the log has %s", r.log)
		}
		if c.status == http.StatusTooManyRequests && w.Header().Get("Retry-After") != "7" {
			t.Errorf("Retry-After is %q", w.Header().Get("Retry-After"))
		}
	}
}

// TestWhoLeavesRaisesNoAlarm: a page that somebody goes on from asks for what nobody
// waits for.
func TestWhoLeavesRaisesNoAlarm(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Owner))
	left, leave := context.WithCancel(t.Context())
	leave()
	r.broken = fault.Wrap(fault.Unavailable, "the database cannot be reached", context.Canceled)
	for ctx, alarms := range map[context.Context]int{left: 0, t.Context(): 1} {
		r.log.Reset()
		w := b.sendIn(ctx, http.MethodGet, "/api/organizations/contoso", "", nil)
		want(t, w, http.StatusServiceUnavailable)
		if got := strings.Count(r.log.String(), `"level":"WARN"`) + strings.Count(r.log.String(), "level=WARN"); got != alarms {
			t.Errorf("%d alarms, want %d: %s", got, alarms, r.log)
		}
	}
}

type secretError string

func (e secretError) Error() string { return string(e) }

// TestPageOfOnePersonDoesNothingAsAnother is two windows of a browser, in one of which
// somebody else has signed in.
func TestPageOfOnePersonDoesNothingAsAnother(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	carol := r.person(r.contoso, tenants.Owner)
	b := r.as(t, carol)
	of := func(tid tenants.TID, oid tenants.GUID) map[string]string {
		return map[string]string{"Gatehouse-Page-Of": tid.String() + "/" + oid.String()}
	}
	for _, path := range []string{"/api/session", "/api/organizations/contoso/roles"} {
		want(t, b.send(http.MethodGet, path, "", of(carol.TID, carol.OID)), http.StatusOK)
		want(t, b.send(http.MethodGet, path, "", of(carol.TID, alice)), http.StatusUnauthorized)
		want(t, b.send(http.MethodGet, path, "", of(platform, carol.OID)), http.StatusUnauthorized)
	}
	olga := r.operator()
	want(t, r.as(t, olga).send(http.MethodGet, "/api/operator/queues", "", of(carol.TID, carol.OID)), http.StatusUnauthorized)
}
