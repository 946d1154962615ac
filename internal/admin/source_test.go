package admin_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"gatehouse/internal/access"
	"gatehouse/internal/admin"
	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// wrapped is the only key that there is.
type wrapped []byte

func (w wrapped) CredentialOf(context.Context, tenants.ID) (tenants.Credential, []byte, []byte, error) {
	return tenants.Credential{}, nil, w, nil
}

// unasked is an organization without a view, whose sources nobody asks.
func unasked(t *testing.T, refresh error) (console.Sources, *secrets.OrgKey, tenants.ID) {
	t.Helper()
	kek, err := secrets.NewLocalKEK([32]byte{7})
	if err != nil {
		t.Fatal(err)
	}
	box, err := secrets.NewBox(kek)
	if err != nil {
		t.Fatal(err)
	}
	org := tenants.NewID()
	text, err := box.NewOrganizationKey(t.Context(), org)
	if err != nil {
		t.Fatal(err)
	}
	key, err := box.Open(t.Context(), org, text)
	if err != nil {
		t.Fatal(err)
	}
	return admin.NewSources(admin.SourceParts{
		Store: wrapped(text), Keys: box,
		Views: func(context.Context, tenants.ID) (*snapshot.Snapshot, error) {
			return nil, fault.New(fault.NotFound, "no view")
		},
		Refresh: func(context.Context, authz.Caller, tenants.GUID) (access.Refreshed, error) {
			return access.Refreshed{Offered: 3}, refresh
		},
		Health: func(tools.Server) console.SourceHealth { return console.SourceHealth{State: "working"} },
	}), key, org
}

func TestSecretOfASourceOpensForItsCredentialOnly(t *testing.T) {
	t.Parallel()
	s, key, org := unasked(t, nil)
	id := tenants.NewGUID()
	ciphertext, err := s.EncryptSourceSecret(t.Context(), org, id, "open sesame")
	if err != nil || bytes.Contains(ciphertext, []byte("sesame")) {
		t.Fatalf("%q, %v", ciphertext, err)
	}
	if plain, err := key.Decrypt(secrets.SourceLabel(id), ciphertext); err != nil || string(plain) != "open sesame" {
		t.Errorf("it opens to %q, %v", plain, err)
	}
	if _, err := key.Decrypt(secrets.SourceLabel(tenants.NewGUID()), ciphertext); err == nil {
		t.Error("it opens for another credential")
	}
}

// TestRefusalByASourceIsNotOneOfWhoAsks: whoever has signed in is not asked to
// sign in again because a source wants another credential.
func TestRefusalByASourceIsNotOneOfWhoAsks(t *testing.T) {
	t.Parallel()
	for refused, want := range map[fault.Kind]fault.Kind{fault.Unauthenticated: fault.Upstream, fault.Upstream: fault.Upstream, fault.Unavailable: fault.Unavailable, fault.Conflict: fault.Conflict} {
		cause := fault.New(refused, "source notes does not accept the credential")
		s, _, org := unasked(t, cause)
		_, err := s.Refresh(t.Context(), authz.SystemCaller(org, "test"), tenants.NewGUID())
		if fault.KindOf(err) != want || fault.Public(err) != "source notes does not accept the credential" || !errors.Is(err, cause) {
			t.Errorf("%v becomes %v: %v", refused, fault.KindOf(err), err)
		}
	}
	s, _, org := unasked(t, nil)
	if r, err := s.Refresh(t.Context(), authz.SystemCaller(org, "test"), tenants.NewGUID()); err != nil || r.Offered != 3 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestSourcesOfAnOrganizationThatServesNothingAreUntried(t *testing.T) {
	t.Parallel()
	s, _, org := unasked(t, nil)
	health, err := s.SourceHealth(t.Context(), org, tenants.NewGUID())
	if err != nil || health.State != "" {
		t.Errorf("%+v, %v", health, err)
	}
	if left, err := s.LeftOut(t.Context(), org, tenants.NewGUID()); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
}
