package msgraph

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"gatehouse/internal/emulator/odata"
	"gatehouse/internal/emulator/reply"
)

// Page sizes of Graph's lists of directory objects.
const (
	pageDefault = 100
	pageMax     = 999
)

// query is what the options of a request ask for.
type query struct {
	given    odata.Options
	size     int
	selected []string
	counted  bool // $count=true, which only eventual consistency heeds
	eventual bool
	filter   matcher // nil: everything
	search   matcher // nil: everything
	order    []odata.Order
	expand   []expansion
	after    *bookmark
}

// matcher decides about an entry by what a path leads to.
type matcher func(odata.Fields) bool

// advanced reports whether the request may be an advanced query.
func (q *query) advanced() bool { return q.eventual && q.counted }

// listOptions are what a list takes that does not say otherwise.
var listOptions = []string{"$select", "$top", "$count", "$filter", "$search", "$orderby", "$expand", "$skiptoken"}

// listQuery reads and checks the options for a list. What the emulator cannot do it
// refuses instead of answering something else.
func (v *visit) listQuery(c *collection) (*query, *problem) {
	given, bad := v.options(c.takes())
	if bad != nil {
		return nil, bad
	}
	q := &query{
		given: given, size: pageDefault, counted: strings.EqualFold(given.Get("$count"), "true"),
		eventual: strings.EqualFold(v.r.Header.Get("ConsistencyLevel"), "eventual"),
	}
	if v.counting {
		if !q.eventual {
			return nil, badRequest("$count is not currently supported.")
		}
		q.counted = true
	}
	if c.cast && !q.advanced() {
		return nil, referenceQuery()
	}
	for _, read := range []func(*query, *collection) *problem{v.top, v.matching, v.ordered, v.chosen, v.mark} {
		if bad := read(q, c); bad != nil {
			return nil, bad
		}
	}
	return q, nil
}

// referenceQuery is how Graph refuses what only advanced queries may ask of a
// relationship; the text is from memory.
func referenceQuery() *problem {
	return unsupported("The specified filter to the reference property query is currently not supported.")
}

// sent reads the query string.
func (v *visit) sent() (odata.Options, *problem) {
	given, err := odata.ReadOptions(v.r.URL.RawQuery)
	var wrong *odata.Error
	switch {
	case errors.As(err, &wrong) && wrong.Reason == odata.Malformed:
		return given, badRequest(wording(err))
	case err != nil:
		return given, malformed(wording(err))
	}
	if sent := given.Get("$count"); given.Has("$count") && !strings.EqualFold(sent, "true") && !strings.EqualFold(sent, "false") {
		return given, malformed(notTruth("$count", sent))
	}
	return given, nil
}

// options reads the query string and refuses what is not among the allowed.
func (v *visit) options(allowed []string) (odata.Options, *problem) {
	given, bad := v.sent()
	if bad != nil {
		return given, bad
	}
	for _, name := range given.Names() {
		switch {
		case !strings.HasPrefix(name, "$"):
			return given, unsupported("The emulator does not support the query parameter " + reply.Clip(name) + " here.")
		case name == "$skip":
			return given, badRequest("'$skip' is not supported by the service.")
		case !slices.Contains(allowed, name):
			return given, malformed("The query parameter '" + reply.Clip(name) + "' is not supported.")
		}
	}
	return given, nil
}

func (v *visit) top(q *query, _ *collection) *problem {
	if !q.given.Has("$top") {
		return nil
	}
	sent := q.given.Get("$top")
	n, err := strconv.Atoi(sent)
	if err != nil {
		return malformed(notNatural("$top", sent))
	}
	if n < 1 || n > pageMax {
		return unsupported(badSize(sent))
	}
	q.size = n
	return nil
}

// badSize is the directory's word about a $top.
func badSize(sent string) string {
	return "Invalid page size specified: '" + reply.Clip(sent) + "'. Must be between 1 and 999 inclusive."
}

// matching reads $filter and $search.
func (v *visit) matching(q *query, c *collection) *problem {
	var bad *problem
	if q.given.Has("$filter") {
		if c.related && !q.advanced() {
			return referenceQuery()
		}
		if q.filter, bad = readFilter(q.given.Get("$filter"), queryRules{kinds: c.kinds, advanced: q.advanced()}); bad != nil {
			return bad
		}
	}
	if q.given.Has("$search") {
		if !q.eventual {
			return unsupported("Request with $search query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'")
		}
		q.search, bad = readSearch(q.given.Get("$search"), c.kinds)
	}
	return bad
}

// chosen reads $select and $expand.
func (v *visit) chosen(q *query, c *collection) *problem {
	var bad *problem
	if q.selected, bad = selection(q.given.Get("$select"), c.kinds); bad != nil {
		return bad
	}
	if q.given.Has("$expand") {
		if q.filter != nil && q.advanced() || q.search != nil {
			return unsupported("$expand is not supported with advanced queries.")
		}
		q.expand, bad = v.expansions(q.given.Get("$expand"), c.kinds)
	}
	return bad
}

// selection reads a $select. Every name must be one of a kind's.
func selection(list string, kinds []*kind) ([]string, *problem) {
	var out []string
	for _, name := range odata.Names(list) {
		if name == "" || name == "*" || slices.Contains(out, name) {
			continue
		}
		if !slices.ContainsFunc(kinds, func(k *kind) bool { return k.properties[name] != nil }) {
			return nil, badSelection(noProperty(kinds, reply.Clip(name)))
		}
		out = append(out, name)
	}
	return out, nil
}
