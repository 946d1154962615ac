//go:build unix

package devstack

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"
)

// errNotOurs is the answer to whoever would kill a server that somebody else runs,
// or an imitation.
var errNotOurs = errors.New("the server was not started here as a process of its own")

// Kill ends a server that was started here, and every process of it, with SIGKILL.
// It returns when none is left. The server's port, password and files stay, for
// Restart or Stop. A server that has ended is no error.
func (p *Postgres) Kill() error {
	p.life.Lock()
	defer p.life.Unlock()
	running := p.process.Load()
	if running == nil {
		return fmt.Errorf("kill PostgreSQL: %w", errNotOurs)
	}
	// The postmaster first, because it replaces what its children were; they have
	// process groups of their own.
	if err := errors.Join(running.kill(), endAll(p.home.dir, syscall.SIGKILL)); err != nil {
		return fmt.Errorf("kill PostgreSQL: %w", err)
	}
	return nil
}

// Restart starts a server that has been killed, with its port, password and files,
// and returns when it answers. ctx bounds the start, not the server's life.
func (p *Postgres) Restart(ctx context.Context) error {
	p.life.Lock()
	defer p.life.Unlock()
	if err := again(ctx, p.process.Load(), p.run); err != nil {
		return fmt.Errorf("restart PostgreSQL: %w", err)
	}
	return nil
}

// Kill ends a server that was started here with SIGKILL, and returns when it is
// gone. Its port, password and files stay, for Restart or Stop. A server that has
// ended is no error.
func (r *Redis) Kill() error {
	if r.server == nil {
		return fmt.Errorf("kill Redis: %w", errNotOurs)
	}
	r.server.life.Lock()
	defer r.server.life.Unlock()
	if err := errors.Join(r.server.process.Load().kill(), endAll(r.server.home.dir, syscall.SIGKILL)); err != nil {
		return fmt.Errorf("kill Redis: %w", err)
	}
	return nil
}

// Restart starts a server that has been killed, with its port and its password, and
// returns when it answers. It holds what it held if RedisOptions.Persistence says so,
// and nothing otherwise. ctx bounds the start, not the server's life.
func (r *Redis) Restart(ctx context.Context) error {
	if r.server == nil {
		return fmt.Errorf("restart Redis: %w", errNotOurs)
	}
	r.server.life.Lock()
	defer r.server.life.Unlock()
	if err := again(ctx, r.server.process.Load(), r.server.run); err != nil {
		return fmt.Errorf("restart Redis: %w", err)
	}
	return nil
}

// again runs a server on the port that it had, once what it was has ended. Where
// nothing holds the port meanwhile, somebody may have been given it for a moment.
func again(ctx context.Context, was *process, run func(context.Context) error) error {
	if was == nil {
		return errNotOurs
	}
	select {
	case <-was.exited:
	default:
		return errors.New("it has not ended")
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		err := run(ctx)
		if !errors.Is(err, errPortTaken) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-tick.C:
		}
	}
}

// kill ends the process, and those it has started in its group, and returns once it
// is reaped.
func (p *process) kill() error {
	select {
	case <-p.exited:
		return nil
	default:
	}
	if err := syscall.Kill(-p.pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("signal process group %d: %w", p.pid, err)
	}
	select {
	case <-p.exited:
		return nil
	case <-time.After(grace):
		return fmt.Errorf("kill process %d: it does not end", p.pid)
	}
}
