package msgraph

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/reply"
	"gatehouse/internal/emulator/seed"
)

// getLimit is how many ids getByIds takes.
const getLimit = 1000

// directoryObject is one object of any type.
func (s *Service) directoryObject(v *visit) {
	if r, ok := v.namedObject(); ok && v.allows(readsDirectory...) {
		v.showOne(r, "directoryObjects")
	}
}

// getByIDs turns ids into objects. Those that are not there, or not of the types
// asked for, are left out.
func (s *Service) getByIDs(v *visit) {
	var body struct {
		IDs   []string `json:"ids"`
		Types []string `json:"types"`
	}
	if !v.allows(readsDirectory...) || !v.body(&body) {
		return
	}
	if len(body.IDs) == 0 || len(body.IDs) > getLimit {
		v.refuse(badRequest("The number of values in ids must be between 1 and " + strconv.Itoa(getLimit) + "."))
		return
	}
	var found []record
	for _, id := range body.IDs {
		if !seed.IsGUID(strings.ToLower(id)) {
			v.refuse(badRequest("Invalid GUID:" + reply.Clip(id)))
			return
		}
		r, ok := object(v.tenant, strings.ToLower(id))
		if ok && ofTypes(r, body.Types) && !slices.ContainsFunc(found, func(other record) bool { return other.id == r.id }) {
			found = append(found, r)
		}
	}
	v.answer(http.StatusOK, map[string]any{"@odata.context": v.context("directoryObjects"), "value": v.rendered(found, &query{}, true)})
}

// ofTypes reports whether an object is of one of the types; none means all.
func ofTypes(r record, types []string) bool {
	return len(types) == 0 || slices.ContainsFunc(types, func(name string) bool {
		return strings.EqualFold(name, "directoryObject") || strings.EqualFold(name, r.kind.name)
	})
}

// namedObject finds what the path names.
func (v *visit) namedObject() (record, bool) {
	id := v.r.PathValue("id")
	r, ok := object(v.tenant, strings.ToLower(id))
	if !ok {
		v.lost(id, slices.Concat(readsPeople, readsGroups)...)
	}
	return r, ok
}

// ofObject serves a membership function of whatever object the path names. What
// it needs depends on what that is.
func ofObject(person func(*visit, *directory.Person) bool, serve func(*visit, whose)) func(*visit) {
	return func(v *visit) {
		r, ok := v.namedObject()
		if !ok {
			return
		}
		p, is := r.of.(*directory.Person)
		switch {
		case is && person(v, p):
			serve(v, v.whoseOf(p))
		case !is && v.allows(readsGroups...):
			serve(v, whose{id: r.id})
		}
	}
}
