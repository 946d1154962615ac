package msgraph

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/odata"
	"gatehouse/internal/emulator/seed"
)

// deltaLife is how long a token for directory objects is good
// (learn.microsoft.com, graph/delta-query-overview, token duration).
const deltaLife = 7 * 24 * time.Hour

// deltaFilter is how many objects a filter can name.
const deltaFilter = 50

// sealDelta is the kind of sealed token that holds a round.
const sealDelta = "delta"

// round is one reading of a collection or of its changes; it is what the opaque
// tokens hold.
type round struct {
	Tenant     string
	Path       string
	Generation uint64
	Choose     []string // $select; empty: the usual properties
	IDs        []string // filtered for; empty: all
	Size       int
	First      bool // what there is, not what has changed
	Nothing    bool // of a first round: only a link for later
	Since      uint64
	Until      uint64 // version this round leads to
	After      string // id of the last entry told to the end
	Member     string // id of the last member told of the entry after it
	Issued     time.Time
}

// gone tells to start again. The status and the Location header are documented,
// so is the code; the sentence is from memory.
func gone(code string) *problem {
	return &problem{http.StatusGone, code, "Resync required. Repeat the initial request without a token and replace what is stored."}
}

// round reads what a delta query asks for: a new first round, or to go on with
// the one in a token.
func (v *visit) round(of tracked) (round, *problem) {
	query, bad := v.sent()
	if bad != nil {
		return round{}, bad
	}
	token := query.Get("$skiptoken")
	if sent := query.Get("$deltatoken"); sent != "" && !strings.EqualFold(sent, "latest") {
		token = sent
	}
	if token != "" {
		return v.resumed(of, token)
	}
	d := round{
		Tenant: v.tenant.ID, Path: of.path, Generation: v.tenant.Generation(), Size: pageDefault, First: true, Until: v.tenant.Version(),
		Issued: v.s.now(), Nothing: query.Get("$deltatoken") != "",
	}
	for _, name := range query.Names() {
		if bad := d.read(of, name, query.Get(name)); bad != nil {
			return d, bad
		}
	}
	d.prefer(v.r.Header.Values("Prefer"))
	return d, nil
}

// resumed goes on with the round in a token. A token that is too old, from before
// a Reset, or from before what is remembered, is gone, and so is one that cannot
// be read.
func (v *visit) resumed(of tracked, token string) (round, *problem) {
	var d round
	if !v.s.sealer.Open(sealDelta, token, &d) || d.Generation != v.tenant.Generation() {
		return d, gone("syncStateNotFound")
	}
	if d.Tenant != v.tenant.ID || d.Path != of.path {
		return d, badRequest("The token is for another collection.")
	}
	if !v.s.now().Before(d.Issued.Add(deltaLife)) {
		return d, gone("syncStateNotFound")
	}
	if _, ok := v.tenant.Since(d.Since); !ok && !d.First {
		return d, gone("resyncRequired")
	}
	if !d.First && d.After == "" && d.Member == "" {
		d.Until = v.tenant.Version()
	}
	d.Issued = v.s.now()
	d.prefer(v.r.Header.Values("Prefer"))
	return d, nil
}

// following is the round after one that has been told to the end.
func (d round) following() round {
	d.First, d.Nothing, d.Since, d.After, d.Member = false, false, d.Until, "", ""
	return d
}

// read takes one query parameter of a first request.
func (d *round) read(of tracked, name, value string) *problem {
	switch name {
	case "$deltatoken", "$skiptoken":
	case "$select":
		for _, property := range odata.Names(value) {
			if !slices.Contains(of.known, property) {
				return untracked(property, of)
			}
			d.Choose = append(d.Choose, property)
		}
	case "$filter":
		return d.filter(value)
	default:
		return unsupported("The query parameter " + name + " is not supported by delta queries of " + of.path + ".")
	}
	return nil
}

// filter takes the one filter delta queries know: ids, joined with or.
func (d *round) filter(text string) *problem {
	n, err := odata.ParseFilter(text)
	if err != nil {
		return onlyIDs()
	}
	for part := range odata.Nodes(n) {
		switch part := part.(type) {
		case odata.Group:
		case odata.Logical:
			if part.Op != "or" {
				return onlyIDs()
			}
		case odata.Comparison:
			if bad := d.about(part); bad != nil {
				return bad
			}
		default:
			return onlyIDs()
		}
	}
	if len(d.IDs) > deltaFilter {
		return badRequest("The filter names more than " + strconv.Itoa(deltaFilter) + " objects.")
	}
	return nil
}

func onlyIDs() *problem {
	return unsupported("Only filters on id with eq, joined with or, are supported by delta queries.")
}

// about takes one id of a filter.
func (d *round) about(n odata.Comparison) *problem {
	if n.Path != "id" || n.Op != "eq" || n.Value.Form != odata.Text {
		return onlyIDs()
	}
	id := strings.ToLower(n.Value.Text)
	if !seed.IsGUID(id) {
		return badRequest("Invalid object identifier '" + n.Value.Text + "'.")
	}
	d.IDs = append(d.IDs, id)
	return nil
}

var pageSize = regexp.MustCompile(`odata\.maxpagesize=(\d{1,9})`)

// prefer takes a preferred page size. A preference is no demand: one out of range
// comes to the nearest size there is.
func (d *round) prefer(headers []string) {
	if parts := pageSize.FindStringSubmatch(strings.Join(headers, ",")); parts != nil {
		size, _ := strconv.Atoi(parts[1]) // nine digits always are a number
		d.Size = min(max(size, 1), pageMax)
	}
}

// wants reports whether the round is about an object.
func (d round) wants(id string) bool { return len(d.IDs) == 0 || slices.Contains(d.IDs, id) }

// properties are the ones the round tells and watches.
func (d round) properties(of tracked) []string {
	if len(d.Choose) > 0 {
		return d.Choose
	}
	return of.usual
}

// memberChanges are the direct members who came and went, each as it ended up, in
// order of id; nil: nobody did.
func memberChanges(t *directory.Tenant, changes []directory.Event) []map[string]any {
	left := map[string]bool{}
	note := func(ids []string, gone bool) {
		for _, id := range ids {
			left[id] = gone
		}
	}
	for _, e := range changes {
		note(e.Added, false)
		note(e.Removed, true)
	}
	var out []map[string]any
	for _, id := range slices.Sorted(maps.Keys(left)) {
		entry := map[string]any{"@odata.type": "#microsoft.graph." + string(kindOf(t, id)), "id": id}
		if left[id] {
			entry["@removed"] = map[string]any{"reason": "deleted"}
		}
		out = append(out, entry)
	}
	return out
}

func kindOf(t *directory.Tenant, id string) directory.Kind {
	if _, ok := t.Groups[id]; ok {
		return directory.KindGroup
	}
	return directory.KindUser
}
