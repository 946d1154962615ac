package emulator

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// complain is one thing wrong with a seed: where, which, what and the remedy.
func complain(where, which, text string, args ...any) error {
	return fmt.Errorf("emulator: %s: %s: %s", where, which, fmt.Sprintf(text, args...))
}

// checker collects complaints over all tenants.
type checker struct {
	faults  []error
	tenants map[string]string // id or domain to the tenant's name
	objects map[string]string // object id to its owner
}

func checkSeed(seed []Tenant) error {
	c := &checker{tenants: map[string]string{}, objects: map[string]string{}}
	for _, t := range seed {
		c.tenant(t)
	}
	for _, t := range seed {
		where := "tenant " + quoted(t.Name, t.ID)
		c.groups(where, t)
		c.apps(where, t)
	}
	return errors.Join(c.faults...)
}

func (c *checker) add(where, which, text string, args ...any) {
	c.faults = append(c.faults, complain(where, which, text, args...))
}

func (c *checker) tenant(t Tenant) {
	where := "tenant " + quoted(t.Name, t.ID)
	if !isGUID(t.ID) {
		c.add(where, "ID", "%q is not a lower-case GUID; give the tenant id", t.ID)
	}
	if t.ID == consumers {
		c.add(where, "ID", "is the tenant of personal accounts; choose another GUID")
	}
	if t.Name == "" {
		c.add(where, "Name", "is empty; give a display name")
	}
	if !strings.Contains(t.Domain, ".") || strings.ContainsAny(t.Domain, "/ :@") {
		c.add(where, "Domain", "%q is not a domain; give one such as contoso.example", t.Domain)
	}
	for _, name := range []string{t.ID, strings.ToLower(t.Domain)} {
		if other, taken := c.tenants[name]; taken && name != "" {
			c.add(where, name, "is also tenant %s; ids and domains are unique", other)
		}
		c.tenants[name] = t.Name
	}
	c.users(where, t)
	for _, g := range t.Groups {
		c.object(where, "group "+quoted(g.Name, g.ID), g.ID)
	}
}

func (c *checker) users(where string, t Tenant) {
	usernames := map[string]bool{}
	for _, u := range t.Users {
		which := "user " + quoted(u.Username, u.ID)
		c.object(where, which, u.ID)
		name := strings.ToLower(u.Username)
		switch {
		case !strings.Contains(u.Username, "@"):
			c.add(where, which, "Username is not a user principal name; give one such as alice@%s", t.Domain)
		case usernames[name]:
			c.add(where, which, "Username is taken by another user of the tenant; make it unique")
		}
		usernames[name] = true
		if u.Guest != "" && u.Password != "" {
			c.add(where, which, "is a guest and has a Password; guests sign in at home, so leave it empty")
		}
		if u.Guest == "" && u.Password == "" {
			c.add(where, which, "Password is empty; set it, or Guest for somebody from elsewhere")
		}
		if u.Guest == t.ID {
			c.add(where, which, "Guest names this very tenant; leave it empty for a member")
		}
		for _, role := range u.DirectoryRoles {
			if !isGUID(role) {
				c.add(where, which, "directory role %q is not a GUID; give the role's template id", role)
			}
		}
	}
}

// object checks an object id, which Entra makes unique everywhere.
func (c *checker) object(where, which, id string) {
	if !isGUID(id) {
		c.add(where, which, "ID %q is not a lower-case GUID; give the object id", id)
		return
	}
	if other, taken := c.objects[id]; taken {
		c.add(where, which, "ID %s also belongs to %s; object ids are unique over all tenants", id, other)
		return
	}
	c.objects[id] = where + " " + which
}

func (c *checker) groups(where string, t Tenant) {
	known := map[string]bool{}
	for _, u := range t.Users {
		known[u.ID] = true
	}
	for _, g := range t.Groups {
		known[g.ID] = true
	}
	names := map[string]bool{}
	for _, g := range t.Groups {
		which := "group " + quoted(g.Name, g.ID)
		if g.Name == "" || names[g.Name] {
			c.add(where, which, "Name is empty or taken; give each group of a tenant its own")
		}
		names[g.Name] = true
		for _, id := range g.Members {
			if !known[id] {
				c.add(where, which, "member %q is neither a user nor a group of the tenant; give a seeded object id", id)
			}
		}
	}
}

func isGUID(s string) bool {
	_, err := uuid.Parse(s)
	return err == nil && len(s) == 36 && s == strings.ToLower(s)
}

func quoted(name, id string) string {
	if name == "" {
		name = id
	}
	return fmt.Sprintf("%q", name)
}

// among reports whether value is one of allowed.
func among(value string, allowed ...string) bool { return slices.Contains(allowed, value) }
