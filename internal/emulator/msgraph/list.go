package msgraph

import (
	"net/http"
	"slices"
	"strconv"
)

// collection is what an endpoint lists.
type collection struct {
	context string  // what $metadata calls it
	kinds   []*kind // what may be in it; of more than one each entry names its own
	related bool    // a relationship: $filter, $search and $orderby are advanced queries
	cast    bool    // narrowed to one type, which is an advanced query
	options []string
	records func() []record // in any order
}

func (c *collection) takes() []string {
	if c.options != nil {
		return c.options
	}
	return listOptions
}

// list answers with one page, or with the number of entries.
func (v *visit) list(c collection) {
	q, bad := v.listQuery(&c)
	if bad != nil {
		v.refuse(bad)
		return
	}
	found := v.found(&c, q)
	if v.counting {
		v.plain(strconv.Itoa(len(found)))
		return
	}
	body := map[string]any{"@odata.context": v.context(c.context + contextList(q.selected, q.expand))}
	if q.advanced() {
		body["@odata.count"] = len(found)
	}
	q.sort(v, found)
	page := q.onward(v, found)
	if len(page) > q.size {
		page = page[:q.size]
		next, err := v.next(q.given, q.keys(v, page[len(page)-1]))
		if err != nil {
			v.refuse(injected(500))
			return
		}
		body["@odata.nextLink"] = next
	}
	body["value"] = v.rendered(page, q, len(c.kinds) > 1)
	v.answer(http.StatusOK, body)
}

// found are the entries that match.
func (v *visit) found(c *collection, q *query) []record {
	all := c.records()
	for _, match := range []matcher{q.filter, q.search} {
		if match == nil {
			continue
		}
		var one record
		of := func(path string) any { return v.value(one, path) }
		all = slices.DeleteFunc(all, func(r record) bool {
			one = r
			return !match(of)
		})
	}
	return all
}
