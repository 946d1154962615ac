package seed

import (
	"slices"
	"strings"
)

func (c *checker) apps(tenant place, t Tenant, k known) {
	ids := map[string]bool{}
	for i, a := range t.Apps {
		at := tenant.item("apps", i)
		switch {
		case !IsGUID(a.ID):
			c.add(at.field("id"), "%q is not a lower-case GUID; give the application (client) id", a.ID)
		case ids[a.ID]:
			c.add(at.field("id"), "%s is listed twice; merge the two apps", a.ID)
		}
		ids[a.ID] = true
		if a.Name == "" {
			c.add(at.field("name"), "is empty; give a display name")
		}
		c.agent(at, a, k)
		c.credentials(at, a)
		c.identifiers(at, t, a)
		c.format(at, a)
		c.permissions(at, a, k)
		c.roles(at, a, k)
		c.redirects(at.field("redirects"), a.Redirects)
	}
}

// agent checks an agent identity, which its blueprint vouches for: what it
// proves itself with belongs to the blueprint (Microsoft, "Agent identities").
func (c *checker) agent(at place, a App, k known) {
	if a.Agent == "" {
		return
	}
	switch blueprint, found := k.apps[a.Agent]; {
	case !found:
		c.add(at.field("agent"), "%q is no app of the tenant; give the client id of the blueprint", a.Agent)
	case blueprint.Agent != "":
		c.add(at.field("agent"), "%q is an agent identity itself; give the client id of a blueprint", k.called(a.Agent))
	}
	for _, own := range []struct {
		name string
		set  bool
	}{
		{"secret", a.Secret != ""},
		{"certificates", len(a.Certificates) > 0},
		{"federatedCredentials", len(a.Federated) > 0},
	} {
		if own.set {
			c.add(at.field(own.name), "is set for an agent identity; credentials belong to its blueprint %s", k.called(a.Agent))
		}
	}
}

// format checks what decides the shape of the app's tokens.
func (c *checker) format(at place, a App) {
	if a.RequestedTokenVersion < 0 || a.RequestedTokenVersion > 2 {
		c.add(at.field("requestedTokenVersion"), "%d is unknown; use 1 or 2", a.RequestedTokenVersion)
	}
	claims := []string{"", "None", "SecurityGroup", "DirectoryRole", "ApplicationGroup", "All"}
	if !slices.Contains(claims, a.GroupMembershipClaims) {
		c.add(at.field("groupMembershipClaims"), "%q is unknown; use %s", a.GroupMembershipClaims, strings.Join(claims[1:], ", "))
	}
	claimsAt := at.field("optionalClaims")
	for i, claim := range a.OptionalClaims.AccessToken {
		c.optionalClaim(claimsAt.item("accessToken", i), claim, a)
	}
	for i, claim := range a.OptionalClaims.IDToken {
		c.optionalClaim(claimsAt.item("idToken", i), claim, a)
	}
}
