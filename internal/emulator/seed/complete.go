package seed

import (
	"strings"
)

// complete adds what a file may leave out: domains, the domains of usernames,
// and ids. An id derives from the tenant's domain, what kind of thing it is and
// its name, so that it is the same on every machine and changes with the name
// alone.
//
// It blames the place of an id whose complaints would only repeat those about
// the name it came from.
func complete(doc *Document, blamed map[place]bool) {
	c := &completer{blamed: blamed}
	for i := range doc.Tenants {
		c.tenant(place("").item("tenants", i), &doc.Tenants[i])
	}
	domains := tenantsByDomain(doc.Tenants)
	for i := range doc.Tenants {
		t, at := &doc.Tenants[i], place("").item("tenants", i)
		for j := range t.Users {
			u := &t.Users[j]
			if home, seeded := domains[strings.ToLower(u.Guest)]; seeded {
				u.Guest = home.ID
			}
			u.Username = withDomain(u.Username, homeDomain(doc.Tenants, t, u))
			c.id(at.item("users", j).field("id"), &u.ID, onlyOne, t.Domain, "user", strings.ToLower(u.Username))
		}
		c.rest(at, t)
	}
}

type completer struct{ blamed map[place]bool }

// naming tells whether names of a kind are unique in their tenant, so that a
// second one is a complaint about the name already.
type naming uint8

const (
	several naming = iota
	onlyOne
)

// id derives an id that is not there. parts end with the name.
func (c *completer) id(at place, id *string, names naming, parts ...string) {
	if *id != "" {
		return
	}
	named := parts[len(parts)-1] != ""
	if named {
		*id = Derived(parts...)
	}
	if !named || names == onlyOne {
		c.blamed[at] = true
	}
}

func (c *completer) tenant(at place, t *Tenant) {
	if t.Domain == "" {
		if label := domainLabel(t.Name); label != "" {
			t.Domain = label + ".example"
		} else {
			c.blamed[at.field("domain")] = true
		}
	}
	c.id(at.field("id"), &t.ID, onlyOne, t.Domain, "tenant", t.Domain)
}

// domainLabel makes the first part of a domain of a display name.
func domainLabel(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(name))
}

// rest completes everything but people.
func (c *completer) rest(at place, t *Tenant) {
	for i := range t.Groups {
		g := &t.Groups[i]
		c.id(at.item("groups", i).field("id"), &g.ID, onlyOne, t.Domain, "group", g.Name)
	}
	for i := range t.Apps {
		a := &t.Apps[i]
		c.id(at.item("apps", i).field("id"), &a.ID, several, t.Domain, "app", a.Name)
	}
	for i := range t.ManagedIdentities {
		m, where := &t.ManagedIdentities[i], at.item("managedIdentities", i)
		c.id(where.field("id"), &m.ID, several, t.Domain, "managed identity", m.Name)
		c.id(where.field("principal"), &m.Principal, several, t.Domain, "principal", m.Name)
	}
	for i := range t.ConditionalAccess {
		p := &t.ConditionalAccess[i]
		c.id(at.item("conditionalAccess", i).field("id"), &p.ID, several, t.Domain, "policy", p.Name)
	}
}

func tenantsByDomain(tenants []Tenant) map[string]*Tenant {
	out := map[string]*Tenant{}
	for i := range tenants {
		for _, domain := range append([]string{tenants[i].Domain}, tenants[i].Domains...) {
			out[strings.ToLower(domain)] = &tenants[i]
		}
	}
	delete(out, "")
	return out
}

// homeDomain is the domain of a username that has none: the tenant's, or, for a
// guest, that of the tenant they come from, if it is seeded.
func homeDomain(tenants []Tenant, t *Tenant, u *User) string {
	if u.Guest == "" {
		return t.Domain
	}
	for _, home := range tenants {
		if home.ID == u.Guest {
			return home.Domain
		}
	}
	return ""
}

func withDomain(username, domain string) string {
	if username == "" || domain == "" || strings.Contains(username, "@") {
		return username
	}
	return username + "@" + domain
}
