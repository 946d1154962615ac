package devstack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
)

// takePort asks the kernel for a port that is free, and holds it with a socket that
// is bound and does not listen. Nobody else is given it, also while the server is
// down; the server itself can bind it, because it sets SO_REUSEADDR as well (socket(7)).
func takePort(context.Context) (port, error) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return port{}, fmt.Errorf("find free port: %w", os.NewSyscallError("socket", err))
	}
	number, err := bindAny(fd)
	if err != nil {
		return port{}, errors.Join(fmt.Errorf("find free port: %w", err), syscall.Close(fd))
	}
	return port{number, func() error { return os.NewSyscallError("close", syscall.Close(fd)) }}, nil
}

func bindAny(fd int) (int, error) {
	if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil {
		return 0, os.NewSyscallError("setsockopt", err)
	}
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return 0, os.NewSyscallError("bind", err)
	}
	at, err := syscall.Getsockname(fd)
	if err != nil {
		return 0, os.NewSyscallError("getsockname", err)
	}
	bound, ok := at.(*syscall.SockaddrInet4)
	if !ok {
		return 0, errors.New("bind: not an IPv4 address")
	}
	return bound.Port, nil
}
