package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime/debug"
	"runtime/pprof"
)

// service answers on a listener until ctx ends.
type service func(ctx context.Context, on net.Listener) error

// build makes a child's service from the setup that its parent sent.
type build func(ctx context.Context, setup json.RawMessage) (service, error)

// serve is the life of a child: it takes its setup from in, serves on the socket
// it inherits, answers orders on out, and ends when in does.
func serve(ctx context.Context, in io.Reader, out io.Writer, compose build) error {
	orders, reports := json.NewDecoder(in), json.NewEncoder(out)
	var first order
	if err := orders.Decode(&first); err != nil {
		return fmt.Errorf("read setup: %w", err)
	}
	listener, err := inherited()
	if err != nil {
		return errors.Join(err, reports.Encode(report{Error: err.Error()}))
	}
	answer, err := compose(ctx, first.Setup)
	if err != nil {
		return errors.Join(err, listener.Close(), reports.Encode(report{Error: err.Error()}))
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- answer(ctx, listener) }()
	err = errors.Join(reports.Encode(report{}), obey(orders, reports))
	cancel()
	return errors.Join(err, <-ended)
}

// obey carries out orders until there are no more.
func obey(orders *json.Decoder, reports *json.Encoder) error {
	profile := profiler{}
	for {
		var o order
		switch err := orders.Decode(&o); {
		case errors.Is(err, io.EOF):
			return profile.stop()
		case err != nil:
			return errors.Join(fmt.Errorf("read order: %w", err), profile.stop())
		}
		var said report
		if o.Commits {
			said.Commit = sinkOf.commit()
		} else if err := profile.carryOut(o); err != nil {
			said.Error = err.Error()
		}
		if err := reports.Encode(said); err != nil {
			return errors.Join(fmt.Errorf("report: %w", err), profile.stop())
		}
	}
}

// profiler writes CPU profiles of this process, one at a time.
type profiler struct{ file *os.File }

func (p *profiler) carryOut(o order) error {
	if err := p.stop(); err != nil {
		return err
	}
	if o.Collect {
		debug.FreeOSMemory()
	}
	if o.Profile == "" {
		return nil
	}
	file, err := os.Create(o.Profile)
	if err != nil {
		return fmt.Errorf("create profile: %w", err)
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return errors.Join(fmt.Errorf("start profile: %w", err), file.Close())
	}
	p.file = file
	return nil
}

// stop ends the profile that is being written, if any.
func (p *profiler) stop() error {
	if p.file == nil {
		return nil
	}
	pprof.StopCPUProfile()
	err := p.file.Close()
	p.file = nil
	return err
}
