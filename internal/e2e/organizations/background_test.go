package organizations_test

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/demo"
	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
	"gatehouse/internal/entra"
	"gatehouse/internal/tenants"
)

// withBackground grants the app registrations what asking as the app needs.
func withBackground(all []seed.Tenant, _ demo.Places) []seed.Tenant {
	for _, c := range demo.Companies() {
		tenant := of(all, c.TID.String())
		for i := range tenant.Apps {
			if tenant.Apps[i].ID == c.API.String() {
				tenant.Apps[i].Consents = append(tenant.Apps[i].Consents, seed.Consent{Resource: seed.MicrosoftGraph, Roles: []string{"GroupMember.Read.All", "User.Read.All"}})
			}
		}
	}
	return all
}

// inBackground has an organization's worker ask as the app, and nobody else.
func (k *stack) inBackground(t *testing.T, slug string, source tenants.GroupSource) {
	t.Helper()
	_, err := k.db.EditOrganization(t.Context(), authz.SystemCaller(k.orgs[slug].ID, "test"), "asked as the app", func(o *tenants.Organization) error {
		o.Connection.Background, o.Connection.GroupSource = tenants.Application, source
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// hasLost reports whether somebody has been cut off, or is in none of the groups that
// were asked about.
func (k *stack) hasLost(t *testing.T, org tenants.ID, who tenants.GUID) bool {
	t.Helper()
	cut, err := k.db.Revocations(t.Context(), org)
	if err != nil {
		t.Fatal(err)
	}
	r, err := k.db.LoadMembership(t.Context(), org, who)
	if err != nil {
		t.Fatal(err)
	}
	return len(cut) > 0 || !slices.Contains(slices.Collect(maps.Values(r.Answers)), authz.Member)
}

// passMinutes lets minutes go by one after the other, so that what comes every minute
// has its turn, until something has happened.
func (k *stack) passMinutes(t *testing.T, most int, what string, happened func() bool) {
	t.Helper()
	for range most {
		k.pass(time.Minute)
		until := time.Now().Add(4 * time.Second)
		for time.Now().Before(until) {
			if happened() {
				return
			}
			polls := time.NewTimer(50 * time.Millisecond)
			select {
			case <-polls.C:
			case <-t.Context().Done():
			}
		}
	}
	t.Fatalf("it has not happened within %d minutes: %s", most, what)
}

// TestWhoeverLosesIsNoticedByTheApp: of people from whom nothing is kept, while nobody
// calls, with a token that still names the group.
func TestWhoeverLosesIsNoticedByTheApp(t *testing.T) {
	t.Parallel()
	no, yes := false, true
	contoso := company("contoso")
	tid := contoso.TID.String()
	alice, frank := person("contoso", "alice"), person("contoso", "frank")
	set := func(who demo.Person, c emulator.UserChange) func(*emulator.Emulator) error {
		return func(e *emulator.Emulator) error { return e.SetUser(tid, who.OID.String(), c) }
	}
	for name, row := range map[string]struct {
		who    demo.Person
		change func(*emulator.Emulator) error
		cutOff string // why, of who is cut off
		most   int    // minutes
	}{
		"removed from the groups": {alice, func(e *emulator.Emulator) error {
			return errors.Join(e.SetMembers(tid, "Staff", nil, []string{alice.OID.String()}), e.SetMembers(tid, "Finance", nil, []string{alice.OID.String()}))
		}, "", 2},
		"removed from a group in the group": {frank, func(e *emulator.Emulator) error {
			return e.SetMembers(tid, "SRE", nil, []string{frank.OID.String()})
		}, "", 5},
		"their group removed from the group": {frank, func(e *emulator.Emulator) error {
			return e.SetMembers(tid, "Platform Engineering", nil, []string{"SRE"})
		}, "", 2},
		"disabled":              {alice, set(alice, emulator.UserChange{Enabled: &no}), entra.AccountDisabled, 2},
		"deleted":               {alice, set(alice, emulator.UserChange{Deleted: &yes}), entra.AccountGone, 2},
		"signed out everywhere": {alice, set(alice, emulator.UserChange{Revoke: true}), entra.SessionsRevoked, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := start(t, setup{companies: true, directories: withBackground})
			k.inBackground(t, "contoso", tenants.TokenOnly)
			k.startWorker(t)
			before := k.now()
			token := k.password(t, contoso.TID, row.who, k.endpointOf("contoso", "")+"/"+demo.Scope)
			if a := k.call(t, k.replica, "contoso", token, "whoami"); !a.worked() {
				t.Fatalf("before, %d: %s", a.status, a.body)
			}
			k.refreshed(t, contoso.Org, row.who.OID, before)
			eventually(t, "changes are read on from somewhere", patience, func() bool {
				_, err := k.db.Followed(t.Context(), contoso.Org)
				return err == nil
			})
			k.pass(time.Second) // what is issued in one second and revoked in the next is older
			if err := row.change(k.emulator); err != nil {
				t.Fatal(err)
			}
			k.passMinutes(t, row.most, "the loss is noticed", func() bool { return k.hasLost(t, contoso.Org, row.who.OID) })
			k.heard(t)
			a := k.call(t, k.replica, "contoso", token, "whoami")
			if (a.status == http.StatusUnauthorized) != (row.cutOff != "") {
				t.Errorf("the call is answered %d: %s", a.status, a.body)
			}
			if a := k.listed(t, "contoso", token); strings.Contains(a.body, `"whoami"`) {
				t.Errorf("the list has the tool: %s", a.body)
			}
			if row.cutOff == "" {
				return
			}
			why := slices.ContainsFunc(k.records(t, "contoso"), func(r audit.Record) bool {
				return r.Kind == audit.Revocation && r.Target == "revoked person" && r.Subject.OID == row.who.OID && r.Detail == "Microsoft Entra ID does not let the person go on: "+row.cutOff
			})
			if !why {
				t.Error("the log does not say why")
			}
		})
	}
}

// TestWithoutThePermissionsPeopleAreAskedAboutAsByDefault: nothing is lost.
func TestWithoutThePermissionsPeopleAreAskedAboutAsByDefault(t *testing.T) {
	t.Parallel()
	contoso, alice := company("contoso"), person("contoso", "alice")
	k := start(t, setup{companies: true})
	k.inBackground(t, "contoso", tenants.OnBehalfOf)
	k.startWorker(t)
	before := k.now()
	token := k.password(t, contoso.TID, alice, k.endpointOf("contoso", "")+"/"+demo.Scope)
	if a := k.call(t, k.replica, "contoso", token, "whoami"); !a.worked() {
		t.Fatalf("before, %d: %s", a.status, a.body)
	}
	if r := k.refreshed(t, contoso.Org, alice.OID, before); r.Failure != "" {
		t.Fatalf("asked about is %+v", r)
	}
	if err := k.emulator.SetMembers(contoso.TID.String(), "Staff", nil, []string{alice.OID.String()}); err != nil {
		t.Fatal(err)
	}
	changed := k.now()
	k.pass(contoso.Organization(k.places).Membership.Soft)
	if r := k.refreshed(t, contoso.Org, alice.OID, changed); r.Failure != "" {
		t.Errorf("asked about is %+v", r)
	}
	k.heard(t)
	if a := k.call(t, k.replica, "contoso", token, "whoami"); a.worked() {
		t.Errorf("the call is answered: %s", a.body)
	}
}
