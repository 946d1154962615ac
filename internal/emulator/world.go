package emulator

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// world is all tenants at one moment. It is never written to after it is
// published: a change builds the next one, so a request sees one picture from
// beginning to end and takes no lock.
type world struct {
	tenants map[string]*tenant // by id
	domains map[string]string  // domain to id
	order   []string           // ids as seeded
}

type tenant struct {
	id, name, domain string
	people           map[string]*person // by object id
	usernames        map[string]string  // lower-case username to object id
	order            []string           // object ids of people as seeded
	groups           map[string]*group
	parents          map[string][]string // object id to the ids of the groups it is directly in, sorted
	apps             map[string]*app     // by client id
	consents         map[consentKey][]string
}

type person struct {
	User
	deleted   bool
	session   uint64    // raised by a revocation; older grants are void
	validFrom time.Time // of the last revocation
}

type group struct {
	Group
	members map[string]bool
}

type app struct {
	App
	principal string // object id of the service principal
}

func newWorld(seed []Tenant, graphURL string) *world {
	w := &world{tenants: map[string]*tenant{}, domains: map[string]string{}}
	for _, s := range seed {
		w.tenants[s.ID] = newTenant(s, graphURL)
		w.domains[strings.ToLower(s.Domain)] = s.ID
		w.order = append(w.order, s.ID)
	}
	return w
}

func newTenant(s Tenant, graphURL string) *tenant {
	t := &tenant{
		id: s.ID, name: s.Name, domain: s.Domain,
		people: map[string]*person{}, usernames: map[string]string{},
		groups: map[string]*group{}, apps: map[string]*app{}, consents: map[consentKey][]string{},
	}
	for _, u := range s.Users {
		t.people[u.ID] = &person{User: u}
		t.usernames[strings.ToLower(u.Username)] = u.ID
		t.order = append(t.order, u.ID)
	}
	for _, g := range s.Groups {
		t.groups[g.ID] = newGroup(g, g.Members)
	}
	for _, a := range append(firstParty(graphURL), s.Apps...) {
		t.apps[a.ID] = &app{App: a, principal: derived(s.ID, "service principal", a.ID)}
	}
	t.index()
	return t
}

func newGroup(g Group, members []string) *group {
	set := make(map[string]bool, len(members))
	for _, id := range members {
		set[id] = true
	}
	return &group{Group: g, members: set}
}

// index rebuilds the way from a member to its groups.
func (t *tenant) index() {
	t.parents = map[string][]string{}
	for id, g := range t.groups {
		for member := range g.members {
			t.parents[member] = append(t.parents[member], id)
		}
	}
	for _, ids := range t.parents {
		slices.Sort(ids)
	}
}

func (t *tenant) clone() *tenant {
	c := *t
	c.people = maps.Clone(t.people)
	c.groups = maps.Clone(t.groups)
	c.consents = maps.Clone(t.consents)
	return &c
}

// find resolves what stands in a URL for a tenant: its id or its domain.
func (w *world) find(name string) (*tenant, bool) {
	name = strings.ToLower(name)
	if id, ok := w.domains[name]; ok {
		name = id
	}
	t, ok := w.tenants[name]
	return t, ok
}

// change replaces one tenant by an altered copy. An error from alter leaves
// everything as it was.
func (e *Emulator) change(tid string, alter func(*tenant) error) error {
	e.changing.Lock()
	defer e.changing.Unlock()
	now := e.world.Load()
	t, ok := now.find(tid)
	if !ok {
		return fmt.Errorf("tenant %q is not seeded", tid)
	}
	next := t.clone()
	if err := alter(next); err != nil {
		return err
	}
	w := *now
	w.tenants = maps.Clone(now.tenants)
	w.tenants[next.id] = next
	e.world.Store(&w)
	return nil
}

// derived is a GUID that depends on its parts alone.
func derived(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	id, _ := uuid.FromBytes(sum[:16]) // 16 bytes always are one
	id[6] = id[6]&0x0f | 0x50
	id[8] = id[8]&0x3f | 0x80
	return id.String()
}
