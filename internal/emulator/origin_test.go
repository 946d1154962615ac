package emulator_test

import (
	"net/http"
	"testing"
)

func TestOnlyPagesOfSinglePageAppsMayReadTokens(t *testing.T) {
	t.Parallel()
	g := newRig(t, withPortal()...)
	answers := map[string]func(tid, client, origin string) answer{
		"token": func(tid, client, origin string) answer {
			return g.token(tid, form("grant_type", "refresh_token", "client_id", client, "refresh_token", "x"), "Origin", origin)
		},
		"v1 token": func(tid, client, origin string) answer {
			return g.do(g.request(http.MethodPost, entraURL+"/"+tid+"/oauth2/token", form("client_id", client).Encode(), "Origin", origin))
		},
		"preflight": func(tid, _, origin string) answer {
			return g.do(g.request(http.MethodOptions, entraURL+"/"+tid+"/oauth2/v2.0/token", "", "Origin", origin))
		},
	}
	for _, row := range []struct {
		tid, client, origin string
		token, preflight    bool
	}{
		{contoso, portal, "https://portal.example", true, true},
		{"contoso.example", portal, "https://portal.example", true, true},
		{"organizations", portal, "https://portal.example", true, true},
		{contoso, console, "http://localhost:6274", true, true},
		{contoso, console, "http://localhost:9999", true, true}, // any port of loopback
		{contoso, console, "https://portal.example", false, true},
		{contoso, "", "https://portal.example", false, true},
		{contoso, console, "https://console.example", false, false}, // registered for the web
		{contoso, portal, "http://portal.example", false, false},
		{contoso, portal, "https://portal.example:8443", false, false},
		{contoso, portal, "https://portal.example.evil.example", false, false},
		{contoso, portal, "https://evil.example", false, false},
		{contoso, portal, "null", false, false},
		{fabrikam, portal, "https://portal.example", false, false},
	} {
		for name, ask := range answers {
			want := ""
			if row.token && name != "preflight" || row.preflight && name == "preflight" {
				want = row.origin
			}
			a := ask(row.tid, row.client, row.origin)
			if got := a.header.Get("Access-Control-Allow-Origin"); got != want || a.header.Get("Vary") != "Origin" {
				t.Errorf("%s for %s at %s from %s: allowed is %q, want %q", name, row.client, row.tid, row.origin, got, want)
			}
		}
	}
}
