package seed

import (
	"regexp"
	"slices"
)

// authContext is the id of an authentication context: c1 to c99 (Microsoft
// Graph, authenticationContextClassReference).
var authContext = regexp.MustCompile(`^c[1-9][0-9]?$`)

// What a Conditional Access policy can require.
const (
	RequireMFA             = "mfa"
	RequireCompliantDevice = "compliantDevice"
	RequireSignInFrequency = "signInFrequency"
	RequireBlock           = "block"
)

// Directory tells what a policy may name.
type Directory struct {
	Principal func(id string) bool // a user or a group of the tenant
	App       func(id string) bool // an app of the tenant, by client id
}

// CheckPolicy returns nil for a policy that a tenant can have, and otherwise an
// *Error with every complaint: one that names what is not there would silently
// apply to nobody.
func CheckPolicy(p Policy, in Directory) error {
	c := &checker{}
	c.policy("", p, in)
	return c.err()
}

// policies checks Conditional Access.
func (c *checker) policies(tenant place, t Tenant, k known) {
	in := Directory{
		Principal: func(id string) bool { return k.users[id] || k.groups[id] },
		App:       func(id string) bool { _, found := k.apps[id]; return found },
	}
	ids := map[string]bool{}
	for i, p := range t.ConditionalAccess {
		at := tenant.item("conditionalAccess", i)
		if ids[p.ID] {
			c.add(at.field("id"), "%s is another policy's; give each its own", p.ID)
		}
		ids[p.ID] = true
		if p.Name == "" {
			c.add(at.field("name"), "is empty; give a display name")
		}
		c.policy(at, p, in)
	}
}

func (c *checker) policy(at place, p Policy, in Directory) {
	if !IsGUID(p.ID) {
		c.add(at.field("id"), "%q is not a lower-case GUID; claims challenges carry it", p.ID)
	}
	c.conditions(at, p, in)
	c.control(at, p)
}

// conditions checks whom and what a policy is about.
func (c *checker) conditions(at place, p Policy, in Directory) {
	for i, id := range p.Users {
		if !in.Principal(id) {
			c.add(at.item("users", i), "%q is neither a user nor a group of the tenant; name one that is", id)
		}
	}
	for _, apps := range []struct {
		list string
		ids  []string
	}{{"clients", p.Clients}, {"resources", p.Resources}} {
		for i, id := range apps.ids {
			if !in.App(id) {
				c.add(at.item(apps.list, i), "%q is no app of the tenant; give the client id of one", id)
			}
		}
	}
	switch {
	case p.AuthContext == "":
	case !authContext.MatchString(p.AuthContext):
		c.add(at.field("authContext"), "%q is not an authentication context; use c1 to c99", p.AuthContext)
	case len(p.Resources) > 0:
		// The portal's "target resources" are apps, user actions or authentication
		// contexts (Microsoft, "Conditional Access: Target resources").
		c.add(at.field("authContext"), "is set beside resources, and a policy is about either; make two policies of it")
	}
}

// control checks what a policy asks for.
func (c *checker) control(at place, p Policy) {
	if !slices.Contains([]string{RequireMFA, RequireCompliantDevice, RequireSignInFrequency, RequireBlock}, p.Require) {
		c.add(at.field("require"), "%q is unknown; use mfa, compliantDevice, signInFrequency or block", p.Require)
	}
	switch frequent := p.Require == RequireSignInFrequency; {
	case frequent && p.Every <= 0:
		c.add(at.field("every"), "%s is not positive; say how old a sign-in may be, such as 1h", p.Every)
	case !frequent && p.Every != 0:
		c.add(at.field("every"), "belongs to signInFrequency alone; leave it out")
	}
}
