//go:build unix

package devstack_test

import (
	"context"
	"errors"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"gatehouse/internal/devstack"
)

func TestStoppedServerLeavesNothing(t *testing.T) {
	t.Parallel()
	p := startPostgres(t, devstack.PostgresOptions{})
	home := homeOf(t, p.URL("postgres"))
	idle, err := pgx.Connect(t.Context(), p.URL("postgres")) // a client that does not go away by itself
	must(t, err)
	defer func() { _ = idle.Close(context.WithoutCancel(t.Context())) }()

	began := time.Now()
	must(t, p.Stop())
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("Stop took %v", took)
	}
	if left := workersIn(t, home); len(left) > 0 {
		t.Errorf("processes %v still work in %s", left, home)
	}
	if !gone(home) {
		t.Errorf("%s is still there", home)
	}
	select {
	case <-p.Done():
	default:
		t.Error("Done is not closed after Stop")
	}
	must(t, p.Stop()) // again
}

func TestDurabilityIsOnUnlessAskedOtherwise(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		durability devstack.Durability
		want       string
	}{{devstack.Durable, "on"}, {devstack.Volatile, "off"}} {
		p := startPostgres(t, devstack.PostgresOptions{Durability: c.durability})
		for _, setting := range []string{"fsync", "synchronous_commit", "full_page_writes"} {
			if got := scan[string](t, p.URL("postgres"), "SHOW "+setting); got != c.want {
				t.Errorf("durability %d: %s is %q, want %q", c.durability, setting, got, c.want)
			}
		}
	}
}

func TestServerIsClosedToStrangers(t *testing.T) {
	t.Parallel()
	p := startPostgres(t, devstack.PostgresOptions{Durability: devstack.Volatile})
	if got := scan[string](t, p.URL("postgres"), "SHOW listen_addresses"); got != "127.0.0.1" {
		t.Errorf("listens on %q", got)
	}
	u, err := url.Parse(p.URL("postgres"))
	must(t, err)
	for _, who := range []*url.Userinfo{url.User("postgres"), url.UserPassword("postgres", "postgres")} {
		u.User = who
		if c, err := pgx.Connect(t.Context(), u.String()); err == nil {
			_ = c.Close(t.Context())
			t.Errorf("%s got in", who)
		}
	}
	if os.Geteuid() == 0 {
		pid, err := os.ReadFile(filepath.Join(homeOf(t, p.URL("postgres")), "files", "postmaster.pid"))
		must(t, err)
		info, err := os.Stat(filepath.Join("/proc", strings.Fields(string(pid))[0]))
		must(t, err)
		if uidOf(t, info) == 0 {
			t.Error("the server runs as root")
		}
	}
}

func TestClonedDatabaseIsACopyOfItsTemplate(t *testing.T) {
	t.Parallel()
	p := startPostgres(t, devstack.PostgresOptions{Durability: devstack.Volatile})
	must(t, p.CreateDatabase(t.Context(), `tem"plate`))
	execute(t, p.URL(`tem"plate`), "CREATE TABLE notes AS SELECT 'kept' AS text")
	must(t, p.CloneDatabase(t.Context(), `tem"plate`, "copy"))
	execute(t, p.URL("copy"), "INSERT INTO notes VALUES ('new')")
	if n := scan[int](t, p.URL("copy"), "SELECT count(*) FROM notes"); n != 2 {
		t.Errorf("copy has %d rows, want 2", n)
	}
	if n := scan[int](t, p.URL(`tem"plate`), "SELECT count(*) FROM notes"); n != 1 {
		t.Errorf("template has %d rows, want 1", n)
	}
	if err := p.CreateDatabase(t.Context(), "copy"); err == nil {
		t.Error("a second database of the same name was made")
	}
	must(t, p.EnsureDatabase(t.Context(), "copy"))
	if n := scan[int](t, p.URL("copy"), "SELECT count(*) FROM notes"); n != 2 {
		t.Errorf("ensured database has %d rows, want the 2 it had", n)
	}
	must(t, p.DropDatabase(t.Context(), "copy"))
	must(t, p.DropDatabase(t.Context(), "copy"))
	if n := scan[int](t, p.URL("postgres"), "SELECT count(*) FROM pg_database WHERE datname = 'copy'"); n != 0 {
		t.Error("dropped database is still there")
	}
	must(t, p.EnsureDatabase(t.Context(), "copy"))
	if got := scan[string](t, p.URL("copy"), "SELECT current_database()"); got != "copy" {
		t.Errorf("connected to %q", got)
	}
}

func TestSettingsReachTheServer(t *testing.T) {
	t.Parallel()
	p := startPostgres(t, devstack.PostgresOptions{Settings: map[string]string{"work_mem": "7MB"}})
	if got := scan[string](t, p.URL("postgres"), "SHOW work_mem"); got != "7MB" {
		t.Errorf("work_mem is %q", got)
	}
}

func TestTakenPortIsNamedAsTheCause(t *testing.T) {
	t.Parallel()
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp4", "127.0.0.1:0")
	must(t, err)
	defer func() { must(t, taken.Close()) }()
	_, port, err := net.SplitHostPort(taken.Addr().String())
	must(t, err)
	_, err = devstack.StartPostgres(t.Context(), devstack.PostgresOptions{Settings: map[string]string{"port": port}})
	if err == nil || !strings.Contains(err.Error(), "port is taken") {
		t.Errorf("error is %v", err)
	}
}

func TestBadSettingIsQuotedFromTheServer(t *testing.T) {
	t.Parallel()
	_, err := devstack.StartPostgres(t.Context(), devstack.PostgresOptions{Settings: map[string]string{"no_such": "1"}})
	if err == nil || !strings.Contains(err.Error(), "no_such") {
		t.Errorf("error is %v", err)
	}
}

func TestNamedServerIsUsedAndLeftRunning(t *testing.T) {
	t.Parallel()
	real := startPostgres(t, devstack.PostgresOptions{Durability: devstack.Volatile})
	p, err := devstack.StartPostgres(t.Context(), devstack.PostgresOptions{ServerURL: real.URL("postgres")})
	must(t, err)
	must(t, p.CreateDatabase(t.Context(), "guest"))
	if got := scan[string](t, p.URL("guest"), "SELECT current_database()"); got != "guest" {
		t.Errorf("connected to %q", got)
	}
	must(t, p.Stop())
	if got := scan[int](t, real.URL("postgres"), "SELECT 1"); got != 1 {
		t.Error("the named server was stopped")
	}
}

func TestUnusableServerURLIsExplained(t *testing.T) {
	t.Parallel()
	port, err := unusedPort(t)
	must(t, err)
	silent := "127.0.0.1:" + strconv.Itoa(port)
	for dsn, want := range map[string]string{
		"mysql://root:hush@localhost/":       "postgres://user:password@host:port/database",
		"postgres://u:hush@" + silent + "/x": silent,
	} {
		_, err := devstack.StartPostgres(t.Context(), devstack.PostgresOptions{ServerURL: dsn})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hush") {
			t.Errorf("error is %v, want one that names %q and no password", err, want)
		}
	}
}

// unusedPort returns a port that nothing listens on.
func unusedPort(t *testing.T) (int, error) {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp4", "127.0.0.1:0")
	must(t, err)
	addr, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		return 0, errors.New("not a TCP address")
	}
	return addr.Port, l.Close()
}
