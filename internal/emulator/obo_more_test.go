package emulator_test

import (
	"strings"
	"testing"

	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
)

// presented signs an assertion for the API as Entra would, altered by pairs.
func (g *rig) presented(pairs ...any) string {
	g.t.Helper()
	token, err := g.Sign(contoso, nil, altered(map[string]any{
		"ver": "2.0", "iss": entraURL + "/" + contoso + "/v2.0", "tid": contoso, "oid": alice, "sub": "s", "aud": api, "scp": "access",
		"iat": midday.Unix(), "nbf": midday.Unix(), "exp": midday.Unix() + 600,
	}, pairs...))
	if err != nil {
		g.t.Fatal(err)
	}
	return token
}

func TestOnBehalfOfTakesEveryProof(t *testing.T) {
	t.Parallel()
	tenants := workloads()
	c := credentials()[0]
	for i, a := range tenants[0].Apps {
		if a.ID == api {
			tenants[0].Apps[i].Certificates = []string{c.pem()}
			tenants[0].Apps[i].Federated = []seed.Federation{{Name: "cluster", Issuer: entraURL + "/_cluster", Subject: "system:serviceaccount:apps:router", Audience: "api://AzureADTokenExchange"}}
		}
	}
	g := newRig(t, tenants...)
	pod, err := g.ServiceAccountToken(emulator.ServiceAccount{Namespace: "apps", Name: "router"})
	if err != nil {
		t.Fatal(err)
	}
	inbound := g.access(password("alice", apiScope))
	for name, proof := range map[string]string{
		"a certificate": c.sign(t, map[string]any{"alg": "PS256", "x5t#S256": c.thumbprint256()}, own("iss", api, "sub", api)), "a pod": pod,
	} {
		values := with(obo(inbound, "User.Read offline_access"), "client_secret", "", "client_assertion", proof, "client_assertion_type", assertionType)
		a := g.token(contoso, values).must(t)
		if got := claims(t, a.str("access_token")); got["appidacr"] != "2" || got["oid"] != alice {
			t.Errorf("%s: claims are %v", name, got)
		}
		refresh := with(values, "grant_type", "refresh_token", "refresh_token", a.str("refresh_token"), "assertion", "", "requested_token_use", "")
		g.token(contoso, refresh).must(t)
		g.token(contoso, with(refresh, "client_assertion", "", "client_assertion_type", "")).refused(t, 401, "invalid_client", 7000218)
	}
}

func TestOnBehalfOfForGuestsKeepsTheResourceTenant(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	a := g.token(contoso, obo(g.presented("oid", erin), "User.Read")).must(t)
	got := claims(t, a.str("access_token"))
	if got["oid"] != erin || got["tid"] != contoso || got["idp"] != entraURL+"/"+fabrikam+"/" {
		t.Errorf("claims are %v", got)
	}
}

func TestOnBehalfOfRefusesMore(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	good := obo(g.presented(), "User.Read")
	g.token(contoso, good).must(t)
	g.token(contoso, obo(g.presented("aud", "api://"+api+"/"), "User.Read")).must(t) // v1 tokens may say it with a slash
	g.token(contoso, obo(g.presented("ver", "1.0"), "User.Read")).refused(t, 400, "invalid_grant", 50013)
	g.token(contoso, obo(g.presented("aud", "API://"+api), "User.Read")).refused(t, 400, "invalid_grant", 500131)
	for _, raw := range []string{"[]", "null", ` "x" `} {
		a := g.token(contoso, with(good, "claims", raw))
		a.refused(t, 400, "invalid_request", 9002313)
		if !strings.Contains(a.text, "is not a JSON object") {
			t.Errorf("claims=%s: %s", raw, a.text)
		}
	}
	for _, padded := range []string{g.presented() + "\n", " " + g.presented(), g.presented() + "\r\n"} {
		g.token(contoso, obo(padded, "User.Read")).refused(t, 400, "invalid_grant", 50013)
	}
	g.token(contoso, with(good, "claims", "{")).refused(t, 400, "invalid_request", 9002313)
	g.token(contoso, with(good, "claims", `{"access_token":{"xms_cc":{"values":"cp1"}}}`)).refused(t, 400, "invalid_request", 9002313)
	g.token(contoso, with(good, "client_id", seed.VisualStudioCode, "client_secret", "")).refused(t, 401, "invalid_client", 7000218)
	g.token(contoso, with(good, "client_id", seed.VisualStudioCode)).refused(t, 401, "invalid_client", 700025)
	g.token(contoso, obo(g.graph("alice", "User.Read"), "User.Read")).refused(t, 400, "invalid_grant", 500131)
	g.token(contoso, obo(credentials()[0].sign(t, map[string]any{"alg": "none"}, map[string]any{"aud": api}), "User.Read")).refused(t, 400, "invalid_grant", 50013)
	gone := true
	g.change(alice, emulator.UserChange{Deleted: &gone})
	g.token(contoso, good).refused(t, 400, "invalid_grant", 50034)
}

// A client the API knows is agreed to together with what the API itself needs.
func TestKnownClientsConsentForTheAPIBehind(t *testing.T) {
	t.Parallel()
	build := func(known ...string) *rig {
		tenants := workloads()
		tenants[0].Apps = append(tenants[0].Apps, seed.App{
			ID: "c0de0000-0000-4000-8000-0000000000aa", Name: "Middle", Secret: "middle-secret", RequestedTokenVersion: 2,
			IdentifierURIs: []string{"api://middle"}, Scopes: []string{"call"}, KnownClients: known,
			RequiredAccess: []seed.Access{{Resource: seed.MicrosoftGraph, Scopes: []string{"Calendars.Read"}}},
		})
		return newRig(t, tenants...)
	}
	exchange := func(g *rig, scope string) answer {
		started := g.begin(contoso, "/oauth2/v2.0/devicecode", form("client_id", headless, "scope", scope)).must(t)
		g.walk(started, alice, "continue", "accept")
		inbound := g.poll(contoso, started, headless).must(t).str("access_token")
		return g.token(contoso, with(obo(inbound, "Calendars.Read"), "client_id", "c0de0000-0000-4000-8000-0000000000aa", "client_secret", "middle-secret"))
	}
	exchange(build(headless), "api://middle/.default").must(t)
	exchange(build(), "api://middle/.default").refused(t, 400, "invalid_grant", 65001)
	exchange(build(headless), "api://middle/call").refused(t, 400, "invalid_grant", 65001)
}

func TestARefusalComesOnCommand(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	g.fault(emulator.Fault{Endpoint: emulator.EndpointToken, Code: 50196, Times: 1})
	g.token(contoso, password("alice", apiScope)).refused(t, 400, "invalid_grant", 50196)
	g.token(contoso, password("alice", apiScope)).must(t)
	for _, f := range []emulator.Fault{
		{Endpoint: emulator.EndpointToken, Code: 1},
		{Endpoint: emulator.EndpointGraph, Code: 50196},
		{Endpoint: emulator.EndpointToken, Code: 50196, Status: 429},
		{Endpoint: emulator.EndpointToken, Code: 50196, Outage: true},
	} {
		if err := g.SetFault(f); err == nil {
			t.Errorf("%+v is taken", f)
		}
	}
}
