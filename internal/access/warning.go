package access

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"gatehouse/internal/authz"
)

// warnings returns what is permitted and has no effect.
func (c Configuration) warnings(known []string) []Warning {
	w := &warner{known: known}
	for _, s := range c.Tools {
		w.on = append(w.on, s.Name)
	}
	for i, r := range c.Rules.Roles {
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

func (w *warner) patterns(at Place, patterns []string) {
	for i, p := range patterns {
		reaches := func(name string) bool { return matches(p, name) }
		switch {
		case slices.ContainsFunc(w.on, reaches) || authz.CheckPattern(p) != nil:
		case slices.ContainsFunc(w.known, reaches):
			w.add(at.At(i), fmt.Sprintf("%q matches only tools that are switched off; switch one on", p))
		default:
			w.add(at.At(i), fmt.Sprintf("%q matches no tool of this deployment; check its spelling", p))
		}
	}
}

// matches reports whether a tool's name matches a pattern: "*" stands for any
// run of characters, everything else for itself, as package authz has it.
func matches(pattern, name string) bool {
	first, rest, starred := strings.Cut(pattern, "*")
	if !starred {
		return pattern == name
	}
	name, ok := strings.CutPrefix(name, first)
	parts := strings.Split(rest, "*")
	for _, part := range parts[:len(parts)-1] {
		at := strings.Index(name, part)
		if at < 0 {
			return false
		}
		name = name[at+len(part):]
	}
	return ok && strings.HasSuffix(name, parts[len(parts)-1])
}
