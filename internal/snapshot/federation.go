package snapshot

import (
	"context"
	"fmt"
	"log/slog"
	"slices"

	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// pinnedKey names what an entry was made of, besides its source and its server.
type pinnedKey struct {
	source tenants.GUID
	kind   tools.Kind
	name   string
	hash   tools.Hash
	effect tools.Effect
}

// joining is how the definitions of sources join the platform's own tools in one
// catalog. Each has a name of its own there: whatever comes second to a name is
// left out.
type joining struct {
	data    *Data
	before  *federation // of the view before, nil without
	into    *federation
	entries []*tools.Entry
	taken   map[string]string // permission name → who has it
}

// federate returns the catalog of an organization and what else a view has of
// sources and toolsets: the platform's shared one and nil where there are none.
// What cannot be built takes nothing else away.
func (b Builder) federate(ctx context.Context, d *Data, key *secrets.OrgKey, own *tools.Catalog, before *Snapshot) (*tools.Catalog, *federation) {
	if len(d.Sources)+len(d.Toolsets) == 0 {
		return own, nil
	}
	j := &joining{data: d, into: &federation{entries: map[pinnedKey]*tools.Entry{}}, taken: map[string]string{}}
	if before != nil {
		j.before = before.federation
	}
	for _, s := range d.Sources {
		j.into.sources = append(j.into.sources, sourced{
			source: s, server: b.Servers(&d.Organization, key, s, d.SourceSecrets[s.ID]), refreshed: d.Refreshed[s.ID], secret: d.SourceSecrets[s.ID], capabilities: d.Capabilities[s.ID],
		})
	}
	catalog := own
	if len(d.Pinned) > 0 {
		j.own(own)
		for _, p := range d.Pinned {
			j.add(p)
		}
		catalog = b.joined(ctx, j, own)
	}
	for _, l := range j.into.leftOut {
		if j.before != nil && slices.Contains(j.before.leftOut, l) {
			continue // has been said
		}
		b.Logger.LogAttrs(ctx, slog.LevelWarn, "approved definition is left out",
			slog.String(telemetry.LogOrg, d.Organization.ID.String()), slog.String(telemetry.LogSource, l.Source.String()), slog.String(telemetry.LogSourceName, j.nameOf(l.Source)),
			slog.String("kind", string(l.Kind)), slog.String("name", l.Name), slog.String("reason", l.Reason))
	}
	for _, t := range d.Toolsets {
		j.into.toolsets = append(j.into.toolsets, Toolset{t, catalog.Narrow(t.Patterns)})
	}
	return catalog, j.into
}

// own takes the names of the platform's own tools, and the URIs of their apps.
func (j *joining) own(catalog *tools.Catalog) {
	for at := range catalog.Names() {
		e := catalog.At(at)
		j.entries = append(j.entries, e)
		j.taken[e.Name] = "the platform's own tool " + e.Shown
		if e.App != nil {
			j.taken[tools.PermissionName(tools.KindResource, e.App.URI)] = "the platform's own tool " + e.Shown
		}
	}
}

// add makes the entry of an approved definition, unless its name is taken.
func (j *joining) add(p tools.Pinned) {
	at := slices.IndexFunc(j.into.sources, func(s sourced) bool { return s.source.ID == p.Source })
	if at < 0 || !j.into.sources[at].source.Enabled {
		return
	}
	if p.Kind == tools.KindInstructions {
		j.into.sources[at].instructions = tools.Instructions(p.Definition)
		return
	}
	from := j.into.sources[at]
	e, err := j.entry(from, p)
	if err != nil {
		j.leaveOut(p, fault.Public(err))
		return
	}
	if holder, taken := j.taken[e.Name]; taken {
		remedy := "rename one of the two, or withdraw one"
		if p.Kind == tools.KindResource || p.Kind == tools.KindTemplate { // a URI has no other name
			remedy = "withdraw one of the two"
		}
		j.leaveOut(p, fmt.Sprintf("%s is served by %s already; %s", e.Shown, holder, remedy))
		return
	}
	j.taken[e.Name] = "source " + from.source.Name
	j.entries = append(j.entries, e)
	j.into.entries[keyOf(p.Approval)] = e
}

// nameOf is what people call a source.
func (j *joining) nameOf(id tenants.GUID) string {
	at := slices.IndexFunc(j.into.sources, func(s sourced) bool { return s.source.ID == id })
	if at < 0 {
		return ""
	}
	return j.into.sources[at].source.Name
}

func (j *joining) leaveOut(p tools.Pinned, reason string) {
	j.into.leftOut = append(j.into.leftOut, LeftOut{p.Source, p.Kind, p.Name, reason})
}

func keyOf(a tools.Approval) pinnedKey { return pinnedKey{a.Source, a.Kind, a.Name, a.Hash, a.Effect} }

// pinned reports which approved definitions the view can make entries of for the
// next one without their texts; nil where it can of none.
func (s *Snapshot) pinned() func(tools.Approval) bool {
	if s == nil || s.federation == nil || len(s.federation.entries) == 0 {
		return nil
	}
	return func(a tools.Approval) bool {
		_, made := s.federation.entries[keyOf(a)]
		return made
	}
}

// entry returns the entry that the view before has made of the same, or a new
// one: to read and compile thousands of schemas at every change of a role would
// keep everybody waiting. What the view before shows of a definition stands for
// its text: it differs only in members that a new entry replaces again.
func (j *joining) entry(from sourced, p tools.Pinned) (*tools.Entry, error) {
	if j.before != nil {
		e, made := j.before.entries[keyOf(p.Approval)]
		if made && e.Server == from.server && e.Shown == from.source.Shown(p.Kind, p.Name) && e.Since.Equal(p.At) {
			return e, nil
		}
		if made && p.Definition == nil {
			p.Definition = e.Definition()
		}
	}
	return tools.NewPinnedEntry(from.source, p, from.server)
}

// joined returns the catalog of all entries. Should one of them not fit after
// all, the platform's own tools are served without those of sources.
func (b Builder) joined(ctx context.Context, j *joining, own *tools.Catalog) *tools.Catalog {
	catalog, err := tools.NewCatalog(j.entries)
	if err == nil {
		return catalog
	}
	b.Logger.LogAttrs(ctx, slog.LevelError, "definitions of sources cannot be served together",
		slog.String(telemetry.LogOrg, j.data.Organization.ID.String()), telemetry.Err(err))
	for _, p := range j.data.Pinned {
		j.leaveOut(p, "it cannot be served together with the others; withdraw what was approved last")
	}
	return own
}
