package emulator

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"gatehouse/internal/emulator/assertion"
	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/reply"
	"gatehouse/internal/emulator/seed"
)

// checkFederated verifies a token of another issuer. Whether a credential is
// configured for it comes first, so nobody makes the emulator fetch what no
// tenant has named.
func (x *tokenRequest) checkFederated(ctx context.Context, a *assertion.Assertion, token string) *refusal {
	if a.Header.Algorithm != assertion.RS256 {
		return refuse(5002738, reply.Clip(a.Header.Algorithm), "RS256")
	}
	if no := x.e.configured(x.federations(), a, x.client); no != nil {
		return no
	}
	if no := x.timely(a); no != nil {
		return no
	}
	if x.e.ours(a.Issuer) {
		return x.checkOwn(token)
	}
	key, err := x.e.issuers.Key(ctx, a.Issuer, a.Header.KeyID)
	switch {
	case errors.Is(err, assertion.ErrUnreachable):
		return refuse(501661)
	case err != nil:
		return refuse(700027, unverified+"[Reason - The key was not found.]")
	case a.Verify(key) != nil:
		return refuse(700027, unverified+"[Reason - The provided signature value did not match the expected signature value.]")
	}
	return nil
}

// unverified opens 700027 for tokens of other issuers, as the error reference has it.
const unverified = "Client assertion failed signature validation. "

// federations are the federated identity federations of the client. An agent
// identity has one, which its blueprint fulfils, and no others.
func (x *tokenRequest) federations() []seed.Federation {
	if x.client.Agent == "" {
		return x.client.Federated
	}
	return []seed.Federation{{
		Issuer: x.e.issuer(x.tenant.ID), Subject: exchangeSubject(x.tenant.ID, x.client.Agent, x.client.ID), Audience: exchangeURI,
	}}
}

// configured reports how near a token comes to one of the credentials. Issuer,
// audience and subject are compared character for character, case included
// (Microsoft's page "What's new for authentication", federated credentials).
func (e *Emulator) configured(credentials []seed.Federation, a *assertion.Assertion, client *directory.App) *refusal {
	if len(credentials) == 0 {
		return refuse(70025, client.ID, client.Name)
	}
	other := func(fits func(seed.Federation) bool) bool {
		credentials = slices.DeleteFunc(slices.Clone(credentials), func(f seed.Federation) bool { return !fits(f) })
		return len(credentials) == 0
	}
	if other(func(f seed.Federation) bool { return f.Issuer == a.Issuer }) {
		return refuse(700211, reply.Clip(a.Issuer))
	}
	if other(func(f seed.Federation) bool {
		return a.For(f.Audience) || e.ours(a.Issuer) && f.Audience == exchangeURI && a.For(exchangeID)
	}) {
		return refuse(700212, reply.Clip(strings.Join(a.Audience, " ")))
	}
	if other(func(f seed.Federation) bool { return f.Subject == a.Subject }) {
		return refuse(700213, reply.Clip(a.Subject))
	}
	return nil
}

// ours reports whether an issuer is the emulator itself, as a tenant or as the
// cluster.
func (e *Emulator) ours(issuer string) bool {
	if issuer == e.clusterIssuer() {
		return true
	}
	rest, ok := strings.CutPrefix(issuer, e.entra+"/")
	if !ok {
		return false
	}
	name, err := url.PathUnescape(strings.TrimSuffix(strings.TrimSuffix(rest, "/"), "/v2.0"))
	if err != nil {
		return false
	}
	t, ok := e.world().Find(name)
	return ok && (issuer == e.issuer(t.ID) || issuer == e.issuerV1(t.ID))
}

// checkOwn verifies a token the emulator signed, without fetching anything. Of
// a tenant's only those that an app got for itself stand for an app.
func (x *tokenRequest) checkOwn(token string) *refusal {
	p, err := x.e.keys.Verify(token)
	if err != nil {
		return refuse(700027, unverified+"[Reason - "+err.Error()+".]")
	}
	if p.Text("iss") != x.e.clusterIssuer() && p.Text("idtyp") != "app" {
		return refuse(700229)
	}
	return nil
}
