package organizations_test

import (
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
)

// machine is the host that the processes of this test binary run on, as App
// Service is one: it offers managed identities at an address that the
// environment names. It passes requests on to the emulator that knows the
// identity asked for.
var machine = newHost()

type host struct {
	address string
	mu      sync.Mutex
	entra   map[string]*url.URL // by the identity's client id
}

func newHost() *host {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		panic(err) // no test could run
	}
	h := &host{address: "http://" + listener.Addr().String(), entra: map[string]*url.URL{}}
	go func() { _ = http.Serve(listener, h) }()
	return h
}

func (h *host) environ() map[string]string {
	return map[string]string{"IDENTITY_ENDPOINT": h.address + "/_identity/msi/token", "IDENTITY_HEADER": "control"}
}

// assign gives the host an identity of an emulator.
func (h *host) assign(identity, entra string) {
	u, err := url.Parse(entra)
	if err != nil {
		panic(err) // an address of ours
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.entra[identity] = u
}

// ServeHTTP passes a request on.
func (h *host) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	to := h.entra[r.URL.Query().Get("client_id")]
	h.mu.Unlock()
	if to == nil {
		http.NotFound(w, r)
		return
	}
	proxy := httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) { p.SetURL(to) }} // SetURL sets the Host as well
	proxy.ServeHTTP(w, r)
}
