package msgraph

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/reply"
)

// memberPage is how many members of a group a page tells. A group with more fills
// pages of its own (graph/delta-query-groups, which does not say how many that are).
const memberPage = 1_000

// tracked is a collection whose changes can be followed.
type tracked struct {
	path    string // below /v1.0
	kind    directory.Kind
	reads   []string                                          // permissions, any of them
	known   []string                                          // properties that can be selected
	usual   []string                                          // properties without $select
	ids     func(*directory.Tenant) []string                  // of what there is now, sorted
	entry   func(*directory.Tenant, string) map[string]any    // all properties, nil: not there any more
	links   func(*directory.Tenant, string) []directory.Event // what is told first about relations
	context func(choose []string) string
}

// delta answers with what there is in a collection, page by page, and then with
// what has changed in it since.
func delta(of tracked) func(*visit) {
	return func(v *visit) {
		if !v.allows(of.reads...) {
			return
		}
		round, bad := v.round(of)
		if bad != nil {
			if bad.status == http.StatusGone {
				v.w.Header().Set("Location", v.s.url+"/v1.0/"+of.path+"?$deltatoken=")
			}
			v.refuse(bad)
			return
		}
		v.turn(of, round)
	}
}

// turn answers with one page of a round.
func (v *visit) turn(of tracked, now round) {
	ids, changes := now.subjects(of, v.tenant)
	rest := slices.DeleteFunc(ids, func(id string) bool { return id <= now.After })
	value := []map[string]any{}
	for len(rest) > 0 && len(value) < now.Size {
		entry := now.entry(of, v.tenant, rest[0], changes[rest[0]])
		value = append(value, v.minimal(entry, changes[rest[0]]))
		if now.Member = clipMembers(entry, now.Member); now.Member != "" {
			break // the same group goes on in the next page
		}
		now.After, rest = rest[0], rest[1:]
	}
	more := len(rest) > 0
	body := map[string]any{"@odata.context": v.context(of.context(now.Choose)), "value": value}
	name, parameter := "@odata.deltaLink", "$deltatoken"
	if more {
		name, parameter = "@odata.nextLink", "$skiptoken"
	} else {
		now = now.following()
	}
	token, err := v.s.sealer.Seal(sealDelta, now)
	if err != nil {
		v.refuse(injected(http.StatusInternalServerError))
		return
	}
	body[name] = v.s.url + "/v1.0/" + of.path + "?" + parameter + "=" + token
	if size := v.r.Header.Get("Prefer"); strings.Contains(size, "odata.maxpagesize") {
		v.w.Header().Set("Preference-Applied", "odata.maxpagesize="+strconv.Itoa(now.Size))
	}
	v.answer(http.StatusOK, body)
}

// subjects are the objects a round is about, sorted, and what happened to each;
// of a first round nothing has happened yet.
func (d round) subjects(of tracked, t *directory.Tenant) ([]string, map[string][]directory.Event) {
	if d.First {
		if d.Nothing {
			return nil, nil
		}
		return slices.DeleteFunc(of.ids(t), func(id string) bool { return !d.wants(id) }), nil
	}
	changes := map[string][]directory.Event{}
	events, _ := t.Since(d.Since)
	for _, e := range events {
		if e.Version <= d.Until && e.Kind == of.kind && d.wants(e.ID) && d.watches(of, e) {
			changes[e.ID] = append(changes[e.ID], e)
		}
	}
	return slices.Sorted(maps.Keys(changes)), changes
}

// watches reports whether an event touches something that was selected.
func (d round) watches(of tracked, e directory.Event) bool {
	return e.What != directory.Updated || slices.ContainsFunc(e.Properties, func(name string) bool {
		return slices.Contains(d.properties(of), name)
	})
}

// entry is an object as the round tells it, or that it has gone: changed means it
// can be restored, deleted that it cannot.
func (d round) entry(of tracked, t *directory.Tenant, id string, changes []directory.Event) map[string]any {
	all := of.entry(t, id)
	if all == nil {
		reason := "changed"
		if changes[len(changes)-1].What == directory.Purged {
			reason = "deleted"
		}
		return map[string]any{"id": id, "@removed": map[string]any{"reason": reason}}
	}
	out := map[string]any{"id": id}
	for _, name := range d.properties(of) {
		if value, ok := all[name]; ok && value != nil {
			out[name] = value
		}
	}
	if slices.Contains(d.properties(of), "members") {
		if d.First {
			changes = of.links(t, id)
		}
		if members := memberChanges(t, changes); members != nil {
			out["members@delta"] = members
		}
	}
	return out
}

// clipMembers leaves one page of an entry's members, those after the one told
// last, and returns the last of them if there are more.
func clipMembers(entry map[string]any, after string) string {
	members, ok := entry["members@delta"].([]map[string]any)
	if !ok {
		return ""
	}
	members = slices.DeleteFunc(members, func(m map[string]any) bool { return identity(m) <= after })
	entry["members@delta"] = members
	if len(members) <= memberPage {
		return ""
	}
	entry["members@delta"] = members[:memberPage]
	return identity(members[memberPage-1])
}

// minimal leaves out what has not changed, if that is preferred.
func (v *visit) minimal(entry map[string]any, changes []directory.Event) map[string]any {
	if changes == nil || !strings.Contains(v.r.Header.Get("Prefer"), "return=minimal") {
		return entry
	}
	v.w.Header().Set("Preference-Applied", "return=minimal")
	changed := []string{"id", "@removed", "members@delta"}
	for _, e := range changes {
		if e.What != directory.Updated {
			return entry
		}
		changed = append(changed, e.Properties...)
	}
	maps.DeleteFunc(entry, func(name string, _ any) bool { return !slices.Contains(changed, name) })
	return entry
}

// untracked refuses a $select. Graph refuses what it does not know as well;
// what it does know and the emulator does not is refused to be honest.
func untracked(name string, of tracked) *problem {
	return badRequest("Could not find a property named '" + reply.Clip(name) + "' on the type of " + of.path + " that the emulator tracks.")
}
