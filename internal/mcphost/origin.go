package mcphost

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"gatehouse/internal/fault"
)

// Browser clients must be able to send these, and read those.
const (
	allowedHeaders = "Authorization, Content-Type, Accept, MCP-Protocol-Version, Mcp-Method, Mcp-Name, Mcp-Session-Id, Last-Event-ID"
	exposedHeaders = "WWW-Authenticate, Mcp-Session-Id, Retry-After, " + recordHeader
	allowedMethods = "POST, GET, DELETE, OPTIONS"
	preflightAge   = "600"
)

// checkHost refuses requests whose Host header names none of our own hosts: a
// page that has its own name resolve to our address must get nothing (DNS
// rebinding).
func (h *Host) checkHost(r *http.Request) error {
	host := strings.ToLower(r.Host)
	if slices.Contains(h.hosts, host) || (h.anyLoopbackPort && loopback(host)) {
		return nil
	}
	return fault.New(fault.Forbidden, "the Host header names another server; use "+h.baseURL)
}

// OwnHost lets requests through to a handler beside the endpoints whose Host
// header names one of our own hosts; others it refuses as the endpoints do.
func (h *Host) OwnHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := h.checkHost(r); err != nil {
			http.Error(w, fault.Public(err), http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// CheckOrigin lets requests pass that carry no Origin, or one of our own, or
// one the organization or the operator lists. It sets the CORS headers for
// those and never allows credentials: tokens travel in a header of their own.
func (h *Host) CheckOrigin(w http.ResponseWriter, r *http.Request, listed []string) error {
	values := r.Header["Origin"]
	if len(values) == 0 {
		return nil
	}
	origin := values[0]
	if len(values) > 1 {
		return fault.New(fault.Forbidden, "the Origin header is sent more than once; send one")
	}
	if !h.ownOrigin(origin) && !slices.Contains(h.origins, origin) && !slices.Contains(listed, origin) {
		return fault.New(fault.Forbidden, "this origin may not use the endpoint; ask the organization's admin to list it")
	}
	header := w.Header()
	header.Set("Access-Control-Allow-Origin", origin)
	header.Add("Vary", "Origin")
	header.Set("Access-Control-Expose-Headers", exposedHeaders)
	return nil
}

// ownOrigin reports whether an origin is that of our own pages, or of whatever
// else may be on this machine where AnyLoopbackPort says so.
func (h *Host) ownOrigin(origin string) bool {
	if slices.Contains(h.ownOrigins, origin) {
		return true
	}
	host, ok := strings.CutPrefix(origin, "http://")
	return ok && h.anyLoopbackPort && loopback(host)
}

// loopback reports whether a host, with or without a port, is a name of this
// machine that nobody else can make theirs.
func loopback(host string) bool {
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		name = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	} else if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return false
	}
	return name == "localhost" || name == "127.0.0.1" || name == "::1"
}

// preflight answers the browser's question before a cross-origin request.
func preflight(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Access-Control-Allow-Methods", allowedMethods)
	header.Set("Access-Control-Allow-Headers", allowedHeaders+repeated(r.Header.Get("Access-Control-Request-Headers")))
	header.Add("Vary", "Access-Control-Request-Headers")
	header.Set("Access-Control-Max-Age", preflightAge)
	w.WriteHeader(http.StatusNoContent)
}

// mostRepeated is how many arguments a page may repeat in headers of one request.
const mostRepeated = 32

// repeated returns those of the headers asked for that repeat arguments of tools,
// whose names nobody can list: each behind a comma.
func repeated(asked string) string {
	var b strings.Builder
	n := 0
	for name := range strings.SplitSeq(asked, ",") {
		name = strings.ToLower(strings.TrimSpace(name))
		if rest, ok := strings.CutPrefix(name, "mcp-param-"); ok && n < mostRepeated && strings.Trim(rest, tokenCharacters) == "" {
			b.WriteString(", " + name)
			n++
		}
	}
	return b.String()
}

// tokenCharacters may stand in a header's name (RFC 9110 §5.6.2), in lower case.
const tokenCharacters = "abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~"

// ownHosts returns the values of the Host header that mean us, and the origins
// of our own pages. A loopback base URL is meant by each of its names.
func ownHosts(base *url.URL) (hosts, origins []string) {
	names := []string{strings.ToLower(base.Hostname())}
	if ip := net.ParseIP(names[0]); names[0] == "localhost" || (ip != nil && ip.IsLoopback()) {
		names = []string{"localhost", "127.0.0.1", "::1"}
	}
	for _, name := range names {
		host := name
		if strings.Contains(name, ":") {
			host = "[" + name + "]"
		}
		if port := base.Port(); port != "" {
			host += ":" + port
		}
		hosts = append(hosts, host)
		origins = append(origins, base.Scheme+"://"+host)
	}
	return hosts, origins
}
