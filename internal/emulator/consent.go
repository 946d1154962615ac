package emulator

import (
	"slices"
)

// consentKey is who agreed that which client acts for them where.
type consentKey struct{ user, client, resource string }

// granted are the scopes a client has at a resource for a person: pre-authorised
// by the resource, agreed by an admin, agreed by the person.
func (t *tenant) granted(client, resource *app, user string) []string {
	if client.FirstParty && resource.ID == MicrosoftGraph {
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
	out = append(out, t.consents[consentKey{user, client.ID, resource.ID}]...)
	slices.Sort(out)
	return slices.Compact(out)
}

// known reports whether anything at all has been agreed for a client, which
// covers the OpenID scopes.
func (t *tenant) known(client *app, user string) bool {
	if client.FirstParty || len(client.Consents) > 0 {
		return true
	}
	for key := range t.consents {
		if key.user == user && key.client == client.ID {
			return true
		}
	}
	for _, resource := range t.apps {
		if slices.ContainsFunc(resource.PreAuthorized, func(p PreAuthorized) bool { return p.Client == client.ID }) {
			return true
		}
	}
	return false
}

// agreed returns the scopes of the resource a token for this ask carries, or
// false when something asked for has not been agreed to.
func (t *tenant) agreed(client *app, a *ask, user string) ([]string, bool) {
	granted := t.granted(client, a.resource, user)
	if a.all {
		return granted, len(granted) > 0
	}
	if len(a.scopes) == 0 {
		return nil, t.known(client, user)
	}
	for _, scope := range a.scopes {
		if !slices.Contains(granted, scope) {
			return nil, false
		}
	}
	return a.scopes, true
}

// missing is what the consent page asks for.
func (t *tenant) missing(client *app, a *ask, user string) []string {
	granted := t.granted(client, a.resource, user)
	if a.all {
		return a.resource.Scopes
	}
	out := slices.DeleteFunc(slices.Clone(a.scopes), func(s string) bool { return slices.Contains(granted, s) })
	if len(out) == 0 {
		out = slices.Clone(a.openID)
	}
	return out
}

// consent records a person's agreement.
func (e *Emulator) consent(tid, user string, client *app, a *ask) error {
	return e.change(tid, func(t *tenant) error {
		key := consentKey{user, client.ID, a.resource.ID}
		scopes := slices.Concat(t.consents[key], t.missing(client, a, user))
		slices.Sort(scopes)
		t.consents[key] = slices.Compact(scopes)
		return nil
	})
}

// assigned refuses people whom an app that requires assignment does not know.
// Assignment through a group counts for its direct members only.
func (t *tenant) assigned(a *app, user string) *refusal {
	if !a.AssignmentRequired {
		return nil
	}
	for _, assignment := range a.AppRoleAssignments {
		if t.holds(assignment, user) {
			return nil
		}
	}
	return refuse(50105, a.ID, a.Name)
}

// holds reports whether an assignment reaches a person.
func (t *tenant) holds(assignment AppRoleAssignment, user string) bool {
	g, isGroup := t.groups[assignment.Principal]
	return assignment.Principal == user || isGroup && g.members[user]
}
