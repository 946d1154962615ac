package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// Errors is every complaint about a configuration. Each names a variable and
// what to do; none repeats a secret.
type Errors []string

// Error lists the complaints, one a line.
func (p Errors) Error() string {
	return "the configuration is not usable:\n  - " + strings.Join(p, "\n  - ")
}

func (p *Errors) add(format string, args ...any) {
	*p = append(*p, fmt.Sprintf(format, args...))
}

// origin accepts a URL that is a scheme and a host and nothing else. A URL that
// is not given is accepted.
func (p *Errors) origin(name string, u url.URL) {
	if u == (url.URL{}) {
		return
	}
	if !isOrigin(u) {
		p.add("%s must be http or https, a lowercase host and a port unless it is the default one, without path, trailing slash, query or user: https://gatehouse.example", name)
	}
}

// endpoint accepts an http or https URL, with a path or not.
func (p *Errors) endpoint(name string, u url.URL) {
	if u == (url.URL{}) {
		return
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		p.add("%s must be an http or https URL without query or user: http://collector:4318", name)
	}
}

func (p *Errors) origins(name string, origins []string) {
	for _, origin := range origins {
		u, err := url.Parse(origin)
		if err != nil || !isOrigin(*u) || u.String() != origin {
			p.add("%s holds %q, which is not a browser origin; write it as the browser sends it, scheme and host in lower case and only a port that is not the default one: http://localhost:6274", name, origin)
		}
	}
}

func (p *Errors) listen(name, address string) {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		p.add("%s is %q; give host:port or :port", name, address)
		return
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		p.add("%s is %q; the port must be a number from 0 to 65535", name, address)
	}
}

// local accepts an address of this machine.
func (p *Errors) local(name, address, example string) {
	if !loopbackAddress(address) {
		p.add("%s is %q; development listens on loopback only: use %s", name, address, example)
	}
}

// postgres accepts the URL form of a connection string, which is the one form
// whose parts can be checked without guessing.
func (p *Errors) postgres(name string, s Secret) {
	if s == "" {
		return
	}
	u, err := url.Parse(s.Reveal())
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		p.add("%s must be a PostgreSQL URL: postgres://role:password@host:5432/database", name)
	}
}

// rate refuses numbers that would mean "never" or "unlimited".
func (p *Errors) rate(name string, n float64) {
	if !(n >= 1 && n <= maxRate) { // written so that NaN fails too
		p.add("%s is %v; give a number between 1 and %d", name, n, maxRate)
	}
}

// guid accepts an id as Entra writes it, and none.
func (p *Errors) guid(name, id string) {
	if id != "" && !guids.MatchString(id) {
		p.add("%s must be an id as Microsoft Entra writes it, in lower case: 00000000-0000-0000-0000-000000000000", name)
	}
}

var guids = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// identifier accepts what Entra takes as an app's identifier URI, as far as
// tokens and scopes are built from it.
func (p *Errors) identifier(name, uri string) {
	if uri == "" {
		return
	}
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "api" && u.Scheme != "https" || u.Host == "" || strings.HasSuffix(uri, "/") || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		p.add("%s must be an identifier URI without a trailing slash: api://00000000-0000-0000-0000-000000000000 or https://gatehouse.example", name)
	}
}

// needs complains about a value that means nothing without another.
func (p *Errors) needs(name, other string) {
	p.add("%s is set and %s is not; set both or neither", name, other)
}

// isOrigin reports whether u is an origin exactly as a browser writes one
// (RFC 6454 §6.2): lower case, no default port, nothing after the host. Issuers
// and audiences are compared byte for byte with what is built from it.
func isOrigin(u url.URL) bool {
	defaultPort := map[string]string{"http": "80", "https": "443"}
	port, ok := defaultPort[u.Scheme]
	if !ok || u.Hostname() == "" || u.Port() == port || strings.HasSuffix(u.Host, ":") {
		return false
	}
	return u == url.URL{Scheme: u.Scheme, Host: strings.ToLower(u.Host)}
}

func loopbackAddress(address string) bool {
	host, _, err := net.SplitHostPort(address)
	return err == nil && loopbackHost(host)
}

func loopbackHost(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
