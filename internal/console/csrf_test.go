package console_test

import (
	"net/http"
	"testing"

	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/tenants"
)

func TestOtherSitesChangeNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		site, origin string
		want         int
	}{
		"own page":                       {"same-origin", base, http.StatusCreated},
		"own page of an old browser":     {"", base, http.StatusCreated},
		"without Origin":                 {"same-origin", "", http.StatusCreated},
		"neither":                        {"", "", http.StatusForbidden},
		"typed into the address bar":     {"none", "", http.StatusForbidden},
		"same site, other host":          {"same-site", "https://blog.gatehouse.example", http.StatusForbidden},
		"other site":                     {"cross-site", "https://evil.example", http.StatusForbidden},
		"old browser on another site":    {"", "https://evil.example", http.StatusForbidden},
		"own host over http":             {"", "http://gatehouse.example", http.StatusForbidden},
		"own host on another port":       {"", base + ":8443", http.StatusForbidden},
		"opaque origin":                  {"", "null", http.StatusForbidden},
		"own page, other Origin":         {"same-origin", "https://evil.example", http.StatusForbidden},
		"other site that names our page": {"cross-site", base, http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			b := r.as(t, r.person(r.contoso, tenants.Owner))
			b.headers = map[string]string{}
			headers := map[string]string{}
			if c.site != "" {
				headers["Sec-Fetch-Site"] = c.site
			}
			if c.origin != "" {
				headers["Origin"] = c.origin
			}
			want(t, b.send(http.MethodPost, "/api/organizations/contoso/roles", `{"name":"New","permissions":[{"effect":"allow","patterns":["who*"]}]}`, headers), c.want)
			out := http.StatusSeeOther
			if c.want == http.StatusForbidden {
				out = http.StatusForbidden
			}
			want(t, b.send(http.MethodPost, "/auth/sign-out", "", headers), out)
		})
	}
}

func TestTokensNeedNoOrigin(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.tokens["ours"] = authz.Identity{Org: r.contoso.ID, TID: r.contoso.TID, OID: tenants.NewGUID(), Kind: authz.App, AppRoles: []string{console.ManageRole}}
	b := r.by(t, "ours")
	want(t, b.send(http.MethodPost, "/api/organizations/contoso/roles", `{"name":"New","permissions":[{"effect":"allow","patterns":["who*"]}]}`, nil), http.StatusCreated)
	// A cookie beside a token gives nothing: neither identity, nor its absence of checks.
	r2 := r.as(t, r.person(r.contoso, tenants.Owner))
	r2.headers = map[string]string{"Authorization": "Bearer nonsense"}
	want(t, r2.send(http.MethodPost, "/api/organizations/contoso/roles", `{"name":"Newer","permissions":[{"effect":"allow","patterns":["who*"]}]}`, nil), http.StatusUnauthorized)
}
