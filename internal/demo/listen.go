package demo

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"gatehouse/internal/app"
	"gatehouse/internal/emulator/loopback"
	"gatehouse/internal/localca"
)

// checkAddress refuses what somebody else's machine could reach.
func checkAddress(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("address %q must be host:port, such as localhost:8080", address)
	}
	if !loopback.Host(host) {
		return fmt.Errorf("address %s is not on this machine; the demo listens on loopback only: use localhost", address)
	}
	return nil
}

// listenLocal opens a checked address on every loopback address there is, so
// that localhost works whichever one a client tries first, and returns the base
// URL. With an authority it is https.
func listenLocal(ctx context.Context, address string, authority *localca.CA) ([]net.Listener, string, error) {
	return listenAt(ctx, net.JoinHostPort("localhost", portOf(address)), authority)
}

// listenAt opens an address that names its host, and returns the base URL.
func listenAt(ctx context.Context, address string, authority *localca.CA) ([]net.Listener, string, error) {
	address = strings.ToLower(address) // it becomes part of an issuer, which is compared letter by letter
	listeners, err := app.Listen(ctx, address)
	if err != nil {
		return nil, "", err
	}
	host, _, _ := net.SplitHostPort(address) // it has just been listened on
	base := net.JoinHostPort(host, portOf(listeners[0].Addr().String()))
	if authority == nil {
		return listeners, "http://" + base, nil
	}
	config := authority.TLSConfig(time.Now)
	for i := range listeners {
		listeners[i] = tls.NewListener(listeners[i], config)
	}
	return listeners, "https://" + base, nil
}

func portOf(address string) string {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return ""
	}
	return port
}

// outbound is how an emulator reaches others on this machine; nil, which is the
// emulator's own way, without an authority to trust.
func outbound(authority *localca.CA) http.RoundTripper {
	if authority == nil {
		return nil
	}
	return loopback.Transport(&tls.Config{MinVersion: tls.VersionTLS12, RootCAs: authority.Pool()})
}
