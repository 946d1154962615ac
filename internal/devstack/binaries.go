//go:build unix

package devstack

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// oldestPostgres is the oldest major version that Gatehouse runs on.
const oldestPostgres = 15

// binaries is a PostgreSQL that works.
type binaries struct {
	dir   string
	major int
}

func (b binaries) path(program string) string { return filepath.Join(b.dir, program) }

// findBinaries returns the first PostgreSQL that a can run: from the given
// places, or the usual ones, or else from the npm package. wanted is the major
// version that wrote existing files, 0 for none: a local match goes first.
func findBinaries(ctx context.Context, o PostgresOptions, a account, wanted int) (binaries, error) {
	places := o.Places
	if places == nil {
		places = usualPlaces()
	}
	var found []binaries
	var refused []string
	for _, dir := range places {
		b, err := probe(ctx, dir, a)
		if err != nil {
			refused = append(refused, fmt.Sprintf("%s: %v", dir, err))
			continue
		}
		if b.major == wanted || wanted == 0 {
			return b, nil
		}
		found = append(found, b)
	}
	if len(found) > 0 && wanted != npmMajor {
		return found[0], nil // the caller says which version is missing
	}
	b, err := npmBinaries(ctx, npmCache(o, a), a, progress(o))
	if err != nil {
		return binaries{}, fmt.Errorf("find PostgreSQL %d or newer: %w; looked in [%s]: install postgresql "+
			"(apt-get install postgresql, brew install postgresql) or name a running server", oldestPostgres, err, strings.Join(refused, "; "))
	}
	return b, nil
}

// usualPlaces lists the directories of PostgreSQL programs: PATH, Debian's
// versions and Homebrew's, newest first, and where other systems put them.
func usualPlaces() []string {
	var dirs []string
	if p, err := exec.LookPath("postgres"); err == nil {
		// A link on PATH leads to the directory that also holds initdb.
		if program, err := filepath.EvalSymlinks(p); err == nil {
			dirs = append(dirs, filepath.Dir(program))
		}
	}
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin",
		"/usr/pgsql-*/bin",
		"/opt/homebrew/opt/postgresql@*/bin",
		"/usr/local/opt/postgresql@*/bin",
		"/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",
		"/Applications/Postgres.app/Contents/Versions/*/bin",
	} {
		matches, _ := filepath.Glob(pattern) // only a malformed pattern fails
		slices.SortFunc(matches, func(a, b string) int { return majorIn(b) - majorIn(a) })
		dirs = append(dirs, matches...)
	}
	return slices.Compact(dirs)
}

var number = regexp.MustCompile(`\d+`)

// majorIn returns the version number in a directory's name, 0 if it has none.
func majorIn(dir string) int {
	n, _ := strconv.Atoi(number.FindString(filepath.Base(filepath.Dir(dir))))
	return n
}

// probe runs the programs in dir as a and reads their version. It answers at
// once which directories a cannot enter and which programs do not run here.
func probe(ctx context.Context, dir string, a account) (binaries, error) {
	b := binaries{dir: dir}
	for _, program := range []string{"initdb", "postgres"} {
		if _, err := os.Stat(b.path(program)); err != nil {
			return binaries{}, fmt.Errorf("no %s", program)
		}
		out, err := command(ctx, a, "/", b.path(program), "--version").CombinedOutput()
		if err != nil {
			return binaries{}, fmt.Errorf("%s does not run: %w %s", program, err, strings.TrimSpace(string(out)))
		}
		b.major, _ = strconv.Atoi(number.FindString(string(out)))
	}
	if b.major < oldestPostgres {
		return binaries{}, fmt.Errorf("version %d is too old", b.major)
	}
	return b, nil
}

// progress is where to say what takes long.
func progress(o PostgresOptions) io.Writer {
	if o.Progress == nil {
		return io.Discard
	}
	return o.Progress
}
