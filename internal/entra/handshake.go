package entra

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Handshake ties the parts of one sign-in together. It is kept, encrypted and
// bound to the browser, from the authorization request to the callback, and used
// once.
type Handshake struct {
	Tenant   tenants.TID // where to sign in; zero: at home, wherever that is
	State    string      // comes back with the code
	Nonce    string      // comes back in the ID token
	Verifier string      // of PKCE (RFC 7636); goes to the token endpoint only
}

// NewHandshake returns a handshake of fresh random values of 256 bits each. With
// a tenant, its members and guests sign in there; without one, members of any
// organization's tenant sign in at home.
func NewHandshake(tenant tenants.TID) Handshake {
	return Handshake{Tenant: tenant, State: nonsense(), Nonce: nonsense(), Verifier: nonsense()}
}

func nonsense() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// handshakeLength is the least length of a handshake's values, which is also the
// least of a PKCE verifier (RFC 7636 §4.1).
const handshakeLength = 43

func (h Handshake) check() error {
	for _, value := range []string{h.State, h.Nonce, h.Verifier} {
		if len(value) < handshakeLength {
			return fault.New(fault.Invalid, "sign in: state, nonce and verifier must be those of a new handshake")
		}
	}
	if h.Tenant.Consumer() {
		return fault.New(fault.Invalid, "sign in: the directory is the one of personal Microsoft accounts; use the id of an organization's directory")
	}
	return nil
}

// challenge is the verifier's S256 form (RFC 7636 §4.2).
func (h Handshake) challenge() string {
	sum := sha256.Sum256([]byte(h.Verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
