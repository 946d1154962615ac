// Package assertion verifies what clients present in client_assertion: tokens
// they signed with a registered certificate, and tokens of an issuer that a
// federated identity credential names (RFC 7523 §2.2).
//
// It reads tokens, finds keys and checks signatures, and says in plain errors
// what is wrong; which claims are right and which AADSTS code a failure gets is
// the token endpoint's business. Nothing in it touches the network but Issuers,
// and that only through the transport it is given.
package assertion

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
)

// The signature algorithms Microsoft Entra takes in client assertions, as far as
// the emulator goes. Other issuers' tokens are RS256 only.
const (
	RS256 = "RS256"
	PS256 = "PS256"
)

// ErrMalformed says that a text is not a compact JSON Web Token.
var ErrMalformed = errors.New("the assertion is not a JSON Web Token")

// ErrSignature says that a key did not make a signature.
var ErrSignature = errors.New("the provided signature value did not match the expected signature value")

// Assertion is a token as presented, nothing of it believed yet.
type Assertion struct {
	Header    Header
	Issuer    string
	Subject   string
	Audience  []string
	NotBefore time.Time // the zero Unix time when the claim is missing
	Expiry    time.Time // likewise

	signed    string
	signature []byte
}

// Header is the part of a token's header that chooses a key.
type Header struct {
	Algorithm string   `json:"alg"`
	KeyID     string   `json:"kid"`
	SHA1      string   `json:"x5t"`      // thumbprint of a certificate, base64
	SHA256    string   `json:"x5t#S256"` // likewise
	Chain     []string `json:"x5c"`      // certificates in standard base64, the leaf first
}

// claims are those an assertion is judged by.
type claims struct {
	Issuer    string      `json:"iss"`
	Subject   string      `json:"sub"`
	Audience  audience    `json:"aud"`
	NotBefore json.Number `json:"nbf"`
	Expiry    json.Number `json:"exp"`
}

// audience is one text or a list of them (RFC 7519 §4.1.3).
type audience []string

func (a *audience) UnmarshalJSON(raw []byte) error {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		*a = audience{one}
		return nil
	}
	return json.Unmarshal(raw, (*[]string)(a))
}

// Read takes a token apart. It returns ErrMalformed for anything that is not one.
func Read(token string) (*Assertion, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, ErrMalformed
	}
	a := &Assertion{signed: parts[0] + "." + parts[1]}
	var c claims
	var err error
	if decode(parts[0], &a.Header) != nil || decode(parts[1], &c) != nil {
		return nil, ErrMalformed
	}
	if a.signature, err = base64.RawURLEncoding.DecodeString(parts[2]); err != nil {
		return nil, ErrMalformed
	}
	a.Issuer, a.Subject, a.Audience = c.Issuer, c.Subject, c.Audience
	a.NotBefore, a.Expiry = moment(c.NotBefore), moment(c.Expiry)
	return a, nil
}

// For reports whether an audience is among the token's, character for character.
func (a *Assertion) For(audience string) bool { return slices.Contains(a.Audience, audience) }

// Verify checks the signature with a key, by the algorithm the header names.
func (a *Assertion) Verify(key *rsa.PublicKey) error {
	sum := sha256.Sum256([]byte(a.signed))
	var err error
	switch a.Header.Algorithm {
	case RS256:
		err = rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], a.signature)
	case PS256:
		// RFC 7518 §3.5: the salt is as long as the hash.
		err = rsa.VerifyPSS(key, crypto.SHA256, sum[:], a.signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
	default:
		return ErrSignature
	}
	if err != nil {
		return ErrSignature
	}
	return nil
}

// decode reads one part: a single JSON object in base64url.
func decode(part string, into any) error {
	raw, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil || !bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{")) {
		return ErrMalformed
	}
	return json.Unmarshal(raw, into)
}

// moment is a NumericDate (RFC 7519 §2). What does not fit in a year of four
// digits counts as missing.
func moment(n json.Number) time.Time {
	seconds, err := n.Float64()
	if err != nil || seconds < 0 || seconds > 253402300799 {
		return time.Unix(0, 0).UTC()
	}
	return time.Unix(int64(seconds), 0).UTC()
}
