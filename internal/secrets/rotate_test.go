package secrets_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/tenants"
)

func (s *table) WrappedKeys(_ context.Context, after tenants.ID, limit int) ([]secrets.WrappedKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.fail(); err != nil {
		return nil, err
	}
	var some []secrets.WrappedKey
	for _, k := range s.keys {
		if k.Org.String() > after.String() && len(some) < limit {
			some = append(some, k)
		}
	}
	return some, nil
}

func (s *table) Rewrap(_ context.Context, org tenants.ID, old, wrapped []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.fail(); err != nil {
		return err
	}
	if s.beforeReplace != nil {
		s.beforeReplace(org)
	}
	for i, k := range s.keys {
		if k.Org == org && bytes.Equal(k.Wrapped, old) {
			s.keys[i].Wrapped = bytes.Clone(wrapped)
			return nil
		}
	}
	return fault.New(fault.Conflict, "the key changed")
}

func (s *table) RewrapPlatformKey(_ context.Context, old, wrapped []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !bytes.Equal(s.platform, old) {
		return fault.New(fault.Conflict, "the key changed")
	}
	s.platform = bytes.Clone(wrapped)
	return nil
}

// populated returns a table with organizations' keys under a KEK, and what each
// has encrypted.
func populated(t *testing.T, kek secrets.KEK, count int) (*table, map[tenants.ID][]byte) {
	t.Helper()
	box, s, encrypted := newBox(t, kek), &table{}, map[tenants.ID][]byte{}
	for range count {
		org, wrapped, key := newKey(t, box)
		ciphertext, err := key.Encrypt(label, []byte(org.String()))
		if err != nil {
			t.Fatal(err)
		}
		s.keys, encrypted[org] = append(s.keys, secrets.WrappedKey{Org: org, Wrapped: wrapped}), ciphertext
	}
	slices.SortFunc(s.keys, func(a, b secrets.WrappedKey) int { return strings.Compare(a.Org.String(), b.Org.String()) })
	return s, encrypted
}

// wantReadable fails unless a KEK alone opens everything the table has.
func wantReadable(t *testing.T, kek secrets.KEK, s *table, encrypted map[tenants.ID][]byte) {
	t.Helper()
	box := newBox(t, kek)
	for _, k := range s.keys {
		if plaintext, err := openKey(t, box, k.Org, k.Wrapped).Decrypt(label, encrypted[k.Org]); err != nil || string(plaintext) != k.Org.String() {
			t.Errorf("organization %s: %q %v", k.Org, plaintext, err)
		}
	}
}

func TestRotateLeavesNothingUnderTheOldKey(t *testing.T) {
	t.Parallel()
	const count = 450 // several pages, and one whose key was destroyed
	s, encrypted := populated(t, localKEK(t, 1), count+1)
	ciphertext, err := platformBox(t, localKEK(t, 1), s).Encrypt(t.Context(), platformLabel, []byte("swordfish"))
	if err != nil {
		t.Fatal(err)
	}
	during := localKEK(t, 2, 1)
	gone := s.keys[3].Org
	s.keys[3].Wrapped = nil
	report, err := secrets.Rotate(t.Context(), s, newBox(t, during))
	if want := (secrets.Rotation{Version: during.Current(), Rewrapped: count + 1}); err != nil || report != want {
		t.Errorf("report = %+v, want %+v, error = %v", report, want, err)
	}
	if s.keys[3].Org != gone || s.keys[3].Wrapped != nil {
		t.Error("a key that was destroyed is back")
	}
	s.keys = slices.Delete(s.keys, 3, 4)
	wantReadable(t, localKEK(t, 2), s, encrypted)
	if plaintext, err := platformBox(t, localKEK(t, 2), s).Decrypt(t.Context(), platformLabel, ciphertext); err != nil || string(plaintext) != "swordfish" {
		t.Errorf("platform: %q %v", plaintext, err)
	}
	report, err = secrets.Rotate(t.Context(), s, newBox(t, during))
	if want := (secrets.Rotation{Version: during.Current(), Current: count + 1}); err != nil || report != want {
		t.Errorf("again: report = %+v, want %+v, error = %v", report, want, err)
	}
}

func TestRotateToAVaultKey(t *testing.T) {
	t.Parallel()
	s, encrypted := populated(t, localKEK(t, 1), 5)
	v := newKeyVault(t, "RSA")
	vault := openVault(t, v)
	if report, err := secrets.Rotate(t.Context(), s, newBox(t, secrets.WithPrevious(vault, localKEK(t, 1)))); err != nil || report.Rewrapped != 5 {
		t.Fatalf("%+v %v", report, err)
	}
	v.rotate(t)
	if report, err := secrets.Rotate(t.Context(), s, newBox(t, openVault(t, v))); err != nil || report.Rewrapped != 5 || report.Version != vaultURL+"/"+v.versions[1].id {
		t.Fatalf("%+v %v", report, err)
	}
	v.versions = v.versions[1:]
	wantReadable(t, openVault(t, v), s, encrypted)
}

func TestRotateGoesOnWhereItWasStopped(t *testing.T) {
	t.Parallel()
	s, encrypted := populated(t, localKEK(t, 1), 10)
	ctx, cancel := context.WithCancel(t.Context())
	done := 0
	s.beforeReplace = func(tenants.ID) {
		if done++; done == 4 {
			cancel()
		}
	}
	s.broken = func() error { return ctx.Err() }
	report, err := secrets.Rotate(ctx, s, newBox(t, localKEK(t, 2, 1)))
	if !errors.Is(err, context.Canceled) || report.Rewrapped != 4 {
		t.Fatalf("report = %+v, error = %v", report, err)
	}
	s.broken = nil
	report, err = secrets.Rotate(t.Context(), s, newBox(t, localKEK(t, 2, 1)))
	if err != nil || report.Rewrapped != 6 || report.Current != 4 {
		t.Errorf("report = %+v, error = %v", report, err)
	}
	wantReadable(t, localKEK(t, 2), s, encrypted)
}

func TestKeyThatCannotBeOpenedDoesNotStopTheRest(t *testing.T) {
	t.Parallel()
	s, _ := populated(t, localKEK(t, 1), 3)
	lost := s.keys[1].Org
	_, s.keys[1].Wrapped, _ = newKey(t, newBox(t, localKEK(t, 9)))
	report, err := secrets.Rotate(t.Context(), s, newBox(t, localKEK(t, 2, 1)))
	if err == nil || !strings.Contains(err.Error(), lost.String()) || report.Failed != 1 || report.Rewrapped != 2 {
		t.Errorf("report = %+v, error = %v", report, err)
	}
}

func TestKeyReplacedMeanwhileIsLeftAlone(t *testing.T) {
	t.Parallel()
	s, _ := populated(t, localKEK(t, 1), 2)
	var replaced []byte
	s.beforeReplace = func(org tenants.ID) {
		if org == s.keys[0].Org {
			_, replaced, _ = newKey(t, newBox(t, localKEK(t, 1)))
			s.keys[0].Wrapped = replaced
		}
	}
	report, err := secrets.Rotate(t.Context(), s, newBox(t, localKEK(t, 2, 1)))
	if err != nil || report.Changed != 1 || report.Rewrapped != 1 || !bytes.Equal(s.keys[0].Wrapped, replaced) {
		t.Errorf("report = %+v, error = %v", report, err)
	}
}

func TestRotateWaitsAsLongAsTheServiceAsks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, _ := populated(t, localKEK(t, 1), 2)
		v := newKeyVault(t, "oct-HSM")
		kek := secrets.WithPrevious(openVault(t, v), localKEK(t, 1))
		v.throttled = 2
		start := time.Now()
		report, err := secrets.Rotate(t.Context(), s, newBox(t, kek))
		if waited := time.Since(start); err != nil || report.Rewrapped != 2 || waited != 14*time.Second {
			t.Errorf("report = %+v after %s, error = %v", report, waited, err)
		}
		v.forbidden = true
		s.keys[0].Wrapped, err = newBox(t, localKEK(t, 1)).NewOrganizationKey(t.Context(), s.keys[0].Org)
		if err != nil {
			t.Fatal(err)
		}
		if report, err = secrets.Rotate(t.Context(), s, newBox(t, kek)); fault.KindOf(err) != fault.Unavailable || report.Rewrapped+report.Failed != 0 {
			t.Errorf("report = %+v, error = %v", report, err)
		}
	})
}
