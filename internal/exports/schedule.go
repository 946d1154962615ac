package exports

import (
	"context"
	"log/slog"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/filter"
	"gatehouse/internal/audit/search"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// Schedule has an export of each period brought to a sink, from the period on that s.From
// is in; zero: the one that is under way. It returns when that is on record; the id is the caller's to choose. A sink
// to which no export goes is Invalid, and so are a filter that has a time or is about
// people, and what no export can be; a name that is taken, and one schedule too many, are Conflict.
func (d *Desk) Schedule(ctx context.Context, by authz.Caller, s tenants.ExportSchedule, w search.Wanted) (tenants.ExportSchedule, error) {
	if err := s.Validate(); err != nil {
		return s, err
	}
	if !w.Filter.From.IsZero() || !w.Filter.To.IsZero() {
		return s, fault.New(fault.Invalid, "filter: has a from or a to, and a schedule has its own: every says which; leave both out")
	}
	if len(w.Filter.People) > 0 || w.Filter.Text != "" { // each export's record says its filter, also after an erasure
		return s, fault.New(fault.Invalid, "filter: is about people or text, which the log would say again with each export, also after somebody was erased; leave both out, and look for them in what arrives")
	}
	if err := w.Validate(); err != nil {
		return s, err
	}
	to, err := d.sink(ctx, by.Org(), s.SinkName)
	if err != nil {
		return s, err
	}
	now, who := d.Now().UTC().Truncate(time.Microsecond), by.Identity()
	s.Sink, s.Receiver, s.Format, s.Completeness, s.Filter = to.ID, to.Receiver(), string(w.Format), string(w.Completeness), string(w.Filter.AppendJSON(nil))
	s.MadeAt, s.MadeBy = now, tenants.Person{OID: who.OID, Name: who.Name}
	if s.From.IsZero() || s.From.After(now) {
		s.From = now
	}
	s.From = s.Every.Period(s.From)
	s.NextAt = s.Due()
	return s, d.Store.AddExportSchedule(ctx, by, s)
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

// wanted is what a schedule asks for of one period.
func wanted(s tenants.ExportSchedule) (w search.Wanted, err error) {
	w = search.Wanted{Format: search.Format(s.Format), Completeness: search.Completeness(s.Completeness)}
	w.Filter, err = filter.Parse([]byte(s.Filter))
	w.Filter.From, w.Filter.To = s.From, s.Every.After(s.From)
	return w, err
}

// Planned is a schedule whose time has come.
type Planned struct {
	Schedule tenants.ExportSchedule
	Sink     tenants.Sink // as it is now; without an id: it is gone
}

// How long a schedule waits that could not be carried out.
const (
	scheduleRetry = 10 * time.Minute
	placeRetry    = time.Minute // for the exports that are under way, and for sealing
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
		err = unlessGone(r.opts.Store.AddPlannedExport(ctx, actor(d.Org), p.Schedule.From, next, n)) // gone: somebody else has asked
	case fault.KindOf(failure) == fault.Conflict: // what retention has removed no later try brings back
		next.FailingSince, next.Trouble = now, "there is none of "+p.Schedule.From.Format(time.DateOnly)+": "+fault.Public(failure)
		e := audit.Event{Kind: audit.Export, Target: "export schedule " + next.Name, Detail: p.Schedule.From.Format(time.DateOnly) + ": " + fault.Public(failure), Outcome: audit.Failed}
		return unlessGone(r.opts.Store.PutExportSchedule(ctx, actor(d.Org), p.Schedule.From, next, e))
	default:
		err = failure
	}
	if err == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	late := p.Schedule
	late.NextAt = now.Add(scheduleRetry)
	if fault.KindOf(err) == fault.Limited { // its turn comes
		late.NextAt = now.Add(placeRetry)
	} else {
		if fault.KindOf(err) == fault.Unavailable {
			late.NextAt = now.Add(placeRetry)
		}
		late.Trouble = fault.Public(err)
		if late.FailingSince.IsZero() {
			late.FailingSince = now
		}
	}
	return unlessGone(r.opts.Store.PutExportSchedule(ctx, actor(d.Org), p.Schedule.From, late, audit.Event{}))
}

// errUnsettled is of a period of which more may come.
var errUnsettled = fault.New(fault.Unavailable, "what was made in this period is not sealed yet, or the period is not over by the database's clock")

// planned decides the export of a schedule's period.
func (r *Runner) planned(ctx context.Context, org tenants.ID, p Planned) (n New, err error) {
	if err := p.Schedule.Refuses(p.Sink); err != nil {
		return n, err
	}
	w, err := wanted(p.Schedule)
	if err != nil {
		return n, err
	}
	settled, err := r.opts.Store.Settled(ctx, org, w.Filter.To)
	if err != nil {
		return n, err
	}
	if !settled {
		return n, errUnsettled
	}
	n, err = decided(ctx, org, r.opts.Maker, r.opts.Key, wish{
		id: tenants.NewGUID(), wanted: w, sink: p.Sink, at: r.opts.Now(), called: p.Schedule.Name + "-" + p.Schedule.From.Format(time.DateOnly),
	})
	n.Event.Detail += " by schedule " + p.Schedule.Name
	return n, err
}
