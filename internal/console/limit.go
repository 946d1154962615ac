package console

import (
	"net"
	"net/http"
	"net/netip"

	"gatehouse/internal/limit"
)

// Limits holds those who send too much.
type Limits interface {
	// Admit admits a request, which calls leave at its end, or refuses it with a
	// fault of kind Limited. The credential, a session's or a bearer token, is not
	// verified yet; it is empty where there is none.
	Admit(r *http.Request, credential string) (leave func(), err error)
}

// Visitors satisfies Limits: each session or token has a rate of its own and
// places for requests under way, and each address a rate for requests with
// neither. Whoever makes up sessions is held by what an address may send in all.
// Every field is required.
type Visitors struct {
	Each, Address *limit.Visitors
	Places        *limit.Places
}

// Admit admits a request with a credential, if it has one.
func (v Visitors) Admit(r *http.Request, credential string) (leave func(), err error) {
	from := sourceOf(r)
	if err := v.Address.Admit(from); err != nil {
		return nil, err
	}
	if credential == "" {
		return func() {}, v.Each.Admit("address " + from)
	}
	if err := v.Each.Admit("credential " + credential); err != nil {
		return nil, err
	}
	return v.Places.Enter(credential)
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
