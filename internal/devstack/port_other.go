//go:build unix && !linux

package devstack

import (
	"context"
	"errors"
	"fmt"
	"net"
)

// takePort asks the kernel for a port that is free now. Nothing holds it until a
// server binds it, nor while that server is down.
func takePort(ctx context.Context) (port, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp4", "127.0.0.1:0")
	if err != nil {
		return port{}, fmt.Errorf("find free port: %w", err)
	}
	defer func() { _ = l.Close() }()
	addr, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		return port{}, errors.New("find free port: not a TCP address")
	}
	return port{addr.Port, func() error { return nil }}, nil
}
