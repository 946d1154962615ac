package localca_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/localca"
)

func open(t *testing.T, dir string) *localca.CA {
	t.Helper()
	ca, err := localca.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return ca
}

// serve answers over TLS on an address until the test ends, and returns its port.
func serve(t *testing.T, ca *localca.CA, address string) string {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{
		Handler:   http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) }),
		TLSConfig: ca.TLSConfig(time.Now), ErrorLog: log.New(io.Discard, "", 0),
	}
	go func() { _ = server.ServeTLS(l, "", "") }()
	t.Cleanup(func() { _ = server.Close() })
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func TestWhoTrustsItReachesThisMachineByItsNames(t *testing.T) {
	t.Parallel()
	ca := open(t, t.TempDir())
	port := serve(t, ca, "127.0.0.1:0")
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: ca.Pool()}, ForceAttemptHTTP2: true}}
	t.Cleanup(client.CloseIdleConnections)
	for _, host := range []string{"localhost", "127.0.0.1"} {
		resp, err := client.Get("https://" + net.JoinHostPort(host, port))
		if err != nil {
			t.Fatal(err)
		}
		said, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || string(said) != "HTTP/2.0" {
			t.Errorf("%s: %s %v", host, said, err)
		}
	}
	if resp, err := http.Get("https://localhost:" + port); err == nil {
		_ = resp.Body.Close()
		t.Error("somebody who does not trust it got an answer")
	}
}

func TestItVouchesForNobodyElse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ca := open(t, dir)
	parent, signer := pair(t, dir)
	if parent.MaxPathLen != 0 || !parent.MaxPathLenZero || !parent.PermittedDNSDomainsCritical || parent.PublicKeyAlgorithm != x509.ECDSA {
		t.Errorf("authority is %+v", parent)
	}
	for name, c := range map[string]struct {
		template x509.Certificate
		ok       bool
	}{
		"localhost":          {x509.Certificate{DNSNames: []string{"localhost"}}, true},
		"another name":       {x509.Certificate{DNSNames: []string{"login.microsoftonline.com"}}, false},
		"both":               {x509.Certificate{DNSNames: []string{"localhost", "login.microsoftonline.com"}}, false},
		"loopback":           {x509.Certificate{IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}}, true},
		"another of its net": {x509.Certificate{IPAddresses: []net.IP{net.IPv4(127, 0, 0, 2)}}, false},
		"another address":    {x509.Certificate{IPAddresses: []net.IP{net.IPv4(192, 0, 2, 1)}}, false},
		"another IPv6":       {x509.Certificate{IPAddresses: []net.IP{net.ParseIP("2001:db8::1")}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			template := c.template
			template.SerialNumber, template.NotBefore, template.NotAfter = big.NewInt(1), time.Now().Add(-time.Minute), time.Now().Add(time.Hour)
			der, err := x509.CreateCertificate(rand.Reader, &template, parent, &key.PublicKey, signer)
			if err != nil {
				t.Fatal(err)
			}
			leaf, err := x509.ParseCertificate(der)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := leaf.Verify(x509.VerifyOptions{Roots: ca.Pool(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}); (err == nil) != c.ok {
				t.Errorf("verification: %v", err)
			}
		})
	}
}

func TestItsCertificatesAreGoodForThisMachine(t *testing.T) {
	t.Parallel()
	ca := open(t, t.TempDir())
	transport := &http.Transport{TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: ca.Pool()}}
	t.Cleanup(transport.CloseIdleConnections)
	client := &http.Client{Transport: transport}
	resp, err := client.Get("https://localhost:" + serve(t, ca, "127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
}

// pair reads what is kept in a directory.
func pair(t *testing.T, dir string) (*x509.Certificate, any) {
	t.Helper()
	block := func(name string) []byte {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		b, _ := pem.Decode(text)
		return b.Bytes
	}
	certificate, err := x509.ParseCertificate(block(localca.CertFile))
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.ParsePKCS8PrivateKey(block(localca.KeyFile))
	if err != nil {
		t.Fatal(err)
	}
	return certificate, key
}

func TestItIsKeptAndOnlyTheKeyIsSecret(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := open(t, dir)
	if want := filepath.Join(dir, "ca.pem"); first.CertFile() != want {
		t.Errorf("file is %s, want %s", first.CertFile(), want)
	}
	key := filepath.Join(dir, localca.KeyFile)
	if err := os.Chmod(key, 0o644); err != nil {
		t.Fatal(err)
	}
	if !open(t, dir).Pool().Equal(first.Pool()) {
		t.Error("the second time it is another one")
	}
	for path, mode := range map[string]os.FileMode{first.CertFile(): 0o644, key: 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v %v, want %o", path, info.Mode(), err, mode)
		}
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(left) != 2 {
		t.Errorf("files are %v %v", left, err)
	}
}

func TestItIsReplacedBeforeItEnds(t *testing.T) {
	t.Parallel()
	dir, start := t.TempDir(), time.Now()
	at := func(days int) *localca.CA {
		ca, err := localca.OpenAt(dir, start.AddDate(0, 0, days))
		if err != nil {
			t.Fatal(err)
		}
		return ca
	}
	first := at(0)
	if !at(334).Pool().Equal(first.Pool()) {
		t.Error("it was replaced while it was good")
	}
	second := at(336)
	if second.Pool().Equal(first.Pool()) || !at(337).Pool().Equal(second.Pool()) {
		t.Error("it was not replaced once")
	}
}

func TestServersCertificateIsReplacedBeforeItEnds(t *testing.T) {
	t.Parallel()
	now := time.Now()
	config := open(t, t.TempDir()).TLSConfig(func() time.Time { return now })
	serial := func() string {
		leaf, err := config.GetCertificate(nil)
		if err != nil {
			t.Fatal(err)
		}
		if leaf.Leaf.NotAfter.Before(now) {
			t.Errorf("it has ended %s", leaf.Leaf.NotAfter)
		}
		return leaf.Leaf.SerialNumber.String()
	}
	first := serial()
	now = now.AddDate(0, 0, 14)
	if serial() != first {
		t.Error("it was replaced while it was good")
	}
	now = now.AddDate(0, 0, 14)
	if serial() == first {
		t.Error("it was not replaced")
	}
}

func TestFilesOfOthersStay(t *testing.T) {
	t.Parallel()
	other := t.TempDir()
	open(t, other)
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(other, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	for name, c := range map[string]struct{ cert, key, want string }{
		"certificate alone": {read("ca.pem"), "", "one is missing"},
		"key alone":         {"", read("ca-key.pem"), "one is missing"},
		"text":              {"hello", read("ca-key.pem"), "holds no CERTIFICATE"},
		"a key of another":  {read("ca.pem"), anotherKey(t), "not this program's"},
		"swapped":           {read("ca-key.pem"), read("ca.pem"), "holds no"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for file, text := range map[string]string{"ca.pem": c.cert, "ca-key.pem": c.key} {
				if text == "" {
					continue
				}
				if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := localca.Open(dir); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want %s", err, c.want)
			}
			if text, err := os.ReadFile(filepath.Join(dir, "ca.pem")); c.cert != "" && (err != nil || string(text) != c.cert) {
				t.Errorf("the certificate has changed: %v", err)
			}
		})
	}
	if _, err := localca.Open(filepath.Join(other, "nowhere")); err == nil {
		t.Error("a directory that is not there was taken")
	}
}

func anotherKey(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	open(t, dir)
	text, err := os.ReadFile(filepath.Join(dir, "ca-key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
