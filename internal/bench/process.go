package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

// farewell is how long a child may take to stop.
const farewell = 10 * time.Second

// order is what the parent tells a child on its standard input. The first one
// carries what the child needs to start; the pipe's end tells it to stop, so
// that no child outlives its parent.
type order struct {
	Setup   json.RawMessage `json:"setup,omitempty"`
	Collect bool            `json:"collect,omitempty"` // collect garbage and return memory
	Commits bool            `json:"commits,omitempty"` // tell how long commits took since the last time
	Profile string          `json:"profile,omitempty"` // file to write a CPU profile to, until the next order
}

// report is a child's answer to every order.
type report struct {
	Error  string        `json:"error,omitempty"`
	Commit time.Duration `json:"commit,omitempty"` // the median
}

// process is a child of this program that serves HTTP.
type process struct {
	addr    string
	began   time.Time
	cmd     *exec.Cmd
	orders  io.WriteCloser
	reports *json.Decoder
}

// spec says what to start: a role of this program, what it needs to know, and
// the socket it serves on.
type spec struct {
	role   string
	setup  any
	socket *socket
}

// start runs this program again in the role and waits until it serves.
func start(ctx context.Context, s spec) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find own program: %w", err)
	}
	raw, err := json.Marshal(s.setup)
	if err != nil {
		return nil, fmt.Errorf("encode setup of %s: %w", s.role, err)
	}
	// A child ends when its pipe does, in order, and not with ctx.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), self, s.role) //nolint:gosec // this program
	cmd.Stderr = os.Stderr
	cmd.ExtraFiles = []*os.File{s.socket.file}
	p := &process{cmd: cmd, addr: s.socket.addr, began: time.Now()}
	return p, p.launch(raw, s.role)
}

// launch starts the command and gives it the first order.
func (p *process) launch(setup json.RawMessage, name string) (err error) {
	if p.orders, err = p.cmd.StdinPipe(); err != nil {
		return fmt.Errorf("start %s: %w", name, err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("start %s: %w", name, err)
	}
	p.reports = json.NewDecoder(out)
	if err := p.cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", name, err)
	}
	if err := p.order(order{Setup: setup}); err != nil {
		return errors.Join(fmt.Errorf("start %s: %w", name, err), p.stop())
	}
	return nil
}

// pid returns the process id.
func (p *process) pid() int { return p.cmd.Process.Pid }

// order gives the child an order and waits until it is carried out.
func (p *process) order(o order) error {
	_, err := p.exchange(o)
	return err
}

func (p *process) exchange(o order) (said report, err error) {
	if err := json.NewEncoder(p.orders).Encode(o); err != nil {
		return said, fmt.Errorf("order child: %w", err)
	}
	if err := p.reports.Decode(&said); err != nil {
		return said, fmt.Errorf("hear from child: %w", err)
	}
	if said.Error != "" {
		return said, errors.New(said.Error)
	}
	return said, nil
}

// commits returns the median of the commits of a product's records since it was asked
// last.
func (p *process) commits() (time.Duration, error) {
	said, err := p.exchange(order{Commits: true})
	if err == nil && said.Commit <= 0 {
		err = errors.New("no record was committed")
	}
	return said.Commit, err
}

// stop ends the child and waits for it.
func (p *process) stop() error {
	kill := time.AfterFunc(farewell, func() { _ = p.cmd.Process.Kill() })
	defer kill.Stop()
	err := p.orders.Close()
	if wait := p.cmd.Wait(); wait != nil {
		err = errors.Join(err, fmt.Errorf("end child: %w", wait))
	}
	return err
}
