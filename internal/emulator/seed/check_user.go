package seed

import (
	"maps"
	"slices"
	"strings"
)

func (c *checker) users(tenant place, t Tenant, k known) {
	usernames := map[string]bool{}
	for i, u := range t.Users {
		at := tenant.item("users", i)
		c.object(at.field("id"), u.ID)
		name := strings.ToLower(u.Username)
		switch {
		case u.Guest != "" && !c.homes[u.Guest] && u.Username != "" && !strings.Contains(u.Username, "@"):
			c.add(at.field("guest"), "%q is no tenant here, and of another identity provider username has to be whole, such as %s@%s%s",
				u.Guest, u.Username, "fabrikam.example", didYouMean(u.Guest, slices.Collect(maps.Keys(c.homes))))
		case !isAddress(u.Username):
			c.add(at.field("username"), "%q is not a user principal name; give one such as alice@%s", u.Username, t.Domain)
		case usernames[name]:
			c.add(at.field("username"), "%s is taken by another user of the tenant; make it unique", u.Username)
		}
		usernames[name] = true
		c.signIn(at, t, u)
		c.agentUser(at, u, k)
		c.relations(at, u, k)
		c.mailbox(at, u, k)
		c.drive(at, u.Files)
	}
}

// isAddress reports whether s has the shape of a mail address.
func isAddress(s string) bool {
	local, host, found := strings.Cut(s, "@")
	return found && local != "" && host != "" && !strings.ContainsAny(s, " \t") && !strings.Contains(host, "@")
}

// signIn checks who can prove to be this person, and how.
func (c *checker) signIn(at place, t Tenant, u User) {
	password := at.field("password")
	switch {
	case u.Guest != "" && u.Password != "":
		c.add(password, "is set for a guest; guests sign in at home, so leave it out")
	case u.Agent != "" && u.Password != "":
		c.add(password, "is set for an agent's user; agents have no passwords, so leave it out")
	case u.Guest == "" && u.Agent == "" && !u.Deleted && u.Password == "":
		c.add(password, "is empty; set it, or guest for somebody from elsewhere")
	}
	if u.Guest == t.ID && t.ID != "" {
		c.add(at.field("guest"), "names this very tenant; leave it out for a member")
	}
	c.choice(at.field("mfa"), u.MFA, []string{"registered", "none"})
	c.country(at.field("country"), u.Country)
}

// agentUser checks the user account of an agent identity.
func (c *checker) agentUser(at place, u User, k known) {
	if u.Agent == "" {
		return
	}
	if k.apps[u.Agent].Agent == "" {
		c.add(at.field("agent"), "%q is no agent identity of the tenant; name an app that has an agent blueprint", k.called(u.Agent))
	}
	if u.Guest != "" {
		c.add(at.field("guest"), "is set for an agent's user, which lives where its agent does; leave it out")
	}
}

// relations checks what a person has to do with others.
func (c *checker) relations(at place, u User, k known) {
	switch {
	case u.Manager == "":
	case u.Manager == u.ID:
		c.add(at.field("manager"), "names this very user; name another, or leave it out")
	case !k.users[u.Manager]:
		c.add(at.field("manager"), "%q is no user of the tenant", u.Manager)
	}
	for i, id := range u.People {
		if !k.users[id] {
			c.add(at.item("people", i), "%q is no user of the tenant", id)
		}
	}
	for i, role := range u.DirectoryRoles {
		c.role(at.item("directoryRoles", i), role)
	}
	for i, role := range u.EligibleRoles {
		c.role(at.item("eligibleRoles", i), role)
	}
}

func (c *checker) role(at place, template string) {
	if !IsGUID(template) {
		c.add(at, "%q is not a lower-case GUID; give the role's template id", template)
	}
}
