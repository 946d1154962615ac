package access

import (
	"fmt"
	"maps"
	"slices"

	"gatehouse/internal/authz"
)

// warnings returns what is permitted and has no effect.
func (c Configuration) warnings(known []string) []Warning {
	w := &warner{known: known}
	for _, s := range c.Tools {
		w.on = append(w.on, s.Name)
	}
	for i, r := range c.Rules.Roles {
		w.holders(Place("roles").At(i), c.Rules.Assignments, r)
		for j, p := range r.Permissions {
			w.patterns(Place("roles").At(i).Field("permissions").At(j).Field("patterns"), p.Patterns)
		}
	}
	var listed []string
	for i, client := range c.Clients {
		listed = append(listed, client.ID)
		w.patterns(Place("clients").At(i).Field("maximumPermissions"), c.Rules.ClientCeilings[client.ID].Patterns)
	}
	for _, scope := range slices.Sorted(maps.Keys(c.Rules.ScopeCeilings)) {
		w.patterns(Place("scopeCeilings").Key(scope).Field("patterns"), c.Rules.ScopeCeilings[scope].Patterns)
	}
	for i, a := range c.Rules.Assignments {
		if a.Subject.Kind == authz.SubjectClient && !slices.Contains(listed, canonicalID(a.Subject.Value)) {
			w.add(Place("assignments").At(i).Field("subject").Field("value"), "is a client that is not listed, so it cannot connect; list it under clients")
		}
	}
	return w.found
}

type warner struct {
	known, on []string
	found     []Warning
}

func (w *warner) add(at Place, message string) {
	w.found = append(w.found, Warning{string(at), message})
}

// holders warns of a role that nobody has.
func (w *warner) holders(at Place, assignments []authz.Assignment, r authz.Role) {
	if !slices.ContainsFunc(assignments, func(a authz.Assignment) bool { return a.Role == r.ID }) {
		w.add(at, "is a role that nobody has; assign it, or remove it")
	}
}

func (w *warner) patterns(at Place, patterns []string) {
	for i, p := range patterns {
		reaches := func(name string) bool { return authz.Matches(p, name) }
		switch {
		case slices.ContainsFunc(w.on, reaches) || authz.CheckPattern(p) != nil:
		case slices.ContainsFunc(w.known, reaches):
			w.add(at.At(i), fmt.Sprintf("%q matches only tools that are switched off; switch one on", p))
		default:
			w.add(at.At(i), fmt.Sprintf("%q matches no tool of this deployment; check its spelling", p))
		}
	}
}
