//go:build unix

package devstack

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Names of homes under the temporary directory or in memory, and of what lies in one.
const (
	prefixNew   = "gatehouse-new-"  // being made; nobody's yet
	prefixTemp  = "gatehouse-temp-" // throw-away
	prefixKept  = "gatehouse-kept-" // state that a pointer file elsewhere names
	lockFile    = "lock"
	pointerBack = "kept-for"
	filesDir    = "files"
)

// home is the directory of one server. Its owner holds a lock on it for as
// long as it lives; the kernel drops the lock with the process, so a home whose
// lock is free is nobody's, whatever happened to its owner.
type home struct {
	dir  string
	kept bool
	lock *os.File
}

// errInUse says that a live process owns the home.
var errInUse = errors.New("in use")

// files is where the server keeps its files.
func (h *home) files() string { return filepath.Join(h.dir, filesDir) }

// file names a file beside them.
func (h *home) file(name string) string { return filepath.Join(h.dir, name) }

// makeHome creates a home called prefix+something under the temporary directory.
func makeHome(prefix string, a account) (*home, error) {
	tmp, err := tempDir(a)
	if err != nil {
		return nil, err
	}
	return makeHomeIn(tmp, prefix, a)
}

// makeHomeIn creates a home called prefix+something in tmp.
// It is locked before it gets that name, so no sweep ever sees it unowned.
func makeHomeIn(tmp, prefix string, a account) (*home, error) {
	dir, err := os.MkdirTemp(tmp, prefixNew)
	if err != nil {
		return nil, fmt.Errorf("make server directory: %w", err)
	}
	h, err := settle(dir, a)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	final := filepath.Join(tmp, prefix+strings.TrimPrefix(filepath.Base(dir), prefixNew))
	if err := os.Rename(dir, final); err != nil {
		return nil, errors.Join(err, h.leave(), os.RemoveAll(dir))
	}
	h.dir, h.kept = final, prefix == prefixKept
	return h, nil
}

// settle gives dir to the server's account and locks it.
func settle(dir string, a account) (*home, error) {
	// Others may enter, or the server's account could not reach its files.
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // the secrets within have their own modes
		return nil, fmt.Errorf("open server directory: %w", err)
	}
	if err := a.give(dir); err != nil {
		return nil, err
	}
	lock, err := takeLock(dir, os.O_CREATE)
	if err != nil {
		return nil, err
	}
	return &home{dir: dir, lock: lock}, nil
}

// takeLock locks the home at dir, or fails with errInUse. The flag os.O_CREATE
// makes the lock of a new home.
func takeLock(dir string, flag int) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_RDWR|syscall.O_NOFOLLOW|flag, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open lock: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errInUse
		}
		return nil, fmt.Errorf("lock %s: %w", dir, err)
	}
	return f, nil
}

// leave ends ownership and, for a throw-away home, the home.
func (h *home) leave() error {
	var err error
	if !h.kept {
		if err = os.RemoveAll(h.dir); err != nil {
			err = fmt.Errorf("remove server directory: %w", err)
		}
	}
	return errors.Join(err, freeLock(h.lock))
}

// freeLock frees a lock, also while a process that is being started still has its
// file open: between fork and exec it has all that are.
func freeLock(f *os.File) error {
	return errors.Join(syscall.Flock(int(f.Fd()), syscall.LOCK_UN), f.Close())
}

// tempDir returns the temporary directory in which a can work: the process's
// own, or the system's when that one lies under a directory closed to a.
func tempDir(a account) (string, error) {
	var closed []string
	for _, dir := range []string{os.TempDir(), "/tmp", "/var/tmp"} {
		if reachable(dir, a) {
			return dir, nil
		}
		closed = append(closed, dir)
	}
	return "", fmt.Errorf("find a temporary directory: user %d cannot enter any of %s: "+
		"set TMPDIR to a directory that others may enter", a.uid, strings.Join(closed, ", "))
}

// reachable reports whether a may enter dir and every directory above it. For
// an account that is not lent the kernel's own answer will do, later.
func reachable(dir string, a account) bool {
	resolved, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return false
	}
	for a.lent {
		info, err := os.Stat(resolved)
		if err != nil || !enterable(info, a) {
			return false
		}
		if resolved == filepath.Dir(resolved) {
			break
		}
		resolved = filepath.Dir(resolved)
	}
	return true
}

// enterable reports whether a may search the directory.
func enterable(info os.FileInfo, a account) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || !info.IsDir() {
		return false
	}
	need := os.FileMode(0o001)
	switch {
	case stat.Uid == a.uid:
		need = 0o100
	case stat.Gid == a.gid:
		need = 0o010
	}
	return info.Mode().Perm()&need != 0
}
