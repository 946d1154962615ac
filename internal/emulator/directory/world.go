// Package directory is the live picture of all seeded tenants: people, nested
// groups, apps and what has been agreed to.
//
// It owns what is true at one moment and every change to it. It knows no HTTP,
// no tokens and no error codes; the sign-in endpoints and Microsoft Graph read
// it and change it.
package directory

import (
	"maps"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/emulator/seed"
)

// World is all tenants at one moment. It is never written to after it is
// published: a change builds the next one, so a request sees one picture from
// beginning to end and takes no lock.
type World struct {
	Order   []string // tenant ids as seeded
	tenants map[string]*Tenant
	aliases map[string]string // lower-case domain to tenant id
}

// Find resolves what stands in a URL for a tenant: its id or one of its domains.
func (w *World) Find(name string) (*Tenant, bool) {
	name = strings.ToLower(name)
	if id, ok := w.aliases[name]; ok {
		name = id
	}
	t, ok := w.tenants[name]
	return t, ok
}

// All lists the tenants as seeded.
func (w *World) All() []*Tenant {
	out := make([]*Tenant, 0, len(w.Order))
	for _, id := range w.Order {
		out = append(out, w.tenants[id])
	}
	return out
}

// Tenant is one directory. Its maps are read by everybody and written to by
// Change only.
type Tenant struct {
	ID, Name, Domain  string
	Domains           []string // all verified ones, Domain first
	Settings          seed.Settings
	People            map[string]*Person // by object id
	Order             []string           // object ids of people as seeded
	Groups            map[string]*Group  // by object id
	Apps              map[string]*App    // by client id
	Policies          []seed.Policy
	ManagedIdentities []seed.ManagedIdentity

	sorted    []string            // object ids of people; replaced, never written to
	usernames map[string]string   // lower-case username to object id
	names     map[string]string   // group name to object id
	parents   map[string][]string // object id to the ids of the groups it is directly in, sorted; replaced, never written to
	consents  map[consentKey][]string

	registered map[string]*App // registrations without a service principal, by client id; replaced, never written to
	history    history
}

// Person is somebody in a tenant.
type Person struct {
	seed.User
	Generation uint64    // raised by a revocation; older grants are void
	ValidFrom  time.Time // of the last revocation; zero: never
}

// Group is a group and its direct members.
type Group struct {
	seed.Group
	Members map[string]bool // object ids
}

// App is an app registration and its service principal.
type App struct {
	seed.App
	Principal string // object id of the service principal
	Object    string // object id of the registration
	Registration
}

// newWorld builds the picture a seed describes. graphURL becomes one of
// Microsoft Graph's names.
func newWorld(tenants []seed.Tenant, graphURL string) *World {
	w := &World{tenants: map[string]*Tenant{}, aliases: map[string]string{}}
	for _, s := range tenants {
		t := newTenant(s, graphURL)
		w.tenants[s.ID] = t
		for _, domain := range t.Domains {
			w.aliases[strings.ToLower(domain)] = s.ID
		}
		w.Order = append(w.Order, s.ID)
	}
	return w
}

func newTenant(s seed.Tenant, graphURL string) *Tenant {
	t := &Tenant{
		ID: s.ID, Name: s.Name, Domain: s.Domain, Domains: append([]string{s.Domain}, s.Domains...), Settings: s.Settings,
		People: make(map[string]*Person, len(s.Users)), Groups: make(map[string]*Group, len(s.Groups)), Apps: map[string]*App{},
		Policies: slices.Clone(s.ConditionalAccess), ManagedIdentities: slices.Clone(s.ManagedIdentities),
		usernames: make(map[string]string, len(s.Users)), consents: map[consentKey][]string{},
	}
	for _, u := range s.Users {
		t.People[u.ID] = &Person{User: u}
		t.usernames[strings.ToLower(u.Username)] = u.ID
		t.Order = append(t.Order, u.ID)
	}
	t.sorted = slices.Sorted(slices.Values(t.Order))
	for _, g := range s.Groups {
		t.Groups[g.ID] = newGroup(g)
	}
	for _, a := range append(seed.FirstParty(graphURL), s.Apps...) {
		t.Apps[a.ID] = NewApp(s.ID, a)
	}
	t.index()
	return t
}

func newGroup(g seed.Group) *Group {
	members := make(map[string]bool, len(g.Members))
	for _, id := range g.Members {
		members[id] = true
	}
	return &Group{Group: g, Members: members}
}

// NewApp is an app as a tenant has it.
func NewApp(tid string, a seed.App) *App {
	return &App{App: a, Principal: seed.Derived(tid, "service principal", a.ID), Object: seed.Derived(tid, "application", a.ID)}
}

func (t *Tenant) clone() *Tenant {
	c := *t
	c.People = maps.Clone(t.People)
	c.Groups = maps.Clone(t.Groups)
	c.Apps = maps.Clone(t.Apps)
	c.Policies = slices.Clone(t.Policies)
	c.usernames = maps.Clone(t.usernames)
	c.names = maps.Clone(t.names)
	c.consents = maps.Clone(t.consents)
	return &c
}
