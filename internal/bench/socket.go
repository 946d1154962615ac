package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
)

// socket is a listening loopback socket that children inherit. The parent makes
// it, because a server's address is part of what is seeded before it starts; one
// child after the other may serve on it.
type socket struct {
	addr     string
	listener net.Listener
	file     *os.File
}

// listen opens a socket on a free port.
func listen(ctx context.Context) (*socket, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open socket: %w", err)
	}
	file, err := l.(*net.TCPListener).File()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open socket: %w", err), l.Close())
	}
	return &socket{addr: l.Addr().String(), listener: l, file: file}, nil
}

func (s *socket) close() error { return errors.Join(s.listener.Close(), s.file.Close()) }

// inheritedFile is the first descriptor after the standard streams (os/exec,
// ExtraFiles).
const inheritedFile = 3

// inherited returns the socket that the parent of this process made.
func inherited() (net.Listener, error) {
	file := os.NewFile(inheritedFile, "socket")
	l, err := net.FileListener(file)
	if err != nil {
		return nil, fmt.Errorf("inherit socket: %w", errors.Join(err, file.Close()))
	}
	return l, file.Close()
}
