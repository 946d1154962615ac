package assertion

import (
	"context"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"time"
)

const (
	keptFor     = 5 * time.Minute // before an issuer's documents are fetched again
	askedAgain  = time.Minute     // between fetches for a key that was not there
	mostIssuers = 1000            // remembered; federated credentials are at most 20 an app
)

// What can be wrong with an issuer.
var (
	// ErrUnreachable says that an issuer's documents could not be had or are not
	// what OpenID Connect Discovery §4.3 asks for.
	ErrUnreachable = errors.New("the issuer's documents could not be read")
	// ErrUnknownKey says that the issuer publishes no such key.
	ErrUnknownKey = errors.New("the key was not found")
)

// Issuers knows the keys of other issuers. It is safe for concurrent use; one
// fetch of an issuer is under way at a time.
type Issuers struct {
	by  http.RoundTripper
	now func() time.Time

	mu sync.Mutex
	at map[string]*issuer
}

// issuer is what has been fetched from one.
type issuer struct {
	mu      sync.Mutex
	keys    map[string]*rsa.PublicKey // by kid
	fetched time.Time                 // zero: not yet
}

// NewIssuers makes an Issuers that fetches through a transport. now ages what has
// been fetched.
func NewIssuers(by http.RoundTripper, now func() time.Time) *Issuers {
	return &Issuers{by: by, now: now, at: map[string]*issuer{}}
}

// Key is the key an issuer publishes under a kid. What has been fetched is kept
// for five minutes; for an unknown kid it is fetched anew, once a minute. A
// failure is not kept: the issuer may just be starting.
func (s *Issuers) Key(ctx context.Context, name, kid string) (*rsa.PublicKey, error) {
	i := s.issuer(name)
	i.mu.Lock()
	defer i.mu.Unlock()
	age := s.now().Sub(i.fetched)
	_, known := i.keys[kid]
	if i.fetched.IsZero() || age >= keptFor || !known && age >= askedAgain {
		keys, err := s.fetch(ctx, name)
		if err != nil {
			return nil, err
		}
		i.keys, i.fetched = keys, s.now()
	}
	key, ok := i.keys[kid]
	if !ok {
		return nil, ErrUnknownKey
	}
	return key, nil
}

// Forget drops everything that has been fetched.
func (s *Issuers) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = map[string]*issuer{}
}

func (s *Issuers) issuer(name string) *issuer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i, ok := s.at[name]; ok {
		return i
	}
	if len(s.at) >= mostIssuers {
		s.at = map[string]*issuer{}
	}
	i := &issuer{}
	s.at[name] = i
	return i
}

// fetch reads an issuer's metadata and keys.
func (s *Issuers) fetch(ctx context.Context, name string) (map[string]*rsa.PublicKey, error) {
	var metadata struct {
		Issuer string `json:"issuer"`
		Keys   string `json:"jwks_uri"`
	}
	if err := get(ctx, s.by, strings.TrimSuffix(name, "/")+"/.well-known/openid-configuration", &metadata); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	if metadata.Issuer != name {
		return nil, fmt.Errorf("%w: it calls itself %q", ErrUnreachable, metadata.Issuer)
	}
	var set struct {
		Keys []jwk `json:"keys"`
	}
	if err := get(ctx, s.by, metadata.Keys, &set); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	keys := map[string]*rsa.PublicKey{}
	for _, k := range set.Keys {
		if key, ok := k.rsa(); ok {
			keys[k.ID] = key
		}
	}
	return keys, nil
}

// jwk is an RSA key in a key set (RFC 7517).
type jwk struct {
	Type     string `json:"kty"`
	Use      string `json:"use"`
	ID       string `json:"kid"`
	Modulus  string `json:"n"`
	Exponent string `json:"e"`
}

// rsa is the key, unless it is of another kind, for something else or too small.
func (k jwk) rsa() (*rsa.PublicKey, bool) {
	n, err := base64.RawURLEncoding.DecodeString(k.Modulus)
	e, err2 := base64.RawURLEncoding.DecodeString(k.Exponent)
	if k.Type != "RSA" || k.Use != "" && k.Use != "sig" || err != nil || err2 != nil || len(e) == 0 || len(e) > 4 {
		return nil, false
	}
	key := &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}
	return key, key.N.BitLen() >= 2048 && key.E > 2
}
