package egress

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"syscall"
	"time"

	"code.dny.dev/ssrf"
)

// PublicDialer connects to servers that organizations choose and that speak something
// else than HTTP: at public addresses, on the ports that it was made for, and nowhere
// else, whatever a name resolves to.
type PublicDialer struct{ dialer *net.Dialer }

// NewPublicDialer returns a PublicDialer for some ports. Where loopback is allowed it
// also connects to any port of this machine.
func NewPublicDialer(loopback Loopback, ports ...uint16) (*PublicDialer, error) {
	if len(ports) == 0 || loopback == OnlyMachine {
		return nil, errors.New("egress: a PublicDialer needs ports, and is not for asking the cloud's host")
	}
	return &PublicDialer{&net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second, Control: guardPublic(loopback, ports)}}, nil
}

// Dial connects. It fails as Client.Do does.
func (d *PublicDialer) Dial(ctx context.Context, host string, port uint16) (net.Conn, error) {
	address := net.JoinHostPort(host, strconv.Itoa(int(port)))
	conn, err := d.dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, failure(ctx, &url.URL{Host: address}, fmt.Errorf("connect: %w", err))
	}
	return conn, nil
}

func guardPublic(loopback Loopback, ports []uint16) control {
	public := ssrf.New(ssrf.WithPorts(ports...), ssrf.WithDeniedV4Prefixes(wireServer))
	return func(network, address string, conn syscall.RawConn) error {
		if loopback == AllowLoopback && isLoopback(address) {
			return nil
		}
		if err := public.Safe(network, address, conn); err != nil {
			return fmt.Errorf("%w: %w", ErrDestination, err)
		}
		return nil
	}
}
