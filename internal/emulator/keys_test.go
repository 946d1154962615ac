package emulator_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"

	"gatehouse/internal/emulator"
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
	if header(t, token)["nonce"] == nil || claims(t, token)["aud"] != emulator.MicrosoftGraph {
		t.Errorf("header %v, aud %v", header(t, token), claims(t, token)["aud"])
	}
	plain := g.provider().VerifierContext(g.context(), &oidc.Config{SkipClientIDCheck: true, SkipIssuerCheck: true, Now: nowAtMidday})
	if _, err := plain.Verify(t.Context(), token); err == nil {
		t.Error("somebody else than Graph verified a token for Graph")
	}
}
