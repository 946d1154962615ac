package clients_test

import (
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/demo/browser"
	"gatehouse/internal/emulator"
)

const controlToken = "control-token-of-the-clients"

// cloud is one emulator on sockets, over TLS, with a foreign token issuer that
// its apps trust.
type cloud struct {
	*emulator.Emulator
	entra, graph string
	browserless  *http.Client // trusts the throw-away authority, follows nothing
	issuer       *issuer
}

// fresh starts a cloud for one test, which may change anything in it.
func fresh(t *testing.T) *cloud {
	t.Helper()
	c, stop, err := start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return c
}

// common is the cloud of the tests that change nothing in it.
var common = sync.OnceValues(func() (*cloud, error) {
	c, _, err := start() // lives as long as the test binary
	return c, err
})

func shared(t *testing.T) *cloud {
	t.Helper()
	c, err := common()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// start listens first, because the emulator has to know its own addresses.
func start() (*cloud, func(), error) {
	from, err := newIssuer()
	if err != nil {
		return nil, nil, err
	}
	entra, graph := server(), server()
	c := &cloud{
		entra: "https://" + entra.Listener.Addr().String(), graph: "https://" + graph.Listener.Addr().String(),
		browserless: client(), issuer: from,
	}
	c.Emulator, err = emulator.New(emulator.Options{
		EntraURL: c.entra, GraphURL: c.graph, ControlToken: controlToken, Tenants: tenants(c),
		Outbound: client().Transport,
	})
	if err != nil {
		return nil, nil, fmt.Errorf("start emulator: %w", err)
	}
	entra.Config.Handler, graph.Config.Handler = c.Entra(), c.Graph()
	entra.StartTLS()
	graph.StartTLS()
	return c, func() { entra.Close(); graph.Close(); from.server.Close() }, nil
}

// server is a TLS server on 127.0.0.1 that has its address and no handler yet.
func server() *httptest.Server {
	s := httptest.NewUnstartedServer(nil)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{authority().leaf}, MinVersion: tls.VersionTLS12}
	return s
}

// client trusts the throw-away authority and shows redirects instead of
// following them.
func client() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			TLSClientConfig:     &tls.Config{RootCAs: authority().pool, MinVersion: tls.VersionTLS12},
			MaxIdleConnsPerHost: 16,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       time.Minute,
	}
}

// detour sends requests for well-known hosts of Azure to the emulator: MSAL has
// two of them built in.
type detour struct {
	to   string
	with http.RoundTripper
}

func (d detour) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host == "login.microsoftonline.com" || r.URL.Host == "169.254.169.254" {
		base, err := url.Parse(d.to)
		if err != nil {
			return nil, err
		}
		r = r.Clone(r.Context())
		r.URL.Scheme, r.URL.Host, r.Host = base.Scheme, base.Host, ""
	}
	return d.with.RoundTrip(r)
}

// detoured is a client to whom the emulator is Azure.
func (c *cloud) detoured() *http.Client {
	return &http.Client{Transport: detour{to: c.entra, with: c.browserless.Transport}, Timeout: time.Minute}
}

// claims reads a token without checking it, as a library's caller would.
func claims(t *testing.T, token string) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("%q is not a JWT", token)
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// carries checks claims of a token, written as pairs.
func carries(t *testing.T, token string, pairs ...any) {
	t.Helper()
	got := claims(t, token)
	for i := 0; i+1 < len(pairs); i += 2 {
		name, _ := pairs[i].(string)
		if fmt.Sprint(got[name]) != fmt.Sprint(pairs[i+1]) {
			t.Errorf("claim %s = %v, want %v", name, got[name], pairs[i+1])
		}
	}
}

// me asks Microsoft Graph whose token this is.
func (c *cloud) me(t *testing.T, token string) string {
	t.Helper()
	status, header, body := c.ask(t, token)
	if status != http.StatusOK {
		t.Fatalf("GET /v1.0/me: %d %s %s", status, header, body)
	}
	var person struct{ ID string }
	if err := json.Unmarshal(body, &person); err != nil {
		t.Fatal(err)
	}
	return person.ID
}

// ask sends a token to Microsoft Graph.
func (c *cloud) ask(t *testing.T, token string) (int, http.Header, []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.graph+"/v1.0/me", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	response, err := c.browserless.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	body, err := read(response)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, response.Header, body
}

// envelope is what the token endpoint says when it refuses.
type envelope struct {
	Kind        string `json:"error"`
	Suberror    string `json:"suberror"`
	Codes       []int  `json:"error_codes"`
	Description string `json:"error_description"`
	Claims      string `json:"claims"`
	status      int
}

// refusal reads the envelope of a response a library has handed on.
func refusal(t *testing.T, response *http.Response) envelope {
	t.Helper()
	if response == nil {
		t.Fatal("the library has kept no response")
	}
	body, err := read(response)
	if err != nil {
		t.Fatal(err)
	}
	response.Body = io.NopCloser(bytes.NewReader(body)) // readable again
	e := envelope{status: response.StatusCode}
	if err := json.Unmarshal(body, &e); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return e
}

func (e envelope) is(t *testing.T, status int, kind string, code int) {
	t.Helper()
	if e.status != status || e.Kind != kind || len(e.Codes) == 0 || e.Codes[0] != code {
		t.Errorf("refused with %+v, want %d %s %d", e, status, kind, code)
	}
}

// browser returns a browser of one person's.
func (c *cloud) browser(person string) *browser.Browser {
	return browser.New(client().Transport, c.entra, person)
}

func read(response *http.Response) ([]byte, error) {
	body, err := io.ReadAll(response.Body)
	return body, errors.Join(err, response.Body.Close())
}
