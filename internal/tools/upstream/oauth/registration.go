package oauth

import (
	"encoding/json"
	"errors"
	"slices"
	"time"

	"gatehouse/internal/fault"
)

// How a client authenticates at the token endpoint (RFC 7591 §2).
const (
	methodNone  = "none"
	methodBasic = "client_secret_basic"
	methodPost  = "client_secret_post"
)

// preferred are the methods known here, the best first.
var preferred = []string{methodNone, methodBasic, methodPost}

// ErrUnknownClient is in the chain of a fault where an authorization server does not
// know our registration, or no longer: registering anew helps, and signing in then.
var ErrUnknownClient = errors.New("the authorization server does not know the client")

// Registration is who we are at one authorization server.
type Registration struct {
	Issuer   string // of the authorization server, which alone is shown it
	Redirect string // that it was made for
	ClientID string
	Secret   Secret    // empty: a public client
	Method   string    // none, client_secret_basic or client_secret_post
	Until    time.Time // when the secret expires; zero: it does not
}

// Registered returns the registration that an administrator made by hand and typed
// in. An empty secret makes it a public client. One that could not be sent is
// Invalid.
func Registered(s Server, redirect, clientID string, secret Secret) (Registration, error) {
	if !isClientID(clientID) {
		return Registration{}, fault.New(fault.Invalid, "clientId has to be 1 to 2,000 visible characters")
	}
	if secret != "" && !isCredential(secret.Reveal()) {
		return Registration{}, fault.New(fault.Invalid, "the client secret has characters that no client secret has, or more than 4,096")
	}
	r := Registration{Issuer: s.Issuer, Redirect: redirect, ClientID: clientID, Secret: secret, Method: methodNone}
	if secret != "" {
		r.Method = s.methodWithSecret()
	}
	return r, nil
}

// methodWithSecret is how to show a secret. A server that does not say wants to see
// it as in RFC 8414 §2.
func (s Server) methodWithSecret() string {
	if slices.Contains(s.Methods, methodPost) && !slices.Contains(s.Methods, methodBasic) {
		return methodPost
	}
	return methodBasic
}

func isClientID(s string) bool { return s != "" && len(s) <= 2_000 && isPrintable(s) }

func isCredential(s string) bool { return len(s) <= 4_096 && isPrintable(s) }

// isPrintable reports VSCHAR throughout, which a space is one of (RFC 6749 appendix A).
func isPrintable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// at refuses to be shown to another authorization server than its own.
func (r Registration) at(s Server, now time.Time) error {
	if r.Issuer == "" || r.Issuer != s.Issuer {
		return fault.Wrap(fault.Internal, "internal error", errors.New("oauth: a registration of another authorization server"))
	}
	if !r.Until.IsZero() && !now.Before(r.Until) {
		return fault.Wrap(fault.Unauthenticated, "our registration at "+hostOf(s.Issuer)+" has expired; it has to be made anew", ErrUnknownClient)
	}
	return nil
}

// stored is what a Registration looks like before it is encrypted.
type storedRegistration struct {
	Issuer   string    `json:"issuer"`
	Redirect string    `json:"redirect"`
	ClientID string    `json:"clientId"`
	Shown    string    `json:"shown,omitempty"` // the secret
	Method   string    `json:"method"`
	Until    time.Time `json:"until,omitzero"`
}

// MarshalBinary returns the form to be encrypted and stored; UnmarshalBinary reads
// it.
func (r Registration) MarshalBinary() ([]byte, error) {
	return json.Marshal(storedRegistration{r.Issuer, r.Redirect, r.ClientID, r.Secret.Reveal(), r.Method, r.Until})
}

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (r *Registration) UnmarshalBinary(stored []byte) error {
	var s storedRegistration
	if json.Unmarshal(stored, &s) != nil || s.Issuer == "" || s.ClientID == "" || !slices.Contains(preferred, s.Method) {
		return errors.New("oauth: the stored registration is not readable")
	}
	*r = Registration{s.Issuer, s.Redirect, s.ClientID, Secret(s.Shown), s.Method, s.Until}
	return nil
}
