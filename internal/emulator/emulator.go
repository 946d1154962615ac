package emulator

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"gatehouse/internal/emulator/assertion"
	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/journal"
	"gatehouse/internal/emulator/keyring"
	"gatehouse/internal/emulator/loopback"
	"gatehouse/internal/emulator/msgraph"
	"gatehouse/internal/emulator/seed"
)

// Options is what an Emulator is made from.
type Options struct {
	EntraURL     string            // where Entra() is reached, "http://localhost:8081": no path, no trailing slash; required
	GraphURL     string            // where Graph() is reached; required
	ControlToken string            // bearer token of the control routes; required
	Tenants      []seed.Tenant     // at least one
	Now          func() time.Time  // nil: time.Now
	Entropy      string            // the same text, seed, clock and requests in the same order give the same bytes, keys and codes included; empty: fresh randomness
	AnyHost      bool              // answer to host names that are not this machine's, too
	Outbound     http.RoundTripper // fetches federated issuers' keys and delivers change notifications; nil: reaches loopback only
	GraphLimits  msgraph.Limits    // of what apps ask of the directory through Graph; zero: Microsoft's own
}

// Emulator is one Entra ID and one Microsoft Graph over a set of tenants. It is
// safe for concurrent use.
type Emulator struct {
	entra, graph string // base URLs
	controlToken string
	anyHost      bool
	directory    *directory.Directory
	msgraph      *msgraph.Service

	clock     clock
	source    *keyring.Source
	random    *keyring.Source // ids of requests and sessions
	issuers   *assertion.Issuers
	devices   devices
	keys      *keyring.Ring
	sealer    *keyring.Sealer
	spent     spentCodes
	faults    faults
	misstated misstatements
	journal   journal.Journal

	entraHandler, graphHandler http.Handler
}

// New makes an Emulator. It reports everything that is wrong with o in one
// error, each complaint naming the tenant, app, person or group and the remedy.
// Signing keys are made in the background; the first use waits for them.
func New(o Options) (*Emulator, error) {
	tenants := seed.Copy(o.Tenants)
	if o.Outbound == nil {
		o.Outbound = loopback.Transport(nil)
	}
	if err := errors.Join(checkOptions(o), seed.Check(tenants)); err != nil {
		return nil, err
	}
	e := &Emulator{
		entra: o.EntraURL, graph: o.GraphURL, controlToken: o.ControlToken, anyHost: o.AnyHost,
		directory: directory.New(tenants, o.GraphURL), source: keyring.NewSource(o.Entropy),
	}
	e.clock.base = o.Now
	e.random = e.source.Lane("entra")
	e.keys = keyring.New(e.source, e.clock.Now())
	var err error
	if e.sealer, err = keyring.NewSealer(e.source); err != nil {
		return nil, err
	}
	e.msgraph = msgraph.New(msgraph.Options{
		URL: o.GraphURL, Login: o.EntraURL, Directory: e.directory, Keys: e.keys, Sealer: e.sealer, Random: e.source.Lane("graph"),
		Now: e.clock.Now, Outbound: o.Outbound, Around: e.aroundGraph, Limits: o.GraphLimits,
	})
	e.issuers = assertion.NewIssuers(o.Outbound, e.clock.Now)
	e.entraHandler = e.routesEntra()
	e.graphHandler = e.routesGraph()
	return e, nil
}

// tokenLane is where the random parts of a tenant's tokens come from: a lane a
// tenant, so that tests of several tenants can run at once and still repeat.
func (e *Emulator) tokenLane(tid string) *keyring.Source { return e.source.Lane("token", tid) }

// Entra serves login.microsoftonline.com and, under /_control, the control routes.
func (e *Emulator) Entra() http.Handler { return e.entraHandler }

// Graph serves graph.microsoft.com.
func (e *Emulator) Graph() http.Handler { return e.graphHandler }

// Reset puts everything back to the seed: directory, consents, keys, clock,
// faults and journal. Codes and refresh tokens issued before are worthless after,
// with Options.Entropy as well.
func (e *Emulator) Reset() error {
	e.source.Restart()
	if err := e.sealer.Renew(); err != nil {
		return err
	}
	e.directory.Reset()
	e.clock.reset()
	e.keys.Reset()
	e.spent.reset()
	e.issuers.Forget()
	e.devices.reset()
	e.faults.reset()
	e.misstated.reset()
	e.msgraph.Reset()
	e.journal.Reset()
	return nil
}

// Close ends what the emulator does in the background, which is delivering change
// notifications. Handlers go on answering.
func (e *Emulator) Close() { e.msgraph.Close() }

// SendLifecycle sends a lifecycle event of a change notification subscription of
// Graph: reauthorizationRequired, subscriptionRemoved (which removes it) or missed.
func (e *Emulator) SendLifecycle(subscription, event string) error {
	err := e.msgraph.Lifecycle(subscription, event)
	if errors.Is(err, msgraph.ErrNoSubscription) {
		return directory.Missing("subscription", subscription, "give the id that Graph answered with when it was made")
	}
	return err
}

// issuer is the issuer of v2 tokens of a tenant.
func (e *Emulator) issuer(tid string) string { return e.entra + "/" + tid + "/v2.0" }

// issuerV1 stands for https://sts.windows.net/{tid}/.
func (e *Emulator) issuerV1(tid string) string { return e.entra + "/" + tid + "/" }

func checkOptions(o Options) error {
	var faults []error
	for _, base := range []struct{ name, value string }{{"EntraURL", o.EntraURL}, {"GraphURL", o.GraphURL}} {
		u, err := url.Parse(base.value)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.Scheme+"://"+u.Host != base.value {
			faults = append(faults, seed.Complain("options", base.name, "%q is not a scheme and host; give one such as http://localhost:8081, without a path", base.value))
			continue
		}
		if !o.AnyHost && !local(u.Host) {
			faults = append(faults, seed.Complain("options", base.name, "%q is not on this machine; use localhost, 127.0.0.1 or [::1]", base.value))
		}
	}
	if o.ControlToken == "" {
		faults = append(faults, seed.Complain("options", "ControlToken", "is empty; give the control routes a random token"))
	}
	if len(o.Tenants) == 0 {
		faults = append(faults, seed.Complain("options", "Tenants", "is empty; seed at least one tenant"))
	}
	return errors.Join(faults...)
}

// Journal lists the last requests, oldest first; control routes are not among them.
func (e *Emulator) Journal() []journal.Entry { return e.journal.List() }
