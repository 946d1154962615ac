package keys

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
)

// Store is where keys lie.
type Store interface {
	// SigningKeys returns the keys of a purpose that have not retired.
	SigningKeys(ctx context.Context, purpose Purpose) ([]Stored, error)
	// AddSigningKey adds a key. A second one of its purpose with the same
	// NotBefore is a fault of kind Conflict.
	AddSigningKey(ctx context.Context, k Stored) error
}

// Stored is a key as the store has it.
type Stored struct {
	KID        string
	Purpose    Purpose
	Algorithm  string
	PublicKey  []byte // PKIX; for who looks at the table, never believed
	Ciphertext []byte // the private key in PKCS #8, encrypted for purpose and KID
	CreatedAt  time.Time
	NotBefore  time.Time // published at once, signs from here on
	RetiresAt  time.Time // is gone at this instant, replaced or not
}

// Options is what a Ring is made from; all of it is required.
type Options struct {
	Store  Store
	Box    *secrets.PlatformBox
	Logger *slog.Logger // hears of rows that are not ours
	Now    func() time.Time
}

// Ring is the platform's signing keys. It is safe for concurrent use and reads
// the store again every minute, so that replicas agree soon; without the store
// what is known serves for half a day, which is less than what a key is published
// ahead.
type Ring struct {
	o        Options
	purposes map[Purpose]*shelf
}

// NewRing returns a Ring, or an error when something is missing.
func NewRing(o Options) (*Ring, error) {
	if o.Store == nil || o.Box == nil || o.Logger == nil || o.Now == nil {
		return nil, errors.New("create key ring: Store, Box, Logger and Now are all required")
	}
	r := &Ring{o: o, purposes: map[Purpose]*shelf{}}
	for purpose := range specs {
		r.purposes[purpose] = &shelf{turn: make(chan struct{}, 1)}
	}
	return r, nil
}

// errNoneInForce is what a clock that is wrong leads to.
var errNoneInForce = fault.New(fault.Unavailable, "no signing key is in force; check the clock of this machine")

// Public returns the public keys of a purpose that whoever verifies must know now
// or will have to know within a day, the one that signs first. It makes the first
// key if there is none, and fails with Unavailable when the store or the
// key-encryption key cannot be asked.
func (r *Ring) Public(ctx context.Context, purpose Purpose) (jose.JSONWebKeySet, error) {
	known, err := r.known(ctx, purpose)
	if err != nil {
		return jose.JSONWebKeySet{}, err
	}
	var set jose.JSONWebKeySet
	for _, k := range published(known, specs[purpose].life, r.o.Now()) {
		set.Keys = append(set.Keys, k.public())
	}
	return set, nil
}

// Sign returns claims as a JWT of a purpose, of its type and signed with its
// current key, the key's id in the header. It is like Public otherwise. How long the token is valid
// is the caller's business, up to what the purpose allows.
func (r *Ring) Sign(ctx context.Context, purpose Purpose, claims any) (string, error) {
	known, err := r.known(ctx, purpose)
	if err != nil {
		return "", err
	}
	if specs[purpose].typ == "" {
		return "", fmt.Errorf("sign token: keys of purpose %q sign none", purpose)
	}
	k, ok := current(known, r.o.Now())
	if !ok {
		return "", errNoneInForce
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: k.algorithm, Key: jose.JSONWebKey{Key: k.private, KeyID: k.kid}},
		(&jose.SignerOptions{}).WithType(specs[purpose].typ))
	if err != nil {
		return "", fmt.Errorf("sign %s token: %w", purpose, err)
	}
	token, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		return "", fmt.Errorf("sign %s token: %w", purpose, err)
	}
	return token, nil
}

// Rotate makes the next key of a purpose ahead of its time and returns when it
// begins to sign, a day from now at the earliest. If one is waiting already that
// one stays the next.
func (r *Ring) Rotate(ctx context.Context, purpose Purpose) (time.Time, error) {
	known, err := r.known(ctx, purpose)
	if err != nil {
		return time.Time{}, err
	}
	now := r.o.Now()
	if last := known[len(known)-1]; last.notBefore.After(now) {
		return last.notBefore, nil
	}
	at := nextAt(now)
	if err := r.add(ctx, purpose, at); err != nil {
		return time.Time{}, err
	}
	r.purposes[purpose].forget()
	return at, nil
}
