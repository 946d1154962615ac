package msgraph

import (
	"net/http"
	"strings"

	"gatehouse/internal/emulator/directory"
)

// rendered writes down a page. Entries of mixed lists name their type.
func (v *visit) rendered(page []record, q *query, mixed bool) []map[string]any {
	out := make([]map[string]any, 0, len(page))
	for _, r := range page {
		entry := v.entry(r, q.selected)
		if mixed {
			entry["@odata.type"] = "#microsoft.graph." + r.kind.name
		}
		v.expanded(entry, r, q.expand)
		out = append(out, entry)
	}
	return out
}

// entry writes down the selected properties, or those its kind shows, as far as
// the token may see them.
func (v *visit) entry(r record, selected []string) map[string]any {
	names := selected
	if len(names) == 0 {
		names = r.kind.shown
	}
	out := make(map[string]any, len(names)+2)
	for _, name := range names {
		if r.kind.properties[name] != nil { // else one of another kind in a mixed list
			out[name] = v.value(r, name)
		}
	}
	return out
}

// value is a property as the token sees it.
func (v *visit) value(r record, name string) any {
	p := r.kind.properties[name]
	if p == nil {
		return nil
	}
	seen := v.sees(r)
	switch {
	case name != "id" && seen != everything && (seen != basicOnly || !r.kind.basic[name]):
		return p.hidden()
	case p.get == nil:
		return nil
	}
	return p.get(v.tenant, r.of)
}

// whole is everything of an object, whoever looks.
func whole(t *directory.Tenant, r record) map[string]any {
	out := make(map[string]any, len(r.kind.properties))
	for name, p := range r.kind.properties {
		if out[name] = nil; p.get != nil {
			out[name] = p.get(t, r.of)
		}
	}
	return out
}

// sees is how much of an entry the token shows. People always see themselves.
func (v *visit) sees(r record) sight {
	if r.kind.sight == nil {
		return everything
	}
	s, ok := v.sights[r.kind]
	if !ok {
		s = r.kind.sight(v)
		v.sights[r.kind] = s
	}
	if s != everything && v.isSelf(r) && v.may(readsSelf...) {
		return everything
	}
	return s
}

func (v *visit) isSelf(r record) bool { return r.kind == userKind && v.who != nil && v.who.ID == r.id }

// contextList is what a context says about $select and $expand.
func contextList(selected []string, expand []expansion) string {
	parts := selected[:len(selected):len(selected)]
	for _, e := range expand {
		parts = append(parts, e.name+contextEmpty(contextList(e.selected, nil)))
	}
	if len(parts) == 0 {
		return ""
	}
	return "(" + strings.Join(parts, ",") + ")"
}

func contextEmpty(list string) string {
	if list == "" {
		return "()"
	}
	return list
}

// showOne answers with one object.
func (v *visit) showOne(r record, context string) {
	given, bad := v.options([]string{"$select", "$expand", "$count"})
	if bad != nil {
		if strings.HasPrefix(bad.message, "The query parameter '$") {
			bad.message = "The query specified in the URI is not valid. The requested resource is not a collection. Query options $filter, $orderby, $count, $skip, and $top can be applied only on collections."
		}
		v.refuse(bad)
		return
	}
	q := &query{given: given}
	if bad := v.chosen(q, &collection{kinds: []*kind{r.kind}}); bad != nil {
		v.refuse(bad)
		return
	}
	entry := v.entry(r, q.selected)
	v.expanded(entry, r, q.expand)
	entry["@odata.context"] = v.context(context + contextList(q.selected, q.expand) + "/$entity")
	if context == "directoryObjects" {
		entry["@odata.type"] = "#microsoft.graph." + r.kind.name
	}
	v.answer(http.StatusOK, entry)
}
