package directory

import (
	"slices"
	"strconv"

	"gatehouse/internal/emulator/seed"
)

// historySize is how many events a tenant remembers; older ones drop out, and
// whoever asks for them has to read everything again.
const historySize = 10_000

// Kind is what sort of object an event is about.
type Kind string

// The kinds with a history.
const (
	KindUser  Kind = "user"
	KindGroup Kind = "group"
)

// What is the sort of thing that happened to an object.
type What string

// The sorts of events. A deleted object lies in the recycle bin and can be
// restored; a purged one is gone.
const (
	Created  What = "created"
	Updated  What = "updated"
	Deleted  What = "deleted"
	Restored What = "restored"
	Purged   What = "purged"
)

// Event is one change of one object. An update names the properties of Microsoft
// Graph that changed; of a group it tells which direct members came and went.
type Event struct {
	Version        uint64
	Kind           Kind
	ID             string
	What           What
	Properties     []string
	Added, Removed []string // object ids of direct members
}

// history is what happened in a tenant since it was seeded. It is copied with its
// tenant: only the latest copy, which nobody reads yet, appends.
type history struct {
	generation uint64 // raised by every Reset
	version    uint64 // of the latest event
	dropped    uint64 // version of the latest event that is no longer remembered
	sequence   uint64 // of NewID
	events     []Event
}

// Version tells one state of a tenant's people and groups from every other since
// the last Reset.
func (t *Tenant) Version() uint64 { return t.history.version }

// Generation tells a seeded tenant from itself before a Reset.
func (t *Tenant) Generation() uint64 { return t.history.generation }

// Since lists what happened after a version, oldest first. It reports false when
// that is no longer, or not yet, known. Callers must not write to the events.
func (t *Tenant) Since(version uint64) ([]Event, bool) {
	h := t.history
	if version < h.dropped || version > h.version {
		return nil, false
	}
	return h.events[version-h.dropped:], true
}

// NewID is the id of a new object of a tenant. The same seed and the same changes
// give the same ids.
func (t *Tenant) NewID(kind string) string {
	t.history.sequence++
	return seed.Derived(t.ID, "new "+kind, strconv.FormatUint(t.history.sequence, 10))
}

// record adds an event to the history.
func (t *Tenant) record(e Event) {
	h := &t.history
	h.version++
	e.Version = h.version
	h.events = append(h.events, e)
	if len(h.events) > historySize {
		h.events = h.events[1:]
		h.dropped++
	}
}

// recordGroup records what of a group has changed, if anything; before is nil
// when there was none.
func (t *Tenant) recordGroup(before, after *Group) {
	e := Event{Kind: KindGroup, ID: after.ID, What: Updated}
	if before == nil {
		e.What, before = Created, &Group{}
	}
	for name, changed := range map[string]bool{
		"displayName": before.Name != after.Name, "description": before.Description != after.Description,
		"mailEnabled": before.MailOnly != after.MailOnly || before.Unified != after.Unified, "securityEnabled": before.MailOnly != after.MailOnly,
	} {
		if changed {
			e.Properties = append(e.Properties, name)
		}
	}
	for id := range after.Members {
		if !before.Members[id] {
			e.Added = append(e.Added, id)
		}
	}
	for id := range before.Members {
		if !after.Members[id] {
			e.Removed = append(e.Removed, id)
		}
	}
	if len(e.Added)+len(e.Removed) > 0 {
		e.Properties = append(e.Properties, "members")
	}
	if len(e.Properties) == 0 && e.What == Updated {
		return
	}
	slices.Sort(e.Properties)
	slices.Sort(e.Added)
	slices.Sort(e.Removed)
	t.record(e)
}

// recordUser records what has changed about a person, if anything. Deletion takes
// people out of their groups and restoration brings them back.
func (t *Tenant) recordUser(before, after *Person) {
	var properties []string
	if before.Disabled != after.Disabled {
		properties = append(properties, "accountEnabled")
	}
	if !before.ValidFrom.Equal(after.ValidFrom) {
		properties = append(properties, "signInSessionsValidFromDateTime")
	}
	if len(properties) > 0 {
		t.record(Event{Kind: KindUser, ID: after.ID, What: Updated, Properties: properties})
	}
	if before.Deleted == after.Deleted {
		return
	}
	e := Event{Kind: KindUser, ID: after.ID, What: Restored}
	if after.Deleted {
		e.What = Deleted
	}
	t.record(e)
	for _, id := range t.parents[after.ID] {
		in := Event{Kind: KindGroup, ID: id, What: Updated, Properties: []string{"members"}, Added: []string{after.ID}}
		if after.Deleted {
			in.Added, in.Removed = nil, in.Added
		}
		t.record(in)
	}
}
