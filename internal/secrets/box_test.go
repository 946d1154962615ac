package secrets_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"

	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/tenants"
)

var label = secrets.Label{Kind: "client_secret", ID: "row-1"}

func localKEK(tb testing.TB, seeds ...byte) *secrets.LocalKEK {
	tb.Helper()
	keys := make([][32]byte, len(seeds))
	for i, seed := range seeds {
		keys[i] = [32]byte{seed}
	}
	kek, err := secrets.NewLocalKEK(keys[0], keys[1:]...)
	if err != nil {
		tb.Fatal(err)
	}
	return kek
}

func newBox(tb testing.TB, kek secrets.KEK) *secrets.Box {
	tb.Helper()
	box, err := secrets.NewBox(kek)
	if err != nil {
		tb.Fatal(err)
	}
	return box
}

// newKey makes a key of a new organization and opens it.
func newKey(tb testing.TB, box *secrets.Box) (tenants.ID, []byte, *secrets.OrgKey) {
	tb.Helper()
	org := tenants.NewID()
	wrapped, err := box.NewOrganizationKey(tb.Context(), org)
	if err != nil {
		tb.Fatal(err)
	}
	return org, wrapped, openKey(tb, box, org, wrapped)
}

func openKey(tb testing.TB, box *secrets.Box, org tenants.ID, wrapped []byte) *secrets.OrgKey {
	tb.Helper()
	key, err := box.Open(tb.Context(), org, wrapped)
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

// countingKEK counts how often a key is unwrapped, and may be out of order.
type countingKEK struct {
	secrets.KEK
	unwrapped atomic.Int32
	broken    error
}

func (k *countingKEK) Unwrap(ctx context.Context, w secrets.Wrapped, binding []byte) ([]byte, error) {
	k.unwrapped.Add(1)
	if k.broken != nil {
		return nil, k.broken
	}
	return k.KEK.Unwrap(ctx, w, binding)
}

func TestAnotherReplicaOpensWhatOneEncrypted(t *testing.T) {
	t.Parallel()
	org, wrapped, key := newKey(t, newBox(t, localKEK(t, 1)))
	ciphertext, err := key.Encrypt(label, []byte("swordfish"))
	if err != nil {
		t.Fatal(err)
	}
	plaintext, err := openKey(t, newBox(t, localKEK(t, 1)), org, wrapped).Decrypt(label, ciphertext)
	if err != nil || string(plaintext) != "swordfish" {
		t.Errorf("plaintext = %q, error = %v", plaintext, err)
	}
}

func TestWrappedKeyOpensForItsOrganizationOnly(t *testing.T) {
	t.Parallel()
	box := newBox(t, localKEK(t, 1))
	_, wrapped, _ := newKey(t, box)
	if _, err := box.Open(t.Context(), tenants.NewID(), wrapped); err == nil {
		t.Error("another organization opened it")
	}
}

func TestAlteredWrappedKeyIsRefused(t *testing.T) {
	t.Parallel()
	box := newBox(t, localKEK(t, 1))
	org, wrapped, _ := newKey(t, box)
	for i := range wrapped {
		altered := bytes.Clone(wrapped)
		altered[i] ^= 1
		if _, err := box.Open(t.Context(), org, altered); err == nil {
			t.Errorf("byte %d altered, and opened", i)
		}
	}
	for length := range len(wrapped) {
		if _, err := box.Open(t.Context(), org, wrapped[:length]); err == nil {
			t.Errorf("cut to %d bytes, and opened", length)
		}
	}
}

func TestOrganizationsHaveDifferentKeys(t *testing.T) {
	t.Parallel()
	box := newBox(t, localKEK(t, 1))
	_, _, one := newKey(t, box)
	_, _, two := newKey(t, box)
	ciphertext, err := one.Encrypt(label, []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := two.Decrypt(label, ciphertext); err == nil {
		t.Error("another organization's key decrypted it")
	}
}

func TestKeyIsUnwrappedOnceAndAgainAfterForgetting(t *testing.T) {
	t.Parallel()
	kek := &countingKEK{KEK: localKEK(t, 1)}
	box := newBox(t, kek)
	org, wrapped, first := newKey(t, box)
	if again := openKey(t, box, org, wrapped); again != first || kek.unwrapped.Load() != 1 {
		t.Errorf("unwrapped %d times for two openings", kek.unwrapped.Load())
	}
	box.Forget(org)
	openKey(t, box, org, wrapped)
	if got := kek.unwrapped.Load(); got != 2 {
		t.Errorf("unwrapped %d times after forgetting, want 2", got)
	}
}

func TestKnownKeyIsNotServedForAnotherWrappedForm(t *testing.T) {
	t.Parallel()
	box := newBox(t, localKEK(t, 1))
	org, _, first := newKey(t, box)
	replaced, err := box.NewOrganizationKey(t.Context(), org)
	if err != nil {
		t.Fatal(err)
	}
	if openKey(t, box, org, replaced) == first {
		t.Error("the replaced key is still served")
	}
}

func TestRotationRewrapsAndKeepsWhatWasEncrypted(t *testing.T) {
	t.Parallel()
	org, wrapped, key := newKey(t, newBox(t, localKEK(t, 1)))
	ciphertext, err := key.Encrypt(label, []byte("swordfish"))
	if err != nil {
		t.Fatal(err)
	}
	during := newBox(t, localKEK(t, 2, 1))
	rewrapped, err := during.Rewrap(t.Context(), org, wrapped)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := during.Rewrap(t.Context(), org, rewrapped); err != nil || !bytes.Equal(again, rewrapped) {
		t.Errorf("a current key was wrapped again (error = %v)", err)
	}
	after := newBox(t, localKEK(t, 2))
	plaintext, err := openKey(t, after, org, rewrapped).Decrypt(label, ciphertext)
	if err != nil || string(plaintext) != "swordfish" {
		t.Errorf("plaintext = %q, error = %v", plaintext, err)
	}
	if _, err := after.Open(t.Context(), org, wrapped); err == nil || !strings.Contains(err.Error(), "not configured") {
		t.Errorf("error = %v, want one that names the missing key-encryption key", err)
	}
}

func TestUnavailableKEKKeepsItsKind(t *testing.T) {
	t.Parallel()
	kek := &countingKEK{KEK: localKEK(t, 1)}
	box := newBox(t, kek)
	org, wrapped, _ := newKey(t, box)
	box.Forget(org)
	kek.broken = fault.New(fault.Unavailable, "the key vault does not answer")
	if _, err := box.Open(t.Context(), org, wrapped); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("error = %v, want Unavailable", err)
	}
	kek.broken = nil
	openKey(t, box, org, wrapped)
}

func TestUnusableKEKIsRefused(t *testing.T) {
	t.Parallel()
	if _, err := secrets.NewBox(nil); err == nil {
		t.Error("a box without a KEK")
	}
	if _, err := secrets.NewLocalKEK([32]byte{}); err == nil {
		t.Error("an all-zero KEK")
	}
	if _, err := newBox(t, localKEK(t, 1)).NewOrganizationKey(t.Context(), tenants.ID{}); err == nil {
		t.Error("a key of no organization")
	}
}

func TestKeysAreNeverPrinted(t *testing.T) {
	t.Parallel()
	_, _, key := newKey(t, newBox(t, localKEK(t, 1)))
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%x", "%d"} {
		_, _ = fmt.Fprintf(&out, verb+verb+"\n", key, key.Sessions())
	}
	slog.New(slog.NewJSONHandler(&out, nil)).InfoContext(t.Context(), "x", slog.Any("key", key))
	if got := strings.Count(out.String(), "•••"); got != 11 {
		t.Errorf("%d hidden values, want 11:\n%s", got, out.String())
	}
}
