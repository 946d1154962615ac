package egress

import (
	"net"
	"net/url"
	"syscall"
)

// Guard is the check of every dialled address, for tests that must not dial.
func Guard(loopback Loopback, network, address string) error {
	return guard(loopback)(network, address, nil)
}

// GuardServer is the same check of a Dialer.
func GuardServer(port uint16, loopback Loopback, network, address string) error {
	return guardServer(port, loopback)(network, address, nil)
}

// UsesProxy reports whether a client would ask for a proxy.
func UsesProxy(o Options) bool { return newTransport(o, nil).Proxy != nil }

// Redial has the streams of c ask resolver for addresses, and lets them reach
// one address as if it were public.
func Redial(c *Client, resolver *net.Resolver, public string) {
	dialer := newDialer(c.loopback)
	check := dialer.Control
	dialer.Resolver = resolver
	dialer.Control = func(network, address string, conn syscall.RawConn) error {
		if address == public {
			return nil
		}
		return check(network, address, conn)
	}
	c.streams.DialContext = dialer.DialContext
}

// SameOrigin is what decides whether a redirect is followed.
func SameOrigin(a, b string) bool {
	from, err := url.Parse(a)
	if err != nil {
		return false
	}
	to, err := url.Parse(b)
	return err == nil && sameOrigin(from, to)
}
