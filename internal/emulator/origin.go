package emulator

import (
	"net/http"
	"net/url"

	"gatehouse/internal/emulator/directory"
)

// allowOrigin lets a page read the answer if it is at home where one of the apps
// meant has a reply URL of a single page app (Microsoft's page "Redirect URIs for
// single-page apps"). Whether it gets a token depends on the reply URL it used.
func (e *Emulator) allowOrigin(w http.ResponseWriter, r *http.Request, meant func(*directory.App) bool) {
	sent := r.Header.Get("Origin")
	if sent == "" {
		return
	}
	w.Header().Add("Vary", "Origin")
	origin, err := url.Parse(sent)
	if err != nil || origin.Host == "" { // "null" among them
		return
	}
	for _, t := range e.named(r.PathValue("tenant")) {
		for _, a := range t.Apps {
			if meant(a) && atHome(a, origin) {
				w.Header().Set("Access-Control-Allow-Origin", sent)
				return
			}
		}
	}
}

// named are the tenants that an address names.
func (e *Emulator) named(segment string) []*directory.Tenant {
	world := e.world()
	if manyTenants(segment) {
		return world.All()
	}
	if t, ok := world.Find(segment); ok {
		return []*directory.Tenant{t}
	}
	return nil
}

// atHome tells whether an origin is one of an app's single page reply URLs. On
// loopback any port is, as for the reply URLs themselves.
func atHome(a *directory.App, origin *url.URL) bool {
	for _, uri := range a.Redirects.SPA {
		home, err := url.Parse(uri)
		if err != nil || home.Scheme != origin.Scheme {
			continue
		}
		anyPort := home.Scheme == "http" && among(home.Hostname(), "localhost", "127.0.0.1")
		if home.Host == origin.Host || anyPort && home.Hostname() == origin.Hostname() {
			return true
		}
	}
	return false
}
