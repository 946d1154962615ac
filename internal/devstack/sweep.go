//go:build unix

package devstack

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// unborn is the age at which a home without its final name counts as left
// behind: making one takes milliseconds.
const unborn = time.Minute

// sweep stops and removes what killed processes of this user left in memory and
// under the temporary directory: throw-away homes without a living owner, and kept ones
// that no data directory points at any more. A home that resists is left for
// the next sweep, because it must not keep this process from starting.
func sweep(a account) {
	dirs := []string{memoryDir}
	if tmp, err := tempDir(a); err == nil { // otherwise the start that follows says so
		dirs = append(dirs, tmp)
	}
	for _, dir := range dirs {
		homes, err := filepath.Glob(filepath.Join(dir, "gatehouse-*"))
		if err != nil {
			return // only a malformed pattern fails
		}
		for _, home := range slices.DeleteFunc(homes, wanted) {
			_ = reclaim(home)
		}
	}
}

// wanted reports whether a directory is none of the sweep's business.
func wanted(dir string) bool {
	if !ours(dir) {
		return true
	}
	name := filepath.Base(dir)
	switch {
	case strings.HasPrefix(name, prefixTemp):
		return false
	case strings.HasPrefix(name, prefixNew):
		info, err := os.Lstat(dir)
		return err != nil || time.Since(info.ModTime()) < unborn
	case strings.HasPrefix(name, prefixKept):
		data, err := os.ReadFile(filepath.Join(dir, pointerBack))
		return err == nil && pointedAt(strings.TrimSpace(string(data))) == dir
	}
	return true
}

// reclaim takes an ownerless home over to remove it.
func reclaim(dir string) error {
	lock, err := takeLock(dir, 0)
	if err != nil {
		return err
	}
	h := &home{dir: dir, lock: lock}
	if err := evict(dir); err != nil {
		return errors.Join(err, freeLock(lock))
	}
	return h.leave()
}

// ours reports whether dir is a real directory whose lock this user made, which
// tells a home of ours from whatever others put in a shared directory.
func ours(dir string) bool {
	info, err := os.Lstat(dir)
	if err != nil || !info.IsDir() {
		return false
	}
	lock, err := os.Lstat(filepath.Join(dir, lockFile))
	if err != nil || !lock.Mode().IsRegular() {
		return false
	}
	return ownedByUs(lock)
}

// ownedByUs reports whether this user owns the file.
func ownedByUs(info os.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && stat.Uid == id(os.Geteuid())
}
