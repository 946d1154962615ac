package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// foreign is a server that is not ours, in a process of its own.
type foreign struct {
	addr  string
	cmd   *exec.Cmd
	log   string        // file with what it wrote
	ended chan struct{} // closed at its end
}

// launchForeign starts a server in its own directory, which is also its home, and
// waits until it is ready. It logs into a file there.
func launchForeign(ctx context.Context, cmd *exec.Cmd, addr string) (*foreign, error) {
	f := &foreign{addr: addr, cmd: cmd, log: filepath.Join(cmd.Dir, "log"), ended: make(chan struct{})}
	log, err := os.Create(f.log)
	if err != nil {
		return nil, fmt.Errorf("create log: %w", err)
	}
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Env = append(cmd.Environ(), "HOME="+cmd.Dir, "XDG_CONFIG_HOME="+cmd.Dir, "XDG_STATE_HOME="+cmd.Dir, "XDG_DATA_HOME="+cmd.Dir)
	if err := errors.Join(cmd.Start(), log.Close()); err != nil {
		return nil, fmt.Errorf("start %s: %w", filepath.Base(cmd.Path), err)
	}
	go func() {
		_ = cmd.Wait() // how it ended, its state says
		close(f.ended)
	}()
	if err := f.ready(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w; it wrote: %s", filepath.Base(cmd.Path), err, f.lastWords()), f.stop())
	}
	return f, nil
}

// ready waits until the server listens and says that it is ready.
func (f *foreign) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	tick := time.NewTicker(10 * pollEvery)
	defer tick.Stop()
	for {
		probe, err := dial(ctx, f.addr, 1)
		if err == nil {
			return errors.Join(probe.close(), ready(ctx, f.addr))
		}
		select {
		case <-f.ended:
			return fmt.Errorf("it ended: %s", f.cmd.ProcessState)
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-tick.C:
		}
	}
}

// lastWords returns the end of what the server wrote.
func (f *foreign) lastWords() string {
	const most = 600
	log, err := os.Open(f.log)
	if err != nil {
		return ""
	}
	defer func() { _ = log.Close() }() // it was only read
	if size, err := log.Seek(0, io.SeekEnd); err == nil {
		_, _ = log.Seek(max(0, size-most), io.SeekStart) // at worst the words are the first ones
	}
	text, _ := io.ReadAll(io.LimitReader(log, most)) // as much as can be read
	return strings.Join(strings.Fields(strings.ToValidUTF8(string(text), "?")), " ")
}

func (f *foreign) pid() int { return f.cmd.Process.Pid }

// stop ends the server and waits for it. How it takes being ended is its own
// affair.
func (f *foreign) stop() error {
	if err := f.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("end %s: %w", filepath.Base(f.cmd.Path), err)
	}
	kill := time.AfterFunc(farewell, func() { _ = f.cmd.Process.Kill() })
	defer kill.Stop()
	<-f.ended
	return nil
}

// freeAddress returns a loopback address that nobody listens on.
func freeAddress(ctx context.Context) (string, error) {
	on, err := listen(ctx)
	if err != nil {
		return "", err
	}
	return on.addr, on.close()
}
