package chaos_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/devstack"
	"gatehouse/internal/store"
)

// The database roles of the processes, on a throw-away server.
var (
	apiRole    = devstack.Role{Name: "gatehouse_api", Password: "api-pass-5f3a"}
	auditRole  = devstack.Role{Name: "gatehouse_audit_writer", Password: "audit-pass-9c1e"}
	workerRole = devstack.Role{Name: "gatehouse_worker", Password: "worker-pass-27b8"}
)

// template is the migrated database that tests clone.
const template = "chaos_template"

// startLimit bounds what comes before any test: starting PostgreSQL, building.
const startLimit = 5 * time.Minute

// shared is what all tests of the package use. Each part is made when the first
// test asks for it.
var shared struct {
	server   func() (*devstack.Postgres, error)
	binaries func() (string, error) // directory that holds api, worker and gatehouse
	dir      string
	started  atomic.Bool
	sequence atomic.Int64
}

func TestMain(m *testing.M) {
	if url := os.Getenv(choringDatabase); url != "" {
		fmt.Fprintln(os.Stderr, beChoring(url, os.Getenv(choringRedis)))
		os.Exit(1)
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "gatehouse-chaos-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	shared.dir, shared.server, shared.binaries = dir, sync.OnceValues(startServer), sync.OnceValues(build)
	code := m.Run()
	if !shared.started.Load() {
		return code
	}
	server, err := shared.server()
	if err == nil {
		err = server.Stop()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "stop PostgreSQL:", err)
		code = 1
	}
	return code
}

// startServer starts a PostgreSQL that waits for its disk, outside everything
// that gets killed.
func startServer() (*devstack.Postgres, error) {
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	server, err := devstack.StartPostgres(ctx, devstack.PostgresOptions{Durability: devstack.Durable})
	if err != nil {
		return nil, err
	}
	shared.started.Store(true)
	return server, errors.Join(server.CreateDatabase(ctx, template), migrate(ctx, server, template))
}

// migrate brings a database to the newest schema and lets the roles in.
func migrate(ctx context.Context, server *devstack.Postgres, database string) error {
	if _, err := store.Migrate(ctx, server.URL(database)); err != nil {
		return err
	}
	return server.Admit(ctx, apiRole, auditRole, workerRole)
}

// build compiles the production binaries once, marked with their commit where
// there is one.
func build() (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", "build", "-buildvcs=auto", "-o", shared.dir, "gatehouse/cmd/api", "gatehouse/cmd/worker", "gatehouse/cmd/gatehouse")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the binaries: %w\n%s", err, out)
	}
	return shared.dir, nil
}

// binary returns the path of a production binary.
func binary(t *testing.T, name string) string {
	t.Helper()
	dir, err := shared.binaries()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, name)
}

// postgres returns the package's server.
func postgres(t *testing.T) *devstack.Postgres {
	t.Helper()
	server, err := shared.server()
	if err != nil {
		t.Fatalf("no PostgreSQL for this test: %v", err)
	}
	return server
}

// cloned returns the name of a fresh database of the package's server, with the
// schema, gone when the test ends.
func cloned(t *testing.T) string {
	t.Helper()
	server := postgres(t)
	name := fmt.Sprintf("chaos_%d", shared.sequence.Add(1))
	must(t, server.CloneDatabase(t.Context(), template, name))
	t.Cleanup(func() {
		if err := server.DropDatabase(context.Background(), name); err != nil {
			t.Error(err)
		}
	})
	return name
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// eventually asks until the answer is yes.
func eventually(t *testing.T, within time.Duration, what string, ask func() bool) {
	t.Helper()
	late, tick := time.NewTimer(within), time.NewTicker(10*time.Millisecond)
	defer late.Stop()
	defer tick.Stop()
	for !ask() {
		select {
		case <-late.C:
			t.Fatalf("%s has not happened within %s", what, within)
		case <-tick.C:
		}
	}
}
