package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"gatehouse/internal/demo"
	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
	"gatehouse/internal/secrets"
	"gatehouse/internal/store"
	"gatehouse/internal/tenants"
)

// surroundings are what the product needs around it. They live in this process
// or in PostgreSQL's, so that the product's CPU time is the product's alone.
type surroundings struct {
	databases *databases
	worlds    worlds
	entra     http.Handler
	line      *later // on which Entra is asked, the emulator's own benchmark excepted
	collector string // base URL
	product   *socket
	upstream  *socket // of the servers behind organizations
	kek       [32]byte
	stop      []func() error
}

// worlds are the organizations under load.
type worlds struct {
	plain     world // built-in tools only, as most rows need it
	federated world // with a server behind it that offers something of every kind
	few, many world // with a server behind them that offers so many tools
	crowded   world // whose people are in as many groups as a token can name
	brokered  world // whose people sign in at the product
}

// manyGroups is the most that a token names (Entra ID leaves the claim out
// beyond it).
const manyGroups = 200

func newWorlds(places demo.Places, upstream string) worlds {
	of := func(s shape) world { return newWorld(places, upstream, s) }
	return worlds{
		plain:     of(shape{slug: slug, groups: groupsEach}),
		federated: of(shape{slug: "federated", groups: groupsEach, offers: everyKind}),
		few:       of(shape{slug: "few-tools", groups: groupsEach, offers: pathOf(fewTools)}),
		many:      of(shape{slug: "many-tools", groups: groupsEach, offers: pathOf(manyTools)}),
		crowded:   of(shape{slug: "many-groups", groups: manyGroups}),
		brokered:  of(shape{slug: "brokered", groups: groupsEach, mode: tenants.Brokered}),
	}
}

func (w worlds) all() []world {
	return []world{w.plain, w.federated, w.few, w.many, w.crowded, w.brokered}
}

// directories are their Entra tenants.
func (w worlds) directories() (all []seed.Tenant) {
	for _, one := range w.all() {
		all = append(all, one.directory())
	}
	return all
}

func openSurroundings(ctx context.Context) (s *surroundings, err error) {
	s = &surroundings{}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	_, _ = rand.Read(s.kek[:]) // it ends the process rather than return an error
	if s.databases, err = openDatabases(ctx); err != nil {
		return s, err
	}
	s.stop = append(s.stop, s.databases.close)
	if s.product, err = listen(ctx); err != nil {
		return s, err
	}
	s.stop = append(s.stop, s.product.close)
	if s.upstream, err = listen(ctx); err != nil {
		return s, err
	}
	s.stop = append(s.stop, s.upstream.close)
	if s.collector, err = s.serve(ctx, http.HandlerFunc(collect)); err != nil {
		return s, err
	}
	return s, s.openEntra(ctx)
}

// openEntra starts the emulated Entra ID and Microsoft Graph.
func (s *surroundings) openEntra(ctx context.Context) error {
	entra, graph := &later{}, &later{}
	s.line = entra
	entraURL, err := s.serve(ctx, entra)
	if err != nil {
		return err
	}
	graphURL, err := s.serve(ctx, graph)
	if err != nil {
		return err
	}
	s.worlds = newWorlds(demo.Places{Base: "http://" + s.product.addr, Entra: entraURL, Graph: graphURL}, "http://"+s.upstream.addr)
	emulated, err := emulator.New(emulator.Options{
		EntraURL: entraURL, GraphURL: graphURL, ControlToken: rand.Text(), Tenants: s.worlds.directories(),
	})
	if err != nil {
		return err
	}
	entra.handler, graph.handler, s.entra = emulated.Entra(), emulated.Graph(), emulated.Entra()
	return nil
}

// later is a handler that is set once its own address is known, before anybody
// asks it. It counts how often it is asked.
type later struct {
	handler http.Handler
	asked   atomic.Int64
}

// ServeHTTP implements http.Handler.
func (l *later) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.asked.Add(1)
	l.handler.ServeHTTP(w, r)
}

// collect is an OpenTelemetry collector that forgets. An empty body is an empty
// response message.
func collect(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body) // a broken export is the sender's to report
	w.Header().Set("Content-Type", "application/x-protobuf")
	w.WriteHeader(http.StatusOK)
}

// serve answers on a free loopback port until close, and returns its URL.
func (s *surroundings) serve(ctx context.Context, h http.Handler) (string, error) {
	on, err := listen(ctx)
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: patience}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(on.listener) }()
	s.stop = append(s.stop, func() error {
		err := errors.Join(server.Close(), on.file.Close())
		if end := <-ended; !errors.Is(end, http.ErrServerClosed) {
			err = errors.Join(err, end)
		}
		return err
	})
	return "http://" + on.addr, nil
}

func (s *surroundings) close() error {
	var errs []error
	for i := len(s.stop) - 1; i >= 0; i-- {
		errs = append(errs, s.stop[i]())
	}
	return errors.Join(errs...)
}

// environ is the product's environment on a socket and a database.
func (s *surroundings) environ(on *socket, in database) []string {
	base := s.worlds.plain.places
	return []string{
		"GATEHOUSE_ENVIRONMENT=development", "GATEHOUSE_BASE_URL=http://" + on.addr, "GATEHOUSE_LISTEN=" + on.addr,
		"GATEHOUSE_DATABASE_URL=" + in.api, "GATEHOUSE_AUDIT_DATABASE_URL=" + in.audit,
		"GATEHOUSE_KEK=" + base64.StdEncoding.EncodeToString(s.kek[:]),
		"GATEHOUSE_ENTRA_URL=" + base.Entra, "GATEHOUSE_GRAPH_URL=" + base.Graph, "GATEHOUSE_ALLOW_LOOPBACK_EGRESS=true",
		"GATEHOUSE_OTLP_URL=" + s.collector, "GATEHOUSE_TRACE_RATIO=0.01", "GATEHOUSE_LOG_LEVEL=warn",
		// Limits are asked as always, and lie where nothing that is measured reaches them.
		"GATEHOUSE_ORGANIZATION_RATE=500000", "GATEHOUSE_CALLER_RATE=500000", "GATEHOUSE_CLIENT_RATE=500000", "GATEHOUSE_TOOL_RATE=500000",
	}
}

// workerEnviron is the worker's environment on a database. There is no Redis: sealing
// needs none.
func (s *surroundings) workerEnviron(in database) []string {
	base := s.worlds.plain.places
	return []string{
		"GATEHOUSE_ENVIRONMENT=development", "GATEHOUSE_BASE_URL=" + base.Base, "GATEHOUSE_DATABASE_URL=" + in.worker, "GATEHOUSE_REDIS_URL=redis://127.0.0.1:1/0",
		"GATEHOUSE_WORKER_LISTEN=localhost:0", "GATEHOUSE_KEK=" + base64.StdEncoding.EncodeToString(s.kek[:]), "GATEHOUSE_ENTRA_URL=" + base.Entra,
		"GATEHOUSE_GRAPH_URL=" + base.Graph, "GATEHOUSE_ALLOW_LOOPBACK_EGRESS=true", "GATEHOUSE_LOG_LEVEL=error",
	}
}

// planter is a way into a database for organizations.
type planter struct {
	db  *store.DB
	box *secrets.Box
}

func (s *surroundings) openPlanter(ctx context.Context, in database) (planter, error) {
	kek, err := secrets.NewLocalKEK(s.kek)
	if err != nil {
		return planter{}, err
	}
	box, err := secrets.NewBox(kek)
	if err != nil {
		return planter{}, err
	}
	db, err := store.Open(ctx, in.api, time.Now)
	if err != nil {
		return planter{}, fmt.Errorf("seed: %w", err)
	}
	return planter{db: db, box: box}, nil
}
