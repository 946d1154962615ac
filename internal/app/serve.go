package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// maxHeader is what a request's headers may hold: a token with 200 groups makes
// about 12 kB of Authorization header.
const maxHeader = 64 << 10

// Server is a handler and how it is served; all of it but Drain is required.
type Server struct {
	Handler http.Handler
	Drain   func(context.Context) // ends answers that would go on for as long as their client likes
	Grace   time.Duration         // what requests under way get when it stops
	Logger  *slog.Logger          // hears of broken handshakes and of handlers that panic
}

// Serve answers on the listeners until ctx ends, then stops accepting, lets
// requests under way finish, and closes what is left, which is ErrCutOff.
func (s Server) Serve(ctx context.Context, listeners ...net.Listener) error {
	server := &http.Server{
		Handler:           s.Handler,
		ErrorLog:          slog.NewLogLogger(s.Logger.Handler(), slog.LevelWarn),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    maxHeader,
	}
	failed := make(chan error, len(listeners))
	for _, l := range listeners {
		go func() { failed <- server.Serve(l) }()
	}
	select {
	case err := <-failed:
		return errors.Join(fmt.Errorf("serve: %w", err), server.Close())
	case <-ctx.Done():
	}
	timed, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.Grace)
	defer cancel()
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		if s.Drain != nil {
			s.Drain(timed)
		}
	}()
	err := server.Shutdown(timed)
	<-drained
	if errors.Is(err, context.DeadlineExceeded) {
		err = ErrCutOff
	}
	if err != nil {
		return errors.Join(fmt.Errorf("stop serving: %w", err), server.Close())
	}
	return nil
}

// ErrCutOff says that requests were still under way when a stop had waited long
// enough.
var ErrCutOff = errors.New("requests under way were cut off")

// Listen opens an address. A loopback name is opened on every loopback address
// there is, so that localhost works whichever one a client tries first; port 0
// is then the same port on all of them.
func Listen(ctx context.Context, address string) ([]net.Listener, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("listen on %q: %w", address, err)
	}
	var conf net.ListenConfig
	if host != "localhost" {
		l, err := conf.Listen(ctx, "tcp", address)
		if err != nil {
			return nil, fmt.Errorf("listen on %s: %w", address, err)
		}
		return []net.Listener{l}, nil
	}
	v4, err := conf.Listen(ctx, "tcp4", net.JoinHostPort("127.0.0.1", port))
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	_, port, err = net.SplitHostPort(v4.Addr().String())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listen on %s: %w", address, err), v4.Close())
	}
	v6, err := conf.Listen(ctx, "tcp6", net.JoinHostPort("::1", port))
	if err != nil {
		return []net.Listener{v4}, nil //nolint:nilerr // a machine without IPv6 has one loopback address
	}
	return []net.Listener{v4, v6}, nil
}
