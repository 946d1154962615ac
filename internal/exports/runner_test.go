package exports_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"gatehouse/internal/access"
	"gatehouse/internal/audit/evidence"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal/sealtest"
	"gatehouse/internal/audit/search"
	"gatehouse/internal/exports"
	"gatehouse/internal/fault"
	"gatehouse/internal/sinks/sinkstest"
	"gatehouse/internal/tenants"
)

// one reads one value past every policy.
func (r *rig) one(into any, sql string, args ...any) {
	r.t.Helper()
	conn, err := pgx.Connect(r.t.Context(), r.database.Superuser)
	must(r.t, err)
	defer func() { _ = conn.Close(context.WithoutCancel(r.t.Context())) }()
	must(r.t, conn.QueryRow(r.t.Context(), sql, args...).Scan(into))
}

func (r *rig) exec(sql string, args ...any) {
	r.t.Helper()
	conn, err := pgx.Connect(r.t.Context(), r.database.Superuser)
	must(r.t, err)
	defer func() { _ = conn.Close(context.WithoutCancel(r.t.Context())) }()
	_, err = conn.Exec(r.t.Context(), sql, args...)
	must(r.t, err)
}

// arrived checks that an export has ended well, byte for byte as a stream of the same
// decision.
func (r *rig) arrived(at *sinkstest.Objects, org tenants.ID, id tenants.GUID) {
	r.t.Helper()
	j, want := r.job(org, id), r.content(org, id)
	got := at.Object("/logs/" + j.Object)
	sum := sha256.Sum256(got)
	if j.State != tenants.ExportDone || !bytes.Equal(got, want) || j.Bytes != int64(len(want)) || !bytes.Equal(j.SHA256, sum[:]) || j.EndedAt.IsZero() || !j.NextAt.IsZero() || j.Next != j.To {
		r.t.Errorf("%s at %s: %d bytes are there, %d are wanted: %+v", j.Format, at.URL, len(got), len(want), j)
	}
}

func TestExportArrivesAsItWouldBeStreamed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	org := r.organization("contoso", 40)
	x := r.runner(15_000, nil)
	for _, format := range []search.Format{search.Evidence, search.CSV, search.OCSF} {
		for _, to := range []struct {
			name string
			*sinkstest.Objects
		}{{"azure", r.azure}, {"s3", r.s3}} {
			to.Smallest(15_000)
			j := r.ask(org, format, to.name)
			r.sweep(x)
			r.arrived(to.Objects, org, j.ID)
			done := r.job(org, j.ID)
			lines := int64(bytes.Count(to.Object("/logs/"+j.Object), []byte("\n")))
			if want := map[search.Format]int64{search.Evidence: lines - 3, search.CSV: lines - 1, search.OCSF: lines}[format]; done.Records != want || want < 40 {
				t.Errorf("%s: %d records are counted, not %d", format, done.Records, want)
			}
			if format != search.Evidence {
				continue
			}
			head, err := r.db.LogHead(t.Context(), org)
			must(t, err)
			report, err := evidence.Verify(bytes.NewReader(to.Object("/logs/"+j.Object)), evidence.Trust{
				Origin: proof.Origin(sealtest.Host, org), Keys: []proof.Key{sealtest.Signer(0).Key}, Checkpoint: head.Checkpoint,
			})
			if err != nil || report.Wrong != nil || report.Missing != "" {
				t.Errorf("the verifier says %+v, %v", report, err)
			}
		}
	}
	var parts, kept int
	r.one(&parts, "SELECT count(*) FROM export_parts")
	r.one(&kept, "SELECT count(*) FROM exports WHERE progress IS NOT NULL")
	if parts+kept > 0 {
		t.Errorf("%d parts and %d progresses of exports that have ended are kept", parts, kept)
	}
}

func TestExportIsOnRecordBeforeItLeavesAndWhenItHasArrived(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	org := r.organization("contoso", 10)
	j := r.ask(org, search.CSV, "s3")
	var said string
	r.one(&said, "SELECT convert_from(payload, 'UTF8') FROM audit_outbox WHERE kind = 'export'")
	if !strings.Contains(said, "export "+j.ID.String()) || !strings.Contains(said, "csv to sink s3") || !strings.Contains(said, `"count":`) || r.s3.Requests() > 0 {
		t.Errorf("before anything left, %d requests were made and the log says %s", r.s3.Requests(), said)
	}
	r.exec("DELETE FROM audit_outbox")
	r.sweep(r.runner(1<<20, nil))
	r.one(&said, "SELECT convert_from(payload, 'UTF8') FROM audit_outbox WHERE kind = 'export'")
	if !strings.Contains(said, "csv arrived at sink s3") || !strings.Contains(said, "sha256") || !strings.Contains(said, j.Object) {
		t.Errorf("when it had arrived the log said %s", said)
	}
}

func TestEmptyExportIsAnEmptyObject(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	org := r.organization("contoso", 10)
	for name, at := range map[string]*sinkstest.Objects{"azure": r.azure, "s3": r.s3} {
		w := search.Wanted{Format: search.OCSF, Completeness: search.Unproven}
		w.Filter.Text = "nothing of the kind"
		j, err := r.desk().Begin(t.Context(), r.auditor(org), tenants.NewGUID(), w, name)
		must(t, err)
		r.sweep(r.runner(1000, nil))
		r.arrived(at, org, j.ID)
		if len(at.Names()) != 1 {
			t.Errorf("%s has %v", name, at.Names())
		}
	}
}

func TestWhatNoExportToASinkCanBe(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	org := r.organization("contoso", 10)
	good := search.Wanted{Format: search.CSV, Completeness: search.Unproven}
	bad := good
	bad.Completeness = search.Proven
	for name, c := range map[string]struct {
		sink, says string
		wanted     search.Wanted
	}{
		"no such sink": {"nowhere", "does not exist", good},
		"not storage":  {"mail", "kind storage", good},
		"no secret":    {"bare", "no secret", good},
		"no export":    {"s3", "completeness", bad},
	} {
		_, err := r.desk().Begin(t.Context(), r.auditor(org), tenants.NewGUID(), c.wanted, c.sink)
		if wantKind(t, err, fault.Invalid); err == nil || !strings.Contains(fault.Public(err), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for range tenants.MostExports {
		r.ask(org, search.CSV, "s3")
	}
	_, err := r.desk().Begin(t.Context(), r.auditor(org), tenants.NewGUID(), good, "s3")
	wantKind(t, err, fault.Limited)
	var records int
	r.one(&records, "SELECT count(*) FROM audit_outbox WHERE kind = 'export'")
	if records != tenants.MostExports {
		t.Errorf("%d exports are on record, and %d were decided", records, tenants.MostExports)
	}
	other := r.organization("fabrikam", 1)
	r.ask(other, search.CSV, "s3") // whose exports are its own
	all, err := r.desk().List(t.Context(), org)
	if err != nil || len(all) != tenants.MostExports {
		t.Errorf("%d exports are listed, %v", len(all), err)
	}
	_, err = r.desk().Get(t.Context(), other, all[0].ID)
	wantKind(t, err, fault.NotFound)
	_, err = r.desk().Cancel(t.Context(), r.auditor(other), all[0].ID)
	wantKind(t, err, fault.NotFound)
}

func TestCancelledExportLeavesNothingWhereThatCanBe(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	org := r.organization("contoso", 30)
	j := r.ask(org, search.CSV, "s3")
	var cancelled atomic.Bool
	r.s3.Before(func(q *http.Request) int {
		if q.URL.Query().Get("partNumber") == "2" && cancelled.CompareAndSwap(false, true) {
			if _, err := r.desk().Cancel(t.Context(), r.auditor(org), j.ID); err != nil {
				t.Error(err)
			}
		}
		return 0
	})
	x := r.runner(5_000, nil)
	r.sweep(x)
	if got := r.job(org, j.ID); got.State != tenants.ExportCancelling {
		t.Fatalf("who had it when it was cancelled has gone on: %+v", got)
	}
	if again, err := r.desk().Cancel(t.Context(), r.auditor(org), j.ID); err != nil || again.State != tenants.ExportCancelling {
		t.Errorf("cancelled again: %+v, %v", again, err)
	}
	r.sweep(x)
	if _, aborted, open := r.s3.Uploads(); r.job(org, j.ID).State != tenants.ExportCancelled || aborted != 1 || open != 0 || len(r.s3.Names()) != 0 {
		t.Errorf("%+v: %d uploads aborted, %d open, objects %v", r.job(org, j.ID), aborted, open, r.s3.Names())
	}
	_, err := r.desk().Cancel(t.Context(), r.auditor(org), j.ID)
	wantKind(t, err, fault.Conflict)
}

func TestExportOfWhichAllHasArrivedIsNotCancelled(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	org := r.organization("contoso", 20)
	j := r.ask(org, search.CSV, "azure")
	r.azure.Before(func(q *http.Request) int {
		if q.URL.Query().Get("comp") == "blocklist" {
			return http.StatusServiceUnavailable
		}
		return 0
	})
	x := r.runner(5_000, nil)
	r.sweep(x)
	_, err := r.desk().Cancel(t.Context(), r.auditor(org), j.ID)
	if wantKind(t, err, fault.Conflict); err == nil || !strings.Contains(fault.Public(err), "about to end") {
		t.Error(err)
	}
	r.azure.Before(nil)
	r.advance(time.Minute)
	r.sweep(x)
	r.arrived(r.azure, org, j.ID)
}

// TestGiantDelaysNobody has one organization with exports that do not end, and another
// whose export arrives between two turns of them.
func TestGiantDelaysNobody(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	giant, small := r.organization("giant", 20), r.organization("small", 5)
	slow := func(o *exports.Options) {
		o.Maker = maker{r.reader, func() { r.advance(15 * time.Second) }}
	}
	for range 3 {
		r.ask(giant, search.CSV, "s3")
	}
	x := r.runner(5000, slow)
	r.sweep(x)
	all, err := r.db.Exports(t.Context(), giant)
	must(t, err)
	moved := 0
	for _, j := range all {
		if j.State == tenants.ExportDone {
			t.Error("a turn went on for as long as there was something to do")
		}
		if j.Next > j.From {
			moved++
		}
	}
	if moved != 1 {
		t.Errorf("%d exports of one organization were gone on with at a time", moved)
	}
	j := r.ask(small, search.CSV, "azure")
	r.sweep(r.runner(1<<20, nil))
	r.arrived(r.azure, small, j.ID)
	for i := 0; i < 400 && r.job(giant, all[0].ID).State+r.job(giant, all[1].ID).State+r.job(giant, all[2].ID).State != "donedonedone"; i++ {
		r.sweep(x)
	}
	for _, j := range all {
		r.arrived(r.s3, giant, j.ID)
	}
}

// maker makes what another does, and does something before.
type maker struct {
	exports.Maker
	before func()
}

func (m maker) Piece(ctx context.Context, org tenants.ID, x search.Export, at search.Place, most search.Portion) ([]byte, search.Place, error) {
	m.before()
	return m.Maker.Piece(ctx, org, x, at, most)
}

func TestSinkThatIsGoneEndsAnExport(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	org := r.organization("contoso", 20)
	j := r.ask(org, search.CSV, "s3")
	_, err := r.db.EditAccess(t.Context(), r.auditor(org), "sink removed", func(c *access.Configuration) error { return c.RemoveSink("s3") })
	must(t, err)
	r.sweep(r.runner(1000, nil))
	if got := r.job(org, j.ID); got.State != tenants.ExportFailed || !strings.Contains(got.Trouble, "the sink is gone") || r.s3.Requests() != 0 {
		t.Errorf("%+v after %d requests", got, r.s3.Requests())
	}
}

func TestWhatIsGoneFromTheLogEndsAnExport(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	org := r.organization("contoso", 20)
	j := r.ask(org, search.Evidence, "s3")
	r.exec("UPDATE audit_heads SET first = 10")
	r.sweep(r.runner(1000, nil))
	if got := r.job(org, j.ID); got.State != tenants.ExportFailed || !strings.Contains(got.Trouble, "gone from the log") {
		t.Errorf("%+v", got)
	}
	if _, aborted, open := r.s3.Uploads(); aborted != 1 || open != 0 {
		t.Errorf("%d uploads aborted, %d open", aborted, open)
	}
}
