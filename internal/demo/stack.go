package demo

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"syscall"
	"time"

	"gatehouse/internal/app"
	"gatehouse/internal/devstack"
	"gatehouse/internal/emulator"
	"gatehouse/internal/localca"
	"gatehouse/internal/store"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tools"
	"gatehouse/internal/tools/builtin"
)

// Settings is how gatehouse-dev was started. Every field but DatabaseURL and
// Conformance is required; addresses are loopback, and port 0 means any free one.
type Settings struct {
	Listen      string
	Entra       string
	Graph       string
	Data        string    // everything it keeps, or a pointer to it
	TLS         bool      // https with an authority of this machine's own, kept in Data
	DatabaseURL string    // a PostgreSQL to use instead of starting one
	Conformance string    // URL of an MCP server that an organization of its own has; empty: there is none
	Month       bool      // the organizations begin with a month of history
	Progress    io.Writer // a line before what takes long
	Logs        io.Writer
	LogLevel    slog.Level
}

// Stack is the whole platform in one process, with its surroundings.
type Stack struct {
	Places       Places
	ControlToken string
	World        World

	settings  Settings
	authority *localca.CA // nil without TLS
	postgres  *devstack.Postgres
	redis     *devstack.Redis // in this process
	telemetry *telemetry.Telemetry
	emulator  *emulator.Emulator
	notes     http.Handler
	mailroom  *mailroom
	api       *app.API
	worker    *app.Worker
	database  database
	listeners map[part][]net.Listener
	mailURL   string
}

// part is one of the servers.
type part uint8

const (
	apiPart part = iota
	entraPart
	graphPart
	notesPart
	mailPart
)

// Start brings everything up but serves nothing yet: Run does. A Stack that
// Start returned must be Run.
func Start(ctx context.Context, o Settings) (_ *Stack, err error) {
	s := &Stack{settings: o, listeners: map[part][]net.Listener{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close(ctx))
		}
	}()
	if err := os.MkdirAll(o.Data, 0o700); err != nil {
		return nil, fmt.Errorf("make data directory: %w", err)
	}
	key, err := LoadKey(o.Data)
	if err != nil {
		return nil, err
	}
	if o.TLS {
		if s.authority, err = localca.Open(o.Data); err != nil {
			return nil, err
		}
	}
	if err := s.listen(ctx); err != nil {
		return nil, err
	}
	s.World = World{Places: s.Places, Secrets: key, Conformance: o.Conformance}
	s.ControlToken = key.Text("control token")
	s.notes = notesOf(Companies(), s.ControlToken)
	if s.mailroom, err = openMailroom(ctx, s.ControlToken); err != nil {
		return nil, err
	}
	if s.emulator, err = emulator.New(emulator.Options{
		EntraURL: s.Places.Entra, GraphURL: s.Places.Graph, ControlToken: s.ControlToken, Tenants: Directories(s.Places, key, s.World.further()...),
		Outbound: outbound(s.authority),
	}); err != nil {
		return nil, err
	}
	if err := s.openDatabase(ctx, key); err != nil {
		return nil, err
	}
	if s.redis, err = devstack.StartMiniRedis(); err != nil {
		return nil, err
	}
	if err := s.keepDatabaseURL(); err != nil {
		return nil, err
	}
	if err := s.openAPI(ctx, key); err != nil {
		return nil, err
	}
	return s, s.openWorker(ctx, key)
}

// listen opens every port first: their numbers are part of the world.
func (s *Stack) listen(ctx context.Context) error {
	parts := []struct {
		part    part
		address string
		url     *string
	}{{apiPart, s.settings.Listen, &s.Places.Base}, {entraPart, s.settings.Entra, &s.Places.Entra}, {graphPart, s.settings.Graph, &s.Places.Graph}, {notesPart, "localhost:0", &s.Places.Notes}, {mailPart, "localhost:0", &s.mailURL}}
	var errs []error
	for _, p := range parts {
		errs = append(errs, checkAddress(p.address))
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for _, p := range parts {
		listeners, url, err := listenLocal(ctx, p.address, s.authority)
		if errors.Is(err, syscall.EADDRINUSE) {
			return fmt.Errorf("%w; stop what uses the port, or choose others with --listen, --entra and --graph (port 0 is any free one)", err)
		}
		if err != nil {
			return err
		}
		s.listeners[p.part], *p.url = listeners, url
	}
	return nil
}

// Trust lists who vouches for the servers; nobody without TLS.
func (s *Stack) Trust() []*x509.Certificate {
	if s.authority == nil {
		return nil
	}
	return []*x509.Certificate{s.authority.Certificate()}
}

func (s *Stack) openAPI(ctx context.Context, key Key) error {
	c, err := s.configuration(key)
	if err != nil {
		return err
	}
	s.telemetry, err = telemetry.Setup(ctx, telemetry.Options{
		Service: "gatehouse-dev", Version: app.Version, LogWriter: s.settings.Logs, LogLevel: s.settings.LogLevel,
	})
	if err != nil {
		return err
	}
	if err := s.seed(ctx, key); err != nil {
		return err
	}
	s.api, err = app.NewAPI(ctx, app.Options{Config: c, Telemetry: s.telemetry, Now: time.Now})
	return err
}

func (s *Stack) openWorker(ctx context.Context, key Key) error {
	c, err := s.workerConfiguration(key)
	if err != nil {
		return err
	}
	s.worker, err = app.NewWorker(ctx, app.WorkerOptions{Config: c, Telemetry: s.telemetry, Now: time.Now})
	return err
}

func (s *Stack) seed(ctx context.Context, key Key) error {
	box, err := key.Box()
	if err != nil {
		return err
	}
	registry, err := tools.NewRegistry(builtin.Tools(builtin.Deps{}))
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, s.database.api, time.Now)
	if err != nil {
		return err
	}
	db.KeepHistory(box)
	if s.settings.Month {
		if err := s.seedPast(ctx, key, registry); err != nil {
			return errors.Join(err, db.Close())
		}
	}
	return errors.Join(Seed(ctx, db, box, registry, s.World), db.Close())
}

// drain is what ends the long answers of a part when it stops; nil: it has none.
func (s *Stack) drain(p part) func(context.Context) {
	if p == apiPart {
		return s.api.Drain
	}
	return nil
}

// Run serves until ctx ends, then stops everything it started.
func (s *Stack) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	background, stopBackground := context.WithCancel(context.WithoutCancel(ctx))
	defer stopBackground()
	ended := make(chan error, 2)
	for _, run := range []func(context.Context) error{s.api.Run, s.worker.Run} {
		go func() { ended <- run(background) }()
	}
	var serving sync.WaitGroup
	errs := make(chan error, len(s.listeners))
	for p, handler := range map[part]http.Handler{
		apiPart: s.api.Handler(), entraPart: s.emulator.Entra(), graphPart: s.emulator.Graph(), notesPart: s.notes, mailPart: s.mailroom.handler(),
	} {
		serving.Go(func() {
			errs <- app.Server{Handler: handler, Drain: s.drain(p), Grace: stopGrace, Logger: s.telemetry.Logger}.Serve(ctx, s.listeners[p]...)
			stop() // one part that fails takes the others with it
		})
	}
	watched := make(chan error, 1)
	go func() { watched <- s.watch(ctx, stop) }()
	serving.Wait()
	stop()
	close(errs)
	stopBackground()
	err := errors.Join(<-ended, <-ended, <-watched)
	for e := range errs {
		if !errors.Is(e, app.ErrCutOff) { // somebody at a keyboard has waited long enough
			err = errors.Join(err, e)
		}
	}
	return errors.Join(err, s.close(ctx))
}

// watch ends the stack when its database does: nothing works without it.
func (s *Stack) watch(ctx context.Context, stop func()) error {
	select {
	case <-s.postgres.Done():
		stop()
		return errors.New("PostgreSQL has ended; start again")
	case <-ctx.Done():
		return nil
	}
}

// stopGrace bounds how long requests under way may take when it stops.
const stopGrace = 2 * time.Second

func (s *Stack) close(ctx context.Context) error {
	var errs []error
	for _, listeners := range s.listeners {
		for _, l := range listeners {
			if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
				errs = append(errs, err)
			}
		}
	}
	if s.emulator != nil {
		s.emulator.Close()
	}
	if s.telemetry != nil {
		errs = append(errs, s.telemetry.Shutdown(context.WithoutCancel(ctx)))
	}
	if s.mailroom != nil {
		errs = append(errs, s.mailroom.mails.Stop())
	}
	if s.redis != nil {
		errs = append(errs, s.redis.Stop())
	}
	if s.postgres != nil {
		errs = append(errs, s.postgres.Stop())
	}
	return errors.Join(errs...)
}
