// Package keyring makes what the emulator's tokens are made of: signing keys in
// Entra's shape, JSON Web Tokens signed and read with them, sealed values only
// the emulator can read, and the randomness of all of it.
//
// It knows tenants by id only, and of claims what decides whose key has to fit.
package keyring

import (
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // Entra's key ids are SHA-1 certificate thumbprints
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"sync"
	"time"
)

// Key is an RSA key with the self-signed certificate Entra publishes it in.
type Key struct {
	Private     *rsa.PrivateKey
	Certificate []byte // DER
	ID          string // base64url SHA-1 of Certificate: its "kid" and "x5t"
}

// newKey makes the key of a lane, born then.
func newKey(source *Source, born time.Time) (*Key, error) {
	private, err := source.private()
	if err != nil {
		return nil, err
	}
	serial := sha256.Sum256(private.N.Bytes())
	template := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(serial[:16]),
		Subject:      pkix.Name{CommonName: "accounts.accesscontrol.windows.net"},
		NotBefore:    born.Add(-24 * time.Hour),
		NotAfter:     born.AddDate(5, 0, 0),
	}
	// A PKCS #1 v1.5 signature draws no randomness, so the certificate and its
	// thumbprint follow from key and birth.
	der, err := x509.CreateCertificate(source, template, template, &private.PublicKey, private)
	if err != nil {
		return nil, fmt.Errorf("make signing certificate: %w", err)
	}
	thumbprint := sha1.Sum(der) //nolint:gosec // see the import
	return &Key{Private: private, Certificate: der, ID: base64.RawURLEncoding.EncodeToString(thumbprint[:])}, nil
}

// mint makes the keys of one Ring, each from a lane of its own: which keys they
// are depends on how many were made before, not on when.
type mint struct {
	source *Source
	born   time.Time
}

// make makes the keys numbered from..from+n-1 of a series side by side.
func (m mint) make(series string, from, n int) ([]*Key, error) {
	keys, errs := make([]*Key, n), make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { keys[i], errs[i] = newKey(m.source.Lane(series, strconv.Itoa(from+i)), m.born) })
	}
	all.Wait()
	return keys, errors.Join(errs...)
}
