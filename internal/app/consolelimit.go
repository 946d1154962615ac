package app

import (
	"net"
	"net/http"
	"net/netip"

	"gatehouse/internal/console"
	"gatehouse/internal/limit"
)

// consoleLimits satisfies console.Limits. Each session or token has a rate of its
// own, and so has each address for requests with neither. Whoever makes up
// sessions is held by what an address may send in all.
type consoleLimits struct{ each, address *limit.Visitors }

func newConsoleLimits(o Options) (console.Limits, error) {
	l := limitsOf(o.Config)
	each, err := limit.NewVisitors(l.PerCaller, l.MaxCallers)
	if err != nil {
		return nil, err
	}
	address, err := limit.NewVisitors(l.PerOrganization, l.MaxOrganizations)
	return consoleLimits{each, address}, err
}

// Admit admits a request with a credential, if it has one.
func (l consoleLimits) Admit(r *http.Request, credential string) error {
	from := sourceOf(r)
	if err := l.address.Admit(from); err != nil {
		return err
	}
	if credential == "" {
		return l.each.Admit("address " + from)
	}
	return l.each.Admit("credential " + credential)
}

// sourceOf is the network a request comes from: an address, or of IPv6 the /64
// that one customer has.
func sourceOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	address, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	if address = address.Unmap(); address.Is4() {
		return address.String()
	}
	prefix, err := address.WithZone("").Prefix(64)
	if err != nil {
		return host
	}
	return prefix.String()
}
