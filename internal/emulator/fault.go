package emulator

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/msgraph"
)

// Endpoints a Fault can be set on.
const (
	EndpointDiscovery = "discovery" // both metadata documents and instance discovery
	EndpointKeys      = "keys"      // both key sets
	EndpointAuthorize = "authorize"
	EndpointToken     = "token"
	EndpointGraph     = "graph" // all of Microsoft Graph
)

// maxLatency bounds how long a request can be held.
const maxLatency = 5 * time.Minute

// Fault is how an endpoint misbehaves until the next Fault for it and the same
// tenant and path. One that names only these ends the misbehaviour. Where several
// meet a request, a tenant's own goes before the one for all, and the longest
// path before the others.
type Fault struct {
	Endpoint   string
	Tenant     string        // for this tenant only, by id or domain; empty: for all; not with graph, whose address names none
	Path       string        // of graph only: this path and everything below it, "/v1.0/me/messages"; empty: everything
	Status     int           // answer with this status, 400 to 599
	Code       int           // refuse with this AADSTS code, 50196 (a loop) say; not at Graph
	RetryAfter time.Duration // with Status: a Retry-After header, in whole seconds
	Latency    time.Duration // answer this much later, at most 5 minutes
	Outage     bool          // drop the connection without an answer
	Times      int           // how many requests it meets; 0: until it is replaced
}

func (f Fault) idle() bool { return f.Status == 0 && f.Code == 0 && f.Latency == 0 && !f.Outage }

func (f Fault) check() error {
	if !among(f.Endpoint, EndpointDiscovery, EndpointKeys, EndpointAuthorize, EndpointToken, EndpointGraph) {
		return fmt.Errorf("endpoint %q is unknown: use discovery, keys, authorize, token or graph", f.Endpoint)
	}
	if f.Tenant != "" && f.Endpoint == EndpointGraph {
		return errors.New("graph has one address for all tenants: leave the tenant out")
	}
	if f.Path != "" && (f.Endpoint != EndpointGraph || !strings.HasPrefix(f.Path, "/")) {
		return fmt.Errorf("path %q goes with endpoint graph and begins with a slash: use one such as /v1.0/me, or leave it out", f.Path)
	}
	if f.Status != 0 && (f.Status < 400 || f.Status > 599) {
		return fmt.Errorf("status %d is no error: use 400 to 599", f.Status)
	}
	if f.Outage && (f.Status != 0 || f.Code != 0) || f.Status != 0 && f.Code != 0 {
		return errors.New("status, code and outage exclude each other: leave all but one out")
	}
	if _, known := refusals[f.Code]; f.Code != 0 && (!known || f.Endpoint == EndpointGraph) {
		return fmt.Errorf("code %d cannot be had at %s: use one that Entra has, such as 50196 or 90033 (docs/emulator.md lists them)", f.Code, f.Endpoint)
	}
	if f.RetryAfter < 0 || f.RetryAfter > 0 && f.Status == 0 {
		return errors.New("retryAfter goes with a status and is not negative: set status to 429 or 503")
	}
	if f.Latency < 0 || f.Latency > maxLatency {
		return fmt.Errorf("latency %s is out of range: use 0 to %s", f.Latency, maxLatency)
	}
	if f.Times < 0 {
		return errors.New("times is negative: use 0 for as long as the fault stands")
	}
	return nil
}

// faults are the ones in force.
type faults struct {
	mu sync.Mutex
	at map[target]Fault
}

// target is what a fault is set on.
type target struct{ endpoint, tenant, path string }

// covers tells whether a fault set there meets a request that comes here.
func (p target) covers(here target) bool {
	return p.endpoint == here.endpoint && (p.tenant == "" || p.tenant == here.tenant) && msgraph.Below(here.path, p.path)
}

// closer tells whether of two faults that meet a request this one does.
func (p target) closer(than target) bool {
	if (p.tenant == "") != (than.tenant == "") {
		return p.tenant != ""
	}
	return len(p.path) > len(than.path)
}

func (f *faults) set(fault Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	at := target{fault.Endpoint, fault.Tenant, fault.Path}
	if fault.idle() {
		delete(f.at, at)
		return
	}
	if f.at == nil {
		f.at = map[target]Fault{}
	}
	f.at[at] = fault
}

// meet is the fault that the next request here meets.
func (f *faults) meet(here target) Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	on := f.nearest(here)
	fault := f.at[on]
	switch fault.Times {
	case 0:
	case 1:
		delete(f.at, on)
	default:
		left := fault
		left.Times--
		f.at[on] = left
	}
	return fault
}

// nearest is where the fault is set that a request here meets.
func (f *faults) nearest(here target) target {
	on := target{endpoint: here.endpoint}
	for at := range f.at {
		if at.covers(here) && at.closer(on) {
			on = at
		}
	}
	return on
}

// spares tells whether a batch passes, whose requests then meet faults one by
// one: unless nothing answers at all, or the fault is one for batches.
func (f *faults) spares(batch target) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	on := f.nearest(batch)
	return !f.at[on].Outage && on.path != batch.path
}

func (f *faults) reset() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.at = nil
}

// SetFault makes an endpoint misbehave. A fault it cannot follow is an error
// and changes nothing.
func (e *Emulator) SetFault(f Fault) error {
	if err := f.check(); err != nil {
		return err
	}
	if f.Tenant != "" {
		t, ok := e.world().Find(f.Tenant)
		if !ok {
			return directory.Missing("tid", f.Tenant, "give the id or a domain of a seeded tenant, or none for all of them")
		}
		f.Tenant = t.ID
	}
	e.faults.set(f)
	return nil
}

// faulty serves an endpoint, or misbehaves as told.
func (e *Emulator) faulty(endpoint string, serve http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fault := e.faults.meet(target{endpoint, e.tenantIn(r), r.URL.Path})
		if !hold(r, fault.Latency) {
			return
		}
		switch {
		case fault.Outage:
			drop(w)
		case fault.Status != 0:
			e.fail(w, r, fault)
		case fault.Code != 0:
			e.writeRefusal(w, r, injectedRefusal(fault.Code))
		default:
			serve(w, r)
		}
	})
}

// faultyBatch serves Microsoft Graph, or misbehaves as told. A batch meets an
// outage itself; any other fault waits for the requests in it.
func (e *Emulator) faultyBatch(next http.Handler) http.Handler {
	faulty := e.faulty(EndpointGraph, next.ServeHTTP)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if msgraph.Batch(r) && e.faults.spares(target{endpoint: EndpointGraph, path: r.URL.Path}) {
			next.ServeHTTP(w, r)
			return
		}
		faulty.ServeHTTP(w, r)
	})
}

// tenantIn is the id of the tenant that a request's address names, if there is one.
func (e *Emulator) tenantIn(r *http.Request) string {
	t, ok := e.world().Find(r.PathValue("tenant"))
	if !ok {
		return ""
	}
	return t.ID
}

// hold waits, and reports whether the caller is still there.
func hold(r *http.Request, d time.Duration) bool {
	if d == 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

// drop closes the connection without an answer; where it cannot be reached, an
// empty 503 is the nearest thing.
func drop(w http.ResponseWriter) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	_ = connection.Close() // nobody is owed an answer
}

// fail answers with the fault's status in the endpoint's own error format.
func (e *Emulator) fail(w http.ResponseWriter, r *http.Request, fault Fault) {
	if fault.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(fault.RetryAfter.Seconds())))
	}
	if fault.Endpoint == EndpointGraph {
		e.msgraph.Fail(w, r, fault.Status)
		return
	}
	no := refuse(90033)
	if fault.Status == http.StatusTooManyRequests {
		no = refuse(90055)
	}
	no.status = fault.Status
	e.writeRefusal(w, r, no)
}
