package mcphost

import (
	"fmt"

	"gatehouse/internal/authz"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tools"
)

// see puts a view of the organization into the request, narrowed by the toolset
// whose endpoint it came to. It reports false where the view has no such toolset.
func (r *request) see(snap *snapshot.Snapshot) bool {
	r.snap, r.only = snap, nil
	if r.toolset == "" {
		return true
	}
	toolset, ok := snap.Toolset(r.toolset)
	if ok {
		r.only = toolset.Holds
	}
	return ok
}

// has reports whether the endpoint shows what stands at a position, to whoever may
// see it.
func (r *request) has(at int) bool { return r.toolset == "" || r.only.Has(at) }

// listed reports whether the caller may know here of what stands at a position.
func (r *request) listed(by authz.Caller, at int) bool { return r.has(at) && by.May(at).Listed() }

// listKey is equal for two requests that list the same.
func (r *request) listKey(by authz.Caller) string {
	if r.toolset == "" {
		return by.ListKey()
	}
	return fmt.Sprintf("%s of %x", by.ListKey(), []uint64(r.only))
}

// resource returns the position of what a URI is read through, and whether the
// caller may know of it here: it is theirs, or a tool of theirs shows it, or a
// template of theirs makes it and nothing denies it to them.
func (r *request) resource(by authz.Caller, uri string) (at int, ok bool) {
	at = r.snap.Catalog.Resource(uri)
	switch {
	case at < 0:
		return at, false
	case r.snap.Catalog.At(at).Kind == tools.KindTemplate:
		return at, r.has(at) && by.MaySee(at, uri).Listed()
	}
	return at, r.snap.Catalog.Readable(at, func(at int) bool { return r.listed(by, at) })
}

// hasAnything reports whether the caller sees anything here.
func (r *request) hasAnything(by authz.Caller) bool {
	if r.toolset == "" {
		return by.HasTools()
	}
	for at := range r.snap.Catalog.Names() {
		if r.listed(by, at) {
			return true
		}
	}
	return false
}

// listOf returns the definitions of one kind that the caller sees here, comma
// separated. Whoever calls it must not change it.
func (h *Host) listOf(kind tools.Kind, by authz.Caller, req *request) []byte {
	return req.snap.Catalog.List(kind, req.listKey(by), func(at int) bool { return req.listed(by, at) })
}
