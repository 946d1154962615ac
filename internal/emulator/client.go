package emulator

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// identify finds the client and checks the secret it sent, in the body or as
// HTTP Basic. Whether it needed one is the grant's question.
func (x *exchange) identify(w http.ResponseWriter, r *http.Request) *refusal {
	id, secret := x.form.Get("client_id"), x.form.Get("client_secret")
	if user, password, ok := r.BasicAuth(); ok {
		// RFC 6749 §2.3.1: both halves are form-encoded.
		decodedUser, err := url.QueryUnescape(user)
		decodedPassword, err2 := url.QueryUnescape(password)
		if err != nil || err2 != nil {
			return refuse(9002313, "The Authorization header is not form-encoded.")
		}
		id, secret = decodedUser, decodedPassword
	}
	if id == "" {
		return refuse(900144, "client_id")
	}
	noteClient(w, id)
	client, no := x.tenant.client(id)
	if no != nil {
		return no
	}
	x.client = client
	if x.form.Get("client_assertion") != "" {
		return refuse(9002313, "This emulator takes client_secret, no client_assertion.")
	}
	return x.authenticate(secret)
}

// authenticate checks a secret that was sent.
func (x *exchange) authenticate(secret string) *refusal {
	if secret == "" {
		return nil
	}
	if x.client.Secret == "" {
		return refuse(700025)
	}
	if !sameSecret(secret, x.client.Secret) {
		return refuse(7000215, x.client.ID)
	}
	x.authenticated = true
	return nil
}

// confidential refuses a client that has not proved itself.
func (x *exchange) confidential() *refusal {
	if !x.authenticated {
		return refuse(7000218)
	}
	return nil
}

// client finds an app by client id.
func (t *tenant) client(id string) (*app, *refusal) {
	id = strings.ToLower(id)
	if !isGUID(id) {
		return nil, refuse(700038, clip(id))
	}
	client, ok := t.apps[id]
	if !ok {
		return nil, refuse(700016, id, t.name)
	}
	return client, nil
}

// redeemable applies the rules of the reply URL's platform to a redemption.
func (x *exchange) redeemable(by platform) *refusal {
	if by == platformSPA && x.origin == "" {
		return refuse(9002327)
	}
	if by != platformSPA && x.origin != "" {
		return refuse(9002326, clip(x.origin))
	}
	if by == platformWeb {
		return x.confidential()
	}
	if x.authenticated {
		return refuse(700025)
	}
	return nil
}

// capable reports whether a claims parameter declares that the client can
// handle claims challenges ("xms_cc": "cp1").
func capable(claims string) (bool, *refusal) {
	if claims == "" {
		return false, nil
	}
	var parsed struct {
		AccessToken struct {
			Capabilities struct {
				Values []string `json:"values"`
			} `json:"xms_cc"`
		} `json:"access_token"`
	}
	if json.Unmarshal([]byte(claims), &parsed) != nil {
		return false, refuse(9002313, "The claims parameter is not valid JSON.")
	}
	return slices.ContainsFunc(parsed.AccessToken.Capabilities.Values, func(v string) bool {
		return strings.EqualFold(v, "cp1")
	}), nil
}

// sameSecret compares without telling how much matched.
func sameSecret(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}
