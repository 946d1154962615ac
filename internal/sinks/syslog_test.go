package sinks_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
	"gatehouse/internal/sinks"
	"gatehouse/internal/tenants"
)

// receiverOf syslog over TLS on this machine.
type syslogServer struct {
	address string
	trust   *x509.CertPool
	pem     []byte // a client certificate that it takes, with its key

	mu    sync.Mutex
	lines []string
}

// listen runs a receiver; handle reads a connection, and its end is the connection's.
func listen(t *testing.T, clients tls.ClientAuthType, handle func(s *syslogServer, c *tls.Conn)) *syslogServer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	s := &syslogServer{trust: x509.NewCertPool()}
	s.trust.AddCert(certificate)
	s.pem = append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})...)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, ClientAuth: clients, ClientCAs: s.trust, MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	s.address = "tls://" + l.Addr().String()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = c.Close() }()
				handle(s, c.(*tls.Conn))
			}()
		}
	}()
	return s
}

// readFrames reads as RFC 5425 §4.3 has it, until the other side ends.
func readFrames(s *syslogServer, c *tls.Conn) {
	in := bufio.NewReader(c)
	for {
		count, err := in.ReadString(' ')
		if err != nil {
			return
		}
		n, err := strconv.Atoi(strings.TrimSuffix(count, " "))
		if err != nil {
			return
		}
		line := make([]byte, n)
		if _, err := io.ReadFull(in, line); err != nil {
			return
		}
		s.mu.Lock()
		s.lines = append(s.lines, string(line))
		s.mu.Unlock()
	}
}

func (s *syslogServer) got() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.lines...)
}

func syslog(t *testing.T, s *syslogServer) sinks.Syslog {
	t.Helper()
	d, err := egress.NewPublicDialer(egress.AllowLoopback, 6514)
	if err != nil {
		t.Fatal(err)
	}
	return sinks.Syslog{Dial: d.Dial, Host: "gatehouse.example", Trust: s.trust}
}

// format is RFC 5424 §6, as far as messages of ours use it.
var format = regexp.MustCompile(`^<(10[79]|108|110)>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z [!-~]{1,255} gatehouse - [!-~]{1,32} - \{[ -~]*\}$`)

func TestSyslog(t *testing.T) {
	t.Parallel()
	s := listen(t, tls.NoClientCert, readFrames)
	to := one(tenants.Sink{Kind: tenants.SyslogSink, URL: s.address}, "")
	c := syslog(t, s)
	if err := c.Records(t.Context(), to, batch(3, 40)); err != nil {
		t.Fatal(err)
	}
	if err := c.Anchor(t.Context(), to, anchor()); err != nil {
		t.Fatal(err)
	}
	got := s.got() // all of it is there when the carrier has returned
	if len(got) != 41 || !strings.HasPrefix(got[0], "<108>1 2026-11-22T07:59:58.123456Z gatehouse.example gatehouse - tool_call - {") {
		t.Fatalf("%d messages, the first is %.200s", len(got), got)
	}
	for _, line := range got {
		if !format.MatchString(line) {
			t.Errorf("%s is no message", line)
		}
	}
	said := decode(t, []byte(got[0][strings.IndexByte(got[0], '{'):]))
	if said["actor_name"] != `Zoë 😀 "Z"` || said["log_seq"] != 3.0 {
		t.Errorf("it said %v", said)
	}
	if said := decode(t, []byte(got[40][strings.IndexByte(got[40], '{'):])); said["kind"] != "checkpoint" || said["checkpoint"] != string(anchor().Note) {
		t.Errorf("it said %v", said)
	}
}

func TestSyslogWithoutAnAcknowledgementHasNotArrived(t *testing.T) {
	t.Parallel()
	for name, handle := range map[string]func(*syslogServer, *tls.Conn){
		"breaks off": func(_ *syslogServer, c *tls.Conn) { // with bytes that it has not read
			_ = c.Handshake()
			_ = c.NetConn().(*net.TCPConn).SetLinger(0)
			_ = c.NetConn().Close()
		},
		"talks for ever": func(_ *syslogServer, c *tls.Conn) {
			for _, err := c.Write(make([]byte, 8<<10)); err == nil; _, err = c.Write(make([]byte, 8<<10)) {
			}
		},
	} {
		s := listen(t, tls.NoClientCert, handle)
		if err := syslog(t, s).Records(t.Context(), one(tenants.Sink{Kind: tenants.SyslogSink, URL: s.address}, ""), batch(0, 5)); err == nil {
			t.Errorf("a receiver that %s is believed to have read everything", name)
		}
	}
}

func TestSyslogCertificates(t *testing.T) {
	t.Parallel()
	s := listen(t, tls.RequireAndVerifyClientCert, readFrames)
	c := syslog(t, s)
	to := one(tenants.Sink{Kind: tenants.SyslogSink, URL: s.address}, string(s.pem))
	if err := c.Records(t.Context(), to, batch(0, 1)); err != nil || len(s.got()) != 1 {
		t.Fatal(err, s.got())
	}
	to.Secret = ""
	if err := c.Records(t.Context(), to, batch(0, 1)); err == nil {
		t.Error("a receiver that wants a certificate has taken messages without one")
	}
	to.Secret = "-----BEGIN PRIVATE KEY-----"
	if err := c.Records(t.Context(), to, batch(0, 1)); fault.KindOf(err) != fault.Invalid || strings.Contains(err.Error(), "BEGIN") {
		t.Errorf("half a secret: %v", err)
	}
	c.Trust = x509.NewCertPool()
	if err := c.Records(t.Context(), to, batch(0, 1)); err == nil {
		t.Error("a certificate of nobody is believed")
	}
	if n := len(s.got()); n != 1 {
		t.Errorf("%d messages arrived", n)
	}
}
