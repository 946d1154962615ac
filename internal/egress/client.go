package egress

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// Options is what a Client needs. All fields but Loopback and Trust are required.
type Options struct {
	Loopback         Loopback
	Timeout          time.Duration // a whole exchange, body included
	MaxResponseBytes int64         // a longer body is an error
	Tracer           trace.Tracer
	Trust            []*x509.Certificate // authorities besides the system's
}

// Client exchanges small documents with other systems. It is safe for
// concurrent use and keeps connections open between exchanges.
type Client struct {
	http     *http.Client
	streams  *http.Transport
	loopback Loopback
	limit    int64
	tracer   trace.Tracer
}

// New returns a Client, or an error that names every option that is missing.
func New(o Options) (*Client, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	roots, err := Authorities(o.Trust)
	if err != nil {
		return nil, err
	}
	return &Client{
		http: &http.Client{
			Transport:     newTransport(o, roots),
			Timeout:       o.Timeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		streams:  newStreamTransport(o, roots),
		loopback: o.Loopback,
		limit:    o.MaxResponseBytes,
		tracer:   o.Tracer,
	}, nil
}

func (o Options) check() error {
	var errs []error
	if o.Timeout <= 0 {
		errs = append(errs, fmt.Errorf("egress: Timeout %s is not positive", o.Timeout))
	}
	if o.MaxResponseBytes <= 0 {
		errs = append(errs, fmt.Errorf("egress: MaxResponseBytes %d is not positive", o.MaxResponseBytes))
	}
	if o.Tracer == nil {
		errs = append(errs, errors.New("egress: Tracer is nil"))
	}
	return errors.Join(errs...)
}

// Authorities returns the system's with others added; nil, which stands for the
// system's, when there are no others.
func Authorities(others []*x509.Certificate) (*x509.CertPool, error) {
	if len(others) == 0 {
		return nil, nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("egress: read the system's certificate authorities: %w", err)
	}
	for _, certificate := range others {
		pool.AddCert(certificate)
	}
	return pool, nil
}

// newTransport keeps many idle connections, because a few hosts get nearly all
// requests, and asks for no compression, so that the size of a reply is what
// was sent.
func newTransport(o Options, roots *x509.CertPool) *http.Transport {
	return &http.Transport{
		Proxy:                  nil, // HTTP_PROXY would lead around the guard
		DialContext:            newDialer(o.Loopback).DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
		TLSHandshakeTimeout:    dialTimeout,
		ResponseHeaderTimeout:  o.Timeout,
		MaxResponseHeaderBytes: 64 << 10,
		MaxIdleConns:           1024,
		MaxIdleConnsPerHost:    256,
		IdleConnTimeout:        90 * time.Second,
		DisableCompression:     true,
		ForceAttemptHTTP2:      true, // a dial function of one's own turns it off otherwise
	}
}

// newStreamTransport leaves the time until a header comes to whoever opens a
// stream, and asks a connection that streams share whether it still lives.
func newStreamTransport(o Options, roots *x509.CertPool) *http.Transport {
	t := newTransport(o, roots)
	t.ResponseHeaderTimeout = 0
	t.HTTP2 = &http.HTTP2Config{SendPingTimeout: 30 * time.Second, PingTimeout: 15 * time.Second}
	return t
}

// Close closes idle connections. Exchanges and streams under way are not
// interrupted.
func (c *Client) Close() {
	c.http.CloseIdleConnections()
	c.streams.CloseIdleConnections()
}

// checkURL refuses what the dialer cannot see: plain http to anywhere but this
// machine, and a user and password inside a URL.
func (c *Client) checkURL(u *url.URL) error {
	if u.User != nil {
		return fmt.Errorf("%w: the URL carries a user name", ErrDestination)
	}
	switch {
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && c.loopback != RefuseLoopback && isLoopbackHost(u.Hostname()):
		return nil
	case u.Scheme == "http" && c.loopback == OnlyMachine && isLinkLocalHost(u.Hostname()):
		return nil
	default:
		return fmt.Errorf("%w: scheme %q, only https is spoken", ErrDestination, u.Scheme)
	}
}

func isLoopbackHost(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback() && !ip.Is4In6()
}

func isLinkLocalHost(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && isLinkLocal(ip)
}

// timedOut reports whether an exchange ended because time was up, ours or the
// caller's.
func timedOut(err error) bool {
	if netErr, ok := errors.AsType[net.Error](err); ok && netErr.Timeout() {
		return true
	}
	return errors.Is(err, context.DeadlineExceeded)
}
