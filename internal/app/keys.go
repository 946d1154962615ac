package app

import (
	"context"

	"gatehouse/internal/authz"
	"gatehouse/internal/config"
	"gatehouse/internal/keys"
	"gatehouse/internal/secrets"
	"gatehouse/internal/store"
	"gatehouse/internal/tenants"
)

// newSigning builds what signs, on the platform's key: the federation issuer's
// assertions, access tokens, and checkpoints of logs.
func newSigning(p process, box *secrets.PlatformBox, db *store.DB) (s signing, err error) {
	ring, err := keys.NewRing(keys.Options{Store: signingKeys{db}, Box: box, Logger: p.telemetry.Logger, Now: p.now})
	if err != nil {
		return s, err
	}
	if s.issuer, err = keys.NewIssuer(ring, origin(p.config), p.machine); err != nil {
		return s, err
	}
	if s.tokens, err = keys.NewTokenSigner(ring); err != nil {
		return s, err
	}
	s.checkpoints, err = keys.NewCheckpointSigner(ring)
	return s, err
}

// signing is what signs.
type signing struct {
	issuer      *keys.Issuer
	tokens      *keys.TokenSigner
	checkpoints *keys.CheckpointSigner
}

// origin is the deployment's public one, as issuers begin with it.
func origin(c config.Process) string { return c.BaseURL.Scheme + "://" + c.BaseURL.Host }

// signingKeys satisfies keys.Store.
type signingKeys struct{ db *store.DB }

// SigningKeys reads the keys of a purpose.
func (s signingKeys) SigningKeys(ctx context.Context, purpose keys.Purpose) ([]keys.Stored, error) {
	rows, err := s.db.SigningKeys(ctx, string(purpose))
	all := make([]keys.Stored, len(rows))
	for i, r := range rows {
		all[i] = keys.Stored{
			KID: r.KID, Purpose: keys.Purpose(r.Purpose), Algorithm: r.Algorithm, PublicKey: r.PublicKey, Ciphertext: r.Ciphertext,
			CreatedAt: r.CreatedAt, NotBefore: r.NotBefore, RetiresAt: r.RetiresAt,
		}
	}
	return all, err
}

// AddSigningKey adds a key.
func (s signingKeys) AddSigningKey(ctx context.Context, k keys.Stored) error {
	return s.db.AddSigningKey(ctx, store.SigningKey{
		KID: k.KID, Purpose: string(k.Purpose), Algorithm: k.Algorithm, PublicKey: k.PublicKey, Ciphertext: k.Ciphertext,
		CreatedAt: k.CreatedAt, NotBefore: k.NotBefore, RetiresAt: k.RetiresAt,
	})
}

// wrappedKeys satisfies secrets.Stored.
type wrappedKeys struct{ *store.DB }

// WrappedKeys reads organizations' keys.
func (w wrappedKeys) WrappedKeys(ctx context.Context, after tenants.ID, limit int) ([]secrets.WrappedKey, error) {
	rows, err := w.DB.WrappedKeys(ctx, after, limit)
	all := make([]secrets.WrappedKey, len(rows))
	for i, r := range rows {
		all[i] = secrets.WrappedKey{Org: r.Org, Wrapped: r.Wrapped}
	}
	return all, err
}

// Rewrap replaces an organization's key by itself under another version. An
// organization's key is replaced by nobody else, so that the old one needs no
// comparison; one that is gone meanwhile is NotFound.
func (w wrappedKeys) Rewrap(ctx context.Context, org tenants.ID, _, wrapped []byte) error {
	return w.Rewrapped(ctx, authz.SystemCaller(org, "gatehouse rotate-kek"), wrapped)
}

var _ secrets.Stored = wrappedKeys{}
