package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// refusingRole is a child that cannot start.
const refusingRole = "refusing"

// TestMain lets the test binary be the children it starts.
func TestMain(m *testing.M) {
	std := pipes{os.Stdin, os.Stdout, os.Stderr}
	switch {
	case len(os.Args) == 2 && slices.Contains([]string{floorRole, productRole, upstreamRole, proxyRole, workerRole}, os.Args[1]):
		os.Exit(run(context.Background(), os.Args[1:], std))
	case len(os.Args) == 3 && os.Args[1] == foreignRole:
		serveForeign(os.Args[2])
	case len(os.Args) == 2 && os.Args[1] == refusingRole:
		refuse := func(context.Context, json.RawMessage) (service, error) {
			return nil, errors.New("no database named")
		}
		if serve(context.Background(), std.in, std.out, refuse) != nil {
			os.Exit(1)
		}
	case len(os.Args) > 1 && !strings.HasPrefix(os.Args[1], "-"): // or the child would run all tests, which start children
		_, _ = fmt.Fprintf(std.err, "bench.test: there is no role %q\n", os.Args[1])
		os.Exit(2)
	default:
		os.Exit(m.Run())
	}
}

func TestChildServesUntilItIsStopped(t *testing.T) {
	t.Parallel()
	p := child(t, floorRole)
	f, err := dial(t.Context(), p.addr, 2)
	if err != nil {
		t.Fatal(err)
	}
	profile := filepath.Join(t.TempDir(), "floor.pprof")
	if err := p.order(order{Profile: profile}); err != nil {
		t.Fatal(err)
	}
	load := phase{request: callTool(endpoint{p.addr, "/256"}), tokens: &tokens{list: []string{"token"}}, lasts: 200 * time.Millisecond}
	if _, err := f.drive(t.Context(), load); err != nil {
		t.Fatal(err)
	}
	if err := p.order(order{Collect: true}); err != nil { // any order ends the profile
		t.Fatal(err)
	}
	if info, err := os.Stat(profile); err != nil || info.Size() == 0 {
		t.Errorf("profile: %v, %v", info, err)
	}
	if err := p.order(order{Profile: filepath.Join(t.TempDir(), "no such directory", "x")}); err == nil {
		t.Error("a profile that cannot be written is no error")
	}
	if used, err := cpuTime(p.pid()); err != nil || used <= 0 {
		t.Errorf("CPU time %s, %v", used, err)
	}
	if resident, err := residentMemory(p.pid()); err != nil || resident < 1<<20 {
		t.Errorf("resident memory %d, %v", resident, err)
	}
	pid := p.pid()
	if err := errors.Join(f.close(), p.stop()); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("process %d is still there: %v", pid, err)
	}
	if _, err := cpuTime(pid); err == nil {
		t.Error("a process that is gone has CPU time")
	}
	if _, err := residentMemory(pid); err == nil {
		t.Error("a process that is gone has memory")
	}
}

func TestChildThatCannotStartSaysWhy(t *testing.T) {
	t.Parallel()
	on, err := listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, err = start(t.Context(), spec{role: refusingRole, socket: on})
	if err == nil || !strings.Contains(err.Error(), "no database named") {
		t.Errorf("error = %v, want the child's", err)
	}
	if err := on.close(); err != nil {
		t.Error(err)
	}
}

// child starts this program in a role.
func child(t *testing.T, role string) *process {
	t.Helper()
	on, err := listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := on.close(); err != nil {
			t.Error(err)
		}
	})
	p, err := start(t.Context(), spec{role: role, socket: on})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestDuelTakesTurns(t *testing.T) {
	t.Parallel()
	p := child(t, floorRole)
	f, err := dial(t.Context(), p.addr, 4)
	if err != nil {
		t.Fatal(err)
	}
	var turns []string
	side := func(name string) contender {
		load := phase{request: callTool(endpoint{p.addr, "/200"}), tokens: &tokens{list: []string{"token"}}, lasts: 200 * time.Millisecond}
		return contender{name: name, server: p, fleet: f, warm: load, phase: func(int) phase {
			turns = append(turns, name)
			return load
		}}
	}
	pairs, err := match{floor: side("floor"), product: side("product")}.duel(t.Context(), 3)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(turns, " "); got != "floor product floor product floor product" {
		t.Errorf("turns: %s", got)
	}
	for i, p := range pairs {
		if p.floor.replies == 0 || p.product.replies == 0 {
			t.Errorf("round %d: %d replies of the floor, %d of the product", i, p.floor.replies, p.product.replies)
		}
	}
	if err := errors.Join(f.close(), p.stop()); err != nil {
		t.Error(err)
	}
}
