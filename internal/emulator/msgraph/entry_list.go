package msgraph

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"gatehouse/internal/emulator/odata"
	"gatehouse/internal/emulator/reply"
)

// entryOptions are what lists of applications, of service principals and of what
// is given to them take.
var entryOptions = []string{"$filter", "$select", "$top", "$count", "$skiptoken"}

// entries answers with those a query picks: $filter with eq, startswith and any,
// joined with and; $select; $top; $count. They come in order of id.
func (v *visit) entries(of string, all []map[string]any) {
	given, bad := v.entryQuery(entryOptions)
	var filter odata.Node
	if bad == nil {
		filter, bad = entryFilter(given)
	}
	size, after := pageDefault, ""
	if bad == nil {
		size, after, bad = v.entryPage(given)
	}
	if bad != nil {
		v.refuse(bad)
		return
	}
	picked := slices.DeleteFunc(byIdentity(all), func(entry map[string]any) bool {
		return filter != nil && !odata.Match(filter, func(path string) any { return entry[path] })
	})
	body := map[string]any{"@odata.context": v.context(of)}
	if strings.EqualFold(given.Get("$count"), "true") {
		body["@odata.count"] = len(picked)
	}
	picked = slices.DeleteFunc(picked, func(entry map[string]any) bool { return identity(entry) <= after })
	if len(picked) > size {
		picked = picked[:size]
		next, err := v.next(given, []string{identity(picked[size-1])})
		if err != nil {
			v.refuse(injected(http.StatusInternalServerError))
			return
		}
		body["@odata.nextLink"] = next
	}
	value := make([]map[string]any, 0, len(picked))
	for _, entry := range picked {
		value = append(value, chosen(entry, given))
	}
	body["value"] = value
	v.answer(http.StatusOK, body)
}

// showEntry answers with one.
func (v *visit) showEntry(of string, one map[string]any) {
	given, bad := v.entryQuery([]string{"$select"})
	if bad != nil {
		v.refuse(bad)
		return
	}
	out := chosen(one, given)
	out["@odata.context"] = v.context(of + "/$entity")
	v.answer(http.StatusOK, out)
}

// entryQuery reads the options and refuses those nothing here answers to.
func (v *visit) entryQuery(allowed []string) (odata.Options, *problem) {
	given, bad := v.sent()
	if bad != nil {
		return given, bad
	}
	for _, name := range given.Names() {
		if !slices.Contains(allowed, name) {
			return given, unsupported("The emulator does not support the query parameter " + reply.Clip(name) + " here.")
		}
	}
	return given, nil
}

// entryPage is how long a page is and the id it comes after.
func (v *visit) entryPage(given odata.Options) (size int, after string, bad *problem) {
	if size = pageDefault; given.Has("$top") {
		n, err := strconv.Atoi(given.Get("$top"))
		if err != nil || n < 1 || n > pageMax {
			return 0, "", badRequest(badSize(given.Get("$top")))
		}
		size = n
	}
	if !given.Has("$skiptoken") {
		return size, "", nil
	}
	mark, ok := v.marked(given)
	if !ok || len(mark.Keys) != 1 {
		return 0, "", badRequest("The skiptoken is invalid.")
	}
	return size, mark.Keys[0], nil
}

// entryFilter reads a $filter; without one it is nil.
func entryFilter(given odata.Options) (odata.Node, *problem) {
	if !given.Has("$filter") {
		return nil, nil //nolint:nilnil // no filter is no error
	}
	text := given.Get("$filter")
	n, err := odata.ParseFilter(text, "startswith")
	if err != nil {
		return nil, notUnderstood(text)
	}
	for part := range odata.Nodes(n) {
		if !understood(part) {
			return nil, notUnderstood(part.String())
		}
	}
	return n, nil
}

func notUnderstood(clause string) *problem {
	return unsupported("Unsupported or invalid query filter clause: the emulator does not understand '" + reply.Clip(clause) + "' here.")
}

// understood reports whether the lists of entries can do what a node asks.
func understood(n odata.Node) bool {
	constant := func(l odata.Literal) bool {
		return l.Form == odata.Text || l.Form == odata.GUID || l.Form == odata.Truth
	}
	switch n := n.(type) {
	case odata.Logical:
		return n.Op == "and"
	case odata.Comparison:
		return n.Op == "eq" && constant(n.Value) && !strings.Contains(n.Path, "/")
	case odata.Call:
		return n.Value.Form == odata.Text && !strings.Contains(n.Path, "/")
	case odata.Any:
		body, ok := n.Body.(odata.Comparison)
		return ok && body.Path == n.Variable && body.Op == "eq" && body.Value.Form == odata.Text
	}
	return false
}

// identity is the id of an entry.
func identity(entry map[string]any) string {
	id, _ := entry["id"].(string)
	return id
}

// byIdentity puts entries in order.
func byIdentity(entries []map[string]any) []map[string]any {
	slices.SortFunc(entries, func(a, b map[string]any) int { return strings.Compare(identity(a), identity(b)) })
	return entries
}

// chosen applies $select.
func chosen(entry map[string]any, given odata.Options) map[string]any {
	if given.Get("$select") == "" {
		return entry
	}
	out := map[string]any{}
	for _, name := range odata.Names(given.Get("$select")) {
		if value, ok := entry[name]; ok {
			out[name] = value
		}
	}
	return out
}
