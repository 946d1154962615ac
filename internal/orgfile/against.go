package orgfile

import (
	"cmp"
	"slices"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
)

// against returns the document as it compares with an exported one: lists whose
// order means nothing sorted, ids as Entra spells them, display names that it
// leaves out taken from the current document, and no word of where secrets are.
// Nothing of d is changed.
func (d Document) against(current Document) Document {
	d.Organization = d.Organization.normal()
	d.RoleGrants = slices.Clone(d.RoleGrants)
	granted := byKey(current.RoleGrants, RoleGrant.key)
	for i := range d.RoleGrants {
		g := &d.RoleGrants[i]
		g.EndsAt = utc(g.EndsAt)
		g.Name = nameOr(g.Name, granted[g.key()].Name)
	}
	d.Assignments = slices.Clone(d.Assignments)
	assigned := byKey(current.Assignments, Assignment.key)
	for i := range d.Assignments {
		a := &d.Assignments[i]
		s := access.CanonicalSubject(authz.Subject{Kind: a.Subject.Kind, Value: a.Subject.Value})
		a.Subject.Value, a.EndsAt = s.Value, utc(a.EndsAt)
		a.Name = nameOr(a.Name, assigned[a.key()].Name)
	}
	d.Sources = filledSources(d.Sources, current.Sources)
	d.Toolsets = slices.Clone(d.Toolsets)
	for i := range d.Toolsets {
		set(&d.Toolsets[i].Title, cmp.Or(d.Toolsets[i].Title, d.Toolsets[i].Name))
	}
	d.Limits = filledLimits(d.Limits)
	d.Recordings = filledRecordings(d.Recordings)
	d.Contacts = filledContacts(d.Contacts)
	d.Sinks = filledSinks(d.Sinks)
	d.Clients = slices.Clone(d.Clients)
	for i := range d.Clients {
		d.Clients[i].ID = canonicalClient(d.Clients[i].ID)
		if len(d.Clients[i].MaximumPermissions) == 0 {
			d.Clients[i].MaximumPermissions = nil
		}
	}
	return d
}

// normal returns a copy with sorted lists and without the source of the secret.
func (o *Organization) normal() *Organization {
	if o == nil {
		return nil
	}
	out := *o
	out.Origins = sortedSet(o.Origins)
	if o.Connection != nil {
		c := *o.Connection
		c.V1Audiences = sortedSet(c.V1Audiences)
		if c.Credential != nil {
			c.Credential = &Credential{Kind: c.Credential.Kind}
		}
		out.Connection = &c
	}
	return &out
}

// sortedSet returns the list sorted, each entry once; nil stays nil.
func sortedSet(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}

func byKey[T any](list []T, key func(T) string) map[string]T {
	found := make(map[string]T, len(list))
	for _, entry := range list {
		found[key(entry)] = entry
	}
	return found
}

// nameOr returns the name that is given, or else the one that is known, or else
// the empty one.
func nameOr(given, known *string) *string {
	switch {
	case given != nil:
		return given
	case known != nil:
		return known
	default:
		return new(string)
	}
}
