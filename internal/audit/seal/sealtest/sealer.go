// Package sealtest seals logs in tests, with keys that follow from numbers.
package sealtest

import (
	"context"
	"crypto/ed25519"
	"encoding/binary"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/tenants"
)

// Host is what logs of tests are named after.
const Host = "gatehouse.test"

// Keys are keys by number. Those up to the current one are there, but for those lost.
type Keys struct {
	Number atomic.Int32 // of the one that signs
	Lost   atomic.Int32 // up to this number they are gone
}

// Signer returns the key of a number.
func Signer(number int32) proof.Signer {
	seed := make([]byte, ed25519.SeedSize)
	binary.LittleEndian.PutUint32(seed, uint32(number)) //nolint:gosec // it is not negative
	s, err := proof.NewSigner(Host, ed25519.NewKeyFromSeed(seed))
	if err != nil {
		panic(err)
	}
	return s
}

// Current implements seal.Keys.
func (k *Keys) Current(context.Context, proof.Key) (proof.Signer, error) {
	return Signer(k.Number.Load()), nil
}

// Former implements seal.Keys.
func (k *Keys) Former(_ context.Context, key proof.Key) (proof.Signer, error) {
	for n := k.Lost.Load(); n <= k.Number.Load(); n++ {
		if s := Signer(n); s.String() == key.String() {
			return s, nil
		}
	}
	return proof.Signer{}, fault.New(fault.NotFound, "the key is gone")
}

// Silent is a seal.Meter that tells nobody.
type Silent struct{}

// Sealed implements seal.Meter.
func (Silent) Sealed(context.Context, int, time.Duration) {}

// Failed implements seal.Meter.
func (Silent) Failed(context.Context) {}

// Waiting implements seal.Meter.
func (Silent) Waiting(int, time.Time) {}

// New returns a sealer on a store that the role of the worker has opened, and on keys.
func New(tb testing.TB, store seal.Store, keys *Keys, box *secrets.Box, now func() time.Time) *seal.Sealer {
	tb.Helper()
	s, err := seal.New(seal.Options{
		Store: store, Keys: keys, Unlock: box.Open, Host: Host, Now: now, Clock: func() proof.Clock { return proof.Clock{Source: "database"} },
		Every: 50 * time.Millisecond, Logger: slog.New(slog.DiscardHandler), Meter: Silent{},
	})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// All seals everything that waits of an organization.
func All(tb testing.TB, s *seal.Sealer, org tenants.ID) {
	tb.Helper()
	for more := true; more; {
		var err error
		if _, more, err = s.Seal(tb.Context(), org, seal.Limits{Records: 2000, Bytes: 8 << 20}); err != nil {
			tb.Fatal(err)
		}
	}
}
