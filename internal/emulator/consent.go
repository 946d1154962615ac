package emulator

import (
	"slices"

	"gatehouse/internal/emulator/directory"
)

// agreed returns the scopes of the resource a token for this ask carries, or
// false when something asked for has not been agreed to.
func agreed(t *directory.Tenant, client *directory.App, a *ask, oid string) ([]string, bool) {
	granted := t.Granted(client, a.resource, oid)
	if a.all {
		return granted, len(granted) > 0
	}
	if len(a.scopes) == 0 {
		return nil, t.Known(client, oid)
	}
	for _, scope := range a.scopes {
		if !slices.Contains(granted, scope) {
			return nil, false
		}
	}
	return a.scopes, true
}

// missing is what the consent page asks for.
func missing(t *directory.Tenant, client *directory.App, a *ask, oid string) []string {
	granted := t.Granted(client, a.resource, oid)
	if a.all {
		return a.resource.Scopes
	}
	out := slices.DeleteFunc(slices.Clone(a.scopes), func(s string) bool { return slices.Contains(granted, s) })
	if len(out) == 0 {
		out = slices.Clone(a.openID)
	}
	return out
}

// consent records a person's agreement, which gives an app of another tenant its
// service principal (Microsoft, "User and admin consent").
func (e *Emulator) consent(at *directory.Tenant, oid string, client *directory.App, a *ask) error {
	return e.directory.Change(at.ID, func(t *directory.Tenant) error {
		if _, there := t.Apps[client.ID]; !there {
			t.GivePrincipal(client)
		}
		t.Consent(oid, client.ID, a.resource.ID, missing(t, client, a, oid))
		combined(t, client, a, oid)
		return nil
	})
}

// assigned refuses people whom an app that requires assignment does not know.
func assigned(t *directory.Tenant, a *directory.App, oid string) *refusal {
	if t.Assigned(a, oid) {
		return nil
	}
	return refuse(50105, a.ID, a.Name)
}

// combined extends a person's consent to a known client of an API to what the
// API itself needs, so that it can act on their behalf (Microsoft's page "OAuth
// 2.0 On-Behalf-Of flow", .default and combined consent). Entra does so only
// when everything was asked for with .default.
func combined(t *directory.Tenant, client *directory.App, a *ask, oid string) {
	if !a.all || !slices.Contains(a.resource.KnownClients, client.ID) {
		return
	}
	for _, access := range a.resource.RequiredAccess {
		if len(access.Scopes) > 0 {
			t.Consent(oid, a.resource.ID, access.Resource, access.Scopes)
		}
	}
}
