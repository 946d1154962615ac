package egress

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"time"

	"code.dny.dev/ssrf"
)

// Loopback says whether this machine itself may be a destination.
type Loopback uint8

// Production refuses loopback; a development process may allow it, for an
// emulator on the same machine. OnlyMachine is for asking the cloud's host for
// tokens of its managed identity, and reaches nothing else: loopback, and
// link-local IPv4, where the Instance Metadata Service (169.254.169.254) and
// App Service answer, in plain http. Whatever an organization chooses a
// destination of must never go through such a client.
const (
	RefuseLoopback Loopback = iota
	AllowLoopback
	OnlyMachine
)

// ErrDestination is in the chain of every error about an address, port or
// scheme that may not be dialled.
var ErrDestination = errors.New("destination is not permitted")

// dialTimeout bounds one connection attempt, TLS not included.
const dialTimeout = 5 * time.Second

// control is the type of net.Dialer.Control.
type control func(network, address string, conn syscall.RawConn) error

// newDialer returns a dialer that connects to public addresses on port 443 and,
// if loopback is allowed, to any port of 127.0.0.0/8 and ::1.
func newDialer(loopback Loopback) *net.Dialer {
	return &net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second, Control: guard(loopback)}
}

// wireServer is the address at which Azure's host answers every machine of it,
// with what concerns this one. It looks public and is not.
var wireServer = netip.MustParsePrefix("168.63.129.16/32")

func guard(loopback Loopback) control {
	public := ssrf.New(ssrf.WithPorts(443), ssrf.WithDeniedV4Prefixes(wireServer))
	return func(network, address string, conn syscall.RawConn) error {
		switch {
		case loopback == OnlyMachine:
			return onlyMachine(address)
		case loopback == AllowLoopback && isLoopback(address):
			return nil
		}
		if err := public.Safe(network, address, conn); err != nil {
			return fmt.Errorf("%w: %w", ErrDestination, err)
		}
		return nil
	}
}

// isLoopback reports whether address is an IP and port of this machine.
// IPv4-mapped IPv6 addresses are not: nothing of ours listens there.
func isLoopback(address string) bool {
	ap, err := netip.ParseAddrPort(address)
	return err == nil && ap.Addr().IsLoopback() && !ap.Addr().Is4In6()
}

func onlyMachine(address string) error {
	ap, err := netip.ParseAddrPort(address)
	if err == nil && (isLoopback(address) || isLinkLocal(ap.Addr())) {
		return nil
	}
	return fmt.Errorf("%w: it is not this machine", ErrDestination)
}

func isLinkLocal(ip netip.Addr) bool { return ip.Is4() && ip.IsLinkLocalUnicast() }
