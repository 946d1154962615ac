package clients_test

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// party is a relying party of the emulator.
type party struct {
	cloud    *cloud
	provider *oidc.Provider
	oauth    oauth2.Config
}

// newParty discovers an authority, whose issuer may be another than its URL says.
func newParty(t *testing.T, c *cloud, segment, issuerURL string) *party {
	t.Helper()
	address := c.entra + "/" + segment + "/v2.0"
	ctx := c.context(t)
	if issuerURL != address {
		ctx = oidc.InsecureIssuerURLContext(ctx, issuerURL)
	}
	provider, err := oidc.NewProvider(ctx, address)
	if err != nil {
		t.Fatal(err)
	}
	endpoint := provider.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInParams
	return &party{cloud: c, provider: provider, oauth: oauth2.Config{
		ClientID: web, ClientSecret: webSecret, RedirectURL: webRedirect, Endpoint: endpoint, Scopes: []string{"openid", "profile", "email"},
	}}
}

// context carries the client both libraries use.
func (c *cloud) context(t *testing.T) context.Context {
	t.Helper()
	return oidc.ClientContext(t.Context(), c.browserless)
}

// signIn runs the code flow for a person and returns the tokens and the nonce.
func (p *party) signIn(t *testing.T, person string) (*oauth2.Token, string, string) {
	t.Helper()
	state, nonce, pkce := rand.Text(), rand.Text(), oauth2.GenerateVerifier()
	_, answer, err := p.cloud.browser(person).SignIn(t.Context(), p.oauth.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(pkce)))
	if err != nil {
		t.Fatal(err)
	}
	if answer.Get("state") != state {
		t.Fatalf("state is not what was sent: %s", answer)
	}
	tokens, err := p.oauth.Exchange(p.cloud.context(t), answer.Get("code"), oauth2.VerifierOption(pkce))
	if err != nil {
		t.Fatal(err)
	}
	id, ok := tokens.Extra("id_token").(string)
	if !ok {
		t.Fatal("there is no id token")
	}
	return tokens, id, nonce
}

func (p *party) verifier(t *testing.T) *oidc.IDTokenVerifier {
	t.Helper()
	return p.provider.VerifierContext(p.cloud.context(t), &oidc.Config{ClientID: web})
}

func TestOIDCSignsPeopleInToOneTenant(t *testing.T) {
	t.Parallel()
	c := shared(t)
	p := newParty(t, c, contoso, c.entra+"/"+contoso+"/v2.0")
	tokens, raw, nonce := p.signIn(t, alice)
	id, err := p.verifier(t).Verify(t.Context(), raw)
	if err != nil {
		t.Fatal(err)
	}
	if id.Nonce != nonce || id.Issuer != c.entra+"/"+contoso+"/v2.0" {
		t.Errorf("id token is %+v, want nonce %s", id, nonce)
	}
	var person struct {
		Tenant   string `json:"tid"`
		Object   string `json:"oid"`
		Username string `json:"preferred_username"`
		Name     string `json:"name"`
	}
	if err := id.Claims(&person); err != nil || person.Object != alice || person.Tenant != contoso || person.Username != "alice@contoso.example" || person.Name != "Alice Adams" {
		t.Errorf("claims are %+v %v", person, err)
	}
	info, err := p.provider.UserInfo(c.context(t), oauth2.StaticTokenSource(tokens))
	if err != nil {
		t.Fatal(err)
	}
	var about struct {
		Name string `json:"name"`
	}
	if err := info.Claims(&about); err != nil || about.Name != "Alice Adams" || info.Email != "alice@contoso.example" || info.Subject == "" {
		t.Errorf("userinfo is %+v %+v %v", info, about, err)
	}
}

func TestOIDCVerifierRefusesOtherClientsAndTenants(t *testing.T) {
	t.Parallel()
	c := shared(t)
	p := newParty(t, c, contoso, c.entra+"/"+contoso+"/v2.0")
	other := newParty(t, c, fabrikam, c.entra+"/"+fabrikam+"/v2.0")
	_, raw, _ := p.signIn(t, alice)
	if _, err := other.verifier(t).Verify(t.Context(), raw); err == nil || !strings.Contains(err.Error(), "different provider") {
		t.Errorf("the other tenant's verifier says %v", err)
	}
	if _, err := p.provider.VerifierContext(c.context(t), &oidc.Config{ClientID: api}).Verify(t.Context(), raw); err == nil || !strings.Contains(err.Error(), "audience") {
		t.Errorf("another client's verifier says %v", err)
	}
	head, rest, _ := strings.Cut(raw, ".")
	body, signature, _ := strings.Cut(rest, ".")
	forged := head + "." + body + "." + strings.Map(swapped, signature)
	if _, err := p.verifier(t).Verify(t.Context(), forged); err == nil || !strings.Contains(err.Error(), "verify") {
		t.Errorf("a forged token is answered with %v", err)
	}
}

// swapped changes a signature and keeps its alphabet.
func swapped(r rune) rune {
	switch r {
	case 'A':
		return 'B'
	case 'B':
		return 'A'
	case 'x':
		return 'y'
	case 'y':
		return 'x'
	}
	return r
}

// At organizations the documented issuer is a pattern; the reader puts in the
// tenant of each token and compares (Microsoft, "Validate the issuer").
func TestOIDCSignsPeopleInFromAnyOrganization(t *testing.T) {
	t.Parallel()
	c := shared(t)
	pattern := c.entra + "/{tenantid}/v2.0"
	p := newParty(t, c, "organizations", pattern)
	lax := p.provider.VerifierContext(c.context(t), &oidc.Config{ClientID: web, SkipIssuerCheck: true})
	for person, home := range map[string]string{alice: contoso, faye: fabrikam} {
		_, raw, nonce := p.signIn(t, person)
		id, err := lax.Verify(t.Context(), raw)
		if err != nil {
			t.Fatal(err)
		}
		var of struct {
			Tenant string `json:"tid"`
			Object string `json:"oid"`
		}
		if err := id.Claims(&of); err != nil || of.Tenant != home || of.Object != person || id.Nonce != nonce {
			t.Errorf("claims are %+v %v", of, err)
		}
		if id.Issuer != strings.ReplaceAll(pattern, "{tenantid}", of.Tenant) {
			t.Errorf("issuer is %s", id.Issuer)
		}
		if _, err := p.verifier(t).Verify(t.Context(), raw); err == nil {
			t.Error("the pattern itself passes for an issuer")
		}
	}
}

func TestOIDCRefusesTheMetadataOfOrganizationsAsIs(t *testing.T) {
	t.Parallel()
	c := shared(t)
	_, err := oidc.NewProvider(c.context(t), c.entra+"/organizations/v2.0")
	var mismatch *oidc.IssuerMismatchError
	if !errors.As(err, &mismatch) {
		t.Errorf("error is %v, want an IssuerMismatchError", err)
	}
	if _, err = oidc.NewProvider(c.context(t), c.entra+"/"+nowhere+"/v2.0"); err == nil || !strings.Contains(err.Error(), "AADSTS90002") {
		t.Errorf("a tenant that is not there: %v", err)
	}
}

func TestOIDCFollowsARollOver(t *testing.T) {
	t.Parallel()
	c := fresh(t)
	p := newParty(t, c, contoso, c.entra+"/"+contoso+"/v2.0")
	verifier := p.verifier(t)
	_, before, _ := p.signIn(t, alice)
	if _, err := verifier.Verify(t.Context(), before); err != nil {
		t.Fatal(err)
	}
	if err := c.RollKeys(); err != nil {
		t.Fatal(err)
	}
	_, after, _ := p.signIn(t, alice)
	if keyID(t, after) == keyID(t, before) {
		t.Error("the key has not changed")
	}
	for name, raw := range map[string]string{"new": after, "old": before} {
		if _, err := verifier.Verify(t.Context(), raw); err != nil {
			t.Errorf("%s token: %v", name, err)
		}
		if _, err := p.verifier(t).Verify(t.Context(), raw); err != nil {
			t.Errorf("%s token, keys fetched anew: %v", name, err)
		}
	}
}

func TestOIDCIsToldWhatGoesWrong(t *testing.T) {
	t.Parallel()
	c := shared(t)
	p := newParty(t, c, contoso, c.entra+"/"+contoso+"/v2.0")
	_, silent, err := c.browser(alice).SignIn(t.Context(), p.oauth.AuthCodeURL("s", oauth2.SetAuthURLParam("prompt", "none")))
	if err != nil || silent.Get("error") != "login_required" || silent.Get("state") != "s" {
		t.Errorf("prompt=none is answered with %v %v", silent, err)
	}
	_, err = p.oauth.Exchange(c.context(t), "no-code")
	var no *oauth2.RetrieveError
	if !errors.As(err, &no) || no.ErrorCode != "invalid_grant" || no.Response.StatusCode != http.StatusBadRequest {
		t.Errorf("a code nobody issued: %v", err)
	}
}

// keyID is the kid of a token.
func keyID(t *testing.T, token string) any {
	t.Helper()
	head, _, _ := strings.Cut(token, ".")
	return claims(t, "."+head+".")["kid"] // the header, read as claims are
}
