package emulator

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
)

// Emulator is one Entra ID and one Microsoft Graph over a set of tenants. It is
// safe for concurrent use.
type Emulator struct {
	entra, graph string // base URLs
	controlToken string
	seed         []Tenant

	changing sync.Mutex // serialises writers of world
	world    atomic.Pointer[world]

	clock   clock
	keys    *keyRing
	sealer  sealer
	spent   spentCodes
	faults  faults
	journal journal

	entraHandler, graphHandler http.Handler
}

// New makes an Emulator. It reports everything that is wrong with o in one
// error, each complaint naming the tenant, app, person or group and the remedy.
// Signing keys are made in the background; the first use waits for them.
func New(o Options) (*Emulator, error) {
	seed := copySeed(o.Tenants)
	if err := errors.Join(checkOptions(o), checkSeed(seed)); err != nil {
		return nil, err
	}
	e := &Emulator{entra: o.EntraURL, graph: o.GraphURL, controlToken: o.ControlToken, seed: seed}
	e.clock.base = o.Now
	e.keys = newKeyRing(e.clock.Now())
	if err := e.sealer.renew(); err != nil {
		return nil, err
	}
	e.world.Store(newWorld(e.seed, e.graph))
	e.entraHandler = e.routesEntra()
	e.graphHandler = e.routesGraph()
	return e, nil
}

// Entra serves login.microsoftonline.com and, under /_control, the control routes.
func (e *Emulator) Entra() http.Handler { return e.entraHandler }

// Graph serves graph.microsoft.com.
func (e *Emulator) Graph() http.Handler { return e.graphHandler }

// Reset puts everything back to the seed: directory, consents, keys, clock,
// faults and journal. Codes and refresh tokens issued before are worthless after.
func (e *Emulator) Reset() error {
	e.changing.Lock()
	defer e.changing.Unlock()
	if err := e.sealer.renew(); err != nil {
		return err
	}
	e.world.Store(newWorld(e.seed, e.graph))
	e.clock.reset()
	e.keys.reset()
	e.spent.reset()
	e.faults.reset()
	e.journal.reset()
	return nil
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
			faults = append(faults, complain("options", base.name, "%q is not a scheme and host; give one such as http://localhost:8081, without a path", base.value))
			continue
		}
		if !loopback(u.Host) {
			faults = append(faults, complain("options", base.name, "%q is not on this machine; use localhost, 127.0.0.1 or [::1]", base.value))
		}
	}
	if o.ControlToken == "" {
		faults = append(faults, complain("options", "ControlToken", "is empty; give the control routes a random token"))
	}
	if len(o.Tenants) == 0 {
		faults = append(faults, complain("options", "Tenants", "is empty; seed at least one tenant"))
	}
	return errors.Join(faults...)
}

// copySeed keeps the caller's later changes to its slices out of the emulator.
// Entries are never written to, so copying one level is enough.
func copySeed(tenants []Tenant) []Tenant {
	out := slices.Clone(tenants)
	for i := range out {
		out[i].Users = slices.Clone(out[i].Users)
		out[i].Groups = slices.Clone(out[i].Groups)
		out[i].Apps = slices.Clone(out[i].Apps)
		for j := range out[i].Groups {
			out[i].Groups[j].Members = slices.Clone(out[i].Groups[j].Members)
		}
	}
	return out
}
