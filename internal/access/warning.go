package access

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/tools"
)

// warnings returns what is permitted and has no effect.
func (c Configuration) warnings(d Deployment) []Warning {
	w := &warner{known: d.Tools, allowed: d.Allowed, sources: c.Sources}
	for _, s := range c.Tools {
		w.on = append(w.on, s.Name)
	}
	w.approved(c)
	for i, r := range c.Rules.Roles {
		w.holders(Place("roles").At(i), c.Rules.Assignments, r)
		for j, p := range r.Permissions {
			w.patterns(Place("roles").At(i).Field("permissions").At(j).Field("patterns"), p.Patterns)
		}
	}
	var listed []string
	for i, client := range c.Clients {
		listed = append(listed, client.ID)
		if connections.IsPreregisteredID(client.ID) && c.preregisteredAt(client.ID) < 0 {
			w.add(Place("clients").At(i).Field("id"), "has the id of a registered client, and none is registered with it here; register the client, and list the id that it is given")
		}
		w.patterns(Place("clients").At(i).Field("maximumPermissions"), c.Rules.ClientCeilings[client.ID].Patterns)
	}
	for _, scope := range slices.Sorted(maps.Keys(c.Rules.ScopeCeilings)) {
		w.patterns(Place("scopeCeilings").Key(scope).Field("patterns"), c.Rules.ScopeCeilings[scope].Patterns)
	}
	w.long(c)
	for i, t := range c.Toolsets {
		w.patterns(Place("toolsets").At(i).Field("patterns"), t.Patterns)
	}
	w.limits(c.Limits, listed)
	for i, a := range c.Rules.Assignments {
		if a.Subject.Kind == authz.SubjectClient && !slices.Contains(listed, canonicalID(a.Subject.Value)) {
			w.add(Place("assignments").At(i).Field("subject").Field("value"), "is a client that is not listed, so it cannot connect; list it under clients")
		}
	}
	return w.found
}

type warner struct {
	known, on []string // names of the platform's own tools, and those that permissions have now
	off       []switchedOff
	allowed   Allowance
	sources   []tools.Source
	found     []Warning
}

// switchedOff is what is approved of a source that is not enabled.
type switchedOff struct{ name, source string }

// approved notes what is approved of sources, and what of it nobody gets because
// its source is switched off.
func (w *warner) approved(c Configuration) {
	for _, a := range c.Approvals {
		at := c.sourceAt(a.Source)
		if at < 0 || a.Kind == tools.KindInstructions { // which no pattern names
			continue
		}
		name := tools.PermissionName(a.Kind, namedBy(c.Sources[at], a))
		if c.Sources[at].Enabled {
			w.on = append(w.on, name)
			continue
		}
		w.off = append(w.off, switchedOff{name, c.Sources[at].Name})
	}
}

// namedBy is what a definition of a source is called in the organization.
func namedBy(s tools.Source, a tools.Approval) string {
	if s.Naming == tools.Prefixed && (a.Kind == tools.KindTool || a.Kind == tools.KindPrompt) {
		return s.Name + "_" + a.Name
	}
	return a.Name
}

// sourceOf returns the source whose prefix a pattern begins with, if any.
func (w *warner) sourceOf(pattern string) (string, bool) {
	name, _, _ := strings.Cut(strings.TrimPrefix(pattern, "prompt:"), "_")
	return name, slices.ContainsFunc(w.sources, func(s tools.Source) bool { return s.Name == name })
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
		w.pattern(at.At(i), p)
	}
}

func (w *warner) pattern(at Place, p string) {
	reaches := func(name string) bool { return authz.Matches(p, name) }
	source, ofSource := w.sourceOf(p)
	switch {
	case slices.ContainsFunc(w.on, reaches) || authz.CheckPattern(p) != nil:
	case slices.ContainsFunc(w.off, func(o switchedOff) bool { return reaches(o.name) }):
		w.add(at, fmt.Sprintf("%q matches only what is approved of source %s, which is switched off; enable the source", p, w.offBy(reaches)))
	case slices.ContainsFunc(w.known, reaches):
		w.add(at, fmt.Sprintf("%q matches only tools that are switched off; switch one on", p))
	case ofSource:
		w.add(at, fmt.Sprintf("%q matches nothing that is approved of source %s; approve what it offers, or check the spelling", p, source))
	case strings.HasPrefix(p, "resource:"):
		w.add(at, fmt.Sprintf("%q matches no resource or resource template that is approved of a source; approve one, or check the spelling", p))
	case strings.HasPrefix(p, "prompt:"):
		w.add(at, fmt.Sprintf("%q matches no prompt that is approved of a source; approve one, or check the spelling", p))
	default:
		w.add(at, fmt.Sprintf("%q matches no tool of this deployment, and none that is approved of a source; check its spelling", p))
	}
}

// offBy returns the first source that offers what is reached and is switched off.
func (w *warner) offBy(reaches func(string) bool) string {
	at := slices.IndexFunc(w.off, func(o switchedOff) bool { return reaches(o.name) })
	return w.off[at].source
}
