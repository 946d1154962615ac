package mcphost

import (
	"slices"

	"gatehouse/internal/authz"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// offered is what sources do for a caller besides what the catalog says.
type offered struct {
	completions bool
	logging     []*tools.Entry // one of each source that logs
	ui, tasks   bool
}

// offered asks of each source that the caller sees anything of what it declares.
func (h *Host) offered(by authz.Caller, req *request) offered {
	var o offered
	var seen, completes []tenants.GUID
	for at := range req.snap.Catalog.Names() {
		e := req.snap.Catalog.At(at)
		if e.Server == nil || !req.listed(by, at) {
			continue
		}
		if !slices.Contains(seen, e.Source) {
			seen = append(seen, e.Source)
			o.add(req.snap, e)
		}
		if (e.Kind == tools.KindPrompt || e.Kind == tools.KindTemplate) && !slices.Contains(completes, e.Source) {
			completes = append(completes, e.Source)
			o.completions = o.completions || declares(req.snap, e.Source, "completions")
		}
	}
	return o
}

func (o *offered) add(snap *snapshot.Snapshot, e *tools.Entry) {
	members := membersOf(snap.Capabilities(e.Source))
	if isObject(wire.Value(members, "logging")) {
		o.logging = append(o.logging, e)
	}
	extensions := membersOf(wire.Value(members, "extensions"))
	o.ui = o.ui || isObject(wire.Value(extensions, extensionUI))
	o.tasks = o.tasks || isObject(wire.Value(extensions, extensionTasks))
}

// declares reports whether a source has a capability.
func declares(snap *snapshot.Snapshot, source tenants.GUID, capability string) bool {
	return isObject(wire.Value(membersOf(snap.Capabilities(source)), capability))
}
