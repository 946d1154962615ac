package exports

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/filter"
	"gatehouse/internal/audit/search"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/sinks"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// Schedule has an export of each period brought to a sink, from the period on that is
// under way. It returns when that is on record; the id is the caller's to choose. A sink
// to which no export goes is Invalid, and so are a filter that has a time, and what no
// export can be; a name that is taken, and one schedule too many, are Conflict.
func (d *Desk) Schedule(ctx context.Context, by authz.Caller, s tenants.ExportSchedule, w search.Wanted) (tenants.ExportSchedule, error) {
	if err := s.Validate(); err != nil {
		return s, err
	}
	if !w.Filter.From.IsZero() || !w.Filter.To.IsZero() {
		return s, fault.New(fault.Invalid, "filter: has a from or a to, and a schedule has its own: every says which; leave both out")
	}
	if err := w.Validate(); err != nil {
		return s, err
	}
	to, err := d.sink(ctx, by.Org(), s.SinkName)
	if err != nil {
		return s, err
	}
	key, err := d.Key(ctx, by.Org())
	if err != nil {
		return s, err
	}
	text, err := packWanted(w)
	if err != nil {
		return s, err
	}
	ciphertext, err := key.Encrypt(scheduleLabel(s.ID), text)
	if err != nil {
		return s, err
	}
	now, who := d.Now().UTC().Truncate(time.Microsecond), by.Identity()
	s.Sink, s.Receiver, s.Format = to.ID, to.Receiver(), string(w.Format)
	s.MadeAt, s.MadeBy = now, tenants.Person{OID: who.OID, Name: who.Name}
	s.From = s.Every.Period(now)
	s.NextAt = s.Due()
	return s, d.Store.AddExportSchedule(ctx, by, s, ciphertext)
}

// Schedules returns an organization's, by name.
func (d *Desk) Schedules(ctx context.Context, org tenants.ID) ([]tenants.ExportSchedule, error) {
	return d.Store.ExportSchedules(ctx, org)
}

// Unschedule ends a schedule; exports that it has asked for go on. One that is not there
// is NotFound.
func (d *Desk) Unschedule(ctx context.Context, by authz.Caller, name string) error {
	return d.Store.RemoveExportSchedule(ctx, by, name)
}

// wantedText is a search.Wanted as it is written down.
type wantedText struct {
	Filter       json.RawMessage     `json:"filter"`
	Format       search.Format       `json:"format"`
	Completeness search.Completeness `json:"completeness"`
}

func packWanted(w search.Wanted) ([]byte, error) {
	text, err := json.Marshal(wantedText{w.Filter.AppendJSON(nil), w.Format, w.Completeness})
	if err != nil {
		return nil, fmt.Errorf("write down a schedule: %w", err)
	}
	return text, nil
}

func unpackWanted(text []byte) (w search.Wanted, err error) {
	var t wantedText
	if err := json.Unmarshal(text, &t); err != nil {
		return w, fmt.Errorf("read a schedule: %w", err)
	}
	w = search.Wanted{Format: t.Format, Completeness: t.Completeness}
	w.Filter, err = filter.Parse(t.Filter)
	return w, err
}

func scheduleLabel(id tenants.GUID) secrets.Label {
	return secrets.Label{Kind: "export schedule", ID: id.String()}
}

// Planned is a schedule whose time has come.
type Planned struct {
	Schedule tenants.ExportSchedule
	Wanted   []byte       // encrypted
	Sink     tenants.Sink // as it is now; without an id: it is gone
}

// How long a schedule waits that could not be carried out.
const (
	scheduleRetry = 10 * time.Minute
	placeRetry    = time.Minute // for the exports that are under way
)

// plan asks for the exports whose periods are over.
func (r *Runner) plan(ctx context.Context) error {
	due, err := r.opts.Store.DueExportSchedules(ctx, r.opts.Now(), schedulesAtOnce)
	if err != nil {
		return err
	}
	for _, d := range due {
		if err := r.carryOut(ctx, d); err != nil && ctx.Err() == nil {
			r.opts.Logger.LogAttrs(ctx, slog.LevelWarn, "a schedule of exports could not be carried out", slog.String(telemetry.LogOrg, d.Org.String()), slog.String("schedule", d.ID.String()), telemetry.Err(err))
		}
	}
	return nil
}

// schedulesAtOnce is how many schedules are carried out between two looks at what else
// is due. It takes milliseconds each.
const schedulesAtOnce = 20

// carryOut asks for one export, or writes down why there is none and when it is tried
// again.
func (r *Runner) carryOut(ctx context.Context, d Due) error {
	p, err := r.opts.Store.ExportSchedule(ctx, d.Org, d.ID)
	if err != nil {
		return unlessGone(err)
	}
	now := r.opts.Now()
	next := p.Schedule
	next.From = next.Every.After(next.From)
	next.NextAt, next.FailingSince, next.Trouble = next.Due(), time.Time{}, ""
	switch n, failure := r.planned(ctx, d.Org, p); {
	case failure == nil:
		next.Last = n.Job.ID
		err = r.opts.Store.AddPlannedExport(ctx, actor(d.Org), p.Schedule.From, next, n)
	case fault.KindOf(failure) == fault.Conflict: // what retention has removed no later try brings back
		e := audit.Event{Kind: audit.Export, Target: "export schedule " + next.Name, Detail: p.Schedule.From.Format(time.DateOnly) + ": " + fault.Public(failure), Outcome: audit.Failed}
		return unlessGone(r.opts.Store.PutExportSchedule(ctx, actor(d.Org), p.Schedule.From, next, e))
	default:
		err = failure
	}
	if err == nil || ctx.Err() != nil || fault.KindOf(err) == fault.NotFound {
		return unlessGone(err)
	}
	late := p.Schedule
	late.NextAt = now.Add(scheduleRetry)
	if fault.KindOf(err) == fault.Limited { // its turn comes
		late.NextAt = now.Add(placeRetry)
	} else {
		late.Trouble = fault.Public(err)
		if late.FailingSince.IsZero() {
			late.FailingSince = now
		}
	}
	return unlessGone(r.opts.Store.PutExportSchedule(ctx, actor(d.Org), p.Schedule.From, late, audit.Event{}))
}

// The ways in which a sink is none that a schedule was made for.
var (
	errScheduledSinkGone  = fault.New(fault.Invalid, "the sink is gone, or is not of kind storage any more; cancel this schedule, and make one to another sink")
	errScheduledSinkMoved = fault.New(fault.Invalid, "the sink leads elsewhere than when this schedule was made; if its exports are to go there, cancel the schedule and make it again")
)

// planned decides the export of a schedule's period.
func (r *Runner) planned(ctx context.Context, org tenants.ID, p Planned) (n New, err error) {
	switch {
	case p.Sink.ID.IsZero() || p.Sink.Kind != tenants.StorageSink:
		return n, errScheduledSinkGone
	case p.Sink.Receiver() != p.Schedule.Receiver:
		return n, errScheduledSinkMoved
	case p.Sink.Secret.IsZero():
		return n, sinks.ErrNoSecret
	}
	key, err := r.opts.Key(ctx, org)
	if err != nil {
		return n, err
	}
	text, err := key.Decrypt(scheduleLabel(p.Schedule.ID), p.Wanted)
	if err != nil {
		return n, err
	}
	w, err := unpackWanted(text)
	if err != nil {
		return n, err
	}
	w.Filter.From, w.Filter.To = p.Schedule.From, p.Schedule.Every.After(p.Schedule.From)
	n, err = decided(ctx, org, r.opts.Maker, r.opts.Key, wish{id: tenants.NewGUID(), wanted: w, sink: p.Sink, at: r.opts.Now()})
	n.Event.Detail += " by schedule " + p.Schedule.Name
	return n, err
}
