package console

import (
	"net/http"
	"strings"

	"gatehouse/internal/fault"
)

// checkOrigin refuses what another site made a browser send. A request that
// changes something and rests on a cookie must say itself that it comes from
// the platform's own pages: by Sec-Fetch-Site (Fetch Metadata, W3C), or, where a
// browser does not send it, by Origin. Silence is refused; a bearer token is no
// cookie, no site can make a browser attach it.
func (c *Console) checkOrigin(r *http.Request) error {
	if safe(r.Method) || c.byToken(r) {
		return nil
	}
	own := c.Base.Scheme + "://" + c.Base.Host
	if err := http.NewCrossOriginProtection().Check(r); err != nil {
		return crossOrigin(own)
	}
	cookie, _ := r.Cookie(c.sessions.Cookie.Name)
	if cookie == nil && strings.HasPrefix(r.URL.Path, "/api/") {
		return nil // nobody's request: the door refuses it
	}
	site, origin := r.Header.Get("Sec-Fetch-Site"), r.Header.Get("Origin")
	switch {
	case site != "" && site != "same-origin", origin != "" && origin != own, site == "" && origin == "":
		return crossOrigin(own)
	}
	return nil
}

func crossOrigin(own string) error {
	return fault.Newf(fault.Forbidden, "the request does not say that it comes from the platform's own pages; use these, send Origin: %s with a session's cookie, or use an app-only token", own)
}

func safe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// byToken reports whether the request rests on a token. Its cookie, if it has
// one, is then never looked at.
func (c *Console) byToken(r *http.Request) bool {
	_, ok := bearer(r.Header.Get("Authorization"))
	return ok
}

// bearer returns the token of an Authorization header (RFC 6750 §2.1).
func bearer(header string) (string, bool) {
	scheme, token, ok := strings.Cut(header, " ")
	return strings.TrimSpace(token), ok && strings.EqualFold(scheme, "Bearer")
}
