package store_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/audit"
	"gatehouse/internal/exports"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// theArchive is a sink that organizations here have.
func theArchive() tenants.Sink {
	return tenants.Sink{ID: archive, Name: "archive", Kind: tenants.StorageSink, Checkpoints: true, Records: true, Every: time.Hour, URL: "https://contoso.blob.core.windows.net/log", Secret: archiveSecret}
}

// aScheduleOf adds a schedule that is due.
func aScheduleOf(t *testing.T, p pair, o tenants.Organization) tenants.ExportSchedule {
	t.Helper()
	now := at(time.Now())
	s := tenants.ExportSchedule{
		ID: tenants.NewGUID(), Name: "monthly", Every: tenants.EveryMonth, Sink: archive, SinkName: "archive", Receiver: theArchive().Receiver(), Format: "csv", Completeness: "none", Filter: "{}",
		MadeAt: now, From: tenants.EveryMonth.Period(now), NextAt: now,
	}
	must(t, p.db.AddExportSchedule(t.Context(), caller(o), s))
	return s
}

func init() {
	missing := func(t *testing.T, err error) {
		t.Helper()
		if fault.KindOf(err) != fault.NotFound {
			t.Errorf("%v", err)
		}
	}
	maps.Copy(crossings, map[string]func(*testing.T, pair){
		"AddExportSchedule": func(t *testing.T, p pair) {
			t.Helper()
			s := p.schedule
			s.Name = "other"
			must(t, p.db.AddExportSchedule(t.Context(), caller(p.b), s)) // its own, though the id is the same
		},
		"ExportSchedules": func(t *testing.T, p pair) {
			t.Helper()
			if all, err := p.db.ExportSchedules(t.Context(), p.b.ID); err != nil || len(all) != 1 || all[0].ID == p.schedule.ID {
				t.Errorf("%v, %v", all, err)
			}
		},
		"RemoveExportSchedule": func(t *testing.T, p pair) {
			t.Helper()
			must(t, p.db.RemoveExportSchedule(t.Context(), caller(p.b), "monthly")) // its own
			missing(t, p.db.RemoveExportSchedule(t.Context(), caller(p.b), "monthly"))
		},
		"DueExportSchedules": func(t *testing.T, p pair) {
			t.Helper()
			if _, err := p.db.DueExportSchedules(t.Context(), time.Now().Add(time.Hour), 9); fault.KindOf(err) != fault.Internal {
				t.Errorf("the role of the api may: %v", err)
			}
		},
		"ExportSchedule": func(t *testing.T, p pair) {
			t.Helper()
			_, err := p.db.ExportSchedule(t.Context(), p.b.ID, p.schedule.ID)
			missing(t, err)
		},
		"Settled": func(t *testing.T, p pair) {
			t.Helper()
			for org, want := range map[tenants.ID]bool{p.a.ID: false, tenants.NewID(): true} { // whose own outbox is empty
				if settled, err := p.db.Settled(t.Context(), org, time.Now()); err != nil || settled != want {
					t.Errorf("settled: %t, %v", settled, err)
				}
			}
			if settled, err := p.db.Settled(t.Context(), tenants.NewID(), time.Now().Add(time.Hour)); err != nil || settled {
				t.Errorf("what is to come is settled: %t, %v", settled, err)
			}
		},
		"AddPlannedExport": func(t *testing.T, p pair) {
			t.Helper()
			missing(t, p.db.AddPlannedExport(t.Context(), caller(p.b), p.schedule.From, p.schedule, p.export))
		},
		"PutExportSchedule": func(t *testing.T, p pair) {
			t.Helper()
			missing(t, p.db.PutExportSchedule(t.Context(), caller(p.b), p.schedule.From, p.schedule, audit.Event{}))
		},
	})
}

func TestScheduleThatFailsIsObserved(t *testing.T) {
	t.Parallel()
	p, worker, now := sinkWorld(t)
	s := aScheduleOf(t, p, p.a)
	due, err := worker.DueExportSchedules(t.Context(), time.Now(), 9)
	if err != nil || len(due) != 1 || due[0] != (exports.Due{Org: p.a.ID, ID: s.ID}) {
		t.Fatalf("due are %v, %v", due, err)
	}
	planned, err := worker.ExportSchedule(t.Context(), p.a.ID, s.ID)
	if err != nil || planned.Schedule.Filter != "{}" || planned.Sink.Name != "archive" || planned.Schedule.Receiver != planned.Sink.Receiver() {
		t.Errorf("%+v, %v", planned, err)
	}
	planned.Sink.URL += "/elsewhere"
	if err := planned.Schedule.Refuses(planned.Sink); err == nil {
		t.Error("it goes elsewhere")
	}
	late := s
	late.FailingSince, late.Trouble, late.NextAt = now, "it is away", now.Add(time.Hour)
	must(t, worker.PutExportSchedule(t.Context(), caller(p.a), s.From, late, audit.Event{}))
	if err := worker.PutExportSchedule(t.Context(), caller(p.a), s.From.Add(time.Second), late, audit.Event{}); fault.KindOf(err) != fault.NotFound {
		t.Errorf("who has another period in mind changes it: %v", err)
	}
	if o, err := p.db.Observe(t.Context(), p.a.ID, now); err != nil || len(o.Exports) != 1 || o.Exports[0].Schedule != "monthly" || o.Exports[0].Failing != "it is away" {
		t.Errorf("observed is %+v, %v", o.Exports, err)
	}
	if o, err := p.db.Observe(t.Context(), p.b.ID, now); err != nil || len(o.Exports) != 0 {
		t.Errorf("another organization's is observed: %+v, %v", o.Exports, err)
	}
	must(t, worker.PutExportSchedule(t.Context(), caller(p.a), s.From, s, audit.Event{}))
	_, err = p.db.EditAccess(t.Context(), caller(p.a), "sink removed", func(c *access.Configuration) error { return c.RemoveSink("archive") })
	must(t, err)
	if o, err := p.db.Observe(t.Context(), p.a.ID, now); err != nil || len(o.Exports) != 1 || !strings.Contains(o.Exports[0].Failing, "the sink is gone") || !o.Exports[0].Since.IsZero() {
		t.Errorf("when its sink is gone, observed is %+v, %v", o.Exports, err)
	}
}
