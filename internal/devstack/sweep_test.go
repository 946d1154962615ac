//go:build unix

package devstack_test

import (
	"os"
	"path/filepath"
	"testing"

	"gatehouse/internal/devstack"
)

func TestNextStartSweepsWhatAKilledProcessLeft(t *testing.T) {
	t.Parallel()
	for name, data := range map[string]string{"on disk": "", "perhaps in memory": volatile} {
		t.Run(name, func(t *testing.T) { t.Parallel(); sweepsWhatIsLeft(t, data) })
	}
}

func sweepsWhatIsLeft(t *testing.T, data string) {
	t.Helper()
	h := startHolder(t, t.TempDir(), data)
	home := homeOf(t, h.url)
	alive := startPostgres(t, devstack.PostgresOptions{Durability: devstack.Volatile})
	if gone(home) {
		t.Fatal("a start sweeps a home whose owner lives")
	}
	h.kill(t)
	startPostgres(t, devstack.PostgresOptions{Durability: devstack.Volatile})
	// Another start of this machine may be sweeping it at this moment.
	eventually(t, "the killed process's home is removed", func() bool { return gone(home) })
	if left := workersIn(t, home); len(left) > 0 {
		t.Errorf("processes %v survive the sweep", left)
	}
	if got := scan[int](t, alive.URL("postgres"), "SELECT 1"); got != 1 {
		t.Error("the sweep ended a server whose owner lives")
	}
}

func TestKeptStateOfAKilledProcessIsTakenOver(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	t.Cleanup(func() { must(t, devstack.Discard(data)) })
	h := startHolder(t, t.TempDir(), data)
	execute(t, h.url, "CREATE TABLE notes AS SELECT 'kept' AS text")
	h.kill(t)
	p := startPostgres(t, devstack.PostgresOptions{Data: data})
	if got := scan[string](t, p.URL("postgres"), "SELECT text FROM notes"); got != "kept" {
		t.Errorf("note is %q", got)
	}
	must(t, p.Stop())
}

func TestKeptHomeWithoutPointerIsSwept(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	p := startPostgres(t, devstack.PostgresOptions{Data: data, Durability: devstack.Volatile})
	home := homeOf(t, p.URL("postgres"))
	must(t, p.Stop())
	startPostgres(t, devstack.PostgresOptions{Durability: devstack.Volatile})
	if gone(home) {
		t.Fatal("a home with a pointer was swept")
	}
	must(t, os.RemoveAll(data)) // what a user does who is tired of it
	startPostgres(t, devstack.PostgresOptions{Durability: devstack.Volatile})
	eventually(t, "the home is removed", func() bool { return gone(home) })
}

func TestFailedStartLeavesNothing(t *testing.T) {
	tmp := openDir(t)
	t.Setenv("TMPDIR", tmp)
	o := devstack.PostgresOptions{Settings: map[string]string{"no_such": "1"}}
	if _, err := devstack.StartPostgres(t.Context(), o); err == nil {
		t.Fatal("a server with a bad setting started")
	}
	left, err := filepath.Glob(filepath.Join(tmp, "*"))
	must(t, err)
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
