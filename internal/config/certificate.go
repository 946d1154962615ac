package config

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// Certificate is an X.509 certificate with what vouches for it and its private
// key, which no log, error or JSON document shows. The zero Certificate is none.
type Certificate struct{ parsed *certificate }

type certificate struct {
	chain []*x509.Certificate
	key   *rsa.PrivateKey
	again reread
}

// IsZero reports whether there is no certificate.
func (c Certificate) IsZero() bool { return c.parsed == nil }

// Chain returns the certificate and its intermediate authorities, the leaf
// first; nothing if there is none.
func (c Certificate) Chain() []*x509.Certificate {
	if c.parsed == nil {
		return nil
	}
	return c.parsed.chain
}

// Reveal returns the private key of the leaf; nil if there is none.
func (c Certificate) Reveal() *rsa.PrivateKey {
	if c.parsed == nil {
		return nil
	}
	return c.parsed.key
}

// Again returns the certificate that the file holds now which this one came from,
// or this one if none did.
func (c Certificate) Again() (Certificate, error) {
	if c.parsed == nil || c.parsed.again == nil {
		return c, nil
	}
	text, err := c.parsed.again()
	if err != nil {
		return Certificate{}, err
	}
	next, err := parseCertificate(text)
	if err == nil {
		next.parsed.again = c.parsed.again
	}
	return next, err
}

func (c *Certificate) from(again reread) {
	if c.parsed != nil {
		c.parsed.again = again
	}
}

// String hides the certificate.
func (Certificate) String() string { return hidden }

// Format hides the certificate from every verb.
func (Certificate) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// LogValue hides the certificate.
func (Certificate) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText hides the certificate, in JSON too.
func (Certificate) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// minRSA is the fewest bits that Entra accepts of a certificate's key.
const minRSA = 2048

// What is wrong with a certificate. None repeats what was given.
var (
	errCertificatePEM = errors.New("is not PEM; give the certificate, BEGIN CERTIFICATE to END CERTIFICATE, what vouches for it, and its private key, BEGIN PRIVATE KEY to END PRIVATE KEY")
	errCertificateKey = errors.New("needs exactly one private key beside the certificate, RSA, in PKCS #8 or PKCS #1, not encrypted")
	errKeyStrength    = fmt.Errorf("holds an RSA key of fewer than %d bits; Microsoft Entra ID refuses it", minRSA)
	errKeyMismatch    = errors.New("holds a private key that does not belong to its first certificate; put that certificate first")
)

func parseCertificate(s string) (Certificate, error) {
	c := &certificate{}
	for rest := []byte(s); strings.TrimSpace(string(rest)) != ""; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return Certificate{}, errCertificatePEM
		}
		if err := c.add(block); err != nil {
			return Certificate{}, err
		}
	}
	switch {
	case len(c.chain) == 0:
		return Certificate{}, errCertificatePEM
	case c.key == nil:
		return Certificate{}, errCertificateKey
	case c.key.N.BitLen() < minRSA:
		return Certificate{}, errKeyStrength
	case !c.key.PublicKey.Equal(c.chain[0].PublicKey):
		return Certificate{}, errKeyMismatch
	}
	return Certificate{c}, nil
}

// add takes one block in.
func (c *certificate) add(block *pem.Block) error {
	switch block.Type {
	case "CERTIFICATE":
		parsed, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return fmt.Errorf("holds no X.509 certificate: %w", err)
		}
		c.chain = append(c.chain, parsed)
		return nil
	case "PRIVATE KEY", "RSA PRIVATE KEY":
		key, ok := parseRSA(block)
		if !ok || c.key != nil {
			return errCertificateKey
		}
		c.key = key
		return nil
	default:
		return errCertificateKey
	}
}

// parseRSA does not say why it fails: the reason would be about a key's bytes.
func parseRSA(block *pem.Block) (*rsa.PrivateKey, bool) {
	if block.Type == "RSA PRIVATE KEY" {
		key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
		return key, err == nil
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	key, ok := parsed.(*rsa.PrivateKey)
	return key, err == nil && ok
}
