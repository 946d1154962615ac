package emulator

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"
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

// Fault is how an endpoint misbehaves until the next Fault for it. One that
// names only the endpoint ends the misbehaviour.
type Fault struct {
	Endpoint   string
	Status     int           // answer with this status, 400 to 599
	RetryAfter time.Duration // with Status: a Retry-After header, in whole seconds
	Latency    time.Duration // answer this much later, at most 5 minutes
	Outage     bool          // drop the connection without an answer
	Times      int           // how many requests it meets; 0: until it is replaced
}

func (f Fault) idle() bool { return f.Status == 0 && f.Latency == 0 && !f.Outage }

func (f Fault) check() error {
	if !among(f.Endpoint, EndpointDiscovery, EndpointKeys, EndpointAuthorize, EndpointToken, EndpointGraph) {
		return fmt.Errorf("endpoint %q is unknown: use discovery, keys, authorize, token or graph", f.Endpoint)
	}
	if f.Status != 0 && (f.Status < 400 || f.Status > 599) {
		return fmt.Errorf("status %d is no error: use 400 to 599", f.Status)
	}
	if f.Outage && f.Status != 0 {
		return errors.New("status and outage exclude each other: leave one out")
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
	at map[string]Fault
}

func (f *faults) set(fault Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if fault.idle() {
		delete(f.at, fault.Endpoint)
		return
	}
	if f.at == nil {
		f.at = map[string]Fault{}
	}
	f.at[fault.Endpoint] = fault
}

// meet is the fault the next request at an endpoint meets.
func (f *faults) meet(endpoint string) Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	fault := f.at[endpoint]
	switch fault.Times {
	case 0:
	case 1:
		delete(f.at, endpoint)
	default:
		left := fault
		left.Times--
		f.at[endpoint] = left
	}
	return fault
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
	e.faults.set(f)
	return nil
}

// faulty serves an endpoint, or misbehaves as told.
func (e *Emulator) faulty(endpoint string, serve http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fault := e.faults.meet(endpoint)
		if !hold(r, fault.Latency) {
			return
		}
		switch {
		case fault.Outage:
			drop(w)
		case fault.Status != 0:
			e.fail(w, r, fault)
		default:
			serve(w, r)
		}
	})
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
		e.writeGraphError(w, r, graphFault(fault.Status))
		return
	}
	no := refuse(90033)
	if fault.Status == http.StatusTooManyRequests {
		no = refuse(90055)
	}
	no.status = fault.Status
	e.writeRefusal(w, r, no)
}
