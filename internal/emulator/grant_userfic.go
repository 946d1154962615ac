package emulator

import (
	"strings"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/keyring"
	"gatehouse/internal/emulator/reply"
)

// userFederated is how an agent identity acts as its own user account
// (Microsoft's page "Agent's user account impersonation protocol"): it proves
// itself with a token of its blueprint and presents an exchange token of its own.
func (x *tokenRequest) userFederated() (*tokenResponse, *refusal) {
	if no := x.confidential(); no != nil {
		return nil, no
	}
	if x.client.Agent == "" {
		return nil, refuse(7000114, x.client.ID)
	}
	for _, name := range []string{"user_federated_identity_credential", "scope"} {
		if x.form.Get(name) == "" {
			return nil, refuse(900144, name)
		}
	}
	if use := x.form.Get("requested_token_use"); !among(use, "", "on_behalf_of") {
		return nil, refuse(9002313, "requested_token_use '"+reply.Clip(use)+"' is not on_behalf_of.")
	}
	credential, err := x.e.keys.Verify(x.form.Get("user_federated_identity_credential"))
	if err != nil {
		return nil, refuse(50013, err.Error()+".")
	}
	if no := x.exchangeable(credential); no != nil {
		return nil, no
	}
	who, no := x.impersonated()
	if no != nil {
		return nil, no
	}
	if who.Agent != x.client.ID {
		// Which code Entra has for another's account is not documented.
		return nil, refuse(70021, credential.Text("iss"), credential.Text("sub"), credential.Text("aud"))
	}
	return x.redeemGrant(x.fresh(), who, x.form.Get("scope"))
}

// exchangeable checks that a token is one the client got for itself at the token
// exchange: the same client in both steps, or anybody's token would do.
func (x *tokenRequest) exchangeable(p *keyring.Presented) *refusal {
	if p.Text("tid") != x.tenant.ID || p.Text("iss") != x.e.issuer(x.tenant.ID) {
		return refuse(50013, "the issuer of the assertion is not this tenant.")
	}
	if audience := p.Text("aud"); audience != exchangeID || p.Text("azp") != x.client.ID || p.Text("idtyp") != "app" {
		return refuse(500131, reply.Clip(audience), x.client.ID, x.client.ID)
	}
	if expiry := p.At("exp"); !x.now.Before(expiry) || x.now.Before(p.At("nbf")) {
		return refuse(500133, isoTime(x.now), isoTime(expiry))
	}
	return nil
}

// impersonated is the person a request names, by username or object id.
func (x *tokenRequest) impersonated() (*directory.Person, *refusal) {
	id := strings.ToLower(x.form.Get("user_id"))
	if name := x.form.Get("username"); name != "" {
		id, _ = x.tenant.Username(name)
	} else if id == "" {
		return nil, refuse(900144, "username")
	}
	return x.living(id)
}
