package console

import (
	"net"
	"net/http"
	"net/netip"

	"gatehouse/internal/limit"
)

// Limits holds those who send too much.
type Limits interface {
	// Admit admits a request or refuses it with a fault of kind Limited. The
	// credential, a session's or a bearer token, is not verified yet; it is empty
	// where there is none.
	Admit(r *http.Request, credential string) error
}

// visitors satisfies Limits.
type visitors struct{ each, address *limit.Visitors }

// LimitVisitors returns limits by which each session or token has a rate of its
// own, and so has each address for requests with neither. Whoever makes up
// sessions is held by what an address may send in all.
func LimitVisitors(each, address *limit.Visitors) Limits { return visitors{each, address} }

// Admit admits a request with a credential, if it has one.
func (v visitors) Admit(r *http.Request, credential string) error {
	from := sourceOf(r)
	if err := v.address.Admit(from); err != nil {
		return err
	}
	if credential == "" {
		return v.each.Admit("address " + from)
	}
	return v.each.Admit("credential " + credential)
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
