package access

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// longList is how many tools a list may have before a warning: models choose
// badly among many, and Visual Studio Code stops at 128, of all its servers.
const longList = 100

// long warns of roles and toolsets whose lists of tools are long. Of a role are
// counted the tools that it allows together with the roles that everybody has, as
// if every condition held; of a toolset, the tools that it has at all.
func (w *warner) long(c Configuration) {
	names := c.toolNames()
	if len(names) <= longList {
		return
	}
	shared := sidesOf(authz.Role{}, names)
	for _, r := range c.everybodysRoles() {
		shared.add(sidesOf(r, names))
	}
	for i, r := range c.Rules.Roles {
		list := sidesOf(r, names)
		list.add(shared)
		if n := list.count(); n > longList {
			w.add(Place("roles").At(i), fmt.Sprintf("allows %d tools, counted with the roles that everybody has and as if every condition held; Visual Studio Code stops at 128 of all its servers together, and models choose badly among many: narrow it down, or have people use a toolset", n))
		}
	}
	for i, t := range c.Toolsets {
		if n := within(t.Patterns, names).count(); n > longList {
			w.add(Place("toolsets").At(i), fmt.Sprintf("has %d tools, whatever roles allow of them; Visual Studio Code stops at 128 of all its servers together: narrow it down", n))
		}
	}
}

// toolNames returns the names of the tools that are served, sorted, each once.
func (c Configuration) toolNames() []string {
	var names []string
	for _, t := range c.Tools {
		names = append(names, t.Name)
	}
	sources := map[tenants.GUID]tools.Source{}
	for _, s := range c.Sources {
		sources[s.ID] = s
	}
	for _, a := range c.Approvals {
		if s := sources[a.Source]; s.Enabled && a.Kind == tools.KindTool {
			names = append(names, s.PermissionName(a.Kind, a.Name))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// everybodysRoles returns the roles that every person has who is not a guest.
func (c Configuration) everybodysRoles() []authz.Role {
	has := map[tenants.GUID]bool{}
	for _, a := range c.Rules.Assignments {
		has[a.Role] = has[a.Role] || a.Subject.Kind == authz.SubjectEverybody
	}
	return slices.DeleteFunc(slices.Clone(c.Rules.Roles), func(r authz.Role) bool { return !has[r.ID] })
}

// among is which of a sorted list of names are meant.
type among []bool

func (a among) count() (n int) {
	for _, in := range a {
		if in {
			n++
		}
	}
	return n
}

// sides is what roles allow, and what they deny without a condition: that is in
// no list.
type sides struct{ allowed, denied among }

func sidesOf(r authz.Role, names []string) sides {
	s := sides{make(among, len(names)), make(among, len(names))}
	for _, p := range r.Permissions {
		switch {
		case p.Effect == authz.Allow:
			mark(s.allowed, p.Patterns, names)
		case p.Condition == "":
			mark(s.denied, p.Patterns, names)
		}
	}
	return s
}

func (s sides) add(other sides) {
	for i := range s.allowed {
		s.allowed[i] = s.allowed[i] || other.allowed[i]
		s.denied[i] = s.denied[i] || other.denied[i]
	}
}

func (s sides) count() (n int) {
	for i, in := range s.allowed {
		if in && !s.denied[i] {
			n++
		}
	}
	return n
}

func within(patterns, names []string) among {
	a := make(among, len(names))
	mark(a, patterns, names)
	return a
}

// mark notes the names that patterns match. Most patterns are a name or the
// beginning of names, which a sorted list finds without looking at each.
func mark(a among, patterns, names []string) {
	for _, p := range patterns {
		prefix, _, _ := strings.Cut(p, "*")
		for i := sort.SearchStrings(names, prefix); i < len(names) && strings.HasPrefix(names[i], prefix); i++ {
			a[i] = a[i] || authz.Matches(p, names[i])
		}
	}
}
