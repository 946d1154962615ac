//go:build unix

package devstack

import (
	"context"
	"errors"
)

// port is a port of 127.0.0.1 for a server.
type port struct {
	number int
	leave  func() error // gives it back, once the server has ended for good
}

// onSomePort runs a server on a free port. Where nothing holds the port between
// choosing and binding it, the race for it can be lost, and is run again.
func onSomePort(ctx context.Context, run func(ctx context.Context, number int) error) (port, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	var err error
	for range portAttempts {
		var p port
		if p, err = takePort(ctx); err != nil {
			return port{}, err
		}
		if err = run(ctx, p.number); err == nil {
			return p, nil
		}
		err = errors.Join(err, p.leave())
		if !errors.Is(err, errPortTaken) {
			return port{}, err
		}
	}
	return port{}, err
}
