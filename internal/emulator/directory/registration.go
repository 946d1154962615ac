package directory

import (
	"crypto/sha256"
	"crypto/subtle"
	"maps"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/emulator/seed"
)

// Registration is what an app registration and its service principal have beyond
// a seeded app. The zero value is right for a seeded one.
type Registration struct {
	Home      string // id of the tenant it is registered in; empty: the one it is in
	Created   time.Time
	Owners    []string          // object ids of people and service principals
	Exposed   []Permission      // nil: made of Scopes
	Declares  []Role            // nil: made of AppRoles
	Passwords []Password        // besides the seeded Secret
	Notes     map[string]any    // properties nothing in the emulator depends on, by Graph's name
	Remarks   map[string]any    // the same of the service principal
	Described map[string]string // descriptions of federated credentials by name
}

// Password is a client secret.
type Password struct {
	ID, Name, Secret string
	Start, End       time.Time
}

// Hint is what can be told about a secret once it has been given out.
func (p Password) Hint() string { return p.Secret[:min(3, len(p.Secret))] }

// Knows reports whether a secret is one of the app's, expired or not.
func (a *App) Knows(secret string) bool {
	known := a.Secret != "" && same(secret, a.Secret)
	for _, p := range a.Passwords {
		known = same(secret, p.Secret) || known
	}
	return known
}

// Accepts reports whether a secret is one of the app's and has not expired.
func (a *App) Accepts(secret string, now time.Time) bool {
	good := a.Secret != "" && !a.Expired && same(secret, a.Secret)
	for _, p := range a.Passwords {
		good = same(secret, p.Secret) && now.Before(p.End) && !now.Before(p.Start) || good
	}
	return good
}

// Confidential reports whether the app has a secret at all, expired or not.
func (a *App) Confidential() bool { return a.Secret != "" || len(a.Passwords) > 0 }

// same compares without telling how much matched.
func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// Registrations are the tenant's own app registrations by name, whether they have
// a service principal or not. Microsoft's are registered elsewhere.
func (t *Tenant) Registrations() []*App {
	var out []*App
	for _, a := range t.Apps {
		if a.own() {
			out = append(out, a)
		}
	}
	out = slices.AppendSeq(out, maps.Values(t.registered))
	slices.SortFunc(out, func(a, b *App) int { return strings.Compare(a.Object, b.Object) })
	return out
}

// own reports whether an app is registered in the tenant it is in.
func (a *App) own() bool { return !a.FirstParty && a.Home == "" }

// Registration finds an app registration of the tenant by its client id or object id.
func (t *Tenant) Registration(id string) (*App, bool) {
	if a, ok := t.registered[id]; ok {
		return a, true
	}
	if a, ok := t.Apps[id]; ok && a.own() {
		return a, true
	}
	for _, a := range t.Registrations() {
		if a.Object == id {
			return a, true
		}
	}
	return nil, false
}

// ServicePrincipal finds an app that has a service principal by its client id or
// the principal's object id.
func (t *Tenant) ServicePrincipal(id string) (*App, bool) {
	if a, ok := t.Apps[id]; ok {
		return a, true
	}
	for _, a := range t.Apps {
		if a.Principal == id {
			return a, true
		}
	}
	return nil, false
}

// Put puts a new or altered registration in. A new one has no service principal:
// nobody can sign in to it or with it until GivePrincipal.
func (t *Tenant) Put(a *App) {
	if _, ok := t.Apps[a.ID]; ok {
		t.Apps[a.ID] = a
		return
	}
	t.registered = maps.Clone(t.registered)
	if t.registered == nil {
		t.registered = map[string]*App{}
	}
	t.registered[a.ID] = a
}

// GivePrincipal gives a registration its service principal.
func (t *Tenant) GivePrincipal(a *App) {
	t.registered = maps.Clone(t.registered)
	delete(t.registered, a.ID)
	t.Apps[a.ID] = a
}

// TakePrincipal takes an app's service principal, and with it everything that has
// been agreed to or assigned; its registration stays.
func (t *Tenant) TakePrincipal(a *App) {
	for _, given := range t.RoleAssignments() {
		if given.Resource == a.ID || given.Principal == a.ID {
			t.Withdraw(given)
		}
	}
	for _, g := range t.Grants() {
		if g.Client == a.ID || g.Resource == a.ID {
			t.SetGrant(g, nil)
		}
	}
	bare := *t.Apps[a.ID]
	delete(t.Apps, a.ID)
	if bare.own() {
		bare.Remarks, bare.Disabled, bare.AssignmentRequired = nil, false, false
		t.Put(&bare)
	}
}

// Unregister removes a registration and its service principal.
func (t *Tenant) Unregister(a *App) {
	if _, ok := t.Apps[a.ID]; ok {
		t.TakePrincipal(a)
	}
	t.registered = maps.Clone(t.registered)
	delete(t.registered, a.ID)
}

// Named finds the registration that owns an application ID URI.
func (t *Tenant) Named(uri string) (*App, bool) {
	for _, a := range t.Apps {
		if slices.Contains(a.IdentifierURIs, uri) {
			return a, true
		}
	}
	for _, a := range t.registered {
		if slices.Contains(a.IdentifierURIs, uri) {
			return a, true
		}
	}
	return nil, false
}

// Register makes a registration of an app; its ids follow from the client id.
func (t *Tenant) Register(a seed.App, r Registration) *App {
	made := NewApp(t.ID, a)
	made.Registration = r
	t.Put(made)
	return made
}

// Registered finds an app a tenant can bring in by its client id: one registered
// there, or a multi-tenant one registered in another tenant. What that tenant has
// agreed to and assigned stays there.
func (w *World) Registered(at *Tenant, id string) (*App, bool) {
	if a, ok := at.Registration(id); ok && a.ID == id {
		return a, true
	}
	for _, home := range w.All() {
		if a, ok := home.Registration(id); ok && a.ID == id && a.MultiTenant {
			return at.foreign(home, a), true
		}
	}
	return nil, false
}

func (t *Tenant) foreign(home *Tenant, a *App) *App {
	copied := a.App
	copied.Consents, copied.AppRoleAssignments, copied.Disabled, copied.AssignmentRequired = nil, nil, false, false
	next := NewApp(t.ID, copied)
	next.Registration = a.Registration
	next.Home, next.Owners, next.Remarks = home.ID, nil, nil
	return next
}
