package emulator

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"net/url"
	"strings"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/journal"
	"gatehouse/internal/emulator/reply"
	"gatehouse/internal/emulator/seed"
)

// identify finds the client and checks what it proves itself with. Whether it
// needed to is the grant's question.
func (x *tokenRequest) identify(w http.ResponseWriter, r *http.Request) *refusal {
	id, secret, no := x.presented(r)
	if no != nil {
		return no
	}
	if id == "" {
		return refuse(900144, "client_id")
	}
	journal.Client(w, id)
	client, no := findClient(x.tenant, id)
	if no != nil {
		return no
	}
	if client.Disabled {
		return refuse(7000112, client.ID, client.Name)
	}
	x.client = client
	return x.authenticate(r.Context(), secret)
}

// presented is the client id and the secret of a request, in the body or as
// HTTP Basic, which must be the only proof then (RFC 6749 §2.3). Entra's code for
// several is not documented.
func (x *tokenRequest) presented(r *http.Request) (id, secret string, no *refusal) {
	user, password, ok := r.BasicAuth()
	if !ok {
		return x.form.Get("client_id"), x.form.Get("client_secret"), nil
	}
	// RFC 6749 §2.3.1: both halves are form-encoded.
	id, err := url.QueryUnescape(user)
	secret, err2 := url.QueryUnescape(password)
	if err != nil || err2 != nil {
		return "", "", refuse(9002313, "The Authorization header is not form-encoded.")
	}
	for _, name := range []string{"client_secret", "client_assertion", "client_assertion_type"} {
		if x.form.Get(name) != "" {
			return "", "", refuse(9002313, "The request has both HTTP Basic authentication and "+name+"; send one of them.")
		}
	}
	if inBody := x.form.Get("client_id"); inBody != "" && !strings.EqualFold(inBody, id) {
		return "", "", refuse(9002313, "The client_id is not the one of the Authorization header.")
	}
	return id, secret, nil
}

// confidential refuses a client that has not proved itself.
func (x *tokenRequest) confidential() *refusal {
	if x.auth == proofNone {
		return refuse(7000218)
	}
	return nil
}

// publicOrProved refuses an app that neither allows public client flows nor has
// proved itself.
func (x *tokenRequest) publicOrProved() *refusal {
	if x.client.Public {
		return nil
	}
	return x.confidential()
}

// findClient finds an app by client id.
func findClient(t *directory.Tenant, id string) (*directory.App, *refusal) {
	id = strings.ToLower(id)
	if !seed.IsGUID(id) {
		return nil, refuse(700038, reply.Clip(id))
	}
	client, ok := t.Apps[id]
	if !ok {
		return nil, refuse(700016, id, t.Name)
	}
	return client, nil
}

// redeemable applies the rules of the reply URL's platform to a redemption.
func (x *tokenRequest) redeemable(by seed.Platform) *refusal {
	if by == seed.PlatformSPA && x.origin == "" {
		return refuse(9002327)
	}
	if by != seed.PlatformSPA && x.origin != "" {
		return refuse(9002326, reply.Clip(x.origin))
	}
	if by == seed.PlatformWeb {
		return x.confidential()
	}
	if x.auth != proofNone {
		return refuse(700025)
	}
	return nil
}

// sameSecret compares without telling how much matched.
func sameSecret(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}
