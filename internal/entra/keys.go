package entra

import (
	"crypto"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
)

// Bounds of what is believed of a key set.
const (
	maxKeys    = 64
	minKeyBits = 2048
	maxKeyBits = 8192 // what one verification may cost
)

// key is one public key of an issuer.
type key struct {
	id     string
	public publicKey
	issuer string // its own: whose tokens it may sign
}

// publicKey is an *rsa.PublicKey of an Entra tenant or an *ecdsa.PublicKey of
// ours. Which of the two a signature takes is known from its issuer, never from
// the token.
type publicKey interface {
	Equal(other crypto.PublicKey) bool
}

// signsFor reports whether the key may sign tokens of an issuer. Key sets can
// hold keys of several tenants.
func (k key) signsFor(from issuer) bool { return slices.Contains(from.keyOf, k.issuer) }

func (k key) equal(o key) bool {
	return k.id == o.id && k.issuer == o.issuer && k.public.Equal(o.public)
}

// jwk is the members of a JSON Web Key (RFC 7517) that Entra publishes and we use.
type jwk struct {
	Kty    string `json:"kty"`
	Use    string `json:"use"`
	Alg    string `json:"alg"`
	Kid    string `json:"kid"`
	N      string `json:"n"`
	E      string `json:"e"`
	Issuer string `json:"issuer"`
}

// parseKeys reads a key set. Keys that cannot verify an RS256 signature safely
// are left out; a set that is too large, or of which nothing remains, is an
// error. Of two keys with one id the first counts.
func parseKeys(body []byte) (map[string]key, error) {
	var set struct {
		Keys []jwk `json:"keys"`
	}
	if err := json.Unmarshal(body, &set); err != nil {
		return nil, fmt.Errorf("decode key set: %w", err)
	}
	if len(set.Keys) > maxKeys {
		return nil, fmt.Errorf("decode key set: more than %d keys", maxKeys)
	}
	keys := make(map[string]key, len(set.Keys))
	for _, j := range set.Keys {
		k, ok := j.key()
		if _, twice := keys[k.id]; ok && !twice {
			keys[k.id] = k
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("decode key set: no usable signing key")
	}
	return keys, nil
}

func (j jwk) key() (key, bool) {
	if j.Kty != "RSA" || j.Use != "sig" || j.Kid == "" || (j.Alg != "" && j.Alg != "RS256") {
		return key{}, false
	}
	n, err := base64.RawURLEncoding.DecodeString(j.N)
	if err != nil {
		return key{}, false
	}
	e, err := base64.RawURLEncoding.DecodeString(j.E)
	if err != nil || len(e) > 4 {
		return key{}, false
	}
	public := &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}
	bits := public.N.BitLen()
	odd := public.N.Bit(0) == 1 && public.E%2 == 1
	if bits < minKeyBits || bits > maxKeyBits || !odd || public.E < 3 || public.E > 1<<31-1 {
		return key{}, false
	}
	return key{id: j.Kid, public: public, issuer: j.Issuer}, true
}
