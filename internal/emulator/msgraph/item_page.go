package msgraph

import (
	"maps"
	"net/http"
	"strconv"
	"strings"
)

// page answers with one page of a list. of is what the context says.
func (v *visit) page(q itemQuery, of string, all []item) {
	all = q.sifted(all)
	body := map[string]any{"@odata.context": v.context(of + fieldsOf(q))}
	if q.counted {
		body["@odata.count"] = len(all)
	}
	rest := all[min(q.skip, len(all)):]
	if len(rest) > q.top {
		rest = rest[:q.top]
		next, err := v.following(q)
		if err != nil {
			v.refuse(injected(http.StatusInternalServerError))
			return
		}
		body["@odata.nextLink"] = next
	}
	value := make([]map[string]any, 0, len(rest))
	for _, i := range rest {
		value = append(value, i.shaped(q.choose))
	}
	body["value"] = value
	v.answer(http.StatusOK, body)
}

// single answers with one item.
func (v *visit) single(q itemQuery, of string, i item) {
	body := maps.Clone(i.shaped(q.choose))
	body["@odata.context"] = v.context(of + fieldsOf(q) + "/$entity")
	v.answer(http.StatusOK, body)
}

// fieldsOf is the part of a context that tells what $select left.
func fieldsOf(q itemQuery) string {
	if q.choose == nil {
		return ""
	}
	return "(" + strings.Join(q.choose, ",") + ")"
}

// following is the address of the next page: with $skip where the workload takes
// one, otherwise with a token.
func (v *visit) following(q itemQuery) (string, error) {
	options := q.given.Without("$skip", "$skiptoken", "$top")
	options.Set("$top", strconv.Itoa(q.top))
	if !q.tokens && !q.given.Has("$search") {
		options.Set("$skip", strconv.Itoa(q.skip+q.top))
		return v.address(options), nil
	}
	token, err := v.ticket(bookmark{Skip: q.skip + q.top}, options)
	if err != nil {
		return "", err
	}
	options.Set("$skiptoken", token)
	return v.address(options), nil
}

// query reads the request's query for a kind of item.
func (v *visit) query(k *itemKind, extras ...string) (itemQuery, *problem) {
	q, bad := k.parse(v.r.URL.RawQuery, extras...)
	if bad != nil || !q.given.Has("$skiptoken") {
		return q, bad
	}
	mark, ok := v.marked(q.given)
	if !ok || mark.Keys != nil {
		return q, k.unsupported("The $skiptoken is invalid.")
	}
	q.skip = mark.Skip
	return q, nil
}
