package entra

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"github.com/google/uuid"

	"gatehouse/internal/fault"
)

// Chain says whether assertions carry the certificate that signed them.
type Chain uint8

// The two ways. Entra wants the chain for registrations that trust a subject and
// an issuer instead of one certificate ("Subject name and issuer").
const (
	WithoutChain Chain = iota
	WithChain
)

// assertionLife is how long one assertion is good.
const assertionLife = 5 * time.Minute

// certificateCredential is a certificate and a clock.
type certificateCredential struct {
	*Certificate
	now   func() time.Time
	chain Chain
}

// CertificateCredential proves with assertions that a certificate's key signs
// (Microsoft, "Microsoft identity platform application authentication
// certificate credentials"): PS256, for the token endpoint asked, each used once
// and good for five minutes. With a certificate that has expired, Apply is
// Invalid.
func CertificateCredential(c *Certificate, now func() time.Time, chain Chain) Credential {
	return &certificateCredential{c, now, chain}
}

// Apply implements Credential.
func (c *certificateCredential) Apply(_ context.Context, endpoint string, form url.Values) error {
	now := c.now()
	if !now.Before(c.leaf.NotAfter) {
		return fault.Newf(fault.Invalid, "the certificate %s… expired on %s; upload a new one", c.Thumbprint()[:8], c.ExpiresAt().Format(time.DateOnly))
	}
	assertion, err := c.sign(form.Get("client_id"), endpoint, now)
	if err != nil {
		return fmt.Errorf("sign client assertion: %w", err)
	}
	applyAssertion(form, assertion)
	return nil
}

// assertionHeader and assertionClaims are that page's "Assertion format".
type assertionHeader struct {
	Alg        string   `json:"alg"`
	Typ        string   `json:"typ"`
	Thumbprint string   `json:"x5t#S256"`
	Chain      [][]byte `json:"x5c,omitempty"` // standard base64 (RFC 7515 §4.1.6)
}

type assertionClaims struct {
	Audience  string `json:"aud"`
	Issuer    string `json:"iss"`
	Subject   string `json:"sub"`
	ID        string `json:"jti"`
	IssuedAt  int64  `json:"iat"`
	NotBefore int64  `json:"nbf"`
	ExpiresAt int64  `json:"exp"`
}

func (c *certificateCredential) sign(client, endpoint string, now time.Time) (string, error) {
	id, err := uuid.NewRandomFromReader(rand.Reader)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(c.leaf.Raw)
	head := assertionHeader{Alg: "PS256", Typ: "JWT", Thumbprint: base64.RawURLEncoding.EncodeToString(sum[:])}
	if c.chain == WithChain {
		head.Chain = c.Certificate.chain
	}
	signed, err := joined(head, assertionClaims{
		Audience: endpoint, Issuer: client, Subject: client, ID: id.String(),
		IssuedAt: now.Unix(), NotBefore: now.Unix(), ExpiresAt: now.Add(assertionLife).Unix(),
	})
	if err != nil {
		return "", err
	}
	digest := sha256.Sum256([]byte(signed))
	// RFC 7518 §3.5: the salt is as long as the hash.
	signature, err := rsa.SignPSS(rand.Reader, c.key, crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature), err
}

// joined is the signing input of a JWS (RFC 7515 §5.1).
func joined(head assertionHeader, claims assertionClaims) (string, error) {
	h, err := json.Marshal(head)
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(claims)
	return base64.RawURLEncoding.EncodeToString(h) + "." + base64.RawURLEncoding.EncodeToString(body), err
}
