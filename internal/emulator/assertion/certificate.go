package assertion

import (
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // certificate thumbprints are SHA-1 in Entra
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"gatehouse/internal/emulator/seed"
)

// Certificate is one registered with an app.
type Certificate struct {
	Key        *rsa.PublicKey
	Start, End time.Time

	sha1, sha256 []byte
	der          []byte
}

// What can be wrong with the choice of a certificate.
var (
	// ErrUnnamed says that the header has neither x5t, x5t#S256, kid nor x5c.
	ErrUnnamed = errors.New("the header names no key")
	// ErrUnregistered says that the certificate the header names is not among those given.
	ErrUnregistered = errors.New("the key was not found")
)

// Certificates reads the certificates of an app as a seed has them.
func Certificates(texts []string) ([]Certificate, error) {
	out := make([]Certificate, 0, len(texts))
	for i, text := range texts {
		c, err := certificate(text)
		if err != nil {
			return nil, fmt.Errorf("read certificate %d: %w", i+1, err)
		}
		out = append(out, c)
	}
	return out, nil
}

func certificate(text string) (Certificate, error) {
	parsed, err := seed.ParseCertificate(text)
	if err != nil {
		return Certificate{}, err
	}
	key, _ := parsed.PublicKey.(*rsa.PublicKey)                    // as ParseCertificate has seen to
	short, long := sha1.Sum(parsed.Raw), sha256.Sum256(parsed.Raw) //nolint:gosec // see the import
	return Certificate{Key: key, Start: parsed.NotBefore, End: parsed.NotAfter, sha1: short[:], sha256: long[:], der: parsed.Raw}, nil
}

// Thumbprint is what the header calls its certificate, in the form Entra shows
// in refusals: upper-case hexadecimal where the header has a digest.
func (h Header) Thumbprint() string {
	for _, name := range []string{h.SHA1, h.SHA256} {
		if digest, ok := digest(name); ok {
			return strings.ToUpper(hex.EncodeToString(digest))
		}
		if name != "" {
			return name
		}
	}
	return h.KeyID
}

// Choose finds the certificate a header names. Every name that is there has to
// fit: x5t and x5t#S256 in base64url or in padded standard base64 (MSAL Go
// writes the latter), kid as either thumbprint, and x5c by its leaf, which has
// to be a registered certificate itself.
func (h Header) Choose(among []Certificate) (Certificate, error) {
	if h.SHA1 == "" && h.SHA256 == "" && h.KeyID == "" && len(h.Chain) == 0 {
		return Certificate{}, ErrUnnamed
	}
	for _, c := range among {
		if h.names(c) {
			return c, nil
		}
	}
	return Certificate{}, ErrUnregistered
}

func (h Header) names(c Certificate) bool {
	if h.SHA1 != "" && !same(h.SHA1, c.sha1) || h.SHA256 != "" && !same(h.SHA256, c.sha256) {
		return false
	}
	if len(h.Chain) > 0 && h.Chain[0] != base64.StdEncoding.EncodeToString(c.der) {
		return false
	}
	if h.SHA1 != "" || h.SHA256 != "" || len(h.Chain) > 0 {
		return true // kid may then be the client's own name for its key
	}
	return same(h.KeyID, c.sha1) || same(h.KeyID, c.sha256) || strings.EqualFold(h.KeyID, hex.EncodeToString(c.sha1))
}

// same compares an encoded digest with a digest.
func same(encoded string, want []byte) bool {
	got, ok := digest(encoded)
	return ok && string(got) == string(want)
}

// digest decodes base64 of either alphabet, with padding or without.
func digest(encoded string) ([]byte, bool) {
	if encoded == "" {
		return nil, false
	}
	plain := strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(encoded, "="))
	raw, err := base64.RawURLEncoding.DecodeString(plain)
	return raw, err == nil && (len(raw) == sha1.Size || len(raw) == sha256.Size)
}
