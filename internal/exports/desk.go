package exports

import (
	"cmp"
	"context"
	"slices"
	"time"

	"gatehouse/internal/audit/search"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/tenants"
)

// Key returns the key that an organization's secrets are under.
type Key func(ctx context.Context, org tenants.ID) (*secrets.OrgKey, error)

// Decider decides what an export holds. A search.Reader does.
type Decider interface {
	Decide(ctx context.Context, org tenants.ID, id tenants.GUID, w search.Wanted) (search.Export, error)
}

// DeskParts is what a Desk is made of. All fields are required.
type DeskParts struct {
	Store   Store
	Decider Decider
	Sinks   func(ctx context.Context, org tenants.ID) ([]tenants.Sink, error)
	Key     Key
	Now     func() time.Time
}

// Desk takes what organizations ask for.
type Desk struct{ DeskParts }

// NewDesk returns a Desk.
func NewDesk(p DeskParts) *Desk { return &Desk{p} }

// Begin decides what an export holds and has it brought to a sink, whose name is given.
// It returns when that is on record; the id is the caller's to choose. A sink that is
// not there, or is of another kind than storage, or has no secret, is Invalid, and so is
// what no export can be; one export too many is Limited.
func (d *Desk) Begin(ctx context.Context, by authz.Caller, id tenants.GUID, w search.Wanted, sink string) (tenants.ExportJob, error) {
	to, err := d.sink(ctx, by.Org(), sink)
	if err != nil {
		return tenants.ExportJob{}, err
	}
	n, err := decided(ctx, by.Org(), d.Decider, d.Key, wish{id: id, wanted: w, sink: to, at: d.Now()})
	if err != nil {
		return tenants.ExportJob{}, err
	}
	return n.Job, d.Store.AddExport(ctx, by, n)
}

func (d *Desk) sink(ctx context.Context, org tenants.ID, name string) (tenants.Sink, error) {
	all, err := d.Sinks(ctx, org)
	if err != nil {
		return tenants.Sink{}, err
	}
	at := slices.IndexFunc(all, func(s tenants.Sink) bool { return s.Name == name })
	switch {
	case at < 0:
		return tenants.Sink{}, fault.Newf(fault.Invalid, "sink: %.60q does not exist; list the sinks for those that do", name)
	case all[at].Kind != tenants.StorageSink:
		return tenants.Sink{}, fault.Newf(fault.Invalid, "sink: %q is of kind %s, and exports go to sinks of kind storage", name, all[at].Kind)
	case all[at].Secret.IsZero():
		return tenants.Sink{}, fault.Newf(fault.Invalid, "sink: %q has no secret yet, so nothing can be put there; give it its secret first", name)
	}
	return all[at], nil
}

// List returns an organization's exports, the last asked for first.
func (d *Desk) List(ctx context.Context, org tenants.ID) ([]tenants.ExportJob, error) {
	return d.Store.Exports(ctx, org)
}

// Get returns one. One that is not there is NotFound.
func (d *Desk) Get(ctx context.Context, org tenants.ID, id tenants.GUID) (tenants.ExportJob, error) {
	return d.Store.Export(ctx, org, id)
}

// Cancel has an export end without an object. One that is not there is NotFound; one
// that has ended, or all of which has arrived, is Conflict.
func (d *Desk) Cancel(ctx context.Context, by authz.Caller, id tenants.GUID) (tenants.ExportJob, error) {
	return d.Store.CancelExport(ctx, by, id, d.Now())
}

// wish is an export that is to be decided.
type wish struct {
	id     tenants.GUID
	wanted search.Wanted
	sink   tenants.Sink
	at     time.Time
	called string // what its object is called; empty: when it was asked for
}

// decided makes an export that can begin.
func decided(ctx context.Context, org tenants.ID, by Decider, key Key, w wish) (n New, err error) {
	x, err := by.Decide(ctx, org, w.id, w.wanted)
	if err != nil {
		return n, err
	}
	if n.Event, err = x.Event(); err != nil {
		return n, err
	}
	n.Event.Detail += " to sink " + w.sink.Name
	text, err := x.Pack()
	if err != nil {
		return n, err
	}
	k, err := key(ctx, org)
	if err != nil {
		return n, err
	}
	if n.Decision, err = k.Encrypt(decisionLabel(w.id), text); err != nil {
		return n, err
	}
	now := w.at.UTC().Truncate(time.Microsecond)
	n.Receiver = w.sink.Receiver()
	n.Job = tenants.ExportJob{
		ID: w.id, State: tenants.ExportRunning, Sink: w.sink.ID, SinkName: w.sink.Name, Format: string(w.wanted.Format),
		From: x.From, To: x.To, AskedAt: now, Next: x.From, NextAt: now, Object: objectOf(w, now),
	}
	return n, nil
}

// endings are those of the names of objects.
var endings = map[search.Format]struct{ name, media string }{
	search.Evidence: {".evidence.ndjson", "application/x-ndjson"},
	search.CSV:      {".csv", "text/csv; charset=utf-8"},
	search.OCSF:     {".ocsf.ndjson", "application/x-ndjson"},
}

// objectOf names an object: when it was asked for, or of which schedule and period it is,
// and which export, so that no two have one name.
func objectOf(w wish, now time.Time) string {
	return "exports/" + cmp.Or(w.called, now.Format("20060102T150405Z")) + "-" + w.id.String() + endings[w.wanted.Format].name
}

func decisionLabel(id tenants.GUID) secrets.Label {
	return secrets.Label{Kind: "export decision", ID: id.String()}
}

func progressLabel(id tenants.GUID) secrets.Label {
	return secrets.Label{Kind: "export progress", ID: id.String()}
}
