package store_test

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"gatehouse/internal/keys"
	"gatehouse/internal/secrets"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
)

// ringRows is the store as a ring of keys takes it.
type ringRows struct{ *store.DB }

func (r ringRows) SigningKeys(ctx context.Context, purpose keys.Purpose) ([]keys.Stored, error) {
	rows, err := r.DB.SigningKeys(ctx, string(purpose))
	all := make([]keys.Stored, 0, len(rows))
	for _, k := range rows {
		all = append(all, keys.Stored{
			KID: k.KID, Purpose: keys.Purpose(k.Purpose), Algorithm: k.Algorithm, PublicKey: k.PublicKey, Ciphertext: k.Ciphertext,
			CreatedAt: k.CreatedAt, NotBefore: k.NotBefore, RetiresAt: k.RetiresAt,
		})
	}
	return all, err
}

func (r ringRows) AddSigningKey(ctx context.Context, k keys.Stored) error {
	return r.DB.AddSigningKey(ctx, store.SigningKey{
		KID: k.KID, Purpose: string(k.Purpose), Algorithm: k.Algorithm, PublicKey: k.PublicKey, Ciphertext: k.Ciphertext,
		CreatedAt: k.CreatedAt, NotBefore: k.NotBefore, RetiresAt: k.RetiresAt,
	})
}

// ring is a replica's ring of keys.
type ring struct {
	*keys.Ring
	t *testing.T
}

func newRing(t *testing.T, db *store.DB, c *clock) ring {
	t.Helper()
	kek, err := secrets.NewLocalKEK([32]byte{1})
	must(t, err)
	box, err := secrets.NewPlatformBox(kek, db)
	must(t, err)
	r, err := keys.NewRing(keys.Options{Store: ringRows{db}, Box: box, Logger: slog.New(slog.DiscardHandler), Now: c.now})
	must(t, err)
	return ring{r, t}
}

// sign returns an assertion that is valid for as long as any, and the id of the
// key that signed it.
func (r ring) sign() (token, kid string) {
	r.t.Helper()
	token, err := r.Sign(r.t.Context(), keys.Federation, map[string]any{"sub": "x"})
	must(r.t, err)
	return token, r.parse(token).Headers[0].KeyID
}

func (r ring) parse(token string) *jwt.JSONWebToken {
	r.t.Helper()
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256})
	must(r.t, err)
	return parsed
}

// verifies reports whether the key set as it is published now verifies a token.
func (r ring) verifies(token string) bool {
	r.t.Helper()
	set, err := r.Public(r.t.Context(), keys.Federation)
	must(r.t, err)
	var claims map[string]any
	return r.parse(token).Claims(set, &claims) == nil && claims["sub"] == "x"
}

// TestKeysRotateInTheDatabase rotates twice. An old key is published until a day
// and an assertion's life after its successor has begun to sign, on every
// replica, and its row is deleted when its whole life is over.
func TestKeysRotateInTheDatabase(t *testing.T) {
	t.Parallel()
	d, c := storetest.New(t), newClock()
	db := openAt(t, d, c)
	one, two := newRing(t, db, c), newRing(t, db, c)
	_, first := one.sign()
	seen := []string{first}
	for range 2 {
		begins, err := one.Rotate(t.Context(), keys.Federation)
		must(t, err)
		c.advance(begins.Sub(c.now()) - time.Second)
		last, kid := one.sign()
		if kid != seen[len(seen)-1] {
			t.Errorf("before its successor begins %s signs, want %s", kid, seen[len(seen)-1])
		}
		c.advance(time.Second)
		fresh, kid := two.sign()
		if slices.Contains(seen, kid) {
			t.Errorf("after the rotation the old key %s signs", kid)
		}
		seen = append(seen, kid)
		c.advance(24*time.Hour + 5*time.Minute - time.Second)
		if !one.verifies(last) || !two.verifies(last) || !one.verifies(fresh) {
			t.Error("what the old key has signed, or the new one, is not verified while it may be valid")
		}
		c.advance(time.Second)
		if one.verifies(last) || two.verifies(last) || !one.verifies(fresh) {
			t.Error("the old key is published after everything it has signed has expired")
		}
	}
	if n := count(t, d, "signing_keys"); n != "3" {
		t.Errorf("%s keys are stored, want 3", n)
	}
	c.advance(180 * 24 * time.Hour)
	one.sign()
	left := column(t, connect(t, d.Superuser), "SELECT kid FROM signing_keys")
	if slices.ContainsFunc(left, func(kid string) bool { return slices.Contains(seen, kid) }) {
		t.Errorf("of the retired keys %q some are still stored: %q", seen, left)
	}
}
