package emulator

import (
	"net"
	"net/http"
	"net/url"
	"strings"
)

// loopback tells whether a Host header or URL host names this machine. Other
// names are refused so that a web page cannot reach the emulator by pointing
// its own name at 127.0.0.1.
func loopback(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	switch strings.ToLower(strings.Trim(name, "[]")) {
	case "localhost", "127.0.0.1", "::1":
		return true
	}
	return false
}

// onlyLoopback refuses every request whose Host is not this machine's.
func onlyLoopback(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !loopback(r.Host) {
			http.Error(w, "The emulator answers to localhost, 127.0.0.1 and [::1] only.", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// sameEndpoint tells whether host is a loopback name at the port of base.
func sameEndpoint(host, base string) bool {
	u, err := url.Parse(base)
	if err != nil || !loopback(host) {
		return false
	}
	_, port, _ := net.SplitHostPort(host) // no port: the scheme's own
	return port == u.Port()
}
