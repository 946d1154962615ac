package msgraph

import (
	"slices"
	"strconv"
	"strings"

	"gatehouse/internal/emulator/odata"
	"gatehouse/internal/emulator/reply"
)

// itemQuery is what a request wants from a mailbox, a drive or a list of people.
type itemQuery struct {
	given    odata.Options
	top      int
	skip     int
	choose   []string   // nil: everything
	filter   odata.Node // nil: everything
	first    string     // what the filter compares first
	order    odata.Order
	search   string
	tokens   bool // the workload pages by token
	counted  bool
	expanded bool // $expand=children
}

// parse reads a query. Whatever the workload or the emulator cannot do is
// refused, never ignored. extras are parameters of the function itself.
func (k *itemKind) parse(query string, extras ...string) (itemQuery, *problem) {
	q := itemQuery{top: k.page, tokens: !slices.Contains(k.options, "$skip")}
	var err error
	if q.given, err = odata.ReadOptions(query); err != nil {
		return q, parseError(wording(err))
	}
	for _, name := range q.given.Names() {
		if slices.Contains(extras, name) {
			continue
		}
		if !slices.Contains(k.options, name) {
			return q, k.unsupported("The query parameter '" + reply.Clip(name) + "' is not supported here.")
		}
		if bad := k.option(&q, name, q.given.Get(name)); bad != nil {
			return q, bad
		}
	}
	return q, k.agree(q)
}

// option reads one OData option.
func (k *itemKind) option(q *itemQuery, name, value string) (bad *problem) {
	switch name {
	case "$top":
		if q.top, bad = natural(name, value); bad == nil && (q.top < 1 || q.top > k.max) {
			bad = k.unsupported("The value of $top must be between 1 and " + strconv.Itoa(k.max) + ".")
		}
	case "$skip":
		q.skip, bad = natural(name, value)
	case "$select":
		q.choose, bad = k.choice(value)
	case "$filter":
		q.filter, q.first, bad = k.filtering(value)
	case "$orderby":
		q.order, bad = k.sorting(value)
	case "$search":
		q.search = value
	case "$count":
		if q.counted = value == "true"; !q.counted && value != "false" {
			bad = parseError(notTruth(name, value))
		}
	case "$expand":
		if q.expanded = value == "children"; !q.expanded {
			bad = k.unsupported("The emulator expands children only.")
		}
	}
	return bad
}

// agree refuses options that exclude each other. The codes with $search are
// Outlook's (SearchWithOrderBy seen live; the others named alike, from memory);
// InefficientFilter is documented on user-list-messages.
func (k *itemKind) agree(q itemQuery) *problem {
	if q.given.Has("$search") {
		for _, name := range q.given.Names() {
			if code := besideSearch[name]; code != "" {
				return &problem{400, code, "The query parameter '" + name + "' is not supported with '$search'."}
			}
		}
	}
	if k.unpaired || q.order.Path == "" || q.filter == nil || strings.EqualFold(q.first, q.order.Path) {
		return nil
	}
	return &problem{400, "InefficientFilter", "The restriction or sort order is too complex for this operation."}
}

var besideSearch = map[string]string{"$orderby": "SearchWithOrderBy", "$filter": "SearchWithFilter", "$skip": "SearchWithSkip", "$count": "SearchWithCount"}

// natural reads a number.
func natural(name, value string) (int, *problem) {
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 {
		return 0, parseError(notNatural(name, value))
	}
	return n, nil
}

// sorting reads $orderby: one property and a direction.
func (k *itemKind) sorting(value string) (odata.Order, *problem) {
	all, err := odata.ParseOrderBy(value)
	if err != nil || len(all) != 1 {
		return odata.Order{}, k.unsupported("The emulator orders by one property; '" + reply.Clip(value) + "' is something else.")
	}
	at := slices.IndexFunc(k.ordered, func(known string) bool { return strings.EqualFold(known, all[0].Path) })
	if at < 0 {
		return odata.Order{}, k.unsupported("Ordering by '" + reply.Clip(all[0].Path) + "' is not supported.")
	}
	return odata.Order{Path: k.ordered[at], Descending: all[0].Descending}, nil
}
