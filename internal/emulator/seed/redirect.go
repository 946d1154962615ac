package seed

import (
	"net/url"
)

// Platform is the kind of client a reply URL makes of its app.
type Platform string

// The platforms of Redirects.
const (
	PlatformWeb    Platform = "web"
	PlatformSPA    Platform = "spa"
	PlatformPublic Platform = "public"
)

// Platform finds a reply URL among the registered ones: exactly, or, for http on
// loopback, with any port. An exact match on any platform goes before the rest.
func (r Redirects) Platform(sent string) (Platform, bool) {
	by := []struct {
		kind Platform
		uris []string
	}{{PlatformPublic, r.Public}, {PlatformSPA, r.SPA}, {PlatformWeb, r.Web}}
	for _, matches := range []func(registered, sent string) bool{sameURI, sameLoopback} {
		for _, p := range by {
			for _, uri := range p.uris {
				if matches(uri, sent) {
					return p.kind, true
				}
			}
		}
	}
	return "", false
}

func sameURI(registered, sent string) bool { return registered == sent }

// sameLoopback compares two http loopback URLs without their ports. [::1] is
// not among them, as in Entra.
func sameLoopback(registered, sent string) bool {
	r, err := url.Parse(registered)
	s, err2 := url.Parse(sent)
	if err != nil || err2 != nil || !loopbackRedirect(r) || !loopbackRedirect(s) || s.User != nil || s.Fragment != "" {
		return false
	}
	return r.Hostname() == s.Hostname() && path(r) == path(s) && r.RawQuery == s.RawQuery
}

func loopbackRedirect(u *url.URL) bool {
	return u.Scheme == "http" && (u.Hostname() == "localhost" || u.Hostname() == "127.0.0.1")
}

func path(u *url.URL) string {
	if u.EscapedPath() == "" {
		return "/"
	}
	return u.EscapedPath()
}
