package emulator_test

import (
	"context"
	"maps"
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"

	"github.com/coreos/go-oidc/v3/oidc"
)

// verifier is go-oidc's, fed by the emulator's metadata.
func (g *rig) verifier(audience string) *oidc.IDTokenVerifier {
	g.t.Helper()
	return g.provider().Verifier(&oidc.Config{ClientID: audience, Now: nowAtMidday})
}

func (g *rig) provider() *oidc.Provider {
	g.t.Helper()
	provider, err := oidc.NewProvider(g.context(), entraURL+"/"+contoso+"/v2.0")
	if err != nil {
		g.t.Fatal(err)
	}
	return provider
}

func (g *rig) context() context.Context {
	return oidc.ClientContext(g.t.Context(), &http.Client{Transport: g})
}

func TestTokensVerifyWithTheKeySet(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	token := g.access(password("alice", apiScope))
	verified, err := g.verifier(api).Verify(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	if verified.Issuer != entraURL+"/"+contoso+"/v2.0" {
		t.Errorf("issuer is %s", verified.Issuer)
	}
}

func TestRollingSignsWithAKeyNobodyHasSeen(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	verifier := g.verifier(api)
	before := g.access(password("alice", apiScope))
	known := g.kids()
	if err := g.RollKeys(); err != nil {
		t.Fatal(err)
	}
	after := g.access(password("alice", apiScope))
	kid, _ := header(t, after)["kid"].(string)
	if known[kid] {
		t.Errorf("kid %s was published before the roll", kid)
	}
	for name, token := range map[string]string{"older": before, "newer": after} {
		if _, err := verifier.Verify(t.Context(), token); err != nil {
			t.Errorf("%s token: %v", name, err)
		}
	}
	if err := g.RollKeys(); err != nil {
		t.Fatal(err)
	}
	if _, err := g.verifier(api).Verify(t.Context(), before); err == nil {
		t.Error("a token of a key two rolls old still verifies")
	}
}

func (g *rig) kids() map[string]bool {
	out := map[string]bool{}
	set, _ := g.get(entraURL + "/" + contoso + "/discovery/v2.0/keys").json["keys"].([]any)
	for _, entry := range set {
		key, _ := entry.(map[string]any)
		kid, _ := key["kid"].(string)
		out[kid] = true
	}
	return out
}

func TestForeignKeyIsInTheSetUnderAnotherIssuer(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	token, err := g.SignWithForeignKey(contoso, map[string]any{
		"iss": entraURL + "/" + contoso + "/v2.0", "aud": api, "exp": midday.Unix() + 600, "sub": "x",
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.verifier(api).Verify(t.Context(), token); err != nil {
		t.Errorf("its signature is not good, so the test would prove nothing: %v", err)
	}
	kid := header(t, token)["kid"]
	issuers := map[any]any{}
	set, _ := g.get(entraURL + "/" + contoso + "/discovery/v2.0/keys").json["keys"].([]any)
	for _, entry := range set {
		key, _ := entry.(map[string]any)
		issuers[key["kid"]] = key["issuer"]
	}
	if issuers[kid] != entraURL+"/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0" {
		t.Errorf("the foreign key's issuer is %v", issuers[kid])
	}
	g.token(contoso, obo(token, "User.Read")).refused(t, 400, "invalid_grant", 50013)
}

func TestSignMakesAnyToken(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	token, err := g.Sign(contoso, map[string]any{"typ": "at+jwt"}, map[string]any{
		"iss": entraURL + "/" + contoso + "/v2.0", "aud": "anything", "exp": midday.Unix() + 600, "cnf": map[string]any{"jkt": "x"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if header(t, token)["typ"] != "at+jwt" {
		t.Errorf("header is %v", header(t, token))
	}
	if _, err := g.verifier("anything").Verify(t.Context(), token); err != nil {
		t.Error(err)
	}
	if _, err := g.Sign("nowhere.example", nil, nil); err == nil {
		t.Error("signed for a tenant that is not there")
	}
}

func TestGraphTokensVerifyNowhereElse(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	token := g.access(password("alice", "User.Read"))
	if header(t, token)["nonce"] == nil || claims(t, token)["aud"] != seed.MicrosoftGraph {
		t.Errorf("header %v, aud %v", header(t, token), claims(t, token)["aud"])
	}
	plain := g.provider().VerifierContext(g.context(), &oidc.Config{SkipClientIDCheck: true, SkipIssuerCheck: true, Now: nowAtMidday})
	if _, err := plain.Verify(t.Context(), token); err == nil {
		t.Error("somebody else than Graph verified a token for Graph")
	}
}

func (g *rig) key(change error) {
	g.t.Helper()
	if change != nil {
		g.t.Fatal(change)
	}
}

// A verifier that reads the set between adding and signing never meets a key it
// does not know.
func TestKeysCanRollInPhases(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	signs := func() string { kid, _ := header(t, g.access(password("alice", apiScope)))["kid"].(string); return kid }
	old := g.access(password("alice", apiScope))
	before := signs()
	g.key(g.RollPhase("", emulator.KeyAdd))
	if known := g.kids(); len(known) != 3 || signs() != before {
		t.Errorf("after add %d keys are published and %s signs, want 3 and %s", len(known), signs(), before)
	}
	known := g.kids()
	g.key(g.RollPhase("", emulator.KeySign))
	if now := signs(); now == before || !known[now] {
		t.Errorf("after sign %s signs; known were %v", now, known)
	}
	g.key(g.RollPhase("", emulator.KeyDrop))
	g.token(contoso, obo(old, "User.Read")).granted(t)
	g.key(g.RollPhase("", emulator.KeyDrop))
	if left := g.kids(); len(left) != 1 || !left[signs()] {
		t.Errorf("after drop %v are published", left)
	}
	g.token(contoso, obo(old, "User.Read")).refused(t, 400, "invalid_grant", 50013)
	if err := g.RollPhase("", emulator.KeyDrop); err == nil {
		t.Error("dropped the key that signs")
	}
	if err := g.RollPhase("", "leap"); err == nil {
		t.Error("took a phase that is none")
	}
}

func (a answer) granted(t *testing.T) {
	t.Helper()
	if a.status != http.StatusOK {
		t.Errorf("status %d: %s", a.status, a.text)
	}
}

func TestAnEmergencyRollMakesOldTokensWorthless(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	first := g.token(contoso, password("alice", apiScope+" offline_access"))
	forGraph := g.access(password("alice", "User.Read"))
	known := g.kids()
	if a := g.control(http.MethodPost, "/keys/emergency", ""); a.status != http.StatusNoContent {
		t.Fatalf("%d %s", a.status, a.text)
	}
	for kid := range g.kids() {
		if known[kid] {
			t.Errorf("%s is still published", kid)
		}
	}
	g.token(contoso, obo(first.str("access_token"), "User.Read")).refused(t, 400, "invalid_grant", 50013)
	if a := g.visit(forGraph, "/v1.0/me"); a.status != http.StatusUnauthorized {
		t.Errorf("Graph takes the old token: %d", a.status)
	}
	if _, err := g.verifier(api).Verify(t.Context(), first.str("access_token")); err == nil {
		t.Error("a verifier takes the old token")
	}
	g.token(contoso, form("grant_type", "refresh_token", "client_id", seed.VisualStudioCode, "refresh_token", first.str("refresh_token"))).granted(t)
}

func TestATenantsOwnKeysAreNobodyElses(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	shared := g.kids()
	old := g.access(password("alice", apiScope))
	if a := g.control(http.MethodPost, "/keys/tenant", `{"tid":"contoso.example"}`); a.status != http.StatusNoContent {
		t.Fatalf("%d %s", a.status, a.text)
	}
	own := g.kids()
	for kid := range own {
		if shared[kid] {
			t.Errorf("%s is shared", kid)
		}
	}
	fresh := g.access(password("alice", apiScope))
	if _, err := g.verifier(api).Verify(t.Context(), fresh); err != nil {
		t.Error(err)
	}
	g.token(contoso, obo(fresh, "User.Read")).granted(t)
	g.token(contoso, obo(old, "User.Read")).refused(t, 400, "invalid_grant", 50013)

	issuers := g.issuers("/common/discovery/v2.0/keys")
	for kid := range own {
		if issuers[kid] != entraURL+"/"+contoso+"/v2.0" {
			t.Errorf("among the shared keys %s has issuer %q", kid, issuers[kid])
		}
	}
	for kid := range shared {
		if issuers[kid] != entraURL+"/{tenantid}/v2.0" {
			t.Errorf("the shared key %s has issuer %q", kid, issuers[kid])
		}
	}
	if other := g.issuers("/" + fabrikam + "/discovery/v2.0/keys"); len(other) != len(shared) {
		t.Errorf("the other tenant publishes %v", other)
	}
	g.key(g.RollTenantKeys(contoso))
	for kid := range g.issuers("/" + fabrikam + "/discovery/v2.0/keys") {
		if !shared[kid] {
			t.Errorf("rolling one tenant's keys gave the other %s", kid)
		}
	}
	if err := g.RollTenantKeys(fabrikam); err == nil {
		t.Error("rolled keys that the tenant does not have")
	}
}

// issuers are the key ids of a set with their issuers.
func (g *rig) issuers(path string) map[string]string {
	g.t.Helper()
	out := map[string]string{}
	set, _ := g.get(entraURL + path).json["keys"].([]any)
	for _, entry := range set {
		key, _ := entry.(map[string]any)
		kid, _ := key["kid"].(string)
		out[kid], _ = key["issuer"].(string)
	}
	return out
}

// A verifier that takes any key of the shared set must be found out.
func TestTheSharedKeysHoldOneOfPersonalAccounts(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	issuers := map[string]int{}
	for _, path := range []string{"/common/discovery/v2.0/keys", "/organizations/discovery/v2.0/keys", "/" + contoso + "/discovery/v2.0/keys"} {
		keys, _ := g.get(entraURL + path).json["keys"].([]any)
		for _, key := range keys {
			issuer, _ := key.(map[string]any)["issuer"].(string)
			issuers[strings.TrimPrefix(issuer, entraURL)]++
		}
	}
	want := map[string]int{"/{tenantid}/v2.0": 4, "/" + seed.Consumers + "/v2.0": 2, "/" + contoso + "/v2.0": 2}
	if !maps.Equal(issuers, want) {
		t.Errorf("issuers are %v, want %v", issuers, want)
	}
}
