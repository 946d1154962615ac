package seed

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Microsoft, "Redirect URI (reply URL) best practices and limitations".
const (
	maxRedirects      = 256 // of an app for organizations
	maxRedirectLength = 256
)

func (c *checker) redirects(at place, r Redirects) {
	if n := len(r.Web) + len(r.SPA) + len(r.Public); n > maxRedirects {
		c.add(at, "are %d URIs; an app may have %d", n, maxRedirects)
	}
	for _, platform := range []struct {
		name Platform
		uris []string
	}{{PlatformWeb, r.Web}, {PlatformSPA, r.SPA}, {PlatformPublic, r.Public}} {
		for i, raw := range platform.uris {
			if err := CheckRedirect(platform.name, raw); err != nil {
				c.add(at.item(string(platform.name), i), "%s", err)
			}
		}
	}
}

// CheckRedirect returns nil for a reply URL that an app may register on a
// platform: https, or http on localhost and 127.0.0.1, and for public clients a
// scheme of their own as well (Microsoft, "Redirect URI (reply URL) best
// practices and limitations"). Its errors say nothing that only a seed has.
//
// The sentence about HTTPS is the portal's, as people quote it; the portal takes
// 127.0.0.1 only in the manifest. That schemes which run or show what is in the
// URI itself are nobody's own is this emulator's rule.
func CheckRedirect(on Platform, uri string) error {
	if len(uri) > maxRedirectLength {
		return fmt.Errorf("%q has %d characters; %d are the most", uri[:32]+"…", len(uri), maxRedirectLength)
	}
	u, err := url.Parse(uri)
	switch {
	case err != nil || !u.IsAbs() || strings.ContainsAny(uri, "*#\\ "):
		return fmt.Errorf("%q is not an absolute URI without fragment and wildcard", uri)
	case u.User != nil:
		return fmt.Errorf("%q names a user; leave out what is before the @", uri)
	case !goodPort(u):
		return fmt.Errorf("%q has no port from 1 to 65535", uri)
	case u.Hostname() == "::1":
		return fmt.Errorf("%q is on [::1], which is not supported; use 127.0.0.1", uri)
	case on == PlatformPublic && ownScheme(u):
		return nil
	case u.Scheme == "https" && u.Hostname() != "" || loopbackRedirect(u):
		return nil
	case on == PlatformPublic:
		return fmt.Errorf("%q must start with 'HTTPS', 'http://localhost' or a scheme of the app's own", uri)
	}
	return fmt.Errorf("%q must start with 'HTTPS' or 'http://localhost'", uri)
}

// goodPort reports whether what follows the host is nothing, or a port one can
// connect to.
func goodPort(u *url.URL) bool {
	if u.Port() == "" {
		return !strings.HasSuffix(u.Host, ":")
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	return err == nil && port > 0
}

// ownScheme reports whether a scheme can belong to an app: it is neither the
// web's nor one that browsers handle themselves.
func ownScheme(u *url.URL) bool {
	return !slices.Contains([]string{"http", "https", "javascript", "data", "vbscript", "file", "blob", "about"}, u.Scheme)
}
