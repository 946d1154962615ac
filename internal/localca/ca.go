// Package localca is a certificate authority for one machine: it vouches for
// localhost, 127.0.0.1 and ::1, and its certificate says that it can vouch for
// nothing else. Libraries that insist on https reach a local emulator with it.
//
// It owns a directory's ca.pem, which clients trust, and ca-key.pem, which stays
// there. It never touches what the machine trusts: whoever wants its certificate
// believed points a client at the file.
package localca

import (
	"crypto/ecdsa"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Names of the files in the directory.
const (
	certFile = "ca.pem"
	keyFile  = "ca-key.pem"
)

// How long certificates last. The authority is replaced before a leaf could
// outlive it.
const (
	authorityLife = 365 * 24 * time.Hour
	leafLife      = 30 * 24 * time.Hour
)

// CA is a certificate authority. It is safe for concurrent use.
type CA struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	file        string
}

// Open returns the authority kept in a directory, which must exist, and makes
// one when there is none or when it ends within 30 days. Files of those names
// that are somebody else's are an error and stay as they are.
func Open(dir string) (*CA, error) { return open(dir, time.Now()) }

func open(dir string, now time.Time) (*CA, error) {
	file, err := filepath.Abs(filepath.Join(dir, certFile))
	if err != nil {
		return nil, fmt.Errorf("open certificate authority: %w", err)
	}
	ca, err := load(file)
	if errors.Is(err, os.ErrNotExist) || err == nil && now.Add(leafLife).After(ca.certificate.NotAfter) {
		ca, err = newCA(now)
		if err == nil {
			ca.file = file
			err = ca.keep()
		}
	}
	if err != nil {
		return nil, fmt.Errorf("open certificate authority: %w", err)
	}
	return ca, nil
}

// CertFile is the absolute path of the certificate to trust, in PEM.
func (c *CA) CertFile() string { return c.file }

// Certificate is the certificate to trust.
func (c *CA) Certificate() *x509.Certificate { return c.certificate }

// Pool trusts this authority and no other.
func (c *CA) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(c.certificate)
	return pool
}
