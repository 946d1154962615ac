package chaos_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"
)

// victim is what can be killed and started again.
type victim interface {
	Kill() error
	Restart(ctx context.Context) error
}

// service is a worker process under somebody who starts it again when it ends, as an
// orchestrator does, unless it is to be down.
type service struct {
	path        string
	environment []string
	log         *lines

	mu    sync.Mutex
	cmd   *exec.Cmd     // of the present process; nil: there is none
	ended chan struct{} // closed when it has ended
	down  bool
	said  int // lines of the log that are of processes before
}

// restartAfter is how long a process that has ended by itself stays down, for
// example because its database is.
const restartAfter = 200 * time.Millisecond

// startService starts a program and keeps it up until the test ends.
func startService(t *testing.T, path string, environment []string) *service {
	t.Helper()
	s := &service{path: path, environment: environment, log: &lines{}, down: true}
	t.Cleanup(func() {
		if err := s.Kill(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("end of the log of a worker:\n%s", s.log.end(40))
		}
	})
	must(t, s.Restart(t.Context()))
	return s
}

// Restart starts it.
func (s *service) Restart(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = false
	return s.start()
}

// start starts a process; the lock is held.
func (s *service) start() error {
	cmd := exec.Command(s.path)
	cmd.Env, cmd.SysProcAttr = s.environment, dyingWithUs()
	out, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	s.said = s.log.length()
	started, ended := make(chan error, 1), make(chan struct{})
	go func() {
		runtime.LockOSThread() // the kernel ties a child to the thread that made it
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		s.log.readAll(out)
		_ = cmd.Wait()
		close(ended)
	}()
	if err := <-started; err != nil {
		return err
	}
	s.cmd, s.ended = cmd, ended
	go s.keepUp(cmd, ended)
	return nil
}

// keepUp starts another process in the place of one that has ended by itself.
func (s *service) keepUp(cmd *exec.Cmd, ended chan struct{}) {
	<-ended
	<-time.After(restartAfter)
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.down && s.cmd == cmd {
		_ = s.start() // the binary is there
	}
}

// Kill ends it with SIGKILL, and it stays down.
func (s *service) Kill() error { return s.end(syscall.SIGKILL, replicaLimit) }

// end ends it with a signal, and it stays down.
func (s *service) end(signal syscall.Signal, within time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = true
	if s.cmd == nil {
		return nil
	}
	_ = s.cmd.Process.Signal(signal) // it may have ended by itself
	select {
	case <-s.ended:
	case <-time.After(within):
		return fmt.Errorf("the worker has not ended within %s", within)
	}
	return nil
}

// ready reports whether the present process says that it gets anywhere.
func (s *service) ready(t *testing.T) bool {
	t.Helper()
	address := s.at()
	if address == "" {
		return false
	}
	ctx, cancel := context.WithTimeout(t.Context(), answerLimit)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort("localhost", address)+"/readyz", nil)
	must(t, err)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	return errors.Join(resp.Body.Close()) == nil && resp.StatusCode == http.StatusOK
}

// at returns the port that the present process listens on, once it has said so.
func (s *service) at() (address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, line := range s.log.all()[s.said:] {
		var l struct{ Msg, Listen string }
		if json.Unmarshal([]byte(line), &l) == nil && l.Msg == "working" {
			_, address, _ = net.SplitHostPort(l.Listen)
		}
	}
	return address
}

// pace is how long something is up, and how long it is down.
type pace struct{ up, down span }

// span is a range of durations.
type span struct{ least, most time.Duration }

func (s span) draw(r *rand.Rand) time.Duration {
	return s.least + time.Duration(r.Int64N(int64(s.most-s.least)))
}

// torment kills somebody, or does something else to them, again and again.
type torment struct {
	name string
	pace pace
	hurt func() error                    // and leaves them hurt
	heal func(ctx context.Context) error // makes good what that did
}

// killing kills a victim and starts it again.
func killing(name string, v victim, p pace) torment {
	return torment{name: name, pace: p, hurt: v.Kill, heal: v.Restart}
}

// torments are several at a time, each by itself.
type torments struct {
	done chan struct{} // closed when it is enough
	all  sync.WaitGroup

	mu     sync.Mutex
	counts map[string]int
}

// begin has them go on until end is called. When each is hurt, and for how long,
// follows from the seed.
func begin(t *testing.T, seed uint64, all ...torment) *torments {
	t.Helper()
	x := &torments{done: make(chan struct{}), counts: map[string]int{}}
	for n, one := range all {
		r := rand.New(rand.NewPCG(seed, uint64(n)))
		x.all.Go(func() { x.repeat(t, one, r) })
	}
	return x
}

func (x *torments) repeat(t *testing.T, one torment, r *rand.Rand) {
	t.Helper()
	for x.pause(one.pace.up.draw(r)) {
		if err := one.hurt(); err != nil {
			t.Errorf("%s: %v", one.name, err)
			return
		}
		x.mu.Lock()
		x.counts[one.name]++
		x.mu.Unlock()
		x.pause(one.pace.down.draw(r))
		if err := one.heal(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("%s: %v", one.name, err)
			return
		}
	}
}

// pause reports whether there is to be more after it.
func (x *torments) pause(d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-x.done:
		return false
	}
}

// end returns when all is healed, and how often each was hurt.
func (x *torments) end() map[string]int {
	close(x.done)
	x.all.Wait()
	return x.counts
}
