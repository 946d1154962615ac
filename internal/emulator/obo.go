package emulator

import (
	"slices"
	"strings"
	"time"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/keyring"
	"gatehouse/internal/emulator/reply"
)

// onBehalfOf exchanges an access token made for the client for one made for an
// API behind it, the same person in both.
func (x *tokenRequest) onBehalfOf() (*tokenResponse, *refusal) {
	if no := x.confidential(); no != nil {
		return nil, no
	}
	for _, name := range []string{"assertion", "scope", "requested_token_use"} {
		if x.form.Get(name) == "" {
			return nil, refuse(900144, name)
		}
	}
	if use := x.form.Get("requested_token_use"); use != "on_behalf_of" {
		return nil, refuse(9002313, "requested_token_use '"+reply.Clip(use)+"' is not on_behalf_of.")
	}
	token := x.form.Get("assertion")
	if strings.ContainsAny(token, " \t\r\n") { // base64 readers skip line ends
		return nil, refuse(50013, keyring.ErrMalformed.Error()+".")
	}
	assertion, err := x.e.keys.Verify(token)
	if err != nil {
		return nil, refuse(50013, err.Error()+".")
	}
	if no := x.acceptable(assertion); no != nil {
		return nil, no
	}
	who, no := x.asserted(assertion)
	if no != nil {
		return nil, no
	}
	g := x.fresh()
	g.Proof = x.inherited(assertion)
	if session := assertion.Text("sid"); session != "" {
		g.SID = session
	}
	return x.redeemGrant(g, who, x.form.Get("scope"))
}

// acceptable checks everything about an assertion that is not its person.
func (x *tokenRequest) acceptable(p *keyring.Presented) *refusal {
	issuer := x.e.issuer(x.tenant.ID)
	if p.Text("ver") == "1.0" {
		issuer = x.e.issuerV1(x.tenant.ID)
	}
	if p.Text("tid") != x.tenant.ID || p.Text("iss") != issuer {
		return refuse(50013, "the issuer of the assertion is not this tenant.")
	}
	if audience := p.Text("aud"); !x.addressed(audience) {
		return refuse(500131, reply.Clip(audience), x.client.ID, x.client.ID)
	}
	if expiry := p.At("exp"); !x.now.Before(expiry) || x.now.Before(p.At("nbf")) {
		return refuse(500133, isoTime(x.now), isoTime(expiry))
	}
	if p.Text("scp") != "" {
		return nil
	}
	if p.Text("idtyp") == "app" || p.Text("oid") == p.Text("sub") {
		return refuse(7000114, x.client.ID)
	}
	return refuse(240002)
}

// addressed reports whether an assertion's audience is the client, by client id
// or any application ID URI. People give agents tokens for their blueprint.
func (x *tokenRequest) addressed(audience string) bool {
	middle := x.client
	if x.client.Agent != "" {
		blueprint, ok := x.tenant.Apps[x.client.Agent]
		if !ok {
			return false
		}
		middle = blueprint
	}
	return audience == middle.ID || slices.Contains(middle.IdentifierURIs, strings.TrimSuffix(audience, "/"))
}

// asserted is the person of an assertion, unless their sessions were ended
// after it was issued.
func (x *tokenRequest) asserted(p *keyring.Presented) (*directory.Person, *refusal) {
	who, no := x.living(p.Text("oid"))
	if no != nil {
		return nil, no
	}
	var of inheritance
	revoked := !who.ValidFrom.IsZero() && p.At("iat").Before(who.ValidFrom.Truncate(time.Second))
	if x.e.sealer.Open(sealedInheritance, p.Text("aio"), &of) {
		revoked = of.User != who.ID || of.Generation != who.Generation
	}
	if revoked {
		return nil, refuse(50173, isoTime(p.At("iat")), isoTime(who.ValidFrom))
	}
	return who, nil
}
