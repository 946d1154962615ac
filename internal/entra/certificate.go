package entra

import (
	"bytes"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"strings"
	"time"

	"gatehouse/internal/fault"
)

// Certificate is a certificate with its private key, with which an app proves
// itself. It prints as dots everywhere.
type Certificate struct {
	leaf  *x509.Certificate
	chain [][]byte // DER, the leaf first
	key   *rsa.PrivateKey
}

// maxBundle bounds a bundle: a key and a chain of four certificates take 12 kB.
const maxBundle = 64 << 10

// ParseCertificate reads a bundle of PEM blocks in any order: one unencrypted
// RSA private key of at least 2048 bits (PKCS #8 or PKCS #1), the certificate
// that belongs to it, and, if any, those that vouch for it, nearest first. What
// is wrong with it is Invalid; the fault repeats nothing of the bundle.
func ParseCertificate(bundle []byte) (*Certificate, error) {
	invalid := func(text string) (*Certificate, error) {
		return nil, fault.New(fault.Invalid, "certificate: "+text)
	}
	if len(bundle) > maxBundle {
		return invalid("the bundle is larger than 64 kB; leave out what the key does not need")
	}
	key, all, err := readBundle(bundle)
	if err != nil {
		return nil, err
	}
	switch {
	case key == nil:
		return invalid("there is no private key; add the PEM block PRIVATE KEY")
	case key.N.BitLen() < minKeyBits:
		return invalid("the RSA key has fewer than 2048 bits; make a new one")
	}
	c := &Certificate{key: key}
	for _, cert := range all {
		if public, ok := cert.PublicKey.(*rsa.PublicKey); ok && public.Equal(&key.PublicKey) && c.leaf == nil {
			c.leaf, c.chain = cert, append([][]byte{cert.Raw}, c.chain...)
			continue
		}
		c.chain = append(c.chain, cert.Raw)
	}
	if c.leaf == nil {
		return invalid("there is no certificate for the private key; add the PEM block CERTIFICATE that belongs to it")
	}
	return c, nil
}

// readBundle reads the blocks of a bundle.
func readBundle(bundle []byte) (key *rsa.PrivateKey, all []*x509.Certificate, err error) {
	rest := bundle
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		switch block.Type {
		case "CERTIFICATE":
			cert, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return nil, nil, fault.New(fault.Invalid, "certificate: a block CERTIFICATE cannot be read; export it again as PEM")
			}
			all = append(all, cert)
		case "PRIVATE KEY", "RSA PRIVATE KEY":
			if key != nil {
				return nil, nil, fault.New(fault.Invalid, "certificate: there are several private keys; leave only the certificate's own")
			}
			if encrypted(block) {
				return nil, nil, fault.New(fault.Invalid, "certificate: the private key is encrypted; export it without a password")
			}
			if key = readKey(block); key == nil {
				return nil, nil, fault.New(fault.Invalid, "certificate: the private key is not an RSA key; make one of 2048 bits or more")
			}
		case "ENCRYPTED PRIVATE KEY":
			return nil, nil, fault.New(fault.Invalid, "certificate: the private key is encrypted; export it without a password")
		default:
			return nil, nil, fault.New(fault.Invalid, "certificate: a block is neither CERTIFICATE nor an unencrypted PRIVATE KEY; export them without a password")
		}
	}
	if len(bytes.TrimSpace(rest)) > 0 && key == nil && all == nil {
		return nil, nil, fault.New(fault.Invalid, "certificate: this is not PEM; convert it, for instance with openssl pkcs12 -nodes")
	}
	return key, all, nil
}

// encrypted reports a key under a password in the traditional way, which its
// headers tell (RFC 1421 §4.6.1.1).
func encrypted(block *pem.Block) bool {
	return strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED") || block.Headers["DEK-Info"] != ""
}

func readKey(block *pem.Block) *rsa.PrivateKey {
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key
	}
	any, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil
	}
	key, _ := any.(*rsa.PrivateKey)
	return key
}

// Thumbprint is the SHA-256 of the certificate in hex.
func (c *Certificate) Thumbprint() string {
	sum := sha256.Sum256(c.leaf.Raw)
	return hex.EncodeToString(sum[:])
}

// ExpiresAt is when Entra stops accepting the certificate.
func (c *Certificate) ExpiresAt() time.Time { return c.leaf.NotAfter.UTC() }

// String implements fmt.Stringer without revealing anything.
func (*Certificate) String() string { return dots }

// GoString implements fmt.GoStringer without revealing anything.
func (*Certificate) GoString() string { return dots }
