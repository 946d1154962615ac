package devstack_test

import (
	"errors"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"syscall"
	"testing"

	"gatehouse/internal/devstack"
)

// TestPortOfAKilledServerIsGivenToNobody: whoever asks for any port does so as the
// one who binds here, without sharing.
func TestPortOfAKilledServerIsGivenToNobody(t *testing.T) {
	t.Parallel()
	redis := startRedis(t)
	postgres := startPostgres(t, devstack.PostgresOptions{Durability: devstack.Volatile})
	must(t, errors.Join(redis.Kill(), postgres.Kill()))
	for name, one := range map[string]struct {
		url  string
		stop func() error
	}{"Redis": {redis.URL(), redis.Stop}, "PostgreSQL": {postgres.URL("postgres"), postgres.Stop}} {
		u, err := url.Parse(one.url)
		must(t, err)
		if err := bind(t, u.Host); !errors.Is(err, syscall.EADDRINUSE) {
			t.Errorf("the port of a killed %s: %v", name, err)
		}
		number, err := strconv.Atoi(u.Port())
		must(t, err)
		if !held(t, number) {
			t.Errorf("the port of a killed %s is not held", name)
		}
		must(t, one.stop())
		if held(t, number) {
			t.Errorf("the port of a stopped %s is held", name)
		}
	}
}

// held reports whether a socket of this process is bound to a port of its own.
func held(t *testing.T, port int) bool {
	t.Helper()
	open, err := os.ReadDir("/proc/self/fd")
	must(t, err)
	return slices.ContainsFunc(open, func(f os.DirEntry) bool {
		fd, err := strconv.Atoi(f.Name())
		must(t, err)
		at, err := syscall.Getsockname(fd)
		bound, ok := at.(*syscall.SockaddrInet4)
		return err == nil && ok && bound.Port == port
	})
}

// bind binds an address for a moment, and shares it with nobody.
func bind(t *testing.T, address string) error {
	t.Helper()
	alone := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		var failed error
		err := c.Control(func(fd uintptr) { failed = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 0) })
		return errors.Join(err, failed)
	}}
	l, err := alone.Listen(t.Context(), "tcp4", address)
	if err != nil {
		return err
	}
	return l.Close()
}
