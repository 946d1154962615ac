//go:build unix

package devstack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// grace is how long each step of stopping a server may take: ask, insist,
// kill. Two graces and the kill stay within the five seconds Stop promises.
const grace = 2 * time.Second

// environment is all a server or its tools see of ours. The C locale keeps
// messages readable for portTaken and keeps macOS from spawning threads in the
// postmaster before it forks.
var environment = []string{"LC_ALL=C", "TZ=UTC", "PATH=/usr/local/bin:/usr/bin:/bin"}

// errPortTaken says that somebody else bound the port between our choosing it
// and the server's binding it.
var errPortTaken = errors.New("port is taken")

// process is one running server.
type process struct {
	pid    int
	exited chan struct{} // closed after the process is reaped
	said   *tail
}

// command prepares a program to run as a, in dir, with a small environment. The
// directory must be one that a can enter: our own may lie under a 0700 parent.
func command(ctx context.Context, a account, dir string, argv ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir = dir
	cmd.Env = environment
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // an interrupt typed at the terminal is not for the server
	a.lend(cmd)
	return cmd
}

// launch starts cmd. The kernel ties a child's parent-death signal to the
// thread that forked it, so one locked thread stays with it until it is reaped.
func launch(cmd *exec.Cmd, log io.Writer, onParentDeath syscall.Signal) (*process, error) {
	dieWithParent(cmd, onParentDeath)
	p := &process{exited: make(chan struct{}), said: &tail{next: log}}
	cmd.Stdout, cmd.Stderr = p.said, p.said
	cmd.WaitDelay = grace
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		if err != nil {
			started <- err
			return
		}
		p.pid = cmd.Process.Pid
		started <- nil
		_ = cmd.Wait() // how a server ends is read from what it said
		close(p.exited)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", filepath.Base(cmd.Path), err)
	}
	return p, nil
}

// ready polls probe until it succeeds, the process ends, or ctx does.
func (p *process) ready(ctx context.Context, probe func(context.Context) error) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-p.exited:
			if p.said.portTaken() {
				return errPortTaken
			}
			return fmt.Errorf("server ended while starting: %s", p.said)
		case <-ctx.Done():
			return fmt.Errorf("wait for server: %w: %s", ctx.Err(), p.said)
		case <-tick.C:
			if probe(ctx) == nil {
				return nil
			}
		}
	}
}

// stop asks with each signal in turn, then kills, and returns once the process
// is reaped.
func (p *process) stop(signals ...syscall.Signal) error {
	for _, s := range append(signals, syscall.SIGKILL) {
		select {
		case <-p.exited:
			return nil
		default:
		}
		if err := syscall.Kill(p.pid, s); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("signal process %d: %w", p.pid, err)
		}
		select {
		case <-p.exited:
			return nil
		case <-time.After(grace):
		}
	}
	return fmt.Errorf("stop process %d: it does not end", p.pid)
}
