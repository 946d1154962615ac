package entra

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"errors"
	"time"
)

// OwnKeys returns the public keys that access tokens of ours may be signed with,
// by their ids. It bears outages of wherever they lie by itself.
type OwnKeys func(ctx context.Context) (map[string]*ecdsa.PublicKey, error)

// ownPace lets a key that is withdrawn go soon. To ask costs little: it is this
// process that answers.
var ownPace = pace{life: 5 * time.Minute, refresh: 15 * time.Second, again: 5 * time.Second, retry: time.Second}

// Own says where the keys of our own access tokens come from; without it none are
// accepted. It must be called before the first token is verified.
func (s *KeySets) Own(keys OwnKeys) {
	s.own = &keySet{
		url: "access tokens of our own", pace: ownPace, lack: "access tokens cannot be checked now; try again shortly",
		get: func(ctx context.Context) (map[string]key, error) { return ownKeys(ctx, keys) },
	}
}

func noOwnKeys(context.Context) (map[string]*ecdsa.PublicKey, error) {
	return nil, errors.New("nobody says where the keys of our own access tokens are")
}

// ownKeys leaves out what cannot verify ES256.
func ownKeys(ctx context.Context, from OwnKeys) (map[string]key, error) {
	published, err := from(ctx)
	if err != nil {
		return nil, err
	}
	keys := make(map[string]key, len(published))
	for id, public := range published {
		if public != nil && public.Curve == elliptic.P256() {
			keys[id] = key{id: id, public: public}
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("there is no usable key of our own access tokens")
	}
	return keys, nil
}
