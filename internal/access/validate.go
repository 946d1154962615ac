package access

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

// Findings is what Validate has to say.
type Findings struct {
	Problems []Problem // rules that are broken
	Warnings []Warning // what is permitted and probably not meant
}

// Validate checks a whole configuration against every rule that the edits keep.
// Paths begin at the configuration: roles[0].permissions[1].patterns[0],
// assignments[3].subject.value, clients[0].maximumPermissions[2],
// scopeCeilings["tools.read"].patterns[0], tools[0].effect, sources[0].url,
// approvals[7].hash, toolsets[0].name, limits[0].rate.calls,
// contacts[0].url, sinks[0].url.
func Validate(c Configuration, d Deployment) Findings {
	var found complaints
	found.sizes(c)
	found.tools(c, d.Tools)
	found.roles(c)
	found.assignments(c)
	found.clients(c)
	for _, scope := range slices.Sorted(maps.Keys(c.Rules.ScopeCeilings)) {
		at := Place("scopeCeilings").Key(scope)
		found.scope(at, scope)
		found.patterns(at.Field("patterns"), c.Rules.ScopeCeilings[scope].Patterns)
	}
	found.sources(c, d)
	found.approvals(c)
	found.toolsets(c)
	found.limits(c)
	found.recordings(c)
	found.contacts(c, d)
	found.sinks(c, d)
	return Findings{Problems: found, Warnings: c.warnings(d)}
}

func (c *complaints) sizes(of Configuration) {
	for _, s := range []struct {
		at         Place
		have, most int
	}{
		{"roles", len(of.Rules.Roles), MaxRoles},
		{"assignments", len(of.Rules.Assignments), MaxAssignments},
		{"clients", len(of.Clients), MaxClients},
		{"scopeCeilings", len(of.Rules.ScopeCeilings), MaxScopes},
		{"sources", len(of.Sources), MaxSources},
		{"approvals", len(of.Approvals), MaxApprovals},
		{"toolsets", len(of.Toolsets), MaxToolsets},
		{"limits", len(of.Limits), MaxLimits},
		{"recordings", len(of.Recordings), MaxRecordings},
		{"contacts", len(of.Contacts), MaxContacts},
		{"sinks", len(of.Sinks), MaxSinks},
	} {
		if s.have > s.most {
			c.add(s.at, fmt.Sprintf("has %d entries and may have %d; remove some", s.have, s.most))
		}
	}
}

func (c *complaints) tools(of Configuration, known []string) {
	seen := map[string]bool{}
	for i, s := range of.Tools {
		at := Place("tools").At(i)
		c.tool(at, s, known)
		if seen[s.Name] {
			c.add(at.Field("name"), fmt.Sprintf("%q is there twice; remove one", s.Name))
		}
		seen[s.Name] = true
	}
}

func (c *complaints) roles(of Configuration) {
	names, ids := map[string]bool{}, map[tenants.GUID]bool{}
	for i, r := range of.Rules.Roles {
		at := Place("roles").At(i)
		c.role(at, r)
		if folded := strings.ToLower(r.Name); names[folded] {
			c.add(at.Field("name"), fmt.Sprintf("%q is the name of another role, capitals aside; choose another", r.Name))
		} else {
			names[folded] = true
		}
		if r.ID.IsZero() || ids[r.ID] {
			c.add(at.Field("id"), "is missing or another role's; give each role an id of its own")
		}
		ids[r.ID] = true
	}
}

func (c *complaints) assignments(of Configuration) {
	type key struct {
		role    tenants.GUID
		subject authz.Subject
	}
	names, seen := of.roleNames(), map[key]bool{}
	for i, a := range of.Rules.Assignments {
		at := Place("assignments").At(i)
		c.assignment(at, a)
		if _, known := names[a.Role]; !known {
			c.add(at.Field("role"), fmt.Sprintf("%s does not exist; name a role of this organization", a.Role))
		}
		k := key{a.Role, CanonicalSubject(a.Subject)}
		if seen[k] {
			c.add(at.Field("subject"), "has this role already; remove one of the two assignments")
		}
		seen[k] = true
	}
}

func (c *complaints) clients(of Configuration) {
	listed := map[string]bool{}
	for i, client := range of.Clients {
		at := Place("clients").At(i)
		c.client(at, client)
		id := canonicalID(client.ID)
		if listed[id] {
			c.add(at.Field("id"), fmt.Sprintf("%.120q is listed twice; remove one", client.ID))
		}
		listed[id] = true
		if ceiling, bounded := of.Rules.ClientCeilings[client.ID]; bounded {
			c.patterns(at.Field("maximumPermissions"), ceiling.Patterns)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(of.Rules.ClientCeilings)) {
		if !listed[canonicalID(id)] {
			c.add(Place("clients").Key(id).Field("maximumPermissions"), "belongs to a client that is not listed; list the client, or drop its maximum permissions")
		}
	}
}

func (c *complaints) sources(of Configuration, d Deployment) {
	names, ids := map[string]bool{}, map[tenants.GUID]bool{}
	for i, s := range of.Sources {
		at := Place("sources").At(i)
		c.source(at, s, d)
		if names[s.Name] {
			c.add(at.Field("name"), fmt.Sprintf("%q is the name of another source; choose another", s.Name))
		}
		if s.ID.IsZero() || ids[s.ID] {
			c.add(at.Field("id"), "is missing or another source's; give each source an id of its own")
		}
		names[s.Name], ids[s.ID] = true, true
	}
}

func (c *complaints) approvals(of Configuration) {
	seen, names := map[Definition]bool{}, of.sourceNames()
	for i, a := range of.Approvals {
		at := Place("approvals").At(i)
		c.approval(at, a)
		if _, known := names[a.Source]; !known {
			c.add(at.Field("source"), fmt.Sprintf("%s does not exist; name a source of this organization", a.Source))
		}
		if seen[DefinitionOf(a)] {
			c.add(at.Field("name"), fmt.Sprintf("%.120q is approved twice; remove one", a.Name))
		}
		seen[DefinitionOf(a)] = true
	}
}

func (c *complaints) toolsets(of Configuration) {
	seen := map[string]bool{}
	for i, t := range of.Toolsets {
		at := Place("toolsets").At(i)
		c.toolset(at, t)
		if seen[t.Name] {
			c.add(at.Field("name"), fmt.Sprintf("%q is there twice; remove one", t.Name))
		}
		seen[t.Name] = true
	}
}
