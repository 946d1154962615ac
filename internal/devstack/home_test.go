//go:build unix

package devstack

import (
	"syscall"
	"testing"
)

// TestHomeIsFreeAtOnce: also while a process that is just being started has the lock's
// file open, as it has between fork and exec.
func TestHomeIsFreeAtOnce(t *testing.T) {
	t.Parallel()
	h, err := makeHomeIn(t.TempDir(), prefixKept, account{})
	if err != nil {
		t.Fatal(err)
	}
	inherited, err := syscall.Dup(int(h.lock.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(inherited) })
	if _, err := takeLock(h.dir, 0); err == nil {
		t.Fatal("the home of a live owner was taken")
	}
	if err := h.leave(); err != nil {
		t.Fatal(err)
	}
	next, err := takeLock(h.dir, 0)
	if err != nil {
		t.Fatalf("a home that was left: %v", err)
	}
	if err := freeLock(next); err != nil {
		t.Error(err)
	}
}
