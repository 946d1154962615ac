package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// foreignRole is a server that takes no orders and says when it is ready.
const foreignRole = "foreign"

func serveForeign(addr string) {
	err := http.ListenAndServe(addr, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { reply(w, http.StatusOK, []byte("{}")) }))
	fmt.Fprintln(os.Stderr, err)
}

func TestForeignServerServesUntilItIsStopped(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	addr, err := freeAddress(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), self, foreignRole, addr)
	cmd.Dir = t.TempDir()
	f, err := launchForeign(t.Context(), cmd, addr)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cpuTime(f.pid()); err != nil {
		t.Error(err)
	}
	if err := f.stop(); err != nil {
		t.Error(err)
	}
	if err := syscall.Kill(f.pid(), 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("process %d is still there: %v", f.pid(), err)
	}
}

func TestForeignServerThatEndsSaysWhatItWrote(t *testing.T) {
	t.Parallel()
	addr, err := freeAddress(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-c", "echo unknown flag >&2; exit 3")
	cmd.Dir = t.TempDir()
	_, err = launchForeign(t.Context(), cmd, addr)
	if err == nil || !strings.Contains(err.Error(), "unknown flag") || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("error = %v, want why it ended", err)
	}
}
