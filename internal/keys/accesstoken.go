package keys

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"net/http"

	"gatehouse/internal/fault"
)

// TokenSigner signs access tokens of ours, and knows the keys that verify them.
// It may be used concurrently.
type TokenSigner struct{ ring *Ring }

// NewTokenSigner returns what signs with a ring's keys.
func NewTokenSigner(ring *Ring) (*TokenSigner, error) {
	if ring == nil {
		return nil, errors.New("create token signer: a key ring is required")
	}
	return &TokenSigner{ring}, nil
}

// SignAccessToken returns claims as an access token (RFC 9068): of type at+jwt,
// signed with ES256. Whoever asks sets "exp" ten minutes ahead at most: nobody
// need know its key for longer.
func (s *TokenSigner) SignAccessToken(ctx context.Context, claims any) (string, error) {
	return s.ring.Sign(ctx, AccessTokens, claims)
}

// VerificationKeys returns the keys that access tokens may be signed with, by
// their ids: those of Keys, for this process. It fails as Ring.Public does.
func (s *TokenSigner) VerificationKeys(ctx context.Context) (map[string]*ecdsa.PublicKey, error) {
	set, err := s.ring.Public(ctx, AccessTokens)
	if err != nil {
		return nil, err
	}
	keys := make(map[string]*ecdsa.PublicKey, len(set.Keys))
	for _, k := range set.Keys {
		public, ok := k.Key.(*ecdsa.PublicKey)
		if !ok {
			return nil, fault.Newf(fault.Internal, "the key %s of access tokens is of another kind", k.KeyID)
		}
		keys[k.KeyID] = public
	}
	return keys, nil
}

// Keys serves the key set that verifies access tokens. It answers 503 while there
// is none to be had.
func (s *TokenSigner) Keys() http.Handler { return s.ring.document(AccessTokens) }
