package demo

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"gatehouse/internal/app"
	"gatehouse/internal/config"
	"gatehouse/internal/devstack"
	"gatehouse/internal/emulator"
	"gatehouse/internal/localca"
	"gatehouse/internal/secrets"
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
	redis     *devstack.Redis // in this process; whoever works through queues needs one
	telemetry *telemetry.Telemetry
	emulator  *emulator.Emulator
	notes     http.Handler
	api       *app.API
	database  database
	listeners map[part][]net.Listener
}

// part is one of the servers.
type part uint8

const (
	apiPart part = iota
	entraPart
	graphPart
	notesPart
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
	return s, s.openAPI(ctx, key)
}

// listen opens every port first: their numbers are part of the world.
func (s *Stack) listen(ctx context.Context) error {
	parts := []struct {
		part    part
		address string
		url     *string
	}{{apiPart, s.settings.Listen, &s.Places.Base}, {entraPart, s.settings.Entra, &s.Places.Entra}, {graphPart, s.settings.Graph, &s.Places.Graph}, {notesPart, "localhost:0", &s.Places.Notes}}
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

// configuration is the api process's, as an operator would set it.
func (s *Stack) configuration(key Key) (config.API, error) {
	kek := key.bytes("key-encryption key")
	environ := []string{
		"GATEHOUSE_ENVIRONMENT=development", "GATEHOUSE_BASE_URL=" + s.Places.Base, "GATEHOUSE_LISTEN=" + s.listeners[apiPart][0].Addr().String(),
		"GATEHOUSE_DATABASE_URL=" + s.database.api, "GATEHOUSE_AUDIT_DATABASE_URL=" + s.database.audit,
		"GATEHOUSE_KEK=" + base64.StdEncoding.EncodeToString(kek[:]),
		"GATEHOUSE_ENTRA_URL=" + s.Places.Entra, "GATEHOUSE_GRAPH_URL=" + s.Places.Graph, "GATEHOUSE_ALLOW_LOOPBACK_EGRESS=true",
		"GATEHOUSE_EXTRA_ORIGINS=http://localhost:6274,http://127.0.0.1:6274",             // the MCP Inspector's page
		"GATEHOUSE_ANY_LOOPBACK_PORT=" + strconv.FormatBool(s.settings.Conformance != ""), // the suite comes through a proxy
		"GATEHOUSE_ORGANIZATION_RATE=1000000", "GATEHOUSE_CALLER_RATE=1000000",            // one laptop is one caller
		"GATEHOUSE_CLIENT_RATE=1000000", "GATEHOUSE_TOOL_RATE=1000000", "GATEHOUSE_REDIS_URL=" + s.redis.URL(),
		"GATEHOUSE_ORGANIZATION_CONCURRENCY=4096", "GATEHOUSE_CALLER_CONCURRENCY=4096",
		"GATEHOUSE_LOG_LEVEL=" + strings.ToLower(s.settings.LogLevel.String()),
	}
	environ = append(environ, s.platform(key)...)
	if s.authority != nil {
		environ = append(environ, "GATEHOUSE_EXTRA_CA_FILE="+s.authority.CertFile())
	}
	return config.Source{ReadFile: os.ReadFile, Environ: environ}.API()
}

// platform is the console's and the shared app's part of the configuration.
func (s *Stack) platform(key Key) []string {
	us := Platform()
	return []string{
		"GATEHOUSE_PLATFORM_TENANT_ID=" + us.TID.String(), "GATEHOUSE_ADMISSION=open", "GATEHOUSE_OPERATOR_DATABASE_URL=" + s.database.operator,
		"GATEHOUSE_CONSOLE_CLIENT_ID=" + us.Console.String(), "GATEHOUSE_CONSOLE_CLIENT_SECRET=" + us.ConsoleSecret(key),
		"GATEHOUSE_SHARED_APP_CLIENT_ID=" + us.SharedApp.String(), "GATEHOUSE_SHARED_APP_CREDENTIAL=client_secret",
		"GATEHOUSE_SHARED_APP_CLIENT_SECRET=" + us.SharedSecret(key), "GATEHOUSE_SHARED_APP_IDENTIFIER_URI=" + us.SharedURI(),
	}
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

func (s *Stack) seed(ctx context.Context, key Key) error {
	kek, err := secrets.NewLocalKEK(key.bytes("key-encryption key"))
	if err != nil {
		return err
	}
	box, err := secrets.NewBox(kek)
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
	ended := make(chan error, 1)
	go func() { ended <- s.api.Run(background) }()
	var serving sync.WaitGroup
	errs := make(chan error, len(s.listeners))
	for p, handler := range map[part]http.Handler{apiPart: s.api.Handler(), entraPart: s.emulator.Entra(), graphPart: s.emulator.Graph(), notesPart: s.notes} {
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
	err := errors.Join(<-ended, <-watched)
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
	if s.redis != nil {
		errs = append(errs, s.redis.Stop())
	}
	if s.postgres != nil {
		errs = append(errs, s.postgres.Stop())
	}
	return errors.Join(errs...)
}
