package chaos_test

import (
	"bufio"
	"encoding/json"
	"io"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// replicaLimit bounds the start of a replica, and the end of one that was told
// to stop on top of its own timeout.
const replicaLimit = 30 * time.Second

// replica is one cmd/api process.
type replica struct {
	address string
	cmd     *exec.Cmd
	log     *lines
	ended   chan struct{} // closed when the process has ended
}

// startReplica starts cmd/api and waits until it is ready.
func startReplica(t *testing.T, environment []string) *replica {
	t.Helper()
	r := launch(t, environment)
	eventually(t, replicaLimit, "start of the replica", func() bool { return r.serving(t) })
	ready := r.client(contoso(), "")
	eventually(t, replicaLimit, "readiness", func() bool { return ready.get(t, "/readyz").status == 200 })
	return r
}

// launch starts cmd/api. A process that still runs when the test ends is killed.
func launch(t *testing.T, environment []string) *replica {
	t.Helper()
	r := &replica{cmd: exec.Command(binary(t, "api")), log: &lines{}, ended: make(chan struct{})}
	r.cmd.Env = environment
	r.cmd.SysProcAttr = dyingWithUs()
	out, err := r.cmd.StderrPipe()
	must(t, err)
	must(t, r.cmd.Start())
	go func() {
		r.log.readAll(out)
		_ = r.cmd.Wait()
		close(r.ended)
	}()
	t.Cleanup(func() {
		r.kill(t)
		if t.Failed() {
			t.Logf("log of the replica:\n%s", r.log.text())
		}
	})
	return r
}

// serving reports whether the replica says where it listens.
func (r *replica) serving(t *testing.T) bool {
	t.Helper()
	select {
	case <-r.ended:
		t.Fatalf("the replica ended at its start:\n%s", r.log.text())
	default:
	}
	for _, line := range r.log.all() {
		var said struct{ Msg, Listen string }
		if json.Unmarshal([]byte(line), &said) == nil && said.Msg == "serving" {
			r.address = said.Listen
			return true
		}
	}
	return false
}

// kill ends the process with SIGKILL and waits until it is gone.
func (r *replica) kill(t *testing.T) {
	t.Helper()
	_ = r.cmd.Process.Kill() // it may have ended by itself
	r.waitFor(t, replicaLimit)
}

// interrupt sends SIGTERM.
func (r *replica) interrupt(t *testing.T) {
	t.Helper()
	must(t, r.cmd.Process.Signal(syscall.SIGTERM))
}

// waitFor returns the exit code once the process has ended.
func (r *replica) waitFor(t *testing.T, within time.Duration) int {
	t.Helper()
	select {
	case <-r.ended:
	case <-time.After(within):
		t.Fatalf("the replica has not ended within %s:\n%s", within, r.log.text())
	}
	return r.cmd.ProcessState.ExitCode()
}

// lines keeps what a process writes.
type lines struct {
	mu   sync.Mutex
	said []string
}

func (l *lines) readAll(from io.Reader) {
	in := bufio.NewScanner(from)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		l.mu.Lock()
		l.said = append(l.said, in.Text())
		l.mu.Unlock()
	}
}

func (l *lines) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), l.said...)
}

func (l *lines) length() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.said)
}

// end is the last so many lines, none of them long.
func (l *lines) end(most int) string {
	all := l.all()
	all = all[max(0, len(all)-most):]
	for i := range all {
		all[i] = all[i][:min(len(all[i]), 400)]
	}
	return strings.Join(all, "\n")
}

func (l *lines) text() string { return strings.Join(l.all(), "\n") }

// count returns how many lines hold a text.
func (l *lines) count(part string) int {
	n := 0
	for _, line := range l.all() {
		if strings.Contains(line, part) {
			n++
		}
	}
	return n
}
