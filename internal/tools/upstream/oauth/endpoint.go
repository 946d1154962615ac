package oauth

import (
	"net/netip"
	"net/url"
	"strings"

	"gatehouse/internal/egress"
)

const longestURL = 2_048

// address reads a URL that we, or a person, may be sent to, or says what is wrong
// with it.
func (c *Client) address(raw string) (u *url.URL, why string) {
	if raw == "" || len(raw) > longestURL || !isVisible(raw) || strings.ContainsAny(raw, "\"<>\\^`{|}") {
		return nil, "is no URL"
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "":
		return nil, "is no URL of a host"
	case u.Scheme != "https" && (u.Scheme != "http" || c.o.Loopback != egress.AllowLoopback || !isLoopback(u.Hostname())):
		return nil, "is not https"
	case u.User != nil:
		return nil, "carries a user name"
	case strings.Contains(raw, "#"):
		return nil, "has a fragment"
	}
	return u, ""
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback() && !ip.Is4In6()
}

// isVisible reports visible ASCII throughout (VSCHAR without the space).
func isVisible(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

// wellKnown returns the URL of a well-known document: its name between the host and
// the path (RFC 8615; RFC 8414 §3.1, RFC 9728 §3.1).
func wellKnown(u *url.URL, name, path string) string {
	return u.Scheme + "://" + u.Host + "/.well-known/" + name + path
}

// pathOf returns the path of a URL as it is written, without a slash at its end.
func pathOf(u *url.URL) string { return strings.TrimSuffix(u.EscapedPath(), "/") }
