// Package storetest gives tests a real PostgreSQL: one server for a test binary,
// one migrated template, and a clone of it for whoever asks. Only tests import
// it. A test that cannot get a server fails.
package storetest

import (
	"context"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/config"
	"gatehouse/internal/devstack"
	"gatehouse/internal/store"
)

// Database is one test's own database, with the schema and the roles.
type Database struct {
	Superuser string // row level security does not bind it
	API       string // role gatehouse_api
	Audit     string // role gatehouse_audit_writer
	Operator  string // role gatehouse_operator
	Worker    string // role gatehouse_worker
}

// The roles of the processes, on a throw-away server.
var (
	api      = devstack.Role{Name: "gatehouse_api", Password: "storetest"}
	writer   = devstack.Role{Name: "gatehouse_audit_writer", Password: "storetest"}
	operator = devstack.Role{Name: "gatehouse_operator", Password: "storetest"}
	worker   = devstack.Role{Name: "gatehouse_worker", Password: "storetest"}
)

var (
	server   = sync.OnceValues(start)
	sequence atomic.Int64
)

const template = "gatehouse_template"

// New returns a fresh database, gone when the test ends.
func New(tb testing.TB) Database {
	tb.Helper()
	s, err := server()
	if err != nil {
		tb.Fatalf("no PostgreSQL for this test: %v", err)
	}
	name := fmt.Sprintf("test_%d_%d", os.Getpid(), sequence.Add(1))
	if err := s.CloneDatabase(tb.Context(), template+suffix(), name); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.DropDatabase(context.Background(), name); err != nil {
			tb.Error(err)
		}
	})
	return Database{Superuser: s.URL(name), API: s.URLAs(api, name), Audit: s.URLAs(writer, name), Operator: s.URLAs(operator, name), Worker: s.URLAs(worker, name)}
}

// Open returns the database's store under the role of the api process.
func (d Database) Open(tb testing.TB) *store.DB {
	tb.Helper()
	return open(tb, d.API)
}

// OpenWorker returns the database's store under the role of the worker.
func (d Database) OpenWorker(tb testing.TB) *store.DB {
	tb.Helper()
	return open(tb, d.Worker)
}

func open(tb testing.TB, url string) *store.DB {
	tb.Helper()
	db, err := store.Open(tb.Context(), url, time.Now)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Error(err)
		}
	})
	return db
}

// OpenOutbox returns the database's outbox under the role of the audit writer.
func (d Database) OpenOutbox(tb testing.TB) *store.Outbox {
	tb.Helper()
	o, err := store.OpenOutbox(tb.Context(), d.Audit)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(o.Close)
	return o
}

// Run runs the tests of a package and stops the server afterwards. A package
// calls it from its TestMain.
func Run(m *testing.M) {
	code := m.Run()
	if err := Stop(); err != nil {
		fmt.Fprintln(os.Stderr, "stop PostgreSQL:", err)
		code = 1
	}
	os.Exit(code)
}

// Stop stops the server, for a package whose TestMain has more to do than Run.
func Stop() error {
	if s, err := server(); err == nil { // otherwise whoever asked for a database has said so
		return s.Stop()
	}
	return nil
}

// start brings up the server and its template. A server that the environment
// names is shared by several test binaries, so each has a template of its own.
func start() (*devstack.Postgres, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	c, err := config.FromEnvironment().Dev()
	if err != nil {
		return nil, err
	}
	s, err := devstack.StartPostgres(ctx, devstack.PostgresOptions{ServerURL: c.TestDatabaseURL.Reveal(), Durability: devstack.Volatile})
	if err != nil {
		return nil, err
	}
	if err := s.DropDatabase(ctx, template+suffix()); err != nil {
		return nil, err
	}
	if err := s.CreateDatabase(ctx, template+suffix()); err != nil {
		return nil, err
	}
	if _, err := store.Migrate(ctx, s.URL(template+suffix())); err != nil {
		return nil, err
	}
	return s, s.Admit(ctx, api, writer, operator, worker)
}

func suffix() string { return fmt.Sprintf("_%d", os.Getpid()) }
