package egress_test

import (
	"context"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
)

// sendOn answers every request with a redirect.
func sendOn(t *testing.T, status int, to string) *httptest.Server {
	t.Helper()
	return newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", to)
		w.WriteHeader(status)
	})
}

func TestStreamFollowsWhereTheSameRequestIsWanted(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
		server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
			hop, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/"))
			if hop < 3 {
				w.Header().Set("Location", "/"+strconv.Itoa(hop+1))
				w.WriteHeader(status)
				return
			}
			body, _ := io.ReadAll(r.Body)
			_, _ = io.WriteString(w, r.Method+" "+r.Header.Get("Authorization")+" "+r.Header.Get("Mcp-Session-Id")+" "+string(body))
		})
		req := post(t, server.URL+"/0", "hello")
		req.Header.Set("Authorization", "Bearer t")
		req.Header.Set("Mcp-Session-Id", "s")
		if got := all(t, open(t, newClient(t, egress.AllowLoopback), req, patient)); got != "POST Bearer t s hello" {
			t.Errorf("status %d: what arrives is %q", status, got)
		}
	}
}

func TestRedirectToAnotherOriginIsRefusedAndNamed(t *testing.T) {
	t.Parallel()
	away := newServer(t, func(http.ResponseWriter, *http.Request) { t.Error("the other origin was asked") })
	for _, to := range []string{away.URL, "https://169.254.169.254", "https://[fd00:ec2::254]", "https://93.184.215.14:6379", "https://localhost", "gopher://localhost"} {
		err := refused(t, newClient(t, egress.AllowLoopback), post(t, sendOn(t, http.StatusTemporaryRedirect, to+"/path?code=secret").URL, "x"), patient)
		redirect, ok := errors.AsType[*egress.RedirectError](err)
		if fault.KindOf(err) != fault.Upstream || !ok || redirect.To != to || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: error = %v", to, err)
		}
	}
}

func TestWhereARedirectLeadsIsToldInLittleAndPlain(t *testing.T) {
	t.Parallel()
	for to, want := range map[string]string{
		"https://" + strings.Repeat("a", 5000) + "/": "https://" + strings.Repeat("a", 192),
		"https://u:password@a.example/":              "https://a.example",
		"https://\u202ea.example/":                   `https://\u202ea.example`,
		"file:///etc/passwd":                         "",
	} {
		err := refused(t, newClient(t, egress.AllowLoopback), post(t, sendOn(t, http.StatusTemporaryRedirect, to).URL, "x"), patient)
		if redirect, ok := errors.AsType[*egress.RedirectError](err); !ok || redirect.To != want {
			t.Errorf("%.40q: error = %.300v", to, err)
		}
	}
}

func TestOriginIsSchemeHostAndPort(t *testing.T) {
	t.Parallel()
	for pair, same := range map[[2]string]bool{
		{"https://a.example/x", "https://a.example:443/y?z"}: true, {"https://A.example/", "https://a.EXAMPLE/"}: true,
		{"http://localhost/", "http://localhost:80/"}: true, {"https://a.example/", "https://b.example/"}: false,
		{"https://a.example/", "https://a.example.evil.example/"}: false, {"https://a.example/", "https://sub.a.example/"}: false,
		{"https://a.example/", "https://a.example:8443/"}: false, {"http://localhost:443/", "https://localhost:443/"}: false,
		{"https://a.example/", "https://a.example./"}: false,
	} {
		if got := egress.SameOrigin(pair[0], pair[1]); got != same {
			t.Errorf("%s and %s: %v", pair[0], pair[1], got)
		}
	}
}

func TestRedirectThatChangesTheRequestIsRefused(t *testing.T) {
	t.Parallel()
	followed := newServer(t, func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") })
	for _, status := range []int{300, 301, 302, 303, 305, 306} {
		err := refused(t, newClient(t, egress.AllowLoopback), post(t, sendOn(t, status, followed.URL+"/?code=secret").URL, "x"), patient)
		if fault.KindOf(err) != fault.Upstream || !strings.Contains(fault.Public(err), "redirect") || strings.Contains(err.Error(), "secret") {
			t.Errorf("status %d: %v", status, err)
		}
	}
}

func TestRedirectsAreFollowedThreeTimes(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		http.Redirect(w, r, "/again", http.StatusTemporaryRedirect)
	})
	err := refused(t, newClient(t, egress.AllowLoopback), get(t, server.URL), patient)
	if fault.KindOf(err) != fault.Upstream || !strings.Contains(fault.Public(err), "3 times") || asked.Load() != 4 {
		t.Errorf("%d requests, %v", asked.Load(), err)
	}
}

// newPublicServer is a TLS server of loopback that client takes for a public
// one.
func newPublicServer(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

func TestRedirectFromAPublicServerToThisMachineIsRefused(t *testing.T) {
	t.Parallel()
	inside := newPublicServer(t, func(http.ResponseWriter, *http.Request) { t.Error("this machine was reached") })
	for _, to := range []string{inside.URL, strings.Replace(inside.URL, "127.0.0.1", "localhost", 1), strings.Replace(inside.URL, "https", "http", 1)} {
		public := newPublicServer(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusTemporaryRedirect) })
		o := options(egress.RefuseLoopback)
		o.Trust = []*x509.Certificate{public.Certificate()}
		client := newClientWith(t, o)
		egress.Redial(client, nil, public.Listener.Addr().String())
		err := refused(t, client, post(t, public.URL, "x"), patient)
		if _, ok := errors.AsType[*egress.RedirectError](err); !ok || fault.KindOf(err) != fault.Upstream {
			t.Errorf("%s: error = %v, want a Redirect", to, err)
		}
	}
}

// A name that leads to a public server at first and to this machine afterwards,
// when it is asked again or by its own redirect.
func TestNameThatChangesItsMindLeadsNowhere(t *testing.T) {
	t.Parallel()
	leadsNowhere(t, func(client *egress.Client, url string) error {
		_ = all(t, open(t, client, get(t, url), patient))
		return refused(t, client, get(t, url), patient)
	})
	leadsNowhere(t, func(client *egress.Client, url string) error {
		return refused(t, client, post(t, url+"/onward", "x"), patient)
	})
}

func leadsNowhere(t *testing.T, second func(client *egress.Client, url string) error) {
	t.Helper()
	var asked atomic.Int32
	public := newPublicServer(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		w.Header().Set("Connection", "close") // the next request dials again
		if r.URL.Path == "/onward" {
			w.Header().Set("Location", "/")
			w.WriteHeader(http.StatusTemporaryRedirect)
		}
	})
	o := options(egress.RefuseLoopback)
	o.Trust = []*x509.Certificate{public.Certificate()}
	client := newClientWith(t, o)
	var lookups atomic.Int32
	egress.Redial(client, newResolver(t, func() net.IP {
		if lookups.Add(1) == 1 {
			return net.IPv4(127, 0, 0, 1)
		}
		return net.IPv4(127, 0, 0, 2)
	}), public.Listener.Addr().String())
	err := second(client, strings.Replace(public.URL, "127.0.0.1", "example.com", 1))
	if !errors.Is(err, egress.ErrDestination) || asked.Load() != 1 || lookups.Load() != 2 {
		t.Errorf("%d requests and %d lookups, error = %v", asked.Load(), lookups.Load(), err)
	}
}

// newResolver asks a name server of its own, which knows one address for every
// name.
func newResolver(t *testing.T, address func() net.IP) *net.Resolver {
	t.Helper()
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	go func() {
		query := make([]byte, 512)
		for {
			n, from, err := server.ReadFrom(query)
			if err != nil {
				return
			}
			_, _ = server.WriteTo(answer(query[:n], address), from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return net.Dial("udp", server.LocalAddr().String())
	}}
}

// answer answers a DNS query for an A record; of any other type, and without an
// address, there is none.
func answer(query []byte, address func() net.IP) []byte {
	end := 12
	for query[end] != 0 {
		end += int(query[end]) + 1
	}
	question := query[12 : end+5]
	reply := append([]byte{query[0], query[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, question...)
	if binary.BigEndian.Uint16(question[len(question)-4:]) != 1 {
		return reply
	}
	at := address().To4()
	if at == nil {
		return reply
	}
	reply[7] = 1
	reply = append(reply, 0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4)
	return append(reply, at...)
}

func TestRedirectThatCannotBeFollowedIsRefused(t *testing.T) {
	t.Parallel()
	client := newClient(t, egress.AllowLoopback)
	for name, req := range map[string]*http.Request{
		"no Location":   post(t, sendOn(t, http.StatusTemporaryRedirect, "").URL, "x"),
		"bad Location":  post(t, sendOn(t, http.StatusTemporaryRedirect, "http://[::1/%zz").URL, "x"),
		"body sent off": withoutCopy(post(t, sendOn(t, http.StatusTemporaryRedirect, "/there").URL, "x")),
	} {
		if err := refused(t, client, req, patient); fault.KindOf(err) != fault.Upstream || !strings.Contains(fault.Public(err), "redirect") {
			t.Errorf("%s: error = %v", name, err)
		}
	}
}

// withoutCopy leaves req with a body that can be read once.
func withoutCopy(req *http.Request) *http.Request {
	req.GetBody = nil
	return req
}
