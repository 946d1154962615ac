package emulator

import (
	"net/url"
	"strings"
)

// platform is the kind of client a reply URL makes of its app.
type platform string

const (
	platformWeb    platform = "web"
	platformSPA    platform = "spa"
	platformPublic platform = "public"
)

// platform finds the reply URL among the app's own: exactly, or, for http on
// loopback, with any port. An exact match on any platform goes before the rest.
func (a *app) platform(redirect string) (platform, bool) {
	by := []struct {
		kind platform
		uris []string
	}{{platformPublic, a.Redirects.Public}, {platformSPA, a.Redirects.SPA}, {platformWeb, a.Redirects.Web}}
	for _, matches := range []func(registered, sent string) bool{sameURI, sameLoopback} {
		for _, p := range by {
			for _, uri := range p.uris {
				if matches(uri, redirect) {
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

// withSlash is a reply URL as Entra returns to it: a web address without a path
// gets a slash.
func withSlash(redirect string) string {
	u, err := url.Parse(redirect)
	if err != nil || u.Path != "" || !among(u.Scheme, "http", "https") {
		return redirect
	}
	u.Path = "/"
	return u.String()
}

// withQuery adds parameters to a reply URL that may have some.
func withQuery(redirect string, values url.Values) string {
	separator := "?"
	if strings.Contains(redirect, "?") {
		separator = "&"
	}
	return redirect + separator + values.Encode()
}
