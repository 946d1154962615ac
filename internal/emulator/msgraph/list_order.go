package msgraph

import (
	"cmp"
	"slices"
	"strings"

	"gatehouse/internal/emulator/odata"
	"gatehouse/internal/emulator/reply"
)

// ordered reads $orderby. With $filter, and on relationships, it is an advanced
// query ("Support for sorting by properties of Microsoft Entra ID objects").
func (v *visit) ordered(q *query, c *collection) *problem {
	if !q.given.Has("$orderby") {
		return nil
	}
	var err error
	if q.order, err = odata.ParseOrderBy(q.given.Get("$orderby")); err != nil {
		return malformed(orderSyntax)
	}
	rules := queryRules{kinds: c.kinds, advanced: q.advanced()}
	for _, o := range q.order {
		if bad := rules.sortable(o.Path); bad != nil {
			return bad
		}
	}
	if (q.filter != nil || c.related) && !q.advanced() {
		return unsupported("Sorting not supported for current query.")
	}
	return nil
}

// sortable checks that a property may be ordered by.
func (c queryRules) sortable(name string) *problem {
	need := never
	for _, k := range c.kinds {
		if p := k.properties[name]; p != nil {
			need = max(need, p.order)
		}
	}
	if need == never || need == advanced && !c.advanced {
		return unsupported("Unsupported sort property '" + reply.Clip(name) + "' for '" + resourceName(c.kinds) + "'.")
	}
	return nil
}

// keys are what an entry is ordered by; the last one is its id, so that no two
// are equal.
func (q *query) keys(v *visit, r record) []string {
	out := make([]string, 0, len(q.order)+1)
	for _, o := range q.order {
		value, _ := v.value(r, o.Path).(string)
		out = append(out, strings.ToLower(value))
	}
	return append(out, r.id)
}

func (q *query) compare(a, b []string) int {
	for i, o := range q.order {
		if by := cmp.Compare(a[i], b[i]); by != 0 {
			if o.Descending {
				return -by
			}
			return by
		}
	}
	return cmp.Compare(a[len(q.order)], b[len(q.order)])
}

// sort puts entries in order: by id unless $orderby says otherwise.
func (q *query) sort(v *visit, all []record) {
	if len(q.order) == 0 {
		slices.SortFunc(all, func(a, b record) int { return cmp.Compare(a.id, b.id) })
		return
	}
	keys := make(map[string][]string, len(all))
	for _, r := range all {
		keys[r.id] = q.keys(v, r)
	}
	slices.SortFunc(all, func(a, b record) int { return q.compare(keys[a.id], keys[b.id]) })
}
