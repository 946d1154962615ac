package emulator

import (
	"context"
	"strconv"

	"gatehouse/internal/emulator/directory"
)

// clientAuth is how a client proved itself. Its number is the "azpacr" of v2 tokens
// and the "appidacr" of v1 tokens.
type clientAuth int

const (
	proofNone      clientAuth = iota // a public client
	proofSecret                      // a client secret
	proofAssertion                   // a certificate, a federated credential or a managed identity
)

func (p clientAuth) String() string { return strconv.Itoa(int(p)) }

// authenticate checks what the client sent to prove itself, if anything.
func (x *tokenRequest) authenticate(ctx context.Context, secret string) *refusal {
	token, kind := x.form.Get("client_assertion"), x.form.Get("client_assertion_type")
	switch {
	case secret == "" && token == "" && kind == "":
		return nil
	case !provable(x.client):
		return refuse(700025)
	case token == "" && kind == "":
		return x.checkSecret(secret)
	case secret != "":
		// RFC 6749 §2.3: one method a request. Entra's code for it is not documented.
		return refuse(9002313, "The request has both client_secret and client_assertion; send one of them.")
	case token == "":
		return refuse(900144, "client_assertion")
	case kind == "":
		return refuse(900144, "client_assertion_type")
	case kind != assertionType:
		return refuse(9002313, "The client_assertion_type is not "+assertionType+".")
	}
	if no := x.checkAssertion(ctx, token); no != nil {
		return no
	}
	x.auth = proofAssertion
	return nil
}

// provable reports whether an app has anything to prove itself with. An agent
// identity has its blueprint.
func provable(a *directory.App) bool {
	return a.Confidential() || len(a.Certificates) > 0 || len(a.Federated) > 0 || a.Agent != ""
}

func (x *tokenRequest) checkSecret(secret string) *refusal {
	if !x.client.Knows(secret) {
		return refuse(7000215, x.client.ID)
	}
	if !x.client.Accepts(secret, x.now) {
		return refuse(7000222, x.client.ID)
	}
	x.auth = proofSecret
	return nil
}
