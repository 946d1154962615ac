//go:build unix

package devstack_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/internal/devstack"
)

func TestKeptStateSurvivesUntilDiscarded(t *testing.T) {
	t.Parallel()
	o := devstack.PostgresOptions{Data: filepath.Join(t.TempDir(), "data"), Durability: devstack.Volatile}
	t.Cleanup(func() { must(t, devstack.Discard(o.Data)) })

	first := startPostgres(t, o)
	home := homeOf(t, first.URL("postgres"))
	execute(t, first.URL("postgres"), "CREATE TABLE notes AS SELECT 'kept' AS text")
	must(t, first.Stop())

	second := startPostgres(t, o)
	if got := scan[string](t, second.URL("postgres"), "SELECT text FROM notes"); got != "kept" {
		t.Errorf("note is %q", got)
	}
	if err := devstack.Discard(o.Data); err == nil || !strings.Contains(err.Error(), "a running process uses it") {
		t.Errorf("discarding under a running server: %v", err)
	}
	_, err := devstack.StartPostgres(t.Context(), o)
	if err == nil || !strings.Contains(err.Error(), "a running process uses it") {
		t.Errorf("a second owner got: %v", err)
	}
	must(t, second.Stop())

	must(t, devstack.Discard(o.Data))
	if !gone(home) {
		t.Errorf("%s is still there", home)
	}
	left, err := os.ReadDir(o.Data)
	must(t, err)
	if len(left) > 0 {
		t.Errorf("discarding leaves %v", left)
	}
	third := startPostgres(t, o)
	if n := scan[int](t, third.URL("postgres"), "SELECT count(*) FROM pg_tables WHERE tablename = 'notes'"); n != 0 {
		t.Error("discarded state is still there")
	}
	must(t, third.Stop())
}

func TestDiscardingNothingIsFine(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "never-used")
	must(t, devstack.Discard(dir))
	if !gone(dir) {
		t.Error("discarding made the directory")
	}
}

func TestFilesOfAnotherVersionAreExplained(t *testing.T) {
	t.Parallel()
	o := devstack.PostgresOptions{Data: t.TempDir(), Durability: devstack.Volatile}
	t.Cleanup(func() { must(t, devstack.Discard(o.Data)) })
	p := startPostgres(t, o)
	home := homeOf(t, p.URL("postgres"))
	must(t, p.Stop())
	must(t, os.WriteFile(filepath.Join(home, "files", "PG_VERSION"), []byte("99\n"), 0o600))
	_, err := devstack.StartPostgres(t.Context(), o)
	if err == nil || !strings.Contains(err.Error(), "written by PostgreSQL 99") {
		t.Errorf("error is %v", err)
	}
	if gone(home) {
		t.Error("the files were removed")
	}
}

func TestForeignPointerIsNotFollowed(t *testing.T) {
	t.Parallel()
	o := devstack.PostgresOptions{Data: t.TempDir(), Durability: devstack.Volatile}
	t.Cleanup(func() { must(t, devstack.Discard(o.Data)) })
	bait := filepath.Join(openDir(t), "gatehouse-kept-bait")
	must(t, os.Mkdir(bait, 0o755)) // has no lock of ours
	must(t, os.WriteFile(filepath.Join(o.Data, "postgres.location"), []byte(bait), 0o600))
	p := startPostgres(t, o)
	if home := homeOf(t, p.URL("postgres")); home == bait {
		t.Error("the server works where the pointer said")
	}
	must(t, p.Stop())
}

func TestServerStartsUnderAPrivateParent(t *testing.T) {
	t.Parallel()
	private := filepath.Join(t.TempDir(), "private")
	must(t, os.Mkdir(private, 0o700))
	for _, data := range []string{"", filepath.Join(private, "data")} {
		h := startHolder(t, private, data, "TMPDIR="+private)
		if got := scan[int](t, h.url, "SELECT 1"); got != 1 {
			t.Error("the server does not answer")
		}
		must(t, h.stdin.Close())
		must(t, h.cmd.Wait())
		if data != "" {
			must(t, devstack.Discard(data))
		}
	}
}
