// Package loopback is this machine: which names mean it, and a way to reach it
// and nothing else.
package loopback

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"time"
)

// Host tells whether a host name, without a port, stands for this machine.
func Host(name string) bool {
	switch strings.ToLower(strings.Trim(name, "[]")) {
	case "localhost", "127.0.0.1", "::1":
		return true
	}
	return false
}

// dialTimeout bounds one connection attempt; on one machine it is long.
const dialTimeout = 5 * time.Second

// Transport reaches servers of this machine and no others, whatever a name
// resolves to and whatever proxy is configured. trust is for TLS; nil trusts what
// the machine trusts.
func Transport(trust *tls.Config) *http.Transport {
	dialer := &net.Dialer{Timeout: dialTimeout, Control: only}
	return &http.Transport{
		DialContext: dialer.DialContext, TLSClientConfig: trust,
		MaxIdleConns: 8, IdleConnTimeout: 30 * time.Second,
		ForceAttemptHTTP2: true, // a dial function of one's own turns it off otherwise
	}
}

// only refuses a connection once the name has become an address, so that no name
// server decides what is reached.
func only(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !at.Addr().Unmap().IsLoopback() {
		return fmt.Errorf("dial %s: it is not on this machine", address)
	}
	return nil
}
