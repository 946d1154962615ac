package emulator

import (
	"net"
	"net/http"
	"net/url"
	"slices"

	"gatehouse/internal/emulator/loopback"
)

// local tells whether a Host header or URL host names this machine. Other
// names are refused so that a web page cannot reach the emulator by pointing
// its own name at 127.0.0.1.
func local(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	return loopback.Host(name)
}

// hosted refuses every request whose Host is not this machine's, unless any is
// good.
func (e *Emulator) hosted(next http.Handler) http.Handler {
	if e.anyHost {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !local(r.Host) {
			http.Error(w, "The emulator answers to localhost, 127.0.0.1 and [::1] only.", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// sameEndpoint tells whether host is a loopback name at the port of base.
func sameEndpoint(host, base string) bool {
	u, err := url.Parse(base)
	if err != nil || !local(host) {
		return false
	}
	_, port, _ := net.SplitHostPort(host) // no port: the scheme's own
	return port == u.Port()
}

// among reports whether value is one of allowed.
func among(value string, allowed ...string) bool { return slices.Contains(allowed, value) }
