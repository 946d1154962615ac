package keys

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/internal/secrets"
)

// key is a key of ours, ready to sign.
type key struct {
	kid       string
	algorithm jose.SignatureAlgorithm
	private   crypto.Signer
	notBefore time.Time
	retiresAt time.Time
}

// errForeign says that a row is not a key as its purpose has them.
var errForeign = errors.New("the row is of another algorithm, or holds no key of its strength")

// public is the key as a member of a key set (RFC 7517 §4).
func (k key) public() jose.JSONWebKey {
	return jose.JSONWebKey{Key: k.private.Public(), KeyID: k.kid, Algorithm: string(k.algorithm), Use: "sig"}
}

// current is the key that signs at an instant: of those in force the last to
// begin.
func current(keys []key, now time.Time) (key, bool) {
	for _, k := range slices.Backward(keys) {
		if !k.notBefore.After(now) && k.retiresAt.After(now) {
			return k, true
		}
	}
	return key{}, false
}

// published are the keys that belong in a key set at an instant, the one that
// signs first: those to come, and those past until nothing they have signed is
// valid and nobody can still be looking at a set from before their successor. life
// is how long what they sign is valid.
func published(keys []key, life time.Duration, now time.Time) []key {
	signs, _ := current(keys, now)
	var set []key
	for i, k := range keys {
		until := k.retiresAt
		if i+1 < len(keys) {
			if replaced := keys[i+1].notBefore.Add(life + cached); replaced.Before(until) {
				until = replaced
			}
		}
		switch {
		case k.kid == signs.kid:
			set = slices.Insert(set, 0, k)
		case until.After(now):
			set = append(set, k)
		}
	}
	return set
}

// label is what a private key is encrypted for.
func label(purpose Purpose, kid string) secrets.Label {
	return secrets.Label{Kind: "signing key " + string(purpose), ID: kid}
}

// make makes a key pair and encrypts its private half.
func (r *Ring) make(ctx context.Context, purpose Purpose, at time.Time) (Stored, error) {
	of := specs[purpose].kind
	private, err := of.generate()
	if err != nil {
		return Stored{}, fmt.Errorf("make %s key: %w", purpose, err)
	}
	kid, err := thumbprint(private)
	if err != nil {
		return Stored{}, err
	}
	public, err := x509.MarshalPKIXPublicKey(private.Public())
	if err != nil {
		return Stored{}, fmt.Errorf("encode %s key: %w", purpose, err)
	}
	plaintext, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return Stored{}, fmt.Errorf("encode %s key: %w", purpose, err)
	}
	ciphertext, err := r.o.Box.Encrypt(ctx, label(purpose, kid), plaintext)
	return Stored{
		KID: kid, Purpose: purpose, Algorithm: string(of.algorithm), PublicKey: public, Ciphertext: ciphertext,
		CreatedAt: r.o.Now().UTC(), NotBefore: at, RetiresAt: at.Add(whole),
	}, err
}

// open decrypts a row, unless it is among those known. What opens is ours: nobody
// else encrypts for that purpose and id.
func (r *Ring) open(ctx context.Context, purpose Purpose, row Stored, known []key) (key, error) {
	of := specs[purpose].kind
	if row.Algorithm != string(of.algorithm) {
		return key{}, errForeign
	}
	k := key{kid: row.KID, algorithm: of.algorithm, notBefore: row.NotBefore, retiresAt: row.RetiresAt}
	if i := slices.IndexFunc(known, func(other key) bool { return other.kid == row.KID }); i >= 0 {
		k.private = known[i].private
		return k, nil
	}
	plaintext, err := r.o.Box.Decrypt(ctx, label(purpose, row.KID), row.Ciphertext)
	if err != nil {
		return key{}, err
	}
	parsed, err := x509.ParsePKCS8PrivateKey(plaintext)
	if err != nil {
		return key{}, errForeign
	}
	private, ok := parsed.(crypto.Signer)
	if !ok || !of.is(private) {
		return key{}, errForeign
	}
	k.private = private
	return k, nil
}

// thumbprint is a key's id: RFC 7638, so that one key never has two.
func thumbprint(private crypto.Signer) (string, error) {
	digest, err := (&jose.JSONWebKey{Key: private.Public()}).Thumbprint(crypto.SHA256)
	if err != nil {
		return "", fmt.Errorf("digest key: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(digest), nil
}
