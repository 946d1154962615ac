package keys

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"errors"

	"gatehouse/internal/fault"
)

// CheckpointSigner knows the keys that sign checkpoints of organizations' logs. It may
// be used concurrently.
type CheckpointSigner struct{ ring *Ring }

// NewCheckpointSigner returns one for a ring's keys.
func NewCheckpointSigner(ring *Ring) (*CheckpointSigner, error) {
	if ring == nil {
		return nil, errors.New("create checkpoint signer: a key ring is required")
	}
	return &CheckpointSigner{ring}, nil
}

// Current returns the key that signs now, or the one that a public key belongs to if
// that begins later: whoever's clock is behind does not go back to the key before. Nil
// belongs to none. It makes the first key if there is none, and fails as Ring.Public
// does.
func (s *CheckpointSigner) Current(ctx context.Context, last ed25519.PublicKey) (crypto.Signer, error) {
	known, err := s.ring.known(ctx, Checkpoints)
	if err != nil {
		return nil, err
	}
	k, ok := current(known, s.ring.o.Now())
	if !ok {
		return nil, errNoneInForce
	}
	for _, other := range known {
		if last.Equal(other.private.Public()) && other.notBefore.After(k.notBefore) {
			return other.private, nil
		}
	}
	return k.private, nil
}

// Former returns the key that a public key belongs to, to name its successor. It is
// NotFound if that has retired, and fails otherwise as Ring.Public does.
func (s *CheckpointSigner) Former(ctx context.Context, public ed25519.PublicKey) (crypto.Signer, error) {
	known, err := s.ring.known(ctx, Checkpoints)
	if err != nil {
		return nil, err
	}
	for _, k := range known {
		if public.Equal(k.private.Public()) {
			return k.private, nil
		}
	}
	return nil, fault.New(fault.NotFound, "the key has retired")
}
