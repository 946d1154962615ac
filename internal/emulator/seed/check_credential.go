package seed

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/url"
	"strings"

	"gatehouse/internal/emulator/loopback"
)

// maxFederated is how many federated credentials an app may have (Microsoft,
// "Important considerations and restrictions for federated identity credentials").
const maxFederated = 20

// minRSABits is the smallest key that may sign a client assertion (RFC 7518 §3.3).
const minRSABits = 2048

func (c *checker) credentials(at place, a App) {
	if a.Expired && a.Secret == "" {
		c.add(at.field("expired"), "is set without a secret that could have expired; set secret too")
	}
	for i, text := range a.Certificates {
		if _, err := ParseCertificate(text); err != nil {
			c.add(at.item("certificates", i), "%s", err)
		}
	}
	if len(a.Federated) > maxFederated {
		c.add(at.field("federatedCredentials"), "are %d; an app may have %d", len(a.Federated), maxFederated)
	}
	seen, names := map[[2]string]bool{}, map[string]bool{}
	for i, f := range a.Federated {
		where := at.item("federatedCredentials", i)
		c.federation(where, f)
		if seen[[2]string{f.Issuer, f.Subject}] {
			c.add(where, "has issuer and subject of another one; the pair is unique in an app")
		}
		if names[f.Name] && f.Name != "" {
			c.add(where.field("name"), "%q is taken by another one of the app", f.Name)
		}
		seen[[2]string{f.Issuer, f.Subject}], names[f.Name] = true, true
	}
}

func (c *checker) federation(at place, f Federation) {
	for _, field := range []struct{ name, value string }{{"name", f.Name}, {"subject", f.Subject}, {"audience", f.Audience}} {
		if field.value == "" {
			c.add(at.field(field.name), "is empty; all of a federated credential is compared")
		}
	}
	u, err := url.Parse(f.Issuer)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil ||
		u.Scheme != "https" && (u.Scheme != "http" || !loopback.Host(u.Hostname())) {
		c.add(at.field("issuer"), "%q is not an issuer; give an https URL, or an http one on this machine", f.Issuer)
	}
}

// ParseCertificate reads an entry of App.Certificates: one X.509 certificate in
// PEM with an RSA key of 2048 bits or more, and nothing else, least of all its
// private key.
func ParseCertificate(text string) (*x509.Certificate, error) {
	block, rest := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE" || strings.TrimSpace(string(rest)) != "" {
		return nil, fmt.Errorf("is not one certificate in PEM; give what lies between BEGIN CERTIFICATE and END CERTIFICATE, these lines included")
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("is no X.509 certificate: %w", err)
	}
	key, ok := certificate.PublicKey.(*rsa.PublicKey)
	if !ok || key.N.BitLen() < minRSABits {
		return nil, fmt.Errorf("has no RSA key of %d bits or more, the only kind that signs client assertions", minRSABits)
	}
	return certificate, nil
}
