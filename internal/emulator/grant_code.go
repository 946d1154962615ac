package emulator

import (
	"gatehouse/internal/emulator/keyring"
	"gatehouse/internal/emulator/reply"
)

// code redeems an authorization code. The code is spent when everything else is
// right, so a wrong verifier does not burn it for its owner.
func (x *tokenRequest) code() (*tokenResponse, *refusal) {
	for _, name := range []string{"code", "redirect_uri"} {
		if x.form.Get(name) == "" {
			return nil, refuse(900144, name)
		}
	}
	g, ok := x.e.opened(grantCode, x.form)
	if !ok || g.Client != x.client.ID || g.Tenant != x.tenant.ID {
		return nil, refuse(70000)
	}
	if x.now.After(g.At.Add(codeLife)) {
		return nil, refuse(70008)
	}
	if sent := x.form.Get("redirect_uri"); sent != g.Redirect {
		return nil, refuse(500112, reply.Clip(sent), g.Redirect)
	}
	if no := x.redeemable(g.Platform); no != nil {
		return nil, no
	}
	if no := checkVerifier(x.form.Get("code_verifier"), g); no != nil {
		return nil, no
	}
	who, no := x.holder(g)
	if no != nil {
		return nil, no
	}
	if !x.e.spent.spend(g.ID, x.now) {
		return nil, refuse(54005)
	}
	scope := x.form.Get("scope")
	if scope == "" {
		scope = g.Scope
	}
	return x.redeemGrant(g, who, scope)
}

// checkVerifier checks the PKCE verifier against the challenge of the code (RFC 7636 §4.6).
func checkVerifier(verifier string, g grant) *refusal {
	if g.Challenge == "" {
		return nil
	}
	if verifier != "" && (len(verifier) < 43 || len(verifier) > 128) {
		return refuse(501491)
	}
	if g.Method == "S256" {
		verifier = keyring.Digest(verifier)
	}
	if verifier != g.Challenge {
		return refuse(501481)
	}
	return nil
}
