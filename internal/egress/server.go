package egress

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"syscall"
	"time"

	"code.dny.dev/ssrf"
)

// Dialer connects to one server that speaks something else than HTTP and that the
// operator's own configuration names. Such servers usually stand in the operator's
// network, so private addresses are permitted beside public ones. What every
// machine of a network has is not: loopback, unless it is allowed, link-local
// addresses, and where clouds answer their machines.
//
// No name or address that an organization chooses may ever become a Dialer's.
type Dialer struct {
	dialer  *net.Dialer
	address string
}

// NewDialer returns a Dialer to a port of a host, and to nothing else.
func NewDialer(host string, port uint16, loopback Loopback) (*Dialer, error) {
	if host == "" || port == 0 {
		return nil, errors.New("egress: a Dialer needs a host and a port")
	}
	if loopback == OnlyMachine {
		return nil, errors.New("egress: OnlyMachine is for asking the cloud's host")
	}
	return &Dialer{
		dialer:  &net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second, Control: guardServer(port, loopback)},
		address: net.JoinHostPort(host, strconv.Itoa(int(port))),
	}, nil
}

// Dial connects. It fails as Client.Do does.
func (d *Dialer) Dial(ctx context.Context) (net.Conn, error) {
	conn, err := d.dialer.DialContext(ctx, "tcp", d.address)
	if err != nil {
		return nil, failure(ctx, &url.URL{Host: d.address}, fmt.Errorf("connect: %w", err))
	}
	return conn, nil
}

// Networks of operators: RFC 1918, RFC 6598, which clusters give their pods, and
// RFC 4193.
var (
	privateV4 = []netip.Prefix{
		netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
		netip.MustParsePrefix("100.64.0.0/10"),
	}
	privateV6 = netip.MustParsePrefix("fc00::/7")
)

// metadata is where clouds answer their machines at addresses of those networks:
// Amazon's services over IPv6, of which one gives out credentials of pods (Amazon EKS
// User Guide, "EKS Pod Identity"), Google's and Oracle's, and Alibaba's.
var metadata = []netip.Prefix{
	netip.MustParsePrefix("fd00:ec2::/32"),
	netip.MustParsePrefix("fd20:ce::254/128"),
	netip.MustParsePrefix("fd00:c1::a9fe:a9fe/128"),
	netip.MustParsePrefix("100.100.100.200/32"),
}

func guardServer(port uint16, loopback Loopback) control {
	named := ssrf.New(ssrf.WithPorts(port), ssrf.WithAllowedV4Prefixes(privateV4...), ssrf.WithAllowedV6Prefixes(privateV6), ssrf.WithDeniedV4Prefixes(wireServer))
	return func(network, address string, conn syscall.RawConn) error {
		if loopback == AllowLoopback && isLoopback(address) {
			return nil
		}
		if ap, err := netip.ParseAddrPort(address); err == nil && slices.ContainsFunc(metadata, func(p netip.Prefix) bool { return p.Contains(ap.Addr().WithZone("")) }) {
			return fmt.Errorf("%w: a cloud answers its machines there", ErrDestination)
		}
		if err := named.Safe(network, address, conn); err != nil {
			return fmt.Errorf("%w: %w", ErrDestination, err)
		}
		return nil
	}
}
