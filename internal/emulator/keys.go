package emulator

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // Entra's key ids are SHA-1 certificate thumbprints
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"sync"
	"time"
)

// signingKey is an RSA key with the self-signed certificate Entra publishes it in.
type signingKey struct {
	private     *rsa.PrivateKey
	certificate []byte // DER
	kid         string // base64url SHA-1 of certificate, also its x5t
}

// keyRing holds the keys all tenants sign with, as in Entra: what separates
// tenants is the issuer, not the key. The last key signs; the one before is
// still published.
type keyRing struct {
	born    time.Time
	initial func() ([]*signingKey, error)
	foreign func() (*signingKey, error) // a key of the consumers tenant

	mu        sync.Mutex
	keys      []*signingKey   // nil until the first roll
	foreignIn map[string]bool // tenants that publish the foreign key
}

func newKeyRing(born time.Time) *keyRing {
	r := &keyRing{born: born}
	r.initial = sync.OnceValues(func() ([]*signingKey, error) { return newKeys(2, born) })
	r.foreign = sync.OnceValues(func() (*signingKey, error) { return newKey(born) })
	go r.initial() //nolint:errcheck // whoever asks for the keys gets the error
	return r
}

// newKeys makes n keys side by side.
func newKeys(n int, born time.Time) ([]*signingKey, error) {
	keys, errs := make([]*signingKey, n), make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { keys[i], errs[i] = newKey(born) })
	}
	all.Wait()
	return keys, errors.Join(errs...)
}

func newKey(born time.Time) (*signingKey, error) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, fmt.Errorf("make signing key: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(born.UnixNano()),
		Subject:      pkix.Name{CommonName: "accounts.accesscontrol.windows.net"},
		NotBefore:    born.Add(-24 * time.Hour),
		NotAfter:     born.AddDate(5, 0, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		return nil, fmt.Errorf("make signing certificate: %w", err)
	}
	thumbprint := sha1.Sum(der) //nolint:gosec // see the import
	return &signingKey{private: private, certificate: der, kid: base64.RawURLEncoding.EncodeToString(thumbprint[:])}, nil
}

// published are the keys of all tenants, the signing one last.
func (r *keyRing) published() ([]*signingKey, error) {
	r.mu.Lock()
	rolled := slices.Clone(r.keys)
	r.mu.Unlock()
	if rolled != nil {
		return rolled, nil
	}
	return r.initial()
}

func (r *keyRing) current() (*signingKey, error) {
	keys, err := r.published()
	if err != nil {
		return nil, err
	}
	return keys[len(keys)-1], nil
}

func (r *keyRing) roll() error {
	fresh, err := newKey(r.born)
	if err != nil {
		return err
	}
	first, err := r.initial()
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.keys == nil {
		r.keys = first
	}
	r.keys = []*signingKey{r.keys[len(r.keys)-1], fresh}
	return nil
}

// admit publishes the foreign key in a tenant's key set.
func (r *keyRing) admit(tid string) (*signingKey, error) {
	key, err := r.foreign()
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.foreignIn == nil {
		r.foreignIn = map[string]bool{}
	}
	r.foreignIn[tid] = true
	return key, nil
}

// admitted is the foreign key if the tenant publishes it.
func (r *keyRing) admitted(tid string) (*signingKey, bool) {
	r.mu.Lock()
	in := r.foreignIn[tid]
	r.mu.Unlock()
	if !in {
		return nil, false
	}
	key, err := r.foreign()
	return key, err == nil
}

func (r *keyRing) reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keys, r.foreignIn = nil, nil
}

// RollKeys makes a new signing key that nobody has seen and signs with it from
// now on. The previous key stays published, the one before it does not.
func (e *Emulator) RollKeys() error { return e.keys.roll() }

// Sign signs any claims with the current key, for tests that need a token Entra
// would not issue. header adds to and overrides typ, alg and kid; the signature
// is RS256 whatever it says.
func (e *Emulator) Sign(tid string, header, claims map[string]any) (string, error) {
	if _, ok := e.world.Load().find(tid); !ok {
		return "", fmt.Errorf("sign: tenant %q is not seeded", tid)
	}
	key, err := e.keys.current()
	if err != nil {
		return "", err
	}
	return key.sign(header, claims)
}

// SignWithForeignKey signs claims with a key of the consumers tenant and puts
// that key into tid's key set, where its "issuer" names the other tenant: the
// signature is good and the token must still be refused.
func (e *Emulator) SignWithForeignKey(tid string, claims map[string]any) (string, error) {
	t, ok := e.world.Load().find(tid)
	if !ok {
		return "", fmt.Errorf("sign: tenant %q is not seeded", tid)
	}
	key, err := e.keys.admit(t.id)
	if err != nil {
		return "", err
	}
	return key.sign(nil, claims)
}
