package emulator_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/msgraph"
)

func TestOnePathOfGraphCanMisbehave(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	token := g.graph("alice", "User.Read Mail.Read")
	below := emulator.Fault{Endpoint: emulator.EndpointGraph, Path: "/v1.0/me/messages", Status: 503, RetryAfter: 3 * time.Second}
	g.fault(below)
	failed := g.visit(token, "/v1.0/me/messages/AAMkAZm9v=")
	failed.failed(t, 503, "serviceNotAvailable")
	if failed.header.Get("Retry-After") != "3" {
		t.Errorf("Retry-After is %q", failed.header.Get("Retry-After"))
	}
	for _, path := range []string{"/v1.0/me", "/v1.0/me/mailFolders"} {
		if a := g.visit(token, path); a.status != http.StatusOK {
			t.Errorf("%s: %d %s", path, a.status, a.text)
		}
	}

	g.fault(emulator.Fault{Endpoint: emulator.EndpointGraph, Status: 429, Times: 1})
	g.visit(token, "/v1.0/me/messages").failed(t, 503, "serviceNotAvailable") // the longer path counts
	g.visit(token, "/v1.0/me").failed(t, 429, "TooManyRequests")
	g.fault(emulator.Fault{Endpoint: emulator.EndpointGraph})
	g.visit(token, "/v1.0/me/messages").failed(t, 503, "serviceNotAvailable") // ended elsewhere only
	g.fault(emulator.Fault{Endpoint: emulator.EndpointGraph, Path: below.Path})
	if a := g.visit(token, "/v1.0/me/messages"); a.status != http.StatusOK {
		t.Errorf("after its end: %d %s", a.status, a.text)
	}

	below.Times = 1
	g.fault(below)
	g.visit(token, below.Path).failed(t, 503, "serviceNotAvailable")
	if a := g.visit(token, below.Path); a.status != http.StatusOK {
		t.Errorf("the second request: %d %s", a.status, a.text)
	}
}

func TestPathsOfFaultsAreGraphsAndBeginWithASlash(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	for _, f := range []emulator.Fault{
		{Endpoint: emulator.EndpointToken, Path: "/v1.0/me", Status: 429},
		{Endpoint: emulator.EndpointKeys, Path: "/", Status: 500},
		{Endpoint: emulator.EndpointGraph, Path: "v1.0/me", Status: 429},
	} {
		if err := g.SetFault(f); err == nil || !strings.Contains(err.Error(), "path") {
			t.Errorf("%+v: %v", f, err)
		}
	}
}

func TestControlSetsFaultsAndChallengesOfAPath(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	token := g.graph("alice", "User.Read")
	send := func(path, body string) int {
		t.Helper()
		return g.do(g.request(http.MethodPost, entraURL+"/_control/"+path, body, "Authorization", "Bearer "+control, "Content-Type", "application/json")).status
	}
	if got := send("faults", `{"endpoint":"graph","path":"/v1.0/me","status":429,"times":1}`); got != http.StatusNoContent {
		t.Fatalf("the fault is answered with %d", got)
	}
	g.visit(token, "/v1.0/me").failed(t, 429, "TooManyRequests")
	if got := send("faults", `{"endpoint":"token","path":"/v1.0/me","status":429}`); got != http.StatusBadRequest {
		t.Errorf("a path of the token endpoint is answered with %d", got)
	}
	if got := send("challenge", `{"path":"/v1.0/me","acrs":"c1"}`); got != http.StatusNoContent {
		t.Fatalf("the challenge is answered with %d", got)
	}
	const cp1 = `{"access_token":{"xms_cc":{"values":["cp1"]}}}`
	g.visit(g.access(with(password("alice", "User.Read"), "claims", cp1)), "/v1.0/me").failed(t, 401, "InvalidAuthenticationToken")
	g.visit(token, "/v1.0/me").failed(t, 403, "Authorization_RequestDenied")
	if got := send("challenge", `{"path":"/v1.0/me","acrs":"c100"}`); got != http.StatusBadRequest {
		t.Errorf("c100 is answered with %d", got)
	}
	if err := g.Reset(); err != nil {
		t.Fatal(err)
	}
	if a := g.visit(g.graph("alice", "User.Read"), "/v1.0/me"); a.status != http.StatusOK {
		t.Errorf("after a reset: %d %s", a.status, a.text)
	}
}

func TestGraphChallengesARevokedSessionOfACapableClient(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	const cp1 = `{"access_token":{"xms_cc":{"values":["cp1"]}}}`
	capable := g.access(with(password("alice", "User.Read"), "claims", cp1))
	other := g.graph("alice", "User.Read")
	if err := g.SetUser(contoso, alice, emulator.UserChange{Revoke: true}); err != nil {
		t.Fatal(err)
	}
	a := g.visit(capable, "/v1.0/me")
	a.failed(t, 401, "InvalidAuthenticationToken")
	want := `error="insufficient_claims", claims="` + base64.StdEncoding.EncodeToString([]byte(`{"access_token":{"nbf":{"essential":true,"value":"1795262400"}}}`)) + `"`
	if got := a.header.Get("WWW-Authenticate"); !strings.HasSuffix(got, want) {
		t.Errorf("WWW-Authenticate is %q, want it to end with %q", got, want)
	}
	for name, token := range map[string]string{
		"a client that cannot": other,
		"a new sign-in":        g.access(with(password("alice", "User.Read"), "claims", cp1)),
	} {
		if a := g.visit(token, "/v1.0/me"); a.status != http.StatusOK {
			t.Errorf("%s: %d %s", name, a.status, a.text)
		}
	}
}

func TestLimitsOfGraphCanBeChosenAndEndWithAReset(t *testing.T) {
	t.Parallel()
	e, err := emulator.New(emulator.Options{
		EntraURL: entraURL, GraphURL: graphURL, ControlToken: control, Tenants: companies(), Now: nowAtMidday, GraphLimits: msgraph.Limits{Small: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	g := &rig{Emulator: e, t: t}
	token := g.graph("alice", "User.Read")
	if a := g.visit(token, "/v1.0/me"); a.status != http.StatusOK {
		t.Fatalf("the first request: %d %s", a.status, a.text)
	}
	g.visit(token, "/v1.0/me").failed(t, 429, "TooManyRequests")
	if err := g.Reset(); err != nil {
		t.Fatal(err)
	}
	token = g.graph("alice", "User.Read")
	if a := g.visit(token, "/v1.0/me"); a.status != http.StatusOK {
		t.Errorf("after a reset: %d %s", a.status, a.text)
	}
	g.visit(token, "/v1.0/me").failed(t, 429, "TooManyRequests")
	g.Advance(10 * time.Second)
	if a := g.visit(token, "/v1.0/me"); a.status != http.StatusOK {
		t.Errorf("ten seconds later: %d %s", a.status, a.text)
	}
}
