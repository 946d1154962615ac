package msgraph_test

import (
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/emulator/msgraph"
)

const pageOrigin = "https://page.example"

func TestPreflightsAreAnsweredWithoutAToken(t *testing.T) {
	t.Parallel()
	g := newMailRig(t, msgraph.Limits{})
	for _, path := range []string{"/v1.0/me", "/v1.0/$batch", "/v1.0/applications/x", "/v1.0/nowhere"} {
		a := g.do(http.MethodOptions, path, "", "Origin", pageOrigin, "Access-Control-Request-Method", "PATCH", "Access-Control-Request-Headers", "authorization,sdkversion")
		if a.status != http.StatusOK || a.text != "" || a.header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: %d %s %v", path, a.status, a.text, a.header)
		}
		for _, method := range []string{"GET", "POST", "PATCH", "PUT", "DELETE"} {
			if !strings.Contains(a.header.Get("Access-Control-Allow-Methods"), method) {
				t.Errorf("%s: %s is not allowed", path, method)
			}
		}
		for _, name := range []string{"authorization", "content-type", "prefer", "consistencylevel", "client-request-id", "sdkversion", "if-match"} {
			if !strings.Contains(a.header.Get("Access-Control-Allow-Headers"), name) {
				t.Errorf("%s: %s may not be sent", path, name)
			}
		}
	}
	if a := g.do(http.MethodOptions, "/v1.0/me", ""); a.status == http.StatusOK {
		t.Error("OPTIONS that is no preflight is answered as one")
	}
}

func TestScriptsOfOtherOriginsReadAnswers(t *testing.T) {
	t.Parallel()
	g := newMailRig(t, msgraph.Limits{})
	for token, status := range map[string]int{"": 401, g.person(nora, "User.Read"): 200, g.person(nora, "Nothing"): 403} {
		a := g.with(token).do(http.MethodGet, "/v1.0/me", "", "Origin", pageOrigin)
		if a.status != status || a.header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("got %d %v, want %d", a.status, a.header, status)
		}
		for _, name := range []string{"request-id", "client-request-id", "Retry-After", "Location", "WWW-Authenticate"} {
			if !strings.Contains(a.header.Get("Access-Control-Expose-Headers"), name) {
				t.Errorf("%d: %s cannot be read", status, name)
			}
		}
		if _, has := a.header["Access-Control-Allow-Credentials"]; has {
			t.Error("credentials are allowed")
		}
	}
	for name := range g.ok(g.person(nora, "User.Read"), "/v1.0/me").header {
		if strings.HasPrefix(name, "Access-Control") {
			t.Errorf("%s is sent to who is not a script of another origin", name)
		}
	}
}
