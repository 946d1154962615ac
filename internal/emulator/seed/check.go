package seed

import (
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// Check returns nil for a seed that an emulator can run, and otherwise an *Error
// with every complaint about it.
func Check(tenants []Tenant) error {
	c := &checker{
		tenants: map[string]string{}, objects: map[string]place{}, uris: map[string]owner{},
		tenancies: map[string][]Tenant{}, homes: map[string]bool{},
	}
	for _, t := range tenants {
		for _, name := range append([]string{t.ID, t.Domain}, t.Domains...) {
			c.homes[name] = true
		}
		for _, a := range t.Apps {
			c.tenancies[a.ID] = append(c.tenancies[a.ID], t)
		}
	}
	for i, t := range tenants {
		c.tenant(place("").item("tenants", i), t)
	}
	return c.err()
}

// checker collects complaints, and what has to be unique over all tenants.
type checker struct {
	complaints
	tenants   map[string]string   // id or domain to the tenant's name
	objects   map[string]place    // object id to where it is given
	uris      map[string]owner    // identifier URI to the app that has it
	tenancies map[string][]Tenant // client id to the tenants that list the app
	homes     map[string]bool     // id or domain of every tenant
}

func (c *checker) tenant(at place, t Tenant) {
	if !IsGUID(t.ID) {
		c.add(at.field("id"), "%q is not a lower-case GUID; give the tenant id", t.ID)
	}
	if t.ID == Consumers {
		c.add(at.field("id"), "is the tenant of personal accounts; choose another GUID")
	}
	if t.Name == "" {
		c.add(at.field("name"), "is empty; give a display name")
	}
	c.name(at.field("id"), t.ID, t.Name)
	c.domain(at.field("domain"), t.Domain, t.Name)
	for i, d := range t.Domains {
		c.domain(at.item("domains", i), d, t.Name)
	}
	c.settings(at.field("settings"), t.Settings)
	known := index(t)
	c.users(at, t, known)
	c.groups(at, t, known)
	c.identities(at, t, known)
	c.apps(at, t, known)
	c.policies(at, t, known)
}

// name takes a tenant's id or domain for it: both lead to it in URLs.
func (c *checker) name(at place, name, tenant string) {
	if name == "" {
		return
	}
	if other, taken := c.tenants[name]; taken {
		c.add(at, "%s is also tenant %s; ids and domains are unique", name, other)
		return
	}
	c.tenants[name] = tenant
}

func (c *checker) domain(at place, domain, tenant string) {
	if !strings.Contains(domain, ".") || strings.ContainsAny(domain, "/ :@?#") || strings.HasPrefix(domain, ".") || strings.HasSuffix(domain, ".") {
		c.add(at, "%q is not a domain; give one such as contoso.example", domain)
		return
	}
	c.name(at, strings.ToLower(domain), tenant)
}

// The bounds of Settings.TokenMinutes: Entra's token lifetime
// policies take 10 minutes to 23 hours 59 minutes 59 seconds (Microsoft,
// "Configurable token lifetimes").
const (
	minTokenMinutes = 10
	maxTokenMinutes = 24*60 - 1
)

func (c *checker) settings(at place, s Settings) {
	c.country(at.field("country"), s.Country)
	for _, choice := range []struct {
		name, value string
		known       []string
	}{
		{"userConsent", s.UserConsent, []string{"allowed", "disabled"}},
		{"identifierUris", s.IdentifierURIs, []string{"v2", "verified"}},
		{"resourceChecked", s.ResourceChecked, []string{"exact", "refused"}},
		{"metadata", s.Metadata, []string{"entra", "compatible"}},
	} {
		c.choice(at.field(choice.name), choice.value, choice.known)
	}
	if s.TokenMinutes != 0 && (s.TokenMinutes < minTokenMinutes || s.TokenMinutes > maxTokenMinutes) {
		c.add(at.field("tokenMinutes"), "%d is not between %d and %d; leave it out for 60 to 90 minutes", s.TokenMinutes, minTokenMinutes, maxTokenMinutes)
	}
}

// choice checks one of a few words, of which the first is what empty means.
func (c *checker) choice(at place, value string, known []string) {
	if value != "" && !slices.Contains(known, value) {
		c.add(at, "%q is unknown; use %s", value, strings.Join(known, " or "))
	}
}

// object checks an object id, which Entra makes unique everywhere.
func (c *checker) object(at place, id string) {
	if !IsGUID(id) {
		c.add(at, "%q is not a lower-case GUID; give the object id", id)
		return
	}
	if other, taken := c.objects[id]; taken {
		c.add(at, "%s also belongs to %s; object ids are unique over all tenants", id, other)
		return
	}
	c.objects[id] = at
}

// known are the things of one tenant that others of it may name.
type known struct {
	users, groups, identities map[string]bool // by object id
	apps                      map[string]App  // by client id, Microsoft's own included
}

func index(t Tenant) known {
	k := known{users: map[string]bool{}, groups: map[string]bool{}, identities: map[string]bool{}, apps: map[string]App{}}
	for _, u := range t.Users {
		k.users[u.ID] = true
	}
	for _, g := range t.Groups {
		k.groups[g.ID] = true
	}
	for _, m := range t.ManagedIdentities {
		k.identities[m.Principal] = true
	}
	for _, a := range slices.Concat(FirstParty(""), t.Apps) {
		k.apps[a.ID] = a
	}
	return k
}

// called is what people call the app with a client id: its id may be derived,
// and then nobody has written it.
func (k known) called(app string) string {
	if name := k.apps[app].Name; name != "" {
		return name
	}
	return app
}

// IsGUID reports whether s is a GUID as Entra writes them: lower case, with
// hyphens and without braces.
func IsGUID(s string) bool {
	_, err := uuid.Parse(s)
	return err == nil && len(s) == 36 && s == strings.ToLower(s)
}

// country checks a country of ISO 3166-1, which tokens carry in two letters.
func (c *checker) country(at place, code string) {
	if code != "" && !countryCode.MatchString(code) {
		c.add(at, "%q is no country code; use two capital letters such as SE", code)
	}
}

var countryCode = regexp.MustCompile(`^[A-Z]{2}$`)
