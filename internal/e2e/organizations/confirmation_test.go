package organizations_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"gatehouse/internal/console"
	"gatehouse/internal/demo"
	"gatehouse/internal/emulator"
	"gatehouse/internal/tenants"
)

// busy lets an hour go by in which somebody goes on working, and returns the
// first answer after it.
func (c *client) busy() answer {
	c.t.Helper()
	for range 2 {
		c.k.pass(20 * time.Minute)
		c.send(http.MethodGet, "/api/session", "").want(http.StatusOK)
	}
	c.k.pass(20 * time.Minute)
	return c.send(http.MethodGet, "/api/session", "")
}

// TestWhomEntraEndsIsOutWithinTheHour: what an organization's directory decides
// about an administrator reaches the sessions that they have.
func TestWhomEntraEndsIsOutWithinTheHour(t *testing.T) {
	t.Parallel()
	no, yes := false, true
	for name, change := range map[string]emulator.UserChange{
		"disabled": {Enabled: &no}, "deleted": {Deleted: &yes}, "signed out everywhere": {Revoke: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := start(t, setup{directories: withPeople})
			ada, bea := k.claim(t), k.signedIn(t, abe)
			bea.ask(http.MethodPost, "/api/organizations", claiming).want(http.StatusCreated)
			if a := bea.busy(); a.status != http.StatusOK {
				t.Fatalf("confirmed, the session answers %d: %s", a.status, a.body)
			}
			if err := k.emulator.SetUser(demo.Adatum().TID.String(), abe.String(), change); err != nil {
				t.Fatal(err)
			}
			bea.busy().refused(http.StatusUnauthorized, "sign in again")
			bea.send(http.MethodGet, at("adatum"), "").want(http.StatusUnauthorized)
			bea.ask(http.MethodPost, "/api/organizations", claiming).want(http.StatusUnauthorized)
			ada.signIn("")
			ada.get(at("adatum"), &console.Organization{})
		})
	}
}

// TestSessionOutlivesASilentEntraForAnHour: an outage of Entra signs nobody out
// at once, and nobody stays in because of it.
func TestSessionOutlivesASilentEntraForAnHour(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true})
	alice := k.as(t, "contoso", "alice")
	if err := k.emulator.SetFault(emulator.Fault{Endpoint: "token", Outage: true}); err != nil {
		t.Fatal(err)
	}
	alice.busy().want(http.StatusOK)
	alice.busy().refused(http.StatusServiceUnavailable, "cannot be asked")
	if err := k.emulator.SetFault(emulator.Fault{Endpoint: "token"}); err != nil {
		t.Fatal(err)
	}
	k.pass(2 * time.Minute)
	alice.send(http.MethodGet, "/api/session", "").want(http.StatusOK)
}

// TestWhomAnOwnerHasRemovedDoesNotComeBack joins again in every way there is.
func TestWhomAnOwnerHasRemovedDoesNotComeBack(t *testing.T) {
	t.Parallel()
	k := start(t, setup{directories: withPeople})
	ada, bea := k.claim(t), k.signedIn(t, abe)
	var joined console.ClaimedOrganization
	bea.ask(http.MethodPost, "/api/organizations", claiming).want(http.StatusCreated).into(&joined)
	if !joined.Joined || joined.Role != tenants.Admin || joined.RoleEndsAt != nil {
		t.Fatalf("joining gives %+v", joined)
	}
	g := ada.grantOf(abe)
	ends := k.now().Add(time.Hour).UTC().Truncate(time.Second)
	g.EndsAt = &ends
	ada.put(at("adatum", "role-grants", g.ID.String()), g.RoleGrantSettings).want(http.StatusOK)
	bea.ask(http.MethodPost, "/api/organizations", claiming).want(http.StatusCreated).into(&joined)
	if joined.Role != tenants.Admin || joined.RoleEndsAt == nil || !joined.RoleEndsAt.Equal(ends) {
		t.Errorf("joining again makes of the end %+v", joined)
	}
	if now := ada.grantOf(abe); now.EndsAt == nil || !now.EndsAt.Equal(ends) {
		t.Errorf("the grant has become %+v", now)
	}
	path := at("adatum", "role-grants", g.ID.String())
	ada.change(http.MethodDelete, path, path, nil).want(http.StatusNoContent)
	bea.ask(http.MethodPost, "/api/organizations", claiming).refused(http.StatusForbidden, "an owner of the organization has ended your role")
	bea.signIn("")
	bea.ask(http.MethodPost, "/api/organizations", claiming).refused(http.StatusForbidden, "an owner of the organization has ended your role")
	bea.send(http.MethodGet, at("adatum"), "").want(http.StatusForbidden)
	again := console.RoleGrantSettings{Role: tenants.Viewer, Grantee: console.Grantee{Kind: tenants.PersonGrantee, ID: abe}}
	ada.ask(http.MethodPost, at("adatum", "role-grants"), again, with("Idempotency-Key", tenants.NewGUID().String())).want(http.StatusCreated)
	bea.get(at("adatum"), &console.Organization{})
}

// TestJoiningLateTakesTheRoleOfThisMoment: an administrator of an hour ago may be
// none.
func TestJoiningLateTakesTheRoleOfThisMoment(t *testing.T) {
	t.Parallel()
	k := start(t, setup{directories: withPeople})
	k.claim(t)
	bea := k.signedIn(t, abe)
	k.pass(6 * time.Minute)
	bea.ask(http.MethodPost, "/api/organizations", claiming).refused(http.StatusForbidden, "RoleManagement.Read.Directory")
	bea.signIn("?scopes=roles")
	k.pass(6 * time.Minute)
	bea.ask(http.MethodPost, "/api/organizations", claiming).want(http.StatusCreated)
}

func TestRevokedAutomationIsNothing(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true, directories: withAutomations})
	token := k.managing(t, "contoso")
	alice, c := k.as(t, "contoso", "alice"), k.automation(t, token)
	pipeline := tenants.MustGUID(claimsOf(t, token)["oid"].(string))
	c.send(http.MethodGet, at("contoso"), "").want(http.StatusOK)
	viewer := console.RoleGrantSettings{Role: tenants.Viewer, Grantee: console.Grantee{Kind: tenants.AppGrantee, ID: pipeline}}
	alice.ask(http.MethodPost, at("contoso", "role-grants"), viewer, with("Idempotency-Key", tenants.NewGUID().String())).want(http.StatusCreated)
	role := console.RoleSettings{Name: "Mine", Permissions: []console.Permission{{Effect: "allow", Patterns: []string{"whoami"}}}}
	create := func() answer {
		return c.ask(http.MethodPost, at("contoso", "roles"), role, with("Idempotency-Key", tenants.NewGUID().String()))
	}
	create().refused(http.StatusForbidden, "viewer")
	path := at("contoso", "role-grants", alice.grantOf(viewer.Grantee.ID).ID.String())
	alice.change(http.MethodDelete, path, path, nil).want(http.StatusNoContent)
	create().refused(http.StatusForbidden, "no role")
	c.send(http.MethodGet, at("contoso"), "").want(http.StatusForbidden)
}

// grantOf is the grant of somebody in the client's own organization.
func (c *client) grantOf(id tenants.GUID) console.RoleGrant {
	c.t.Helper()
	var all struct{ Items []console.RoleGrant }
	c.get(at(c.session().Organization.Slug, "role-grants"), &all)
	i := slices.IndexFunc(all.Items, func(g console.RoleGrant) bool { return g.Grantee.ID == id })
	if i < 0 {
		c.t.Fatalf("%s has no grant in %+v", id, all.Items)
	}
	return all.Items[i]
}
