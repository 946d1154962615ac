package emulator_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
)

func statusAt(t *testing.T, handler http.Handler, host, path string) int {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	r.Host = host
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w.Code
}

func (g *rig) fault(f emulator.Fault) {
	g.t.Helper()
	if err := g.SetFault(f); err != nil {
		g.t.Fatal(err)
	}
}

func TestFaultsStandUntilTheyAreEnded(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	keysURL := entraURL + "/" + contoso + "/discovery/v2.0/keys"
	g.fault(emulator.Fault{Endpoint: emulator.EndpointKeys, Status: 429, RetryAfter: 7 * time.Second})
	for range 2 {
		a := g.get(keysURL)
		a.refused(t, 429, "temporarily_unavailable", 90055)
		if a.header.Get("Retry-After") != "7" {
			t.Errorf("Retry-After is %q", a.header.Get("Retry-After"))
		}
	}
	if a := g.get(entraURL + "/" + contoso + "/v2.0/.well-known/openid-configuration"); a.status != http.StatusOK {
		t.Errorf("the fault of the keys reached discovery: %d", a.status)
	}
	g.fault(emulator.Fault{Endpoint: emulator.EndpointKeys})
	if a := g.get(keysURL); a.status != http.StatusOK {
		t.Errorf("after its end: %d %s", a.status, a.text)
	}
}

func TestFaultsCanMeetOnlySomeRequests(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	token := g.graph("alice", "User.Read")
	g.fault(emulator.Fault{Endpoint: emulator.EndpointGraph, Status: 429, Times: 2})
	throttled := g.visit(token, "/v1.0/me")
	throttled.failed(t, 429, "TooManyRequests")
	if throttled.header.Get("Retry-After") != "" || throttled.header.Get("X-Ms-Throttle-Information") != "ResourceUnitLimitExceeded" {
		t.Errorf("headers are %v", throttled.header)
	}
	g.visit(token, "/v1.0/me").failed(t, 429, "TooManyRequests")
	if a := g.visit(token, "/v1.0/me"); a.status != http.StatusOK {
		t.Errorf("the third request: %d %s", a.status, a.text)
	}
}

func TestLatencyHoldsARequestAndLetsGoOfTheImpatient(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	g.fault(emulator.Fault{Endpoint: emulator.EndpointDiscovery, Latency: 50 * time.Millisecond, Times: 1})
	start := time.Now()
	if a := g.get(entraURL + "/" + contoso + "/v2.0/.well-known/openid-configuration"); a.status != http.StatusOK || time.Since(start) < 50*time.Millisecond {
		t.Errorf("status %d after %s", a.status, time.Since(start))
	}
	g.fault(emulator.Fault{Endpoint: emulator.EndpointDiscovery, Latency: 5 * time.Minute})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	g.do(g.request(http.MethodGet, entraURL+"/"+contoso+"/v2.0/.well-known/openid-configuration", "").WithContext(ctx))
	if ctx.Err() == nil {
		t.Error("it answered before anybody lost patience")
	}
}

// server runs an emulator on real sockets.
func server(t *testing.T) (*emulator.Emulator, string, string) {
	t.Helper()
	entra, graph := httptest.NewUnstartedServer(nil), httptest.NewUnstartedServer(nil)
	entraAt, graphAt := "http://"+entra.Listener.Addr().String(), "http://"+graph.Listener.Addr().String()
	e, err := emulator.New(emulator.Options{EntraURL: entraAt, GraphURL: graphAt, ControlToken: control, Tenants: companies()})
	if err != nil {
		t.Fatal(err)
	}
	entra.Config.Handler, graph.Config.Handler = e.Entra(), e.Graph()
	entra.Start()
	graph.Start()
	t.Cleanup(entra.Close)
	t.Cleanup(graph.Close)
	return e, entraAt, graphAt
}

func TestOutageDropsTheConnection(t *testing.T) {
	t.Parallel()
	e, entra, _ := server(t)
	if err := e.SetFault(emulator.Fault{Endpoint: emulator.EndpointToken, Outage: true}); err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, entra+"/"+contoso+"/oauth2/v2.0/token", strings.NewReader(""))
	if err != nil {
		t.Fatal(err)
	}
	response, err := new(http.Client).Do(r)
	if err == nil {
		_ = response.Body.Close()
		t.Errorf("it answered with %d", response.StatusCode)
	}
}

func TestRelyingPartyOverSockets(t *testing.T) {
	t.Parallel()
	_, entra, _ := server(t)
	provider, err := oidc.NewProvider(t.Context(), entra+"/"+contoso+"/v2.0")
	if err != nil {
		t.Fatal(err)
	}
	values := password("alice", apiScope+" openid profile")
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, provider.Endpoint().TokenURL, strings.NewReader(values.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := new(http.Client).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var body struct {
		AccessToken string `json:"access_token"`
		IDToken     string `json:"id_token"`
	}
	decode(t, response.Body, &body)
	for audience, token := range map[string]string{api: body.AccessToken, seed.VisualStudioCode: body.IDToken} {
		if _, err := provider.Verifier(&oidc.Config{ClientID: audience}).Verify(t.Context(), token); err != nil {
			t.Errorf("audience %s: %v", audience, err)
		}
	}
	if _, err := oidc.NewProvider(t.Context(), entra+"/organizations/v2.0"); err == nil {
		t.Error("a strict relying party took the issuer of organizations")
	}
}

func TestAFaultCanMeetOneTenantOnly(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	at := func(tid string) int { return g.get(entraURL + "/" + tid + "/discovery/v2.0/keys").status }
	g.fault(emulator.Fault{Endpoint: emulator.EndpointKeys, Tenant: "contoso.example", Outage: true})
	if mine, other, all := at(contoso), at(fabrikam), at("common"); mine != 503 || other != 200 || all != 200 {
		t.Errorf("own tenant %d, another %d, common %d", mine, other, all)
	}
	if byDomain := at("Contoso.Example"); byDomain != 503 {
		t.Errorf("by domain %d", byDomain)
	}
	g.fault(emulator.Fault{Endpoint: emulator.EndpointKeys, Status: 500})
	if mine, other, all := at(contoso), at(fabrikam), at("common"); mine != 503 || other != 500 || all != 500 {
		t.Errorf("own tenant %d, another %d, common %d", mine, other, all)
	}
	g.fault(emulator.Fault{Endpoint: emulator.EndpointKeys})
	g.fault(emulator.Fault{Endpoint: emulator.EndpointKeys, Tenant: contoso, Status: 502, Times: 1})
	if first, second := at(contoso), at(contoso); first != 502 || second != 200 {
		t.Errorf("the only faulty request got %d, the next %d", first, second)
	}
}

// TestEveryRefusalCanBeHad without its cause, as whoever tests a client wants it.
func TestEveryRefusalCanBeHad(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	for code, want := range map[int]string{
		50013: "invalid_grant", 50020: "invalid_grant", 50034: "invalid_grant", 50057: "invalid_grant", 50074: "interaction_required", 50076: "interaction_required",
		50078: "interaction_required", 50079: "interaction_required", 50097: "interaction_required", 50105: "invalid_grant", 50158: "interaction_required",
		51004: "invalid_grant", 70043: "invalid_grant", 500011: "invalid_resource", 700082: "invalid_grant", 7000215: "invalid_client",
	} {
		g.fault(emulator.Fault{Endpoint: emulator.EndpointToken, Code: code})
		a := g.token(contoso, password("alice", apiScope))
		status := 400
		if want == "invalid_client" {
			status = 401
		}
		a.refused(t, status, want, code)
		if claims := strings.Contains(a.text, `"claims"`); claims != (want == "interaction_required") {
			t.Errorf("%d: %s", code, a.text)
		}
	}
}
