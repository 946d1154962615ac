package sinks_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace/noop"

	"gatehouse/internal/audit/proof"
	"gatehouse/internal/authz"
	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
	"gatehouse/internal/sinks"
	"gatehouse/internal/tenants"
)

// clock is moved by hand.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// world keeps logs and sinks in memory, as the database would.
type world struct {
	t     *testing.T
	clock *clock

	mu     sync.Mutex
	orgs   map[tenants.ID]tenants.Organization
	sizes  map[tenants.ID]int64
	first  map[tenants.ID]int64
	tasks  map[tenants.GUID]*sinks.Task
	owner  map[tenants.GUID]tenants.ID
	secret map[tenants.GUID]string
	seen   map[sinks.Outcome]int
	kept   map[tenants.GUID]int // how often a state was kept
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return &world{
		t: t, clock: &clock{at: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)}, orgs: map[tenants.ID]tenants.Organization{}, sizes: map[tenants.ID]int64{}, first: map[tenants.ID]int64{},
		tasks: map[tenants.GUID]*sinks.Task{}, owner: map[tenants.GUID]tenants.ID{}, secret: map[tenants.GUID]string{}, seen: map[sinks.Outcome]int{}, kept: map[tenants.GUID]int{},
	}
}

func (w *world) organization(slug string) tenants.ID {
	o := tenants.Organization{ID: tenants.NewID(), Name: strings.ToUpper(slug[:1]) + slug[1:], Slug: tenants.MustSlug(slug)}
	w.orgs[o.ID] = o
	return o.ID
}

func (w *world) add(org tenants.ID, s tenants.Sink) tenants.GUID {
	w.mu.Lock()
	defer w.mu.Unlock()
	s.ID = tenants.NewGUID()
	if s.Every == 0 {
		s.Every = time.Hour
	}
	w.owner[s.ID] = org
	w.tasks[s.ID] = &sinks.Task{Sink: s, State: sinks.State{Most: sinks.MostRecords, Due: w.clock.at, AnchorDue: w.clock.at}}
	return s.ID
}

func (w *world) state(id tenants.GUID) sinks.State {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.tasks[id].State
}

func (w *world) seal(org tenants.ID, size int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sizes[org] = size
}

// DueSinks implements sinks.Store.
func (w *world) DueSinks(_ context.Context, now time.Time, r sinks.Room) ([]sinks.Due, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var due []sinks.Due
	for id, t := range w.tasks {
		size := w.sizes[w.owner[id]]
		waiting := t.Sink.Records && t.State.Next < size || t.Sink.Checkpoints && t.State.Anchored < size && !t.State.AnchorDue.After(now)
		room := &r.Fast
		if t.State.Slow {
			room = &r.Slow
		}
		if waiting && !t.State.Due.After(now) && *room > 0 {
			*room--
			due = append(due, sinks.Due{Org: w.owner[id], Sink: id, Slow: t.State.Slow})
		}
	}
	return due, nil
}

var errGone = fault.New(fault.NotFound, "gone")

// TakeSink implements sinks.Store.
func (w *world) TakeSink(_ context.Context, _ authz.Caller, sink tenants.GUID, now, until time.Time) (sinks.Task, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	t := w.tasks[sink]
	if t == nil || t.State.Due.After(now) {
		return sinks.Task{}, errGone
	}
	t.State.Due = until
	return *t, nil
}

// PutSinkState implements sinks.Store.
func (w *world) PutSinkState(_ context.Context, _ authz.Caller, sink tenants.GUID, taken time.Time, s sinks.State) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	t := w.tasks[sink]
	if t == nil || !t.State.Due.Equal(taken) {
		return errGone
	}
	t.State = s
	w.kept[sink]++
	return nil
}

// Head implements sinks.Log.
func (w *world) Head(_ context.Context, org tenants.ID) (sinks.Head, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	size := w.sizes[org]
	return sinks.Head{Origin: origin(org), Size: size, First: w.first[org], SealedAt: w.clock.at, Checkpoint: note(org, size)}, nil
}

func origin(org tenants.ID) string { return proof.Origin("gatehouse.example", org) }

func note(org tenants.ID, size int64) []byte {
	return fmt.Appendf(nil, "%s\n%d\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\ntime 2026-11-22T08:00:00.000Z test 0\n\n— gatehouse.example c2ln\n", origin(org), size)
}

// Entries implements sinks.Log.
func (w *world) Entries(_ context.Context, _ tenants.ID, from, to int64, each func(sinks.Entry) error) error {
	for n := from; n < to; n++ {
		if err := each(entry(n)); err != nil {
			return err
		}
	}
	return nil
}

// entry is record n of every log here.
func entry(n int64, more ...sinks.Member) sinks.Entry {
	e := sinks.Entry{Seq: n, Leaf: proof.Hash{byte(n)}, Fields: append([]sinks.Member{
		{"actor_name", []byte(`"Zoë 😀 \"Z\""`)},
		{"at", []byte(`"2026-11-22T07:59:58.123456Z"`)},
		{"duration_us", []byte(`1200`)},
		{"kind", []byte(`"tool_call"`)},
		{"outcome", []byte(`"refused"`)},
		{"roles", []byte(`["staff","finance"]`)},
		{"sealed_at", []byte(`"2026-11-22T07:59:59.000000Z"`)},
		{"tool", []byte(`"payroll_run_payment"`)},
		{"trace_id", []byte(`"0af7651916cd43dd8448eb211c80319c"`)},
		{"v", []byte(`1`)},
	}, more...)}
	return e
}

// Brought implements sinks.Observer.
func (w *world) Brought(_ context.Context, _ tenants.SinkKind, o sinks.Outcome, _ time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen[o]++
}

func (w *world) shipper(carriers map[tenants.SinkKind]sinks.Carrier) *sinks.Shipper {
	w.t.Helper()
	s, err := sinks.New(sinks.Options{
		Store: w, Log: w, Carriers: carriers, Observe: w, Logger: slog.New(slog.DiscardHandler), Now: w.clock.now, Every: time.Second,
		Event: func(e sinks.Entry, origin string) ([]byte, error) {
			return fmt.Appendf(nil, `{"event":%d,"of":%q}`, e.Seq, origin), nil
		},
		Prepare: func(_ context.Context, org tenants.ID, t sinks.Task) (sinks.For, error) {
			return sinks.For{Organization: w.orgs[org], Sink: t.Sink, Secret: w.secret[t.Sink.ID], Now: w.clock.now()}, nil
		},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// settle sweeps until a sweep begins nothing.
func (w *world) settle(s *sinks.Shipper) {
	w.t.Helper()
	for range 1000 {
		if err := s.Sweep(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
		s.Wait()
		if due, _ := w.DueSinks(w.t.Context(), w.clock.now(), sinks.Room{Each: 9, Fast: 9, Slow: 9}); len(due) == 0 {
			return
		}
	}
	w.t.Fatal("sinks are due for ever")
}

// web reaches this machine, as development does.
func web(t *testing.T, loopback egress.Loopback) *egress.Client {
	t.Helper()
	c, err := egress.New(egress.Options{Loopback: loopback, Timeout: 10 * time.Second, MaxResponseBytes: 64 << 10, Tracer: noop.NewTracerProvider().Tracer("")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// request is what a server was sent.
type request struct {
	method, path, query string
	header              http.Header
	body                []byte
}

// server records what it is sent, and answers as it is told.
type server struct {
	*httptest.Server
	mu     sync.Mutex
	got    []request
	answer func(w http.ResponseWriter, r request)
}

func serve(t *testing.T, answer func(w http.ResponseWriter, r request)) *server {
	t.Helper()
	s := &server{answer: answer}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got := request{r.Method, r.URL.Path, r.URL.RawQuery, r.Header.Clone(), body}
		s.mu.Lock()
		s.got = append(s.got, got)
		answer := s.answer
		s.mu.Unlock()
		answer(w, got)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *server) answers(answer func(w http.ResponseWriter, r request)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = answer
}

func (s *server) requests() []request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]request(nil), s.got...)
}

func status(code int) func(http.ResponseWriter, request) {
	return func(w http.ResponseWriter, _ request) { w.WriteHeader(code) }
}

func contosoID() tenants.ID {
	id, err := tenants.ParseID("11111111-2222-4333-8444-555555555555")
	if err != nil {
		panic(err)
	}
	return id
}

// one is for whom carriers are tried by themselves.
func one(s tenants.Sink, secret string) sinks.For {
	id := contosoID()
	s.ID = tenants.MustGUID("99999999-2222-4333-8444-555555555555")
	return sinks.For{
		Organization: tenants.Organization{ID: id, Name: "Contoso", Slug: tenants.MustSlug("contoso"), Connection: tenants.Connection{Cloud: tenants.PublicCloud}},
		Sink:         s, Secret: secret, Now: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC),
	}
}

func batch(from, n int64) sinks.Batch {
	b := sinks.Batch{Origin: "gatehouse.example/organizations/x/log"}
	for i := range n {
		b.Entries = append(b.Entries, entry(from+i))
	}
	return b
}

func anchor() sinks.Anchor {
	org := contosoID()
	return sinks.Anchor{Origin: origin(org), Size: 42, At: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC), Note: note(org, 42)}
}

func decode(t *testing.T, body []byte) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal(body, &out); err != nil {
		t.Fatalf("%v in\n%s", err, body)
	}
	return out
}
