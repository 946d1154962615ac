package msgraph

import (
	"slices"
	"strconv"
	"strings"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/reply"
)

// navigation is a relationship that $expand may follow.
type navigation struct {
	single bool
	needs  []string // permissions, one of them
	kinds  []*kind
	follow func(*directory.Tenant, record) []record
}

// navigations are what $expand follows, by kind and name.
var navigations = map[string]map[string]navigation{
	"user": {
		"manager":            {single: true, needs: readsUsers, kinds: []*kind{userKind}, follow: ofPerson(managers)},
		"directReports":      {needs: readsUsers, kinds: []*kind{userKind}, follow: ofPerson(reports)},
		"memberOf":           {needs: readsMemberships, kinds: containers, follow: ofPerson(memberships)},
		"transitiveMemberOf": {needs: readsMemberships, kinds: containers, follow: ofPerson(allMemberships)},
	},
	"group": {
		"members":  {needs: readsGroups, kinds: principals, follow: ofGroup(members)},
		"memberOf": {needs: readsGroups, kinds: containers, follow: ofGroup(groupMemberships)},
		"owners":   {needs: readsGroups, kinds: principals, follow: ofGroup(func(*directory.Tenant, *directory.Group) []record { return nil })},
	},
	"unifiedRoleAssignment": {
		"principal": {single: true, needs: readsRoles, kinds: principals, follow: assignedPrincipal},
	},
}

func ofPerson(follow func(*directory.Tenant, *directory.Person) []record) func(*directory.Tenant, record) []record {
	return func(t *directory.Tenant, r record) []record {
		who, _ := r.of.(*directory.Person)
		return follow(t, who)
	}
}

func ofGroup(follow func(*directory.Tenant, *directory.Group) []record) func(*directory.Tenant, record) []record {
	return func(t *directory.Tenant, r record) []record {
		g, _ := r.of.(*directory.Group)
		return follow(t, g)
	}
}

// expansion is one relationship a $expand names.
type expansion struct {
	name     string
	selected []string
	levels   int
}

// expandMax is how many related objects an $expand shows ("Use query parameters
// to customize responses", known limits of directory objects).
const expandMax = 20

// levelsMax bounds $levels of a manager ("List manager").
const levelsMax = 1000

// expansions reads a $expand. The directory follows one relationship a request.
func (v *visit) expansions(list string, kinds []*kind) ([]expansion, *problem) {
	failed := func(text string) ([]expansion, *problem) {
		return nil, badSelection(text)
	}
	name, rest, nested := strings.Cut(strings.TrimSpace(list), "(")
	if strings.Contains(name, ",") || nested && !strings.HasSuffix(rest, ")") {
		return failed("The emulator expands one property a request.")
	}
	nav, ok := navigations[kinds[0].name][name]
	if !ok || len(kinds) > 1 {
		return failed(noProperty(kinds, reply.Clip(name)))
	}
	if !v.may(nav.needs...) {
		return nil, denied
	}
	e := expansion{name: name, levels: 1}
	for option := range strings.SplitSeq(strings.TrimSuffix(rest, ")"), ";") {
		if bad := e.option(option, nav); bad != nil {
			return nil, bad
		}
	}
	return []expansion{e}, nil
}

// option reads $select or $levels inside of an $expand.
func (e *expansion) option(option string, nav navigation) *problem {
	name, value, _ := strings.Cut(strings.TrimSpace(option), "=")
	var bad *problem
	switch {
	case name == "":
	case strings.EqualFold(name, "$select"):
		e.selected, bad = selection(value, nav.kinds)
	case strings.EqualFold(name, "$levels") && e.name == "manager":
		n, err := strconv.Atoi(value)
		if value == "max" {
			n, err = levelsMax, nil
		}
		if err != nil || n < 1 || n > levelsMax {
			return badRequest("$levels is max or a number between 1 and 1000.")
		}
		e.levels = n
	default:
		bad = unsupported("The emulator does not support " + reply.Clip(name) + " inside of $expand.")
	}
	return bad
}

// expanded adds the related objects to an entry.
func (v *visit) expanded(entry map[string]any, r record, expand []expansion) {
	for _, e := range expand {
		nav := navigations[r.kind.name][e.name]
		found := nav.follow(v.tenant, r)
		slices.SortFunc(found, func(a, b record) int { return strings.Compare(a.id, b.id) })
		if nav.single {
			v.expandedOne(entry, found, e)
			continue
		}
		entry[e.name] = v.rendered(found[:min(len(found), expandMax)], &query{selected: e.selected}, true)
	}
}

// expandedOne adds a manager, and theirs as far as $levels goes. Whoever has none
// has no such member.
func (v *visit) expandedOne(entry map[string]any, found []record, e expansion) {
	if len(found) == 0 {
		return
	}
	one := v.entry(found[0], e.selected)
	one["@odata.type"] = "#microsoft.graph." + found[0].kind.name
	entry[e.name] = one
	if e.levels > 1 {
		e.levels--
		v.expanded(one, found[0], []expansion{e})
	}
}
