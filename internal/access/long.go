package access

import (
	"fmt"
	"math/bits"
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

// long warns of endpoints at which somebody's list of tools is long. Counted is, for
// each subject that assignments name, what all its roles allow together with those
// of everybody, of every guest or of every app. Which subjects are one person nobody
// knows here: what all these lists hold together is the most that anybody can see.
func (w *warner) long(c Configuration) {
	names := c.toolNames()
	if len(names) <= longList {
		return
	}
	lists := c.lists(names)
	all := make(among, (len(names)+63)/64)
	for _, l := range lists {
		all.add(l.tools)
	}
	w.longAt(endpoint{at: "assignments", name: "the main endpoint", has: within([]string{"*"}, names)}, lists, all)
	for i, t := range c.Toolsets {
		w.longAt(endpoint{at: Place("toolsets").At(i), name: "the toolset's endpoint", has: within(t.Patterns, names)}, lists, all)
	}
}

// endpoint is where a list is seen.
type endpoint struct {
	at   Place
	name string
	has  among
}

// list is what somebody sees at the main endpoint.
type list struct {
	who        string
	assignment int // the first of theirs
	tools      among
}

// longAt warns of one endpoint. Of several long lists it tells the longest.
func (w *warner) longAt(e endpoint, lists []list, all among) {
	most := all.countIn(e.has)
	if most <= longList {
		return
	}
	long, n, others := list{}, 0, 0
	for _, l := range lists {
		count := l.tools.countIn(e.has)
		if count > longList {
			others++
		}
		if count > n {
			long, n = l, count
		}
	}
	const remedy = "; Visual Studio Code stops at 128 of all its servers together, and models choose badly among many: narrow roles down, or have people use a toolset"
	if n <= longList {
		w.add(e.at, fmt.Sprintf("give up to %d tools at %s to somebody who is several of their subjects at once: so many are in all their lists together, though none of these is longer than %d, as if every condition held", most, e.name, n)+remedy)
		return
	}
	at := e.at
	if at == "assignments" {
		at = at.At(long.assignment)
	}
	more := ""
	if others > 1 {
		more = fmt.Sprintf(", the longest of %d lists over %d", others, longList)
	}
	w.add(at, fmt.Sprintf("gives %d tools at %s to %s%s, as if every condition held; somebody who is several subjects of assignments at once sees at most %d", n, e.name, long.who, more, most)+remedy)
}

// lists returns the lists of all subjects that assignments name, each together with
// what comes with signing in. Lists of the same roles are told once.
func (c Configuration) lists(names []string) (lists []list) {
	of := make([]sides, len(c.Rules.Roles))
	at := map[tenants.GUID]int{}
	for i, r := range c.Rules.Roles {
		of[i], at[r.ID] = sidesOf(r, names), i
	}
	held := map[authz.Subject][]int{}
	first := map[authz.Subject]int{}
	order := []authz.Subject{{Kind: authz.SubjectEverybody}, {Kind: authz.SubjectEveryGuest}, {Kind: authz.SubjectEveryApp}}
	bases := order[:3:3]
	for i, a := range c.Rules.Assignments {
		role, known := at[a.Role]
		if !known {
			continue
		}
		if _, seen := first[a.Subject]; !seen {
			first[a.Subject] = i
			if !slices.Contains(bases, a.Subject) {
				order = append(order, a.Subject)
			}
		}
		held[a.Subject] = append(held[a.Subject], role)
	}
	told := map[string]bool{}
	for _, s := range order {
		for _, base := range bases {
			if slices.Contains(bases, s) && s != base || len(held[s]) == 0 {
				continue
			}
			roles := append(slices.Clone(held[s]), held[base]...)
			slices.Sort(roles)
			roles = slices.Compact(roles)
			if key := fmt.Sprint(roles); !told[key] {
				told[key] = true
				lists = append(lists, list{c.whom(first[s], base), first[s], together(of, roles, len(names))})
			}
		}
	}
	return lists
}

// whom names the subject of an assignment, with what comes with signing in.
func (c Configuration) whom(assignment int, base authz.Subject) string {
	with := map[authz.SubjectKind]string{
		authz.SubjectEverybody: "everybody", authz.SubjectEveryGuest: "every guest", authz.SubjectEveryApp: "every app",
	}
	a := c.Rules.Assignments[assignment]
	if own, is := with[a.Subject.Kind]; is {
		return own
	}
	name := a.Name
	if name == "" {
		name = a.Subject.Value
	}
	return fmt.Sprintf("%s %.120q, with what %s has", strings.ReplaceAll(string(a.Subject.Kind), "_", " "), name, with[base.Kind])
}

// together is what roles allow and none of them denies.
func together(of []sides, roles []int, n int) among {
	all := sides{make(among, (n+63)/64), make(among, (n+63)/64)}
	for _, r := range roles {
		all.allowed.add(of[r].allowed)
		all.denied.add(of[r].denied)
	}
	for i := range all.allowed {
		all.allowed[i] &^= all.denied[i]
	}
	return all.allowed
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

// among is which of a sorted list of names are meant, a bit each.
type among []uint64

func (a among) add(other among) {
	for i := range a {
		a[i] |= other[i]
	}
}

// countIn returns how many are in both.
func (a among) countIn(other among) (n int) {
	for i := range a {
		n += bits.OnesCount64(a[i] & other[i])
	}
	return n
}

// sides is what roles allow, and what they deny without a condition: that is in
// no list.
type sides struct{ allowed, denied among }

func sidesOf(r authz.Role, names []string) sides {
	s := sides{make(among, (len(names)+63)/64), make(among, (len(names)+63)/64)}
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

func within(patterns, names []string) among {
	a := make(among, (len(names)+63)/64)
	mark(a, patterns, names)
	return a
}

// mark notes the names that patterns match. Most patterns are a name or the
// beginning of names, which a sorted list finds without looking at each.
func mark(a among, patterns, names []string) {
	for _, p := range patterns {
		prefix, _, _ := strings.Cut(p, "*")
		for i := sort.SearchStrings(names, prefix); i < len(names) && strings.HasPrefix(names[i], prefix); i++ {
			if authz.Matches(p, names[i]) {
				a[i/64] |= 1 << (i % 64)
			}
		}
	}
}
