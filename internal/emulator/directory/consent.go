package directory

import (
	"slices"

	"gatehouse/internal/emulator/seed"
)

// consentKey is who agreed that which client acts for them where; no user means
// everybody.
type consentKey struct{ user, client, resource string }

// Everybody stands for all people of a tenant in Consent.
const Everybody = ""

// Granted are the scopes a client has at a resource for a person: pre-authorised
// by the resource, agreed by an admin, agreed by the person.
func (t *Tenant) Granted(client, resource *App, oid string) []string {
	if client.FirstParty && resource.ID == seed.MicrosoftGraph {
		return resource.Scopes
	}
	var out []string
	for _, p := range resource.PreAuthorized {
		if p.Client != client.ID {
			continue
		}
		if len(p.Scopes) == 0 {
			return resource.Scopes
		}
		out = append(out, p.Scopes...)
	}
	for _, c := range client.Consents {
		if c.Resource == resource.ID {
			out = append(out, c.Scopes...)
		}
	}
	out = append(out, t.consents[consentKey{Everybody, client.ID, resource.ID}]...)
	out = append(out, t.consents[consentKey{oid, client.ID, resource.ID}]...)
	slices.Sort(out)
	return slices.Compact(out)
}

// Known reports whether anything at all has been agreed for a client, which
// covers the OpenID scopes.
func (t *Tenant) Known(client *App, oid string) bool {
	if client.FirstParty || len(client.Consents) > 0 {
		return true
	}
	for key := range t.consents {
		if key.client == client.ID && (key.user == oid || key.user == Everybody) {
			return true
		}
	}
	for _, resource := range t.Apps {
		if slices.ContainsFunc(resource.PreAuthorized, func(p seed.PreAuthorized) bool { return p.Client == client.ID }) {
			return true
		}
	}
	return false
}

// Consent records that scopes of a resource have been agreed to for a client, by
// a person for themselves or by an admin for Everybody.
func (t *Tenant) Consent(oid, client, resource string, scopes []string) {
	key := consentKey{oid, client, resource}
	all := slices.Concat(t.consents[key], scopes)
	slices.Sort(all)
	t.consents[key] = slices.Compact(all)
}
