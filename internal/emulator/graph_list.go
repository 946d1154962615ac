package emulator

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Page sizes of Graph's lists.
const (
	pageDefault = 100
	pageMax     = 999
)

// listing is what a request wants from a list.
type listing struct {
	size    int
	choose  string // $select
	counted bool   // $count=true
	after   string // id of the last entry seen
}

// bookmark is what a $skiptoken holds: where a person's list goes on.
type bookmark struct{ User, Path, After string }

// transitiveGroups lists the groups a person is in. Casting to a type is an
// advanced query, which must be asked for.
func (e *Emulator) transitiveGroups(v *visit) {
	query := v.r.URL.Query()
	if !strings.EqualFold(v.r.Header.Get("ConsistencyLevel"), "eventual") || query.Get("$count") != "true" {
		v.refuse(unsupportedQuery("The specified filter to the reference property query is currently not supported. Send ConsistencyLevel: eventual and $count=true."))
		return
	}
	v.list("groups", v.groupEntries())
}

// transitiveMemberOf lists groups and active directory roles.
func (e *Emulator) transitiveMemberOf(v *visit) {
	entries := v.groupEntries()
	for _, entry := range entries {
		entry["@odata.type"] = "#microsoft.graph.group"
	}
	for _, role := range v.who.DirectoryRoles {
		entries = append(entries, map[string]any{
			"@odata.type": "#microsoft.graph.directoryRole", "id": derived(v.tenant.id, "directory role", role), "roleTemplateId": role,
		})
	}
	v.list("directoryObjects", entries)
}

// groupEntries are the person's groups in order of id. Without a permission to
// read groups Graph tells their ids and leaves the rest empty.
func (v *visit) groupEntries() []map[string]any {
	named := v.may(readsGroups...)
	var out []map[string]any
	for _, id := range v.tenant.closure(v.who.ID) {
		g := v.tenant.groups[id]
		entry := map[string]any{"id": id, "displayName": nil, "securityEnabled": nil, "mailEnabled": nil, "groupTypes": []string{}}
		if named {
			entry["displayName"], entry["securityEnabled"], entry["mailEnabled"] = g.Name, !g.MailOnly, g.MailOnly
		}
		out = append(out, entry)
	}
	return out
}

// list answers with one page.
func (v *visit) list(of string, entries []map[string]any) {
	if !v.may(append(slices.Clone(readsUser), readsGroups...)...) {
		v.refuse(denied)
		return
	}
	want, bad := v.listing()
	if bad != nil {
		v.refuse(*bad)
		return
	}
	slices.SortFunc(entries, func(a, b map[string]any) int { return strings.Compare(identity(a), identity(b)) })
	body := map[string]any{"@odata.context": v.context(of)}
	if want.counted {
		body["@odata.count"] = len(entries)
	}
	page := slices.DeleteFunc(entries, func(entry map[string]any) bool { return identity(entry) <= want.after })
	if len(page) > want.size {
		page = page[:want.size]
		next, err := v.next(want, identity(page[len(page)-1]))
		if err != nil {
			v.refuse(graphFault(500))
			return
		}
		body["@odata.nextLink"] = next
	}
	body["value"] = v.shaped(page, want)
	v.reply(want.units(), body)
}

func identity(entry map[string]any) string {
	id, _ := entry["id"].(string)
	return id
}

// shaped applies $select.
func (v *visit) shaped(page []map[string]any, want listing) []map[string]any {
	out := make([]map[string]any, 0, len(page))
	for _, entry := range page {
		if want.choose == "" {
			out = append(out, entry)
			continue
		}
		chosen := v.selected(entry, want.choose)
		if kind, ok := entry["@odata.type"]; ok {
			chosen["@odata.type"] = kind
		}
		out = append(out, chosen)
	}
	return out
}

// units is the price of a page: two, less for $select and small pages.
func (l listing) units() int {
	units := 2
	if l.choose != "" {
		units--
	}
	if l.size < 20 {
		units--
	}
	return units
}

// listing reads the query. What the emulator cannot do it refuses instead of
// answering something else.
func (v *visit) listing() (listing, *graphError) {
	want := listing{size: pageDefault}
	for name, values := range v.r.URL.Query() {
		switch name {
		case "$top":
			n, err := strconv.Atoi(values[0])
			if err != nil || n < 1 || n > pageMax {
				return want, badRequest("Invalid page size specified: '" + clip(values[0]) + "'. Must be between 1 and 999 inclusive.")
			}
			want.size = n
		case "$select":
			want.choose = values[0]
		case "$count":
			want.counted = values[0] == "true"
		case "$skiptoken":
			var mark bookmark
			if !v.e.sealer.open(sealedPage, values[0], &mark) || mark.User != v.who.ID || mark.Path != v.r.URL.Path {
				return want, badRequest("The skiptoken is invalid.")
			}
			want.after = mark.After
		default:
			bad := unsupportedQuery("The emulator does not support the query parameter " + clip(name) + " here.")
			return want, &bad
		}
	}
	return want, nil
}

// next is the address of the following page.
func (v *visit) next(want listing, after string) (string, error) {
	token, err := v.e.sealer.seal(sealedPage, bookmark{v.who.ID, v.r.URL.Path, after})
	if err != nil {
		return "", err
	}
	query := url.Values{"$skiptoken": {token}, "$top": {strconv.Itoa(want.size)}}
	if want.choose != "" {
		query.Set("$select", want.choose)
	}
	if want.counted {
		query.Set("$count", "true")
	}
	return v.e.graph + v.r.URL.Path + "?" + query.Encode(), nil
}
