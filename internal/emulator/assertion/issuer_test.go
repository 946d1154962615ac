package assertion_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/emulator/assertion"
	"gatehouse/internal/emulator/loopback"
)

// elsewhere is an identity provider that counts how often it is asked.
type elsewhere struct {
	documents map[string]string
	status    int
	asked     int
}

func (e *elsewhere) RoundTrip(r *http.Request) (*http.Response, error) {
	e.asked++
	text, ok := e.documents[r.URL.String()]
	if !ok {
		return &http.Response{StatusCode: http.StatusNotFound, Body: http.NoBody}, nil
	}
	return &http.Response{StatusCode: max(e.status, http.StatusOK), Body: io.NopCloser(strings.NewReader(text))}, nil
}

func keySet(t *testing.T, kids ...string) string {
	t.Helper()
	public := signers()[0].key.PublicKey
	var keys []map[string]string
	for _, kid := range kids {
		keys = append(keys, map[string]string{
			"kty": "RSA", "use": "sig", "kid": kid, "n": base64.RawURLEncoding.EncodeToString(public.N.Bytes()),
			"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(public.E)).Bytes()),
		})
	}
	text, err := json.Marshal(map[string]any{"keys": keys})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

const (
	issuer   = "https://issuer.example/tenant"
	metadata = issuer + "/.well-known/openid-configuration"
	jwks     = "https://keys.example/jwks"
)

func provider(t *testing.T, kids ...string) *elsewhere {
	t.Helper()
	return &elsewhere{documents: map[string]string{
		metadata: `{"issuer":"` + issuer + `","jwks_uri":"` + jwks + `"}`, jwks: keySet(t, kids...),
	}}
}

func TestIssuersKeysAreKeptForFiveMinutes(t *testing.T) {
	t.Parallel()
	now := noon
	p := provider(t, "one")
	s := assertion.NewIssuers(p, func() time.Time { return now })
	ask := func(kid string) error {
		key, err := s.Key(t.Context(), issuer, kid)
		if err == nil && !key.Equal(&signers()[0].key.PublicKey) {
			t.Error("another key came back")
		}
		return err
	}
	for range 3 {
		if err := ask("one"); err != nil {
			t.Fatal(err)
		}
	}
	if p.asked != 2 {
		t.Errorf("three uses took %d requests, want 2", p.asked)
	}
	p.documents[jwks] = keySet(t, "two")
	if err := ask("two"); !errors.Is(err, assertion.ErrUnknownKey) || p.asked != 2 {
		t.Errorf("a new key within the minute: %v after %d requests", err, p.asked)
	}
	now = now.Add(time.Minute)
	if err := ask("two"); err != nil || p.asked != 4 {
		t.Errorf("a new key after a minute: %v after %d requests", err, p.asked)
	}
	p.documents[jwks] = keySet(t, "three")
	now = now.Add(4*time.Minute + 59*time.Second)
	if err := ask("two"); err != nil {
		t.Errorf("a kept key: %v", err)
	}
	now = now.Add(time.Second)
	if err := ask("two"); !errors.Is(err, assertion.ErrUnknownKey) {
		t.Errorf("a key withdrawn five minutes ago: %v", err)
	}
	s.Forget()
	before := p.asked
	if err := ask("three"); err != nil || p.asked != before+2 {
		t.Errorf("after forgetting: %v after %d requests", err, p.asked-before)
	}
}

func TestIssuersThatCannotBeReadAreUnreachable(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*elsewhere){
		"no metadata": func(p *elsewhere) { delete(p.documents, metadata) },
		"no keys":     func(p *elsewhere) { delete(p.documents, jwks) },
		"another issuer": func(p *elsewhere) {
			p.documents[metadata] = `{"issuer":"https://other.example","jwks_uri":"` + jwks + `"}`
		},
		"another case": func(p *elsewhere) {
			p.documents[metadata] = `{"issuer":"https://Issuer.example/tenant","jwks_uri":"` + jwks + `"}`
		},
		"a slash more":       func(p *elsewhere) { p.documents[metadata] = `{"issuer":"` + issuer + `/","jwks_uri":"` + jwks + `"}` },
		"not JSON":           func(p *elsewhere) { p.documents[metadata] = "<html>" },
		"an address of none": func(p *elsewhere) { p.documents[metadata] = `{"issuer":"` + issuer + `","jwks_uri":"::"}` },
		"too large":          func(p *elsewhere) { p.documents[jwks] = `{"keys":[]}` + strings.Repeat(" ", 1<<20) },
		"an error":           func(p *elsewhere) { p.status = http.StatusInternalServerError },
		"a redirect":         func(p *elsewhere) { p.status = http.StatusFound },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := provider(t, "one")
			spoil(p)
			s := assertion.NewIssuers(p, func() time.Time { return noon })
			if _, err := s.Key(t.Context(), issuer, "one"); !errors.Is(err, assertion.ErrUnreachable) {
				t.Errorf("error is %v", err)
			}
			*p = *provider(t, "one")
			if _, err := s.Key(t.Context(), issuer, "one"); err != nil {
				t.Errorf("once it is well: %v", err)
			}
		})
	}
}

func TestKeysOfAnotherKindAreLeftOut(t *testing.T) {
	t.Parallel()
	p := provider(t)
	p.documents[jwks] = `{"keys":[{"kty":"EC","kid":"ec","crv":"P-256","x":"AA","y":"AA"},
		{"kty":"RSA","kid":"short","n":"` + strings.Repeat("A", 100) + `","e":"AQAB"},{"kty":"RSA","kid":"huge","n":"AQAB","e":"AQABAQABAQAB"}]}`
	s := assertion.NewIssuers(p, func() time.Time { return noon })
	for _, kid := range []string{"ec", "short", "huge", ""} {
		if _, err := s.Key(t.Context(), issuer, kid); !errors.Is(err, assertion.ErrUnknownKey) {
			t.Errorf("kid %q: %v", kid, err)
		}
	}
}

func TestIssuersOfThisMachineAreFetched(t *testing.T) {
	t.Parallel()
	s := assertion.NewIssuers(loopback.Transport(nil), func() time.Time { return noon })
	var here string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/jwks" {
			_, _ = io.WriteString(w, keySet(t, "one"))
			return
		}
		_, _ = io.WriteString(w, `{"issuer":"`+here+`","jwks_uri":"`+here+`/jwks"}`)
	}))
	defer server.Close()
	here = server.URL
	if _, err := s.Key(t.Context(), here, "one"); err != nil {
		t.Errorf("an issuer on this machine: %v", err)
	}
}
