package localca

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"sync"
	"time"
)

// commonName is what people see in a list of authorities.
const commonName = "Gatehouse development (this machine only)"

// The names of this machine that certificates are made for.
var (
	names     = []string{"localhost"}
	addresses = []net.IP{net.IPv4(127, 0, 0, 1).To4(), net.IPv6loopback}
)

// backdate covers clocks that disagree a little, such as a container's.
const backdate = time.Hour

// newCA makes an authority that name constraints bind to this machine (RFC 5280
// §4.2.1.10) and whose certificates may do nothing but serve TLS.
func newCA(now time.Time) (*CA, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: commonName},
		NotBefore: now.Add(-backdate), NotAfter: now.Add(authorityLife),
		KeyUsage: x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true, IsCA: true, MaxPathLenZero: true,
		PermittedDNSDomainsCritical: true, PermittedDNSDomains: names,
	}
	for _, ip := range addresses {
		template.PermittedIPRanges = append(template.PermittedIPRanges, &net.IPNet{IP: ip, Mask: net.CIDRMask(8*len(ip), 8*len(ip))})
	}
	certificate, err := sign(template, template, key, key)
	if err != nil {
		return nil, err
	}
	return &CA{certificate: certificate, key: key}, nil
}

// TLSConfig is how a server of this machine speaks TLS, HTTP/2 included. Its
// certificate is made anew before it ends; now tells when that is.
func (c *CA) TLSConfig(now func() time.Time) *tls.Config {
	s := &server{ca: c, now: now}
	return &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return s.certificate() },
	}
}

// server keeps the certificate in use.
type server struct {
	ca  *CA
	now func() time.Time

	mu   sync.Mutex
	leaf *tls.Certificate
}

func (s *server) certificate() (*tls.Certificate, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if s.leaf == nil || now.Add(leafLife/2).After(s.leaf.Leaf.NotAfter) {
		leaf, err := s.ca.issue(now)
		if err != nil {
			return nil, err
		}
		s.leaf = leaf
	}
	return s.leaf, nil
}

// issue makes a certificate for every name of this machine.
func (c *CA) issue(now time.Time) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: names[0]},
		NotBefore: now.Add(-backdate), NotAfter: now.Add(leafLife),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true, DNSNames: names, IPAddresses: addresses,
	}
	leaf, err := sign(template, c.certificate, key, c.key)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key, Leaf: leaf}, nil
}

func sign(template, parent *x509.Certificate, key, by *ecdsa.PrivateKey) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, by)
	if err != nil {
		return nil, fmt.Errorf("make certificate: %w", err)
	}
	return x509.ParseCertificate(der)
}

// serial is 127 random bits (RFC 5280 §4.1.2.2 wants it positive and unique).
func serial() *big.Int {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it ends the process rather than return an error
	b[0] &= 0x7f
	return new(big.Int).SetBytes(b[:])
}
