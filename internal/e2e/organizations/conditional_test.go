package organizations_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/demo"
	"gatehouse/internal/demo/browser"
	"gatehouse/internal/emulator/seed"
)

// mfaForCRM is a Conditional Access policy.
var mfaForCRM = seed.Policy{ID: "9ab03e19-ed42-4168-b6b7-7001fb3e933a", Name: "MFA for the CRM", Resources: []string{crmAPI}, Require: seed.RequireMFA}

// guard puts the policy into force once Alice has used the source without it, and
// the token that she had has been refused.
func (b *behind) guard(t *testing.T, p seed.Policy) {
	t.Helper()
	b.approve(t, b.alices(t))
	b.hears(t, b.token(t, "alice", ""), person("contoso", "alice").OID)
	if err := b.emulator.SetPolicy(company("contoso").TID.String(), p); err != nil {
		t.Fatal(err)
	}
}

var claimsParam = regexp.MustCompile(`claims="([A-Za-z0-9+/=]+)"`)

// challenged ends the test unless an answer is a claims challenge, and returns
// its claims.
func (b *behind) challenged(t *testing.T, a answer) string {
	t.Helper()
	header := a.header.Get("WWW-Authenticate")
	found := claimsParam.FindStringSubmatch(header)
	if a.status != http.StatusUnauthorized || found == nil || !strings.Contains(header, `error="insufficient_claims"`) || !strings.Contains(header, `realm="`+company("contoso").TID.String()+`"`) {
		t.Fatalf("no claims challenge: %d %s %s", a.status, header, a.body)
	}
	claims, err := base64.StdEncoding.DecodeString(found[1])
	if err != nil {
		t.Fatal(err)
	}
	b.recordedAsRefused(t, a)
	return string(claims)
}

func (b *behind) recordedAsRefused(t *testing.T, a answer) {
	t.Helper()
	if r := b.lastCall(t); r.Outcome != audit.Refused || r.Reason != "insufficient_claims" || r.ID.String() != a.header.Get("Gatehouse-Record") {
		t.Errorf("recorded as %s, %s", r.Outcome, r.Reason)
	}
}

// answering is the token of somebody whose client has answered a challenge: in a
// browser, where Entra asks for whatever the claims want.
func (b *behind) answering(t *testing.T, name, claims string) string {
	t.Helper()
	const redirect, verifier = "http://127.0.0.1:33418/", "a-verifier-of-at-least-forty-three-characters-0123456789"
	sum := sha256.Sum256([]byte(verifier))
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	tid, scope := company("contoso").TID, b.places.Base+"/t/contoso/mcp/"+demo.Scope
	code, err := browser.New(transport, b.places.Entra, person("contoso", name).OID.String()).Authorize(t.Context(), b.places.Entra+"/"+tid.String()+"/oauth2/v2.0/authorize?"+url.Values{
		"client_id": {demo.VisualStudioCode}, "response_type": {"code"}, "redirect_uri": {redirect}, "scope": {scope}, "claims": {claims},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}.Encode())
	if err != nil {
		t.Fatal(err)
	}
	return b.grant(t, tid, url.Values{
		"grant_type": {"authorization_code"}, "client_id": {demo.VisualStudioCode}, "code": {code}, "redirect_uri": {redirect}, "code_verifier": {verifier}, "scope": {scope},
		"claims": {answersChallenges},
	})["access_token"].(string)
}

// TestConditionalAccessOfASourceReachesTheClient, which signs its person in with
// a second factor and repeats the call.
func TestConditionalAccessOfASourceReachesTheClient(t *testing.T) {
	t.Parallel()
	b := contosoCRM(t, consented, onBehalf(crmScope))
	b.guard(t, mfaForCRM)
	before := b.crm.visits()
	_, a := b.whose(t, b.token(t, "alice", answersChallenges))
	claims := b.challenged(t, a)
	if claims != `{"access_token":{"polids":{"essential":true,"values":["`+mfaForCRM.ID+`"]}}}` || b.crm.visits() != before {
		t.Errorf("the client is asked for %s after %d visits", claims, b.crm.visits()-before)
	}
	b.hears(t, b.answering(t, "alice", claims), person("contoso", "alice").OID)

	said, a := b.whose(t, b.token(t, "alice", "")) // of a client that knows no challenges
	for _, part := range []string{"source crm", "Conditional Access", "AADSTS50076", "/t/contoso/step-up?request=", "in your browser", "cover the app registration " + company("contoso").API.String()} {
		if !strings.Contains(said, part) {
			t.Errorf("%q is missing in %s", part, said)
		}
	}
	if a.status != http.StatusOK || a.worked() || a.header.Get("WWW-Authenticate") != "" {
		t.Errorf("%d %v %s", a.status, a.header, a.body)
	}
	b.recordedAsRefused(t, a)
}

// TestBlockedPersonIsTold: no sign-in would help.
func TestBlockedPersonIsTold(t *testing.T) {
	t.Parallel()
	b := contosoCRM(t, consented, onBehalf(crmScope))
	blocked := mfaForCRM
	blocked.Require = seed.RequireBlock
	b.guard(t, blocked)
	said, a := b.whose(t, b.token(t, "alice", answersChallenges))
	if a.status != http.StatusOK || a.worked() || !strings.Contains(said, "source crm") || !strings.Contains(said, "a policy of your organization") || !strings.Contains(said, "AADSTS53003") {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// TestChallengeOfTheServerItselfReachesTheClient: it wants an authentication
// context, which Entra gives after a second factor only.
func TestChallengeOfTheServerItselfReachesTheClient(t *testing.T) {
	t.Parallel()
	const c1 = `{"access_token":{"acrs":{"essential":true,"value":"c1"}}}`
	context := mfaForCRM
	context.Resources, context.AuthContext = nil, "c1"
	b := contosoCRM(t, func(tenant *seed.Tenant, api *seed.App) {
		consented(tenant, api)
		api.OptionalClaims.AccessToken = []seed.OptionalClaim{{Name: "acrs"}}
	}, onBehalf(crmScope))
	b.guard(t, context)
	b.crm.refuse(func(v visit) string {
		if contexts, _ := v.claims["acrs"].([]any); len(contexts) == 1 && contexts[0] == "c1" {
			return ""
		}
		return `Bearer realm="", authorization_uri="https://evil.example/authorize", error="insufficient_claims", claims="` + base64.StdEncoding.EncodeToString([]byte(c1[:len(c1)-1]+`,"id_token":{"email":null}}`)) + `"`
	})
	before := b.crm.visits()
	_, a := b.whose(t, b.token(t, "alice", answersChallenges))
	claims := b.challenged(t, a)
	if claims != c1 || strings.Contains(a.header.Get("WWW-Authenticate"), "evil") || b.crm.visits() != before+1 {
		t.Errorf("after %d visits the client is asked for %s by %v", b.crm.visits()-before, claims, a.header)
	}
	b.hears(t, b.answering(t, "alice", claims), person("contoso", "alice").OID)

	before = b.crm.visits() // a server that nothing satisfies
	b.crm.refuse(func(visit) string {
		return `Bearer error="insufficient_claims", claims="` + base64.StdEncoding.EncodeToString([]byte(`{"access_token":{"nbf":{"essential":true,"value":"1"}}}`)) + `"`
	})
	b.later(t, 2*time.Minute)
	_, a = b.whose(t, b.answering(t, "alice", claims))
	if again := b.challenged(t, a); !strings.Contains(again, "nbf") || b.crm.visits()-before > 2 {
		t.Errorf("%d visits, and %s", b.crm.visits()-before, again)
	}
}
