package demo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"sync"
	"syscall"

	"gatehouse/internal/app"
	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/loopback"
	"gatehouse/internal/emulator/seed"
	"gatehouse/internal/localca"
)

// EmulatorSettings is how an emulator alone was asked for. Zero values but those
// of Entra and Graph are good.
type EmulatorSettings struct {
	Config  string // file with the tenants; empty: the cast
	Entra   string // address; port 0 means any free one
	Graph   string // address
	TLS     bool   // https with an authority of this machine's own, kept in Data
	Data    string // directory; only TLS uses it
	Token   string // of the control routes; empty: a random one
	Entropy string // what keys and random values derive from; empty: what Config says

	// AnyAddress lets it listen where other machines reach it. Whoever does can
	// sign in as anybody in the tenants and, with the token, change everything,
	// and whatever trusts its tokens lets them in.
	AnyAddress bool

	Logs io.Writer // hears of broken handshakes; required
}

// Emulator is Entra ID and Microsoft Graph without the rest of the platform.
type Emulator struct {
	EntraURL     string
	GraphURL     string
	ControlToken string
	CAFile       string // what clients have to trust; empty without TLS
	Tenants      []seed.Tenant
	Reproducible bool // its signing keys follow from a text, which gives them to whoever knows it

	emulator *emulator.Emulator
	entra    []net.Listener
	graph    []net.Listener
	logger   *slog.Logger
}

// StartEmulator listens, but serves nothing yet: Run does. An Emulator that it
// returned must be Run.
func StartEmulator(ctx context.Context, o EmulatorSettings) (_ *Emulator, err error) {
	if err := o.checkAddresses(); err != nil {
		return nil, err
	}
	doc, err := o.tenants()
	if err != nil {
		return nil, err
	}
	if o.AnyAddress && doc.Entropy != "" {
		return nil, errors.New("the signing keys follow from the entropy of --entropy or the file, and other machines trust them: leave the entropy out, or --force-address")
	}
	e := &Emulator{ControlToken: o.Token, Tenants: doc.Tenants, Reproducible: doc.Entropy != "", logger: slog.New(slog.NewTextHandler(o.Logs, nil))}
	if e.ControlToken == "" {
		e.ControlToken = rand.Text()
	}
	authority, err := o.authority()
	if err != nil {
		return nil, err
	}
	if authority != nil {
		e.CAFile = authority.CertFile()
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.close())
		}
	}()
	if err := e.listen(ctx, o, authority); err != nil {
		return nil, err
	}
	e.emulator, err = emulator.New(emulator.Options{
		EntraURL: e.EntraURL, GraphURL: e.GraphURL, ControlToken: e.ControlToken, Tenants: doc.Tenants,
		Entropy: doc.Entropy, AnyHost: o.AnyAddress, Outbound: outbound(authority),
	})
	return e, err
}

func (o EmulatorSettings) checkAddresses() error {
	var errs []error
	for _, address := range []string{o.Entra, o.Graph} {
		host, _, err := net.SplitHostPort(address)
		switch {
		case err != nil:
			errs = append(errs, fmt.Errorf("address %q must be host:port, such as localhost:8081", address))
		case !o.AnyAddress && !loopback.Host(host):
			errs = append(errs, fmt.Errorf("address %s is not on this machine, which is localhost, 127.0.0.1 and ::1, and whoever reaches the emulator can sign in as anybody: use localhost, or --force-address if that is wanted", address))
		case unspecified(host):
			errs = append(errs, fmt.Errorf("address %s names no host, and the address is in every document and token: name the host as other machines do, such as myhost:8081", address))
		}
	}
	return errors.Join(errs...)
}

// unspecified reports whether a host means every address of the machine.
func unspecified(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "" || err == nil && ip.Unmap().WithZone("").IsUnspecified()
}

// tenants reads the file, or the cast's.
func (o EmulatorSettings) tenants() (*seed.Document, error) {
	doc, err := Cast()
	if o.Config != "" {
		doc, err = readTenants(o.Config)
	}
	if err != nil {
		return nil, err
	}
	if o.Entropy != "" {
		doc.Entropy = o.Entropy
	}
	return doc, nil
}

func readTenants(path string) (_ *seed.Document, err error) {
	file, err := os.Open(path) //nolint:gosec // the developer names it
	if err != nil {
		return nil, fmt.Errorf("read tenants: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	doc, err := seed.Read(path, file)
	if err != nil {
		return nil, fmt.Errorf("the tenants are not usable:\n%w", err)
	}
	return doc, nil
}

// authority is nil without TLS.
func (o EmulatorSettings) authority() (*localca.CA, error) {
	if !o.TLS {
		return nil, nil
	}
	if err := os.MkdirAll(o.Data, 0o700); err != nil {
		return nil, fmt.Errorf("make data directory: %w", err)
	}
	return localca.Open(o.Data)
}

// listen opens both addresses first: they are in every document and token. It
// listens where it is told; localhost is every loopback address there is.
func (e *Emulator) listen(ctx context.Context, o EmulatorSettings, authority *localca.CA) error {
	for _, p := range []struct {
		address   string
		url       *string
		listeners *[]net.Listener
	}{{o.Entra, &e.EntraURL, &e.entra}, {o.Graph, &e.GraphURL, &e.graph}} {
		var err error
		*p.listeners, *p.url, err = listenAt(ctx, p.address, authority)
		if errors.Is(err, syscall.EADDRINUSE) {
			return fmt.Errorf("%w; stop what uses the port, or choose others with --entra and --graph (port 0 is any free one)", err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Run serves until ctx ends, then stops.
func (e *Emulator) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var serving sync.WaitGroup
	errs := make(chan error, 2)
	serve := func(handler http.Handler, listeners []net.Listener) {
		serving.Go(func() {
			err := app.Server{Handler: handler, Grace: stopGrace, Logger: e.logger}.Serve(ctx, listeners...)
			if !errors.Is(err, app.ErrCutOff) { // somebody at a keyboard has waited long enough
				errs <- err
			}
			stop() // one that fails takes the other with it
		})
	}
	serve(e.emulator.Entra(), e.entra)
	serve(e.emulator.Graph(), e.graph)
	serving.Wait()
	close(errs)
	var all []error
	for err := range errs {
		all = append(all, err)
	}
	return errors.Join(append(all, e.close())...)
}

func (e *Emulator) close() error {
	if e.emulator != nil {
		e.emulator.Close()
	}
	var errs []error
	for _, l := range append(e.entra, e.graph...) {
		if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
