package app

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// behind returns a handler that sees the address of whoever asked in
// RemoteAddr, also behind proxies. X-Forwarded-For is believed from the right
// and as far as trusted proxies wrote it: what stands left of that, anybody can
// have written.
func behind(trusted []netip.Prefix, next http.Handler) http.Handler {
	if len(trusted) == 0 {
		return next
	}
	isTrusted := func(a netip.Addr) bool {
		return slices.ContainsFunc(trusted, func(p netip.Prefix) bool { return p.Contains(a.Unmap()) })
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if peer, err := netip.ParseAddrPort(r.RemoteAddr); err == nil && isTrusted(peer.Addr()) {
			r.RemoteAddr = netip.AddrPortFrom(farthest(r.Header.Values("X-Forwarded-For"), peer.Addr(), isTrusted), peer.Port()).String()
		}
		next.ServeHTTP(w, r)
	})
}

// farthest walks the chain from the nearest proxy on and returns the first
// address that is no trusted proxy, or the last one that could be read.
func farthest(forwarded []string, peer netip.Addr, isTrusted func(netip.Addr) bool) netip.Addr {
	chain := strings.Split(strings.Join(forwarded, ","), ",")
	at := peer
	for _, item := range slices.Backward(chain) {
		next, err := hop(strings.TrimSpace(item))
		if err != nil {
			return at
		}
		if at = next; !isTrusted(at) {
			return at
		}
	}
	return at
}

// hop reads one entry: an address, which some proxies write with a port.
func hop(s string) (netip.Addr, error) {
	if with, err := netip.ParseAddrPort(s); err == nil {
		return with.Addr().WithZone(""), nil
	}
	a, err := netip.ParseAddr(strings.Trim(s, "[]"))
	return a.WithZone(""), err
}
