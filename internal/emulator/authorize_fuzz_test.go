package emulator_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
)

// FuzzAuthorize sends any parameters to the endpoints browsers come to. Whatever
// they are there is a page or a redirect, no failure of the emulator, and no
// redirect to an address the app has not registered.
func FuzzAuthorize(f *testing.F) {
	for _, query := range []url.Values{
		request(apiScope),
		with(request(apiScope), "account", alice),
		with(request(apiScope), "prompt", "none", "claims", acrs),
		with(request(apiScope), "account", alice, "resource", apiURL, "claims", `{"access_token":{"xms_cc":{"values":["cp1"]}},"id_token":null}`),
		with(request(apiScope), "redirect_uri", "https://evil.example/", "account", alice),
		with(request("openid"), "client_id", console, "redirect_uri", "https://console.example/callback?x=1#y", "response_mode", "form_post"),
		portalAsk("code id_token token", "code_challenge", s256(verifierText), "account", "alice@contoso.example"),
		portalAsk("id_token", "response_mode", "query", "domain_hint", fabrikam),
		with(vendorAsk(), "account", carol, "consent", "accept", "ctx", "AAAA", "switch", ""),
	} {
		for _, path := range []string{"oauth2/v2.0/authorize", "oauth2/authorize", "v2.0/adminconsent", "adminconsent"} {
			f.Add(contoso+"/"+path, query.Encode(), "")
			f.Add("organizations/"+path, "", query.Encode())
		}
	}
	f.Add("%2e%2e/oauth2/authorize", "client_id=%00&client_id=x;y", "%zz")
	tenants, portals := withAdmins(), withPortal()[0].Apps
	tenants[0].Apps = append(tenants[0].Apps, portals[len(portals)-1])
	e, err := emulator.New(emulator.Options{
		EntraURL: entraURL, GraphURL: graphURL, ControlToken: control, Tenants: tenants, Now: nowAtMidday,
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, path, query, body string) {
		method := http.MethodGet
		if body != "" {
			method = http.MethodPost
		}
		r, err := http.NewRequestWithContext(t.Context(), method, entraURL+"/"+path+"?"+query, strings.NewReader(body))
		if err != nil || !strings.HasPrefix(r.URL.String(), entraURL+"/") || strings.HasPrefix(r.URL.Path, "/_control") ||
			strings.ContainsFunc(r.URL.RequestURI(), func(c rune) bool { return c <= ' ' || c == 0x7f }) { // no request line can carry it
			return
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		a := (&rig{Emulator: e, t: t}).do(r)
		if !slices.Contains([]int{200, 301, 302, 307, 400, 404, 405}, a.status) {
			t.Fatalf("status %d: %s", a.status, a.text)
		}
		if strings.Contains(a.text, "<script>") {
			t.Errorf("the page repeats a script: %s", a.text)
		}
		if a.status == http.StatusFound && !sentHome(tenants, query, body, a.header.Get("Location")) {
			t.Errorf("%s?%s %s leads to %s", path, query, body, a.header.Get("Location"))
		}
	})
}

// sentHome tells whether a redirect goes to the reply URL that was asked for,
// and that URL is one of the app's.
func sentHome(tenants []seed.Tenant, query, body, location string) bool {
	inQuery, _ := url.ParseQuery(query) // a broken one gives what can be read
	inBody, _ := url.ParseQuery(body)
	for _, parameters := range []url.Values{inBody, inQuery} {
		for _, wanted := range slices.Concat(parameters["redirect_uri"], parameters["post_logout_redirect_uri"]) {
			if samePlace(location, wanted) && registeredAnywhere(tenants, wanted) {
				return true
			}
		}
	}
	return false
}

// samePlace compares two addresses without what follows their path.
func samePlace(location, wanted string) bool {
	l, err := url.Parse(location)
	w, err2 := url.Parse(wanted)
	return err == nil && err2 == nil && l.Scheme == w.Scheme && l.Host == w.Host && l.User.String() == w.User.String() &&
		strings.TrimSuffix(l.EscapedPath(), "/") == strings.TrimSuffix(w.EscapedPath(), "/")
}

func registeredAnywhere(tenants []seed.Tenant, redirect string) bool {
	apps := seed.FirstParty(graphURL)
	for _, t := range tenants {
		apps = append(apps, t.Apps...)
	}
	return slices.ContainsFunc(apps, func(a seed.App) bool {
		_, ok := a.Redirects.Platform(redirect)
		return ok
	})
}
