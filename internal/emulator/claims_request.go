package emulator

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/emulator/conditional"
	"gatehouse/internal/emulator/directory"
)

// wanted is what a claims parameter asks for, of what the emulator knows. A
// challenge is answered by sending its claims back in a new authorization
// request.
type wanted struct {
	capable  bool     // "xms_cc": "cp1": the client handles claims challenges
	contexts []string // "acrs": authentication contexts, one of which is enough
	policies []string // "polids", "capolids": policies of an earlier challenge
	mfa      bool     // "amr": "mfa"
	idClaims []string // claims the ID token is to carry, of those in onRequest
}

// onRequest are the ID token claims that come only when they are asked for by
// name, or as optional claims of the app.
var onRequest = []string{"acrs", "auth_time"}

// claimsParameter is the shape of OpenID Connect Core §5.5; members nobody here
// knows are left alone.
type claimsParameter struct {
	AccessToken map[string]*claimAsked `json:"access_token"`
	IDToken     map[string]*claimAsked `json:"id_token"`
}

// claimAsked is one claim of it; null asks for the claim with any value.
type claimAsked struct {
	Value  any   `json:"value"`
	Values []any `json:"values"`
}

// texts are the values asked for that are strings.
func (c *claimAsked) texts() []string {
	if c == nil {
		return nil
	}
	var out []string
	for _, v := range append([]any{c.Value}, c.Values...) {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// readClaims reads a claims parameter.
func readClaims(raw string) (wanted, *refusal) {
	if raw == "" {
		return wanted{}, nil
	}
	var parsed claimsParameter
	if text := strings.TrimSpace(raw); json.Valid([]byte(text)) && text[0] != '{' {
		return wanted{}, refuse(9002313, "The claims parameter is not a JSON object.")
	}
	if json.Unmarshal([]byte(raw), &parsed) != nil {
		return wanted{}, refuse(9002313, "The claims parameter is not valid JSON.")
	}
	of := func(name string) []string {
		return slices.Concat(parsed.AccessToken[name].texts(), parsed.IDToken[name].texts())
	}
	isMFA := func(method string) bool { return among(method, "mfa", "ngcmfa") }
	asked := func(name string) bool { _, ok := parsed.IDToken[name]; return ok }
	return wanted{
		capable:  slices.ContainsFunc(parsed.AccessToken["xms_cc"].texts(), func(v string) bool { return strings.EqualFold(v, "cp1") }),
		contexts: of("acrs"),
		policies: slices.Concat(of("polids"), of("capolids")),
		mfa:      slices.ContainsFunc(of("amr"), isMFA) || slices.Contains(of("acr"), "urn:microsoft:policies:mfa"),
		idClaims: slices.DeleteFunc(slices.Clone(onRequest), func(name string) bool { return !asked(name) }),
	}, nil
}

// request is the question for Conditional Access.
func (w wanted) request(who *directory.Person, client *directory.App, a *ask, proof conditional.Proof, now time.Time) conditional.Request {
	return conditional.Request{
		Person: who, Client: client.ID, Resource: a.resource.ID, Contexts: w.contexts, Policies: w.policies, MFA: w.mfa, Proof: proof, Now: now,
	}
}
