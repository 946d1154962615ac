package keys_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"testing"

	"gatehouse/internal/fault"
	"gatehouse/internal/keys"
)

func signs(t *testing.T, s crypto.Signer, err error) ed25519.PublicKey {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	public, ok := s.Public().(ed25519.PublicKey)
	if !ok {
		t.Fatalf("the key is of %T", s.Public())
	}
	signature, err := s.Sign(nil, []byte("text"), crypto.Hash(0))
	if err != nil || !ed25519.Verify(public, []byte("text"), signature) {
		t.Errorf("the signature is not of the key: %v", err)
	}
	return public
}

func TestCheckpointsAreSignedByOneKeyAndTheFormerIsThere(t *testing.T) {
	t.Parallel()
	d, c := &database{}, &clock{at: midday}
	r := newReplica(t, d, c)
	signer, err := keys.NewCheckpointSigner(r.Ring)
	if err != nil {
		t.Fatal(err)
	}
	current := func() ed25519.PublicKey { s, err := signer.Current(t.Context(), nil); return signs(t, s, err) }
	first := current()
	if again := current(); !bytes.Equal(first, again) {
		t.Error("another key signs")
	}
	if _, err := r.Rotate(context.Background(), keys.Checkpoints); err != nil {
		t.Fatal(err)
	}
	c.pass(3 * day)
	second := current()
	if bytes.Equal(first, second) {
		t.Error("the next key does not take over")
	}
	c.pass(-2 * day) // a clock that is behind
	if got := current(); !bytes.Equal(got, first) {
		t.Error("the key of a day is another")
	}
	if got, err := signer.Current(t.Context(), second); !bytes.Equal(signs(t, got, err), second) {
		t.Error("a clock that is behind goes back to the key before")
	}
	c.pass(2 * day)
	if got, err := signer.Current(t.Context(), first); !bytes.Equal(signs(t, got, err), second) {
		t.Error("who has signed with the key before stays with it")
	}
	former, err := signer.Former(t.Context(), first)
	if got := signs(t, former, err); !bytes.Equal(got, first) {
		t.Error("the former key is another")
	}
	stranger, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := signer.Former(t.Context(), stranger); fault.KindOf(err) != fault.NotFound {
		t.Errorf("a stranger's key: %v", err)
	}
}

func TestCheckpointKeysSignNoTokens(t *testing.T) {
	t.Parallel()
	r := newReplica(t, &database{}, &clock{at: midday})
	if token, err := r.Sign(t.Context(), keys.Checkpoints, map[string]string{"sub": "x"}); err == nil {
		t.Errorf("signed %s", token)
	}
	if _, err := keys.NewCheckpointSigner(nil); err == nil {
		t.Error("a signer without a ring")
	}
}
