package clients_test

import (
	"encoding/base64"
	"net/http"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"

	"gatehouse/internal/emulator/seed"
)

// A policy made while people work meets the next token, and goes with its last.
func TestMSALGoMeetsANewPolicy(t *testing.T) {
	t.Parallel()
	c := fresh(t)
	inbound := c.inbound(t, alice, apiScope)
	if _, err := c.confidential(t, api, secret(t, apiSecret)).AcquireTokenOnBehalfOf(t.Context(), inbound, []string{graphRead}); err != nil {
		t.Fatal(err)
	}
	block := seed.Policy{ID: "9a000000-0000-4000-8000-000000000002", Name: "Nobody", Resources: []string{seed.MicrosoftGraph}, Users: []string{alice}, Require: "block"}
	if err := c.SetPolicy(contoso, block); err != nil {
		t.Fatal(err)
	}
	_, err := c.confidential(t, api, secret(t, apiSecret)).AcquireTokenOnBehalfOf(t.Context(), inbound, []string{graphRead})
	if got := called(t, err); got.status != http.StatusBadRequest || !slices.Contains(got.Codes, 53003) {
		t.Errorf("refused with %+v, want 53003", got)
	}
}

// A refresh token does not carry a sign-in over the age a policy allows.
func TestMSALGoMeetsAnOldSignIn(t *testing.T) {
	t.Parallel()
	c := fresh(t)
	often := seed.Policy{ID: "9a000000-0000-4000-8000-000000000003", Name: "Every hour", Resources: []string{seed.MicrosoftGraph}, Require: "signInFrequency", Every: time.Hour}
	if err := c.SetPolicy(contoso, often); err != nil {
		t.Fatal(err)
	}
	client := c.confidential(t, web, secret(t, webSecret))
	account := confidential.WithSilentAccount(c.signIn(t, client, alice, apiScope).Account)
	if _, err := client.AcquireTokenSilent(t.Context(), []string{graphRead}, account); err != nil {
		t.Fatal(err)
	}
	c.Advance(2 * time.Hour)
	_, err := client.AcquireTokenSilent(t.Context(), []string{"https://graph.microsoft.com/email"}, account)
	called(t, err).is(t, http.StatusBadRequest, "invalid_grant", 70043)
}

// An API behind the API asks for an authentication context; the middle tier
// hands the challenge on as it is.
func TestMSALGoStepsUpToAnAuthenticationContext(t *testing.T) {
	t.Parallel()
	c := fresh(t)
	context1 := seed.Policy{ID: "9a000000-0000-4000-8000-000000000004", Name: "For payments", AuthContext: "c1", Require: "mfa"}
	if err := c.SetPolicy(contoso, context1); err != nil {
		t.Fatal(err)
	}
	const asked = `{"access_token":{"acrs":{"essential":true,"value":"c1"}}}`
	exchange := func(inbound string) (confidential.AuthResult, error) {
		return c.confidential(t, api, secret(t, apiSecret)).AcquireTokenOnBehalfOf(t.Context(), inbound, []string{vaultURI + "/read"}, confidential.WithClaims(asked))
	}
	_, err := exchange(c.inbound(t, alice, apiScope))
	called(t, err).is(t, http.StatusBadRequest, "interaction_required", 50076)
	result, err := exchange(c.inbound(t, alice, apiScope, confidential.WithClaims(asked)))
	if err != nil {
		t.Fatal(err)
	}
	carries(t, result.AccessToken, "aud", vault, "oid", alice, "acrs", []string{"c1"})
}

// claimsIn finds the claims parameter of a Bearer challenge.
var claimsIn = regexp.MustCompile(`claims="([^"]+)"`)

// Graph's challenge goes the whole way: from the API behind, through the middle
// tier's exchange, to the person's sign-in, and back.
func TestMSALGoCarriesAChallengeOfGraphToThePerson(t *testing.T) {
	t.Parallel()
	c := fresh(t)
	context1 := seed.Policy{ID: "9a000000-0000-4000-8000-000000000005", Name: "For mail", AuthContext: "c1", Require: "mfa"}
	if err := c.SetPolicy(contoso, context1); err != nil {
		t.Fatal(err)
	}
	if err := c.SetChallenge("/v1.0/me", "c1"); err != nil {
		t.Fatal(err)
	}
	exchange := func(inbound string, options ...confidential.AcquireOnBehalfOfOption) (confidential.AuthResult, error) {
		client := c.confidential(t, api, secret(t, apiSecret), confidential.WithClientCapabilities([]string{"cp1"}))
		return client.AcquireTokenOnBehalfOf(t.Context(), inbound, []string{graphRead}, options...)
	}
	weak := c.inbound(t, alice, apiScope)
	result, err := exchange(weak)
	if err != nil {
		t.Fatal(err)
	}
	status, header, _ := c.ask(t, result.AccessToken)
	found := claimsIn.FindStringSubmatch(header.Get("WWW-Authenticate"))
	if status != http.StatusUnauthorized || found == nil {
		t.Fatalf("Graph answers %d %q", status, header)
	}
	text, err := base64.StdEncoding.DecodeString(found[1])
	if err != nil {
		t.Fatal(err)
	}
	demand := string(text)
	_, err = exchange(weak, confidential.WithClaims(demand))
	called(t, err).is(t, http.StatusBadRequest, "interaction_required", 50076)
	result, err = exchange(c.inbound(t, alice, apiScope, confidential.WithClaims(demand)), confidential.WithClaims(demand))
	if err != nil {
		t.Fatal(err)
	}
	if who := c.me(t, result.AccessToken); who != alice {
		t.Errorf("Graph says %s", who)
	}
}
