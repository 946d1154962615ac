package seed

import (
	"slices"
	"strings"
)

// resolve replaces the names by which one part of a tenant mentions another by
// ids. It returns nil, or an *Error about the names that mean nothing or
// several things.
func resolve(doc *Document) error {
	var found complaints
	for i := range doc.Tenants {
		r := newResolver(doc.Tenants[i], &found)
		r.tenant(place("").item("tenants", i), &doc.Tenants[i])
	}
	return found.err()
}

// resolver knows the names of one tenant.
type resolver struct {
	*complaints
	domain     string // lower case
	users      names  // by lower-case username
	locals     names  // by what is before the @
	groups     names
	apps       names
	identities names
}

// names leads from a name to the ids of those who have it.
type names map[string][]string

func (n names) add(name, id string) {
	if name != "" && id != "" && !slices.Contains(n[name], id) {
		n[name] = append(n[name], id)
	}
}

func newResolver(t Tenant, found *complaints) *resolver {
	r := &resolver{complaints: found, domain: strings.ToLower(t.Domain), users: names{}, locals: names{}, groups: names{}, apps: names{}, identities: names{}}
	for _, u := range t.Users {
		name := strings.ToLower(u.Username)
		local, _, _ := strings.Cut(name, "@")
		r.users.add(name, u.ID)
		r.locals.add(local, u.ID)
	}
	for _, g := range t.Groups {
		r.groups.add(g.Name, g.ID)
	}
	for _, a := range slices.Concat(t.Apps, FirstParty("")) {
		r.apps.add(a.Name, a.ID)
	}
	for _, m := range t.ManagedIdentities {
		r.identities.add(m.Name, m.Principal)
	}
	return r
}

// kind is something a reference may mean.
type kind string

const (
	aUser     kind = "user"
	aGroup    kind = "group"
	anApp     kind = "app"
	aIdentity kind = "managed identity"
)

// of are the names of a kind, as suggestions show them.
func (r *resolver) of(k kind) names {
	return map[kind]names{aUser: r.users, aGroup: r.groups, anApp: r.apps, aIdentity: r.identities}[k]
}

// lookup returns the ids a name may stand for. A username may lack its domain:
// then the tenant's own comes first.
func (r *resolver) lookup(k kind, name string) []string {
	if k != aUser {
		return r.of(k)[name]
	}
	lower := strings.ToLower(name)
	for _, found := range [][]string{r.users[lower], r.users[lower+"@"+r.domain], r.locals[lower]} {
		if len(found) > 0 {
			return found
		}
	}
	return nil
}

// one replaces a name by the id of the only thing of one of the kinds that has
// it. What is an id already stays.
func (r *resolver) one(at place, ref *string, kinds ...kind) {
	if *ref == "" || IsGUID(*ref) {
		return
	}
	var ids []string
	for _, k := range kinds {
		ids = append(ids, r.lookup(k, *ref)...)
	}
	switch {
	case len(ids) == 1:
		*ref = ids[0]
	case len(ids) > 1:
		r.add(at, "%q can mean %d things; give the id of one: %s", *ref, len(ids), strings.Join(ids, ", "))
	default:
		r.add(at, "%q is no %s of the tenant%s", *ref, either(kinds), r.suggestion(*ref, kinds))
	}
}

func either(kinds []kind) string {
	out := make([]string, len(kinds))
	for i, k := range kinds {
		out[i] = string(k)
	}
	return strings.Join(out, " or ")
}

func (r *resolver) suggestion(name string, kinds []kind) string {
	var all []string
	for _, k := range kinds {
		for known := range r.of(k) {
			all = append(all, known)
			if local, own := strings.CutSuffix(known, "@"+r.domain); own && k == aUser {
				all = append(all, local)
			}
		}
	}
	return didYouMean(name, all)
}

func (r *resolver) all(at place, refs []string, kinds ...kind) {
	for i := range refs {
		r.one(at.at(i), &refs[i], kinds...)
	}
}

func (r *resolver) tenant(at place, t *Tenant) {
	for i := range t.Users {
		r.user(at.item("users", i), &t.Users[i])
	}
	for i := range t.Groups {
		r.all(at.item("groups", i).field("members"), t.Groups[i].Members, aUser, aGroup)
	}
	for i := range t.Apps {
		r.app(at.item("apps", i), &t.Apps[i])
	}
	for i := range t.ManagedIdentities {
		r.resources(at.item("managedIdentities", i), t.ManagedIdentities[i].Consents)
	}
	for i := range t.ConditionalAccess {
		p, where := t.ConditionalAccess[i], at.item("conditionalAccess", i)
		r.all(where.field("users"), p.Users, aUser, aGroup)
		r.all(where.field("clients"), p.Clients, anApp)
		r.all(where.field("resources"), p.Resources, anApp)
	}
}

func (r *resolver) user(at place, u *User) {
	r.one(at.field("manager"), &u.Manager, aUser)
	r.one(at.field("agent"), &u.Agent, anApp)
	r.all(at.field("people"), u.People, aUser)
	for i, e := range u.Events {
		r.all(at.item("events", i).field("attendees"), e.Attendees, aUser)
	}
}

func (r *resolver) app(at place, a *App) {
	r.one(at.field("agent"), &a.Agent, anApp)
	r.all(at.field("knownClients"), a.KnownClients, anApp)
	for i := range a.AppRoleAssignments {
		r.one(at.item("appRoleAssignments", i).field("principal"), &a.AppRoleAssignments[i].Principal, aUser, aGroup, anApp, aIdentity)
	}
	for i := range a.PreAuthorized {
		r.one(at.item("preAuthorized", i).field("client"), &a.PreAuthorized[i].Client, anApp)
	}
	for i := range a.RequiredAccess {
		r.one(at.item("requiredAccess", i).field("resource"), &a.RequiredAccess[i].Resource, anApp)
	}
	r.resources(at, a.Consents)
}

func (r *resolver) resources(at place, consents []Consent) {
	for i := range consents {
		r.one(at.item("consents", i).field("resource"), &consents[i].Resource, anApp)
	}
}
