package access

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// Configuration is everything an organization decides about who may do what.
// Its methods are the edits that may be made to it: each either makes the whole
// edit or returns a fault and leaves everything as it was. None changes a slice
// or a map that a copy of the Configuration shares.
type Configuration struct {
	Clients       []tenants.Client
	Rules         authz.Rules // Scope is the connection's and is not stored again
	Tools         []tools.Selection
	Sources       []tools.Source
	Approvals     []tools.Approval // of what the sources offer, each of another definition
	Toolsets      []tools.Toolset
	Limits        []tenants.Limit
	Recordings    []tenants.Recording
	Contacts      []tenants.Contact
	Sinks         []tenants.Sink
	Preregistered []connections.Preregistration // what goes with clients that admins have registered; no document has it

	// Secrets are the ciphertexts that an edit brings, by the id of the source's
	// credential, or of the sink's secret, that each is. What is read has none.
	Secrets map[tenants.GUID][]byte
}

// Sorted returns the configuration in one order for equal content: everything
// by its name, assignments by role, subject kind and subject, approvals by the
// name of their source, kind and name. What is absent and what is empty become
// the same.
func (c Configuration) Sorted() Configuration {
	s := Configuration{
		Clients: slices.Clone(c.Clients), Rules: c.Rules, Tools: slices.Clone(c.Tools), Sources: slices.Clone(c.Sources),
		Approvals: slices.Clone(c.Approvals), Toolsets: slices.Clone(c.Toolsets), Limits: slices.Clone(c.Limits), Recordings: slices.Clone(c.Recordings), Contacts: slices.Clone(c.Contacts), Sinks: slices.Clone(c.Sinks),
		Preregistered: c.Preregistered, Secrets: c.Secrets,
	}
	s.sortSources()
	slices.SortFunc(s.Clients, func(a, b tenants.Client) int { return strings.Compare(a.ID, b.ID) })
	slices.SortFunc(s.Limits, func(a, b tenants.Limit) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(s.Recordings, func(a, b tenants.Recording) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(s.Contacts, func(a, b tenants.Contact) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(s.Sinks, func(a, b tenants.Sink) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(s.Tools, func(a, b tools.Selection) int { return strings.Compare(a.Name, b.Name) })
	s.Rules.Roles = slices.Clone(c.Rules.Roles)
	slices.SortFunc(s.Rules.Roles, func(a, b authz.Role) int { return strings.Compare(a.Name, b.Name) })
	names := c.roleNames()
	s.Rules.Assignments = slices.Clone(c.Rules.Assignments)
	slices.SortFunc(s.Rules.Assignments, func(a, b authz.Assignment) int {
		return cmp.Or(strings.Compare(names[a.Role], names[b.Role]), strings.Compare(string(a.Subject.Kind), string(b.Subject.Kind)),
			strings.Compare(a.Subject.Value, b.Subject.Value))
	})
	s.Rules.ClientCeilings = ceilings(c.Rules.ClientCeilings)
	s.Rules.ScopeCeilings = ceilings(c.Rules.ScopeCeilings)
	return s
}

// sortSources sorts what has to do with sources in place.
func (c Configuration) sortSources() {
	slices.SortFunc(c.Sources, func(a, b tools.Source) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(c.Toolsets, func(a, b tools.Toolset) int { return strings.Compare(a.Name, b.Name) })
	names := c.sourceNames()
	slices.SortFunc(c.Approvals, func(a, b tools.Approval) int {
		return cmp.Or(strings.Compare(names[a.Source], names[b.Source]), strings.Compare(a.Source.String(), b.Source.String()),
			strings.Compare(string(a.Kind), string(b.Kind)), strings.Compare(a.Name, b.Name))
	})
}

// sourceNames returns the names of the sources by their ids.
func (c Configuration) sourceNames() map[tenants.GUID]string {
	names := make(map[tenants.GUID]string, len(c.Sources))
	for _, s := range c.Sources {
		names[s.ID] = s.Name
	}
	return names
}

// roleNames returns the names of the roles by their ids.
func (c Configuration) roleNames() map[tenants.GUID]string {
	names := make(map[tenants.GUID]string, len(c.Rules.Roles))
	for _, r := range c.Rules.Roles {
		names[r.ID] = r.Name
	}
	return names
}

// ceilings returns a copy that can be written to.
func ceilings(of map[string]authz.Ceiling) map[string]authz.Ceiling {
	if of == nil {
		return map[string]authz.Ceiling{}
	}
	return maps.Clone(of)
}

// replaced returns a copy of the list with another entry at i.
func replaced[T any](list []T, i int, by T) []T {
	list = slices.Clone(list)
	list[i] = by
	return list
}

// without returns a copy of the list that lacks what drop says yes to.
func without[T any](list []T, drop func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(list), drop)
}

// with returns a copy of the list with one more entry.
func with[T any](list []T, entry T) []T { return append(slices.Clip(slices.Clone(list)), entry) }
