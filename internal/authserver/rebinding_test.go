package authserver_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace/noop"
	"golang.org/x/net/dns/dnsmessage"

	"gatehouse/internal/authserver"
	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
)

// turning is a host name that leads to this machine, which stands for the internet
// here, the first time that it is looked up, and to 0.0.0.0 afterwards: nowhere that
// may be connected to, and the same machine for whoever connects all the same.
const turning = "client.localhost"

// TestNameOfADocumentThatTurnsInwardLeadsNowhere: the address is judged that is
// connected to, by the client that the server is run with, and not one that the name
// had before.
func TestNameOfADocumentThatTurnsInwardLeadsNowhere(t *testing.T) { //nolint:paralleltest // a process has one resolver
	lookups := turn(t)
	asked := &atomic.Int32{}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		asked.Add(1)
		w.Header().Set("Connection", "close") // the next request dials again
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(documentAt("https://" + req.Host + req.URL.Path)))
	}))
	certificate := certificateOf(t, turning)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	fetcher, err := egress.New(egress.Options{
		Loopback: egress.AllowLoopback, Timeout: time.Minute, MaxResponseBytes: authserver.MaxDocument,
		Tracer: noop.NewTracerProvider().Tracer(""), Trust: []*x509.Certificate{certificate.Leaf},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fetcher.Close)
	r := newRegistrar(t)
	r.serve(t, fetcher)
	id := strings.Replace(server.URL, "127.0.0.1", turning, 1) + "/client.json"

	if c, err := r.client(t, id); err != nil || c.ID != id || asked.Load() != 1 {
		t.Fatalf("while it leads outside: %+v %v, asked %d times", c, err, asked.Load())
	}
	r.pass(time.Hour)
	_, err = r.client(t, id)
	if fault.KindOf(err) != fault.Upstream || !errors.Is(err, egress.ErrDestination) || asked.Load() != 1 || lookups.Load() != 2 {
		t.Errorf("once it leads inside: %v, asked %d times after %d lookups", err, asked.Load(), lookups.Load())
	}
	w := httptest.NewRecorder()
	path := "/t/contoso/authorize?" + url.Values{"client_id": {id}, "redirect_uri": {"https://a.example/cb"}}.Encode()
	r.mux.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	if w.Code != http.StatusBadGateway || !strings.Contains(w.Body.String(), "cannot be read now") || w.Header().Get("Location") != "" || asked.Load() != 1 {
		t.Errorf("its people read %d %s", w.Code, w.Body)
	}
}

// turn has this process ask a name server of the test's, and returns how often it was
// asked for an address of the name.
func turn(t *testing.T) *atomic.Int32 {
	t.Helper()
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	before := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", server.LocalAddr().String())
	}}
	t.Cleanup(func() {
		net.DefaultResolver = before
		_ = server.Close()
	})
	lookups := &atomic.Int32{}
	go func() {
		packet := make([]byte, 1024)
		for {
			n, from, err := server.ReadFrom(packet)
			if err != nil {
				return
			}
			if reply := resolved(packet[:n], lookups); reply != nil {
				_, _ = server.WriteTo(reply, from)
			}
		}
	}()
	return lookups
}

// resolved answers a question of a resolver; of anything but an IPv4 address of the
// name there is nothing.
func resolved(packet []byte, lookups *atomic.Int32) []byte {
	var m dnsmessage.Message
	if m.Unpack(packet) != nil || len(m.Questions) != 1 {
		return nil
	}
	q := m.Questions[0]
	m.Response, m.Additionals = true, nil
	if q.Type == dnsmessage.TypeA && q.Name.String() == turning+"." {
		var address [4]byte // 0.0.0.0
		if lookups.Add(1) == 1 {
			address = [4]byte{127, 0, 0, 1}
		}
		m.Answers = []dnsmessage.Resource{{
			Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class}, Body: &dnsmessage.AResource{A: address},
		}}
	}
	reply, err := m.Pack()
	if err != nil {
		return nil
	}
	return reply
}

// certificateOf is a server's of that name, which vouches for itself.
func certificateOf(t *testing.T, name string) tls.Certificate {
	t.Helper()
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der := must(x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key))
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: must(x509.ParseCertificate(der))}
}
