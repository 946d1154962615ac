package emulator

import (
	"slices"
	"time"
)

// onBehalfOf exchanges an access token made for the client for one made for an
// API behind it, the same person in both.
func (x *exchange) onBehalfOf() (*tokenResponse, *refusal) {
	if no := x.confidential(); no != nil {
		return nil, no
	}
	for _, name := range []string{"assertion", "scope", "requested_token_use"} {
		if x.form.Get(name) == "" {
			return nil, refuse(900144, name)
		}
	}
	if use := x.form.Get("requested_token_use"); use != "on_behalf_of" {
		return nil, refuse(9002313, "requested_token_use '"+clip(use)+"' is not on_behalf_of.")
	}
	assertion, err := x.e.verify(x.form.Get("assertion"))
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
	if session := assertion.text("sid"); session != "" {
		g.Session = session
	}
	return x.grantTokens(g, who, x.form.Get("scope"))
}

// acceptable checks everything about an assertion that is not its person.
func (x *exchange) acceptable(p *presented) *refusal {
	issuer := x.e.issuer(x.tenant.id)
	if p.text("ver") == "1.0" {
		issuer = x.e.issuerV1(x.tenant.id)
	}
	if p.text("tid") != x.tenant.id || p.text("iss") != issuer {
		return refuse(50013, "the issuer of the assertion is not this tenant.")
	}
	audience := p.text("aud")
	if audience != x.client.ID && !slices.Contains(x.client.IdentifierURIs, audience) {
		return refuse(500131, clip(audience), x.client.ID, x.client.ID)
	}
	if expiry := p.at("exp"); !x.now.Before(expiry) || x.now.Before(p.at("nbf")) {
		return refuse(500133, isoTime(x.now), isoTime(expiry))
	}
	if p.text("scp") != "" {
		return nil
	}
	if p.text("idtyp") == "app" || p.text("oid") == p.text("sub") {
		return refuse(7000114, x.client.ID)
	}
	return refuse(240002)
}

// asserted is the person of an assertion, unless their sessions were ended
// after it was issued.
func (x *exchange) asserted(p *presented) (*person, *refusal) {
	who, no := x.living(p.text("oid"))
	if no != nil {
		return nil, no
	}
	var of session
	revoked := !who.validFrom.IsZero() && p.at("iat").Before(who.validFrom.Truncate(time.Second))
	if x.e.sealer.open(sealedSession, p.text("aio"), &of) {
		revoked = of.User != who.ID || of.Generation != who.session
	}
	if revoked {
		return nil, refuse(50173, isoTime(p.at("iat")), isoTime(who.validFrom))
	}
	return who, nil
}
