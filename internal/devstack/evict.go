//go:build unix

package devstack

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// resident is a process at work in a home.
type resident struct {
	pid  int
	name string
}

// server reports whether the process is one this package starts. Somebody's
// shell that happens to stand in the directory is not.
func (r resident) server() bool {
	for _, name := range []string{"postgres", "redis-server", "valkey-server"} {
		if strings.HasPrefix(r.name, name) {
			return true
		}
	}
	return false
}

// within reports whether path is dir or lies below it.
func within(path, dir string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, "../")
}

// evict ends the servers that still work in dir although their owner is gone.
// They are asked first, so that a kept cluster shuts down cleanly, and killed
// after a grace.
func evict(dir string) error {
	return endAll(dir, syscall.SIGINT) // to PostgreSQL: fast shutdown; to Redis: shutdown
}

// endAll ends the servers that work in dir with a signal and, after a grace, kills
// them.
func endAll(dir string, signal syscall.Signal) error {
	resolved, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return fmt.Errorf("evict servers: %w", err)
	}
	asked := time.Now()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		left, err := servers(resolved)
		if err != nil || len(left) == 0 {
			return err
		}
		if time.Since(asked) > grace {
			signal = syscall.SIGKILL
		}
		if time.Since(asked) > 2*grace {
			return fmt.Errorf("evict servers: processes %v do not end", left)
		}
		for _, pid := range left {
			if err := syscall.Kill(pid, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
				return fmt.Errorf("signal process %d: %w", pid, err)
			}
		}
		<-tick.C
	}
}

// servers returns the process ids of the servers at work in dir.
func servers(dir string) ([]int, error) {
	all, err := workingIn(dir)
	var pids []int
	for _, r := range all {
		if r.server() {
			pids = append(pids, r.pid)
		}
	}
	return pids, err
}
