package exports_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/audit/search"
	"gatehouse/internal/authz"
	"gatehouse/internal/exports"
	"gatehouse/internal/sinks"
	"gatehouse/internal/sinks/sinkstest"
	"gatehouse/internal/tenants"
)

// life is a worker that dies at its last step: before it is done, or when it is done
// and nobody has heard of it. The dead do nothing any more.
type life struct {
	left   int
	before bool
	die    context.CancelFunc
}

var errDead = errors.New("dead")

// step does something unless the worker is dead, or dies before.
func (l *life) step(do func() error) error {
	if l.left--; l.left < 0 || l.left == 0 && l.before {
		l.die()
		return errDead
	}
	err := do()
	if l.left == 0 {
		l.die()
		return errDead
	}
	return err
}

type mortalStore struct {
	exports.Store
	*life
}

func (m mortalStore) TakeExport(ctx context.Context, by authz.Caller, id tenants.GUID, now, until time.Time) (t exports.Task, err error) {
	err = m.step(func() error {
		t, err = m.Store.TakeExport(ctx, by, id, now, until)
		return err
	})
	return t, err
}

func (m mortalStore) PutExport(ctx context.Context, by authz.Caller, taken time.Time, t exports.Turn) error {
	return m.step(func() error { return m.Store.PutExport(ctx, by, taken, t) })
}

type mortalCarrier struct {
	exports.Carrier
	*life
}

func (m mortalCarrier) Begin(ctx context.Context, to sinks.For, u sinks.Upload) (begun sinks.Upload, err error) {
	err = m.step(func() error {
		begun, err = m.Carrier.Begin(ctx, to, u)
		return err
	})
	return begun, err
}

func (m mortalCarrier) Part(ctx context.Context, to sinks.For, u sinks.Upload, n int, body []byte) (tag string, err error) {
	err = m.step(func() error {
		tag, err = m.Carrier.Part(ctx, to, u, n, body)
		return err
	})
	return tag, err
}

func (m mortalCarrier) End(ctx context.Context, to sinks.For, u sinks.Upload, tags []string, size int64) error {
	return m.step(func() error { return m.Carrier.End(ctx, to, u, tags, size) })
}

// TestExportSurvivesEveryDeath has workers die at every step, one after the other.
func TestExportSurvivesEveryDeath(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	org := r.organization("contoso", 25)
	for name, at := range map[string]*sinkstest.Objects{"azure": r.azure, "s3": r.s3} {
		j := r.ask(org, search.Evidence, name)
		deaths := 0
		for r.job(org, j.ID).State == tenants.ExportRunning {
			ctx, cancel := context.WithCancel(t.Context())
			l := &life{left: 1 + deaths%9, before: deaths%2 == 0, die: cancel}
			x := r.runner(6_000, func(o *exports.Options) { o.Store, o.Carrier = mortalStore{o.Store, l}, mortalCarrier{o.Carrier, l} })
			must(t, x.Sweep(ctx))
			x.Wait()
			cancel()
			deaths++
			r.advance(3 * time.Minute)
			if deaths > 200 {
				t.Fatal("no end of deaths")
			}
		}
		r.arrived(at, org, j.ID)
		if deaths < 8 {
			t.Errorf("only %d workers died", deaths)
		}
		var recorded int
		r.one(&recorded, "SELECT count(*) FROM audit_outbox WHERE kind = 'export' AND convert_from(payload, 'UTF8') LIKE '%arrived at sink "+name+"%'")
		if recorded != 1 {
			t.Errorf("the log says %d times that it has arrived", recorded)
		}
	}
}

// TestTwoWorkersDoNotDoTheSamePart has the second come while the first is at it, and
// then again when the first has been given up for dead and is not.
func TestTwoWorkersDoNotDoTheSamePart(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	org := r.organization("contoso", 25)
	for name, at := range map[string]*sinkstest.Objects{"azure": r.azure, "s3": r.s3} {
		j := r.ask(org, search.CSV, name)
		var parts, once atomic.Int64
		at.Before(func(q *http.Request) int {
			part := strings.Contains(q.URL.RawQuery, "partNumber=2") || strings.Contains(q.URL.RawQuery, "comp=block&")
			if !part || once.Add(1) != 1 {
				return 0
			}
			before := at.Requests()
			r.sweep(r.runner(4000, nil))
			parts.Store(int64(at.Requests() - before))
			r.advance(3 * time.Minute) // the first takes its time
			r.sweep(r.runner(4000, nil))
			return 0
		})
		r.sweep(r.runner(4000, nil))
		at.Before(nil)
		if parts.Load() != 0 {
			t.Errorf("%s: a second worker made %d requests while the first was at it", name, parts.Load())
		}
		for i := 0; i < 20 && r.job(org, j.ID).State == tenants.ExportRunning; i++ { // whoever has it may have lost the database
			r.advance(3 * time.Minute)
			r.sweep(r.runner(4000, nil))
		}
		r.arrived(at, org, j.ID)
	}
}

func TestExportBeginsAnewWhenTheStoreHasForgottenIt(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	org := r.organization("contoso", 25)
	for name, at := range map[string]*sinkstest.Objects{"azure": r.azure, "s3": r.s3} {
		j := r.ask(org, search.Evidence, name)
		var once atomic.Bool
		at.Before(func(q *http.Request) int {
			if (strings.Contains(q.URL.RawQuery, "blocklist") || q.Method == http.MethodPost && q.URL.Query().Has("uploadId")) && once.CompareAndSwap(false, true) {
				at.Forget()
			}
			return 0
		})
		x := r.runner(15_000, nil)
		r.sweep(x)
		if got := r.job(org, j.ID); got.State != tenants.ExportRunning || got.Bytes != 0 || got.Next != got.From || !strings.Contains(got.Trouble, "anew") {
			t.Errorf("%s: %+v", name, got)
		}
		r.advance(time.Minute)
		r.sweep(x)
		r.arrived(at, org, j.ID)
	}
}

func TestExportIsTriedForADayAndGivenUp(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	org := r.organization("contoso", 25)
	j := r.ask(org, search.CSV, "s3")
	r.s3.Before(func(q *http.Request) int {
		if q.Method == http.MethodPut {
			return http.StatusServiceUnavailable
		}
		return 0
	})
	x := r.runner(4000, nil)
	began := r.now()
	var pauses []time.Duration
	for r.job(org, j.ID).State == tenants.ExportRunning {
		r.sweep(x)
		got := r.job(org, j.ID)
		if got.State == tenants.ExportRunning {
			wait := got.NextAt.Sub(r.now())
			pauses = append(pauses, wait)
			r.advance(wait - time.Millisecond)
			before := r.s3.Requests()
			if r.sweep(x); len(pauses) < 3 && r.s3.Requests() != before {
				t.Error("it is tried before its time")
			}
			r.advance(time.Millisecond)
		}
		if len(pauses) == 3 { // and so on
			r.exec("UPDATE exports SET failing_since = failing_since - interval '24 hours'")
		}
	}
	got := r.job(org, j.ID)
	if len(pauses) < 3 || pauses[0] >= pauses[1] || pauses[1] >= pauses[2] || got.State != tenants.ExportFailed || !strings.Contains(got.Trouble, "503") || got.EndedAt.Before(began) {
		t.Errorf("pauses %v, then %+v", pauses, got)
	}
	if _, aborted, open := r.s3.Uploads(); aborted != 1 || open != 0 {
		t.Errorf("%d uploads aborted, %d open", aborted, open)
	}
	var recorded int
	r.one(&recorded, "SELECT count(*) FROM audit_outbox WHERE kind = 'export' AND convert_from(payload, 'UTF8') LIKE '%given up%503%'")
	if recorded != 1 {
		t.Errorf("the log says %d times that it was given up", recorded)
	}
	r.s3.Before(nil)
	j = r.ask(org, search.CSV, "s3")
	r.s3.Before(func(q *http.Request) int {
		return map[bool]int{true: http.StatusForbidden}[q.Method == http.MethodPost]
	})
	r.sweep(x)
	if got := r.job(org, j.ID); !strings.Contains(got.Trouble, "credential") || strings.Contains(got.Trouble, "secret") {
		t.Errorf("a credential that is not taken: %+v", got)
	}
}
