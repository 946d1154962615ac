package store_test

import (
	"maps"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/exports"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// anExportOf adds an export, of which a part has arrived.
func anExportOf(t *testing.T, p pair, o tenants.Organization) exports.New {
	t.Helper()
	now := at(time.Now())
	n := exports.New{
		Job: tenants.ExportJob{
			ID: tenants.NewGUID(), State: tenants.ExportRunning, Sink: archive, SinkName: "archive", Format: "csv", From: 2, To: 9, Next: 2, AskedAt: now, NextAt: now, Object: "exports/x",
		},
		Decision: []byte("decision"), Event: audit.Event{Kind: audit.Export, Target: "export x", Outcome: audit.OK},
	}
	must(t, p.db.AddExport(t.Context(), caller(o), n))
	must(t, p.db.PutExport(t.Context(), caller(o), n.Job.NextAt, exports.Turn{Task: exports.Task{Job: n.Job, Parts: 1}, Part: "tag"}))
	return n
}

func init() {
	missing := func(t *testing.T, err error) {
		t.Helper()
		if fault.KindOf(err) != fault.NotFound {
			t.Errorf("%v", err)
		}
	}
	maps.Copy(crossings, map[string]func(*testing.T, pair){
		"AddExport": func(t *testing.T, p pair) {
			t.Helper()
			n := p.export
			must(t, p.db.AddExport(t.Context(), caller(p.b), n)) // whose row is its own, though the id is the same
			if j, err := p.db.Export(t.Context(), p.a.ID, n.Job.ID); err != nil || j.Object != "exports/x" {
				t.Errorf("%+v, %v", j, err)
			}
		},
		"Exports": func(t *testing.T, p pair) {
			t.Helper()
			if all, err := p.db.Exports(t.Context(), p.b.ID); err != nil || len(all) != 1 || all[0].ID == p.export.Job.ID {
				t.Errorf("%v, %v", all, err)
			}
		},
		"Export": func(t *testing.T, p pair) {
			t.Helper()
			_, err := p.db.Export(t.Context(), p.b.ID, p.export.Job.ID)
			missing(t, err)
		},
		"CancelExport": func(t *testing.T, p pair) {
			t.Helper()
			_, err := p.db.CancelExport(t.Context(), caller(p.b), p.export.Job.ID, time.Now())
			missing(t, err)
		},
		"DueExports": func(t *testing.T, p pair) {
			t.Helper()
			if _, err := p.db.DueExports(t.Context(), time.Now().Add(time.Hour), 9); fault.KindOf(err) != fault.Internal {
				t.Errorf("the role of the api may: %v", err)
			}
		},
		"TakeExport": func(t *testing.T, p pair) {
			t.Helper()
			_, err := p.db.TakeExport(t.Context(), caller(p.b), p.export.Job.ID, time.Now().Add(time.Hour), time.Now().Add(2*time.Hour))
			missing(t, err)
		},
		"PutExport": func(t *testing.T, p pair) {
			t.Helper()
			n := p.export
			missing(t, p.db.PutExport(t.Context(), caller(p.b), n.Job.NextAt, exports.Turn{Task: exports.Task{Job: n.Job}}))
		},
		"ExportParts": func(t *testing.T, p pair) {
			t.Helper()
			n := p.export
			if tags, err := p.db.ExportParts(t.Context(), p.a.ID, n.Job.ID); err != nil || len(tags) != 1 {
				t.Errorf("%v, %v", tags, err)
			}
			if tags, err := p.db.ExportParts(t.Context(), p.b.ID, n.Job.ID); err != nil || len(tags) != 0 {
				t.Errorf("%v, %v", tags, err)
			}
		},
	})
}

func TestFailingExportIsObserved(t *testing.T) {
	t.Parallel()
	p, worker, now := sinkWorld(t)
	n := anExportOf(t, p, p.a)
	due, err := worker.DueExports(t.Context(), now, 9)
	if err != nil || len(due) != 1 || due[0] != (exports.Due{Org: p.a.ID, ID: n.Job.ID}) {
		t.Fatalf("due are %v, %v", due, err)
	}
	task, err := worker.TakeExport(t.Context(), caller(p.a), n.Job.ID, now, now.Add(time.Minute))
	must(t, err)
	if task.Sink.Sink.Name != "archive" || string(task.Sink.Ciphertext) != "signature" || string(task.Decision) != "decision" {
		t.Errorf("taken is %+v", task)
	}
	if due, err := worker.DueExports(t.Context(), now, 9); err != nil || len(due) != 0 {
		t.Errorf("what is taken is due: %v, %v", due, err)
	}
	if _, err := worker.TakeExport(t.Context(), caller(p.a), n.Job.ID, now, now.Add(time.Hour)); fault.KindOf(err) != fault.NotFound {
		t.Errorf("it is taken twice: %v", err)
	}
	if err := worker.PutExport(t.Context(), caller(p.a), now.Add(time.Second), exports.Turn{Task: task}); fault.KindOf(err) != fault.NotFound {
		t.Errorf("who has lost it keeps something: %v", err)
	}
	task.Job.Failures, task.Job.FailingSince, task.Job.Trouble = 1, now, "it is away"
	must(t, worker.PutExport(t.Context(), caller(p.a), now.Add(time.Minute), exports.Turn{Task: task}))
	if o, err := p.db.Observe(t.Context(), p.a.ID, now); err != nil || len(o.Exports) != 1 || o.Exports[0].Failing != "it is away" || o.Exports[0].GivenUp {
		t.Errorf("observed is %+v, %v", o.Exports, err)
	}
	taken := task.Job.NextAt
	task.Job.State, task.Job.EndedAt, task.Job.NextAt = tenants.ExportFailed, now, time.Time{}
	must(t, worker.PutExport(t.Context(), caller(p.a), taken, exports.Turn{Task: task}))
	if o, err := p.db.Observe(t.Context(), p.a.ID, now); err != nil || len(o.Exports) != 1 || !o.Exports[0].GivenUp {
		t.Errorf("observed is %+v, %v", o.Exports, err)
	}
	if o, err := p.db.Observe(t.Context(), p.a.ID, now.Add(4*24*time.Hour)); err != nil || len(o.Exports) != 0 {
		t.Errorf("days later, observed is %+v, %v", o.Exports, err)
	}
	if o, err := p.db.Observe(t.Context(), p.b.ID, now); err != nil || len(o.Exports) != 0 {
		t.Errorf("another organization's is observed: %+v, %v", o.Exports, err)
	}
}
