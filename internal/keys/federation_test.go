package keys_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
	"gatehouse/internal/fault"
	"gatehouse/internal/keys"
	"gatehouse/internal/tenants"
)

const (
	base     = "https://gatehouse.example"
	entraURL = "http://localhost:8081"
	contoso  = "c0000000-0000-4000-8000-000000000001"
	appID    = "c0000000-0000-4000-8000-000000000002"
	exchange = "api://AzureADTokenExchange"
)

var audiences = map[tenants.Cloud]string{
	tenants.PublicCloud: exchange, tenants.USGovCloud: exchange + "USGov", tenants.ChinaCloud: exchange + "China",
}

func organization() *tenants.Organization {
	return &tenants.Organization{
		ID: tenants.NewID(), Connection: tenants.Connection{ID: tenants.NewGUID(), Model: tenants.OwnApp, Cloud: tenants.PublicCloud},
	}
}

func newIssuer(t *testing.T, r replica) *keys.Issuer {
	t.Helper()
	i, err := keys.NewIssuer(r.Ring, base, r.now)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func mint(t *testing.T, i *keys.Issuer, o *tenants.Organization) string {
	t.Helper()
	make, err := i.Mint(o)
	if err != nil {
		t.Fatal(err)
	}
	token, err := make(t.Context(), audiences[o.Connection.Cloud])
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// gatehouse is the way from Entra to the issuer's documents.
type gatehouse struct{ *keys.Issuer }

func (g gatehouse) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET "+keys.MetadataPath, g.Metadata())
	mux.Handle("GET "+keys.KeysPath, g.Keys())
	return mux
}

func (g gatehouse) RoundTrip(r *http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	if "https://"+r.URL.Host == base {
		g.handler().ServeHTTP(recorder, r)
	} else {
		recorder.WriteHeader(http.StatusNotFound)
	}
	return recorder.Result(), nil
}

// entra is an Entra ID in which an organization's app trusts the issuer.
type entra struct {
	*emulator.Emulator
	t *testing.T
}

func newEntra(t *testing.T, i *keys.Issuer, o *tenants.Organization, c *clock) entra {
	t.Helper()
	e, err := emulator.New(emulator.Options{
		EntraURL: entraURL, GraphURL: "http://localhost:8082", ControlToken: "control", Now: c.now, Outbound: gatehouse{i},
		Tenants: []seed.Tenant{{
			ID: contoso, Name: "Contoso", Domain: "contoso.example",
			Apps: []seed.App{{
				ID: appID, Name: "Gatehouse", Consents: []seed.Consent{{Resource: seed.MicrosoftGraph, Roles: []string{"User.Read.All"}}},
				Federated: []seed.Federation{{Name: "gatehouse", Issuer: i.URL(), Subject: o.Connection.FederatedSubject(o.ID), Audience: exchange}},
			}},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return entra{e, t}
}

// ask redeems an assertion for a token of the app's own.
func (e entra) ask(assertion string) (status int, text string) {
	e.t.Helper()
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {appID}, "scope": {"https://graph.microsoft.com/.default"},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {assertion},
	}
	r := httptest.NewRequestWithContext(e.t.Context(), http.MethodPost, entraURL+"/"+contoso+"/oauth2/v2.0/token", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	recorder := httptest.NewRecorder()
	e.Entra().ServeHTTP(recorder, r)
	return recorder.Code, recorder.Body.String()
}

func TestEntraTakesTheAssertionForTheApp(t *testing.T) {
	t.Parallel()
	c, o := &clock{at: midday}, organization()
	r := newReplica(t, &database{}, c)
	i := newIssuer(t, r)
	e := newEntra(t, i, o, c)
	if status, text := e.ask(mint(t, i, o)); status != http.StatusOK || !strings.Contains(text, `"access_token"`) {
		t.Fatalf("%d %s", status, text)
	}
	if _, err := r.Rotate(t.Context(), keys.Federation); err != nil {
		t.Fatal(err)
	}
	c.pass(36 * time.Hour)
	if status, text := e.ask(mint(t, i, o)); status != http.StatusOK {
		t.Errorf("after a rotation: %d %s", status, text)
	}
}

func TestEntraRefusesEveryOtherAssertion(t *testing.T) {
	t.Parallel()
	c, o := &clock{at: midday}, organization()
	r := newReplica(t, &database{}, c)
	i := newIssuer(t, r)
	e := newEntra(t, i, o, c)
	if status, text := e.ask(mint(t, i, o)); status != http.StatusOK {
		t.Fatalf("%d %s", status, text)
	}
	claims := map[string]any{
		"iss": i.URL(), "sub": o.Connection.FederatedSubject(o.ID), "aud": exchange, "jti": "x",
		"iat": midday.Unix(), "nbf": midday.Unix(), "exp": midday.Add(time.Minute).Unix(),
	}
	sign := func(purpose keys.Purpose, name string, value any) string {
		changed := map[string]any{name: value}
		for k, v := range claims {
			if k != name {
				changed[k] = v
			}
		}
		token, err := r.Sign(t.Context(), purpose, changed)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	if status, text := e.ask(sign(keys.Federation, "jti", "y")); status != http.StatusOK {
		t.Fatalf("the claims that the rows below change are refused themselves: %d %s", status, text)
	}
	again := *o
	again.Connection.ID = tenants.NewGUID()
	foreign := newReplica(t, &database{}, c)
	for name, row := range map[string]struct{ assertion, code string }{
		"of another organization":           {mint(t, i, organization()), "AADSTS700213"},
		"of another connection":             {mint(t, i, &again), "AADSTS700213"},
		"for another audience":              {sign(keys.Federation, "aud", "api://"+appID), "AADSTS700212"},
		"of another issuer":                 {sign(keys.Federation, "iss", base), "AADSTS700211"},
		"that has expired":                  {sign(keys.Federation, "exp", midday.Add(-6*time.Minute).Unix()), "AADSTS700024"},
		"signed with another purpose's key": {sign(keys.Other, "jti", "z"), "AADSTS700027"},
		"signed by another deployment":      {mint(t, newIssuer(t, foreign), o), "AADSTS700027"},
	} {
		if status, text := e.ask(row.assertion); status == http.StatusOK || !strings.Contains(text, row.code) {
			t.Errorf("an assertion %s: %d %s, want %s", name, status, text, row.code)
		}
	}
}

func TestAssertionSaysWhatItMustAndNoMore(t *testing.T) {
	t.Parallel()
	c := &clock{at: midday}
	i := newIssuer(t, newReplica(t, &database{}, c))
	seen := map[any]bool{}
	for cloud, audience := range audiences {
		o := organization()
		o.Connection.Cloud = cloud
		for range 2 {
			parsed, err := jwt.ParseSigned(mint(t, i, o), []jose.SignatureAlgorithm{jose.RS256})
			if err != nil {
				t.Fatal(err)
			}
			var got map[string]any
			if err := parsed.UnsafeClaimsWithoutVerification(&got); err != nil {
				t.Fatal(err)
			}
			want := map[string]any{
				"iss": base + "/federation", "sub": "org:" + o.ID.String() + ":" + o.Connection.ID.String(), "aud": audience, "jti": got["jti"],
				"iat": float64(midday.Unix()), "nbf": float64(midday.Unix()), "exp": float64(midday.Add(5 * time.Minute).Unix()),
			}
			if !reflect.DeepEqual(got, want) || len(got["jti"].(string)) != 36 || seen[got["jti"]] {
				t.Errorf("claims = %v, want %v", got, want)
			}
			if h := parsed.Headers[0]; h.ExtraHeaders["typ"] != "JWT" || h.KeyID == "" || h.JSONWebKey != nil {
				t.Errorf("header = %+v", h)
			}
			seen[got["jti"]] = true
		}
	}
}

func TestAssertionIsMadeForItsOwnCloudAndAppOnly(t *testing.T) {
	t.Parallel()
	i := newIssuer(t, newReplica(t, &database{}, &clock{at: midday}))
	make, err := i.Mint(organization())
	if err != nil {
		t.Fatal(err)
	}
	for _, audience := range []string{"", "api://" + appID, audiences[tenants.USGovCloud], strings.ToLower(exchange), "https://graph.microsoft.com"} {
		if token, err := make(t.Context(), audience); err == nil {
			t.Errorf("an assertion for %q: %s", audience, token)
		}
	}
	for name, spoil := range map[string]func(*tenants.Organization){
		"the shared app":     func(o *tenants.Organization) { o.Connection.Model = tenants.SharedApp },
		"no organization id": func(o *tenants.Organization) { o.ID = tenants.ID{} },
		"no connection id":   func(o *tenants.Organization) { o.Connection.ID = tenants.GUID{} },
	} {
		o := organization()
		spoil(o)
		if _, err := i.Mint(o); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v, want Invalid", name, err)
		}
	}
	o := organization()
	o.Connection.Cloud = "mars"
	if make, err := i.Mint(o); err != nil {
		t.Error(err)
	} else if _, err := make(t.Context(), ""); err == nil {
		t.Error("an assertion for a cloud that does not exist")
	}
}

func TestDocumentsAreWhatEntraReads(t *testing.T) {
	t.Parallel()
	d := &database{}
	g := gatehouse{newIssuer(t, newReplica(t, d, &clock{at: midday}))}
	ask := func(path string) *http.Response {
		r, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), http.MethodGet, base+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, _ := g.RoundTrip(r)
		return resp
	}
	metadata := ask("/federation/.well-known/openid-configuration")
	defer func() { _ = metadata.Body.Close() }()
	var got map[string]any
	if err := json.NewDecoder(metadata.Body).Decode(&got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"issuer": base + "/federation", "jwks_uri": base + "/federation/keys", "response_types_supported": []any{"id_token"},
		"subject_types_supported": []any{"public"}, "id_token_signing_alg_values_supported": []any{"RS256"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("metadata = %v", got)
	}
	set := ask("/federation/keys")
	defer func() { _ = set.Body.Close() }()
	for _, resp := range []*http.Response{metadata, set} {
		if h := resp.Header; h.Get("Content-Type") != "application/json" || h.Get("Cache-Control") != "public, max-age=3600" || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("header = %v", h)
		}
	}
	away := gatehouse{newIssuer(t, newReplica(t, &database{broken: fault.New(fault.Unavailable, "the database cannot be reached")}, &clock{at: midday}))}
	recorder := httptest.NewRecorder()
	away.Keys().ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, base+"/federation/keys", nil))
	if recorder.Code != http.StatusServiceUnavailable || recorder.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("without keys: %d %v", recorder.Code, recorder.Header())
	}
}

func TestIssuerIsAnOriginWithoutTrailingSlash(t *testing.T) {
	t.Parallel()
	r := newReplica(t, &database{}, &clock{at: midday})
	for _, bad := range []string{"", base + "/"} {
		if _, err := keys.NewIssuer(r.Ring, bad, r.now); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
	if _, err := keys.NewIssuer(nil, base, r.now); err == nil {
		t.Error("an issuer without keys")
	}
}
