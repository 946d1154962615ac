package emulator_test

import (
	"encoding/base64"
	"errors"
	"io"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
)

const tokenURL = entraURL + "/" + contoso + "/oauth2/v2.0/token"

// own are the claims of an assertion the client signs itself, altered by pairs.
func own(pairs ...any) map[string]any {
	c := map[string]any{
		"iss": certified, "sub": certified, "aud": tokenURL, "jti": "1", "nbf": midday.Unix(), "exp": midday.Add(10 * time.Minute).Unix(),
	}
	return altered(c, pairs...)
}

func altered(m map[string]any, pairs ...any) map[string]any {
	for i := 0; i+1 < len(pairs); i += 2 {
		name, _ := pairs[i].(string)
		m[name] = pairs[i+1]
	}
	return m
}

func TestAppsProveThemselvesWithACertificate(t *testing.T) {
	t.Parallel()
	g := workloadRig(t)
	c := credentials()[0]
	for name, row := range map[string]struct{ header, claims map[string]any }{
		"PS256 and x5t#S256": {map[string]any{"alg": "PS256", "x5t#S256": c.thumbprint256()}, own()},
		"RS256 and x5t":      {map[string]any{"alg": "RS256", "x5t": c.thumbprint()}, own()},
		"kid":                {map[string]any{"alg": "RS256", "kid": c.thumbprint()}, own()},
		"x5c": {
			map[string]any{"alg": "PS256", "x5t": c.thumbprint(), "x5c": []string{base64.StdEncoding.EncodeToString(c.der)}}, own(),
		},
		"v1 endpoint":     {map[string]any{"alg": "RS256", "x5t": c.thumbprint()}, own("aud", entraURL+"/"+contoso+"/oauth2/token")},
		"v2 issuer":       {map[string]any{"alg": "RS256", "x5t": c.thumbprint()}, own("aud", entraURL+"/"+contoso+"/v2.0")},
		"v1 issuer":       {map[string]any{"alg": "RS256", "x5t": c.thumbprint()}, own("aud", entraURL+"/"+contoso+"/")},
		"several":         {map[string]any{"alg": "RS256", "x5t": c.thumbprint()}, own("aud", []string{"https://other.example", tokenURL})},
		"a clock ahead":   {map[string]any{"alg": "RS256", "x5t": c.thumbprint()}, own("nbf", midday.Add(4*time.Minute).Unix())},
		"no nbf":          {map[string]any{"alg": "RS256", "x5t": c.thumbprint()}, own("nbf", nil)},
		"upper-case GUID": {map[string]any{"alg": "RS256", "x5t": c.thumbprint()}, own("iss", strings.ToUpper(certified), "sub", strings.ToUpper(certified))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := g.token(contoso, clientForm(certified, c.sign(t, row.header, row.claims), apiURL+"/.default")).must(t)
			if got := claims(t, a.str("access_token")); got["azpacr"] != "2" || got["azp"] != certified {
				t.Errorf("azpacr %v of %v", got["azpacr"], got["azp"])
			}
		})
	}
	byDomain := c.sign(t, map[string]any{"alg": "RS256", "x5t": c.thumbprint()}, own("aud", entraURL+"/contoso.example/oauth2/v2.0/token"))
	g.token("contoso.example", clientForm(certified, byDomain, apiURL+"/.default")).must(t)
	g.token(contoso, clientForm(certified, byDomain, apiURL+"/.default")).refused(t, 401, "invalid_client", 700023)
}

func TestCertificateAssertionsThatAreRefused(t *testing.T) {
	t.Parallel()
	g := workloadRig(t)
	c, old, stranger := credentials()[0], credentials()[1], credentials()[2]
	head := func(pairs ...any) map[string]any {
		return altered(map[string]any{"alg": "RS256", "x5t": c.thumbprint()}, pairs...)
	}
	for name, row := range map[string]struct {
		token string
		kind  string
		code  int
		says  string
	}{
		"not a token":         {"x", "invalid_client", 50027, ""},
		"no issuer":           {c.sign(t, head(), own("iss", nil)), "invalid_request", 90014, "'iss'"},
		"no subject":          {c.sign(t, head(), own("sub", nil)), "invalid_request", 90014, "'sub'"},
		"no audience":         {c.sign(t, head(), own("aud", nil)), "invalid_request", 90014, "'aud'"},
		"another issuer":      {c.sign(t, head(), own("iss", daemon)), "invalid_client", 700021, ""},
		"another subject":     {c.sign(t, head(), own("sub", daemon)), "invalid_client", 700021, ""},
		"another tenant":      {c.sign(t, head(), own("aud", entraURL+"/"+fabrikam+"/oauth2/v2.0/token")), "invalid_client", 700023, ""},
		"another service":     {c.sign(t, head(), own("aud", "https://login.example/"+contoso+"/v2.0")), "invalid_client", 700023, ""},
		"expired":             {c.sign(t, head(), own("exp", midday.Add(-6*time.Minute).Unix())), "invalid_client", 700024, "expiry time of assertion 2026-11-21T11:54:00.0000000Z"},
		"no expiry":           {c.sign(t, head(), own("exp", nil)), "invalid_client", 700024, "expiry time of assertion 1970-01-01T00:00:00.0000000Z"},
		"not yet":             {c.sign(t, head(), own("nbf", midday.Add(6*time.Minute).Unix())), "invalid_client", 700024, "assertion valid from 2026-11-21T12:06:00.0000000Z"},
		"no thumbprint":       {c.sign(t, head("x5t", nil), own()), "invalid_client", 5002723, ""},
		"unknown thumbprint":  {stranger.sign(t, head("x5t", stranger.thumbprint()), own()), "invalid_client", 700027, "The key was not found., Thumbprint of key used by client: '"},
		"unregistered chain":  {stranger.sign(t, map[string]any{"alg": "RS256", "x5c": []string{base64.StdEncoding.EncodeToString(stranger.der)}}, own()), "invalid_client", 700027, "The key was not found."},
		"expired certificate": {old.sign(t, head("x5t", old.thumbprint()), own()), "invalid_client", 700027, "The key used is expired., "},
		"another key":         {stranger.sign(t, head(), own()), "invalid_client", 700027, "did not match the expected signature value., "},
		"HS256":               {c.sign(t, head("alg", "HS256"), own()), "invalid_client", 5002738, "'HS256'"},
		"none":                {c.sign(t, head("alg", "none"), own()), "invalid_client", 5002738, "'none'"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := g.token(contoso, clientForm(certified, row.token, apiURL+"/.default"))
			a.refused(t, map[string]int{"invalid_client": 401, "invalid_request": 400}[row.kind], row.kind, row.code)
			if !strings.Contains(a.str("error_description"), row.says) {
				t.Errorf("error_description %q does not say %q", a.str("error_description"), row.says)
			}
		})
	}
}

func TestWhoMayProveItselfHow(t *testing.T) {
	t.Parallel()
	g := workloadRig(t)
	c := credentials()[0]
	good := c.sign(t, map[string]any{"alg": "RS256", "x5t": c.thumbprint()}, own())
	request := clientForm(certified, good, apiURL+"/.default")
	g.token(contoso, with(request, "client_secret", "x")).refused(t, 400, "invalid_request", 9002313)
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte(certified+":x"))
	g.token(contoso, request, "Authorization", basic).refused(t, 400, "invalid_request", 9002313)
	g.token(contoso, with(request, "client_assertion_type", "")).refused(t, 400, "invalid_request", 900144)
	g.token(contoso, with(request, "client_assertion", "")).refused(t, 400, "invalid_request", 900144)
	g.token(contoso, with(request, "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer")).refused(t, 400, "invalid_request", 9002313)
	g.token(contoso, with(request, "client_id", headless)).refused(t, 401, "invalid_client", 700025)
	g.token(contoso, with(request, "client_id", seed.VisualStudioCode)).refused(t, 401, "invalid_client", 700025)
	secret := form("grant_type", "client_credentials", "scope", apiURL+"/.default", "client_secret", "lapsed-secret")
	g.token(contoso, with(secret, "client_id", lapsed)).refused(t, 401, "invalid_client", 7000222)
	g.token(contoso, with(secret, "client_id", lapsed, "client_secret", "x")).refused(t, 401, "invalid_client", 7000215)
	g.token(contoso, with(secret, "client_id", certified)).refused(t, 401, "invalid_client", 7000215)
	g.token(contoso, with(secret, "client_id", switchedOf, "client_secret", "off-secret")).refused(t, 400, "unauthorized_client", 7000112)
	g.token(contoso, with(secret, "client_id", daemon, "client_secret", "daemon secret+%", "scope", "api://closed/.default")).refused(t, 400, "invalid_resource", 500014)
	g.token(contoso, password("alice", "api://closed/use")).refused(t, 400, "invalid_resource", 500014)
}

// foreignIssuer is an identity provider elsewhere.
type foreignIssuer struct {
	mu    sync.Mutex
	asked []string
	down  bool
}

func (f *foreignIssuer) RoundTrip(r *http.Request) (*http.Response, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, r.URL.String())
	public := credentials()[0].key.PublicKey
	documents := map[string]string{
		elsewhereURL + "/.well-known/openid-configuration": `{"issuer":"` + elsewhereURL + `","jwks_uri":"` + elsewhereURL + `/keys"}`,
		elsewhereURL + "/keys": `{"keys":[{"kty":"RSA","kid":"ci","n":"` + base64.RawURLEncoding.EncodeToString(public.N.Bytes()) +
			`","e":"` + base64.RawURLEncoding.EncodeToString(big.NewInt(int64(public.E)).Bytes()) + `"}]}`,
	}
	text, ok := documents[r.URL.String()]
	if f.down || !ok {
		return nil, errors.New("connection refused")
	}
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(text))}, nil
}

// foreign are the claims of another issuer's token, altered by pairs.
func foreign(pairs ...any) map[string]any {
	return altered(map[string]any{
		"iss": elsewhereURL, "sub": "repo:contoso/app:ref:refs/heads/main", "aud": "api://AzureADTokenExchange",
		"nbf": midday.Unix(), "exp": midday.Add(time.Hour).Unix(),
	}, pairs...)
}

func TestTokensOfAnotherIssuerStandForAnApp(t *testing.T) {
	t.Parallel()
	issuer := &foreignIssuer{}
	g := freshWorkloads(t, issuer)
	c := credentials()[0]
	request := clientForm(federated, c.sign(t, map[string]any{"alg": "RS256", "kid": "ci"}, foreign()), apiURL+"/.default")
	for range 3 {
		a := g.token(contoso, request).must(t)
		if got := claims(t, a.str("access_token")); got["azpacr"] != "2" || got["azp"] != federated {
			t.Errorf("azpacr %v of %v", got["azpacr"], got["azp"])
		}
	}
	if len(issuer.asked) != 2 {
		t.Errorf("three exchanges asked for %v, want each document once", issuer.asked)
	}
	if err := g.Reset(); err != nil {
		t.Fatal(err)
	}
	g.token(contoso, request).must(t)
	if len(issuer.asked) != 4 {
		t.Errorf("after a reset %v was asked for, want everything again", issuer.asked)
	}
	issuer.down = true
	g.Advance(6 * time.Minute)
	g.token(contoso, request).refused(t, 401, "invalid_client", 501661)
}

func TestFederatedAssertionsThatAreRefused(t *testing.T) {
	t.Parallel()
	issuer := &foreignIssuer{}
	g := freshWorkloads(t, issuer)
	c, stranger := credentials()[0], credentials()[2]
	head := func(pairs ...any) map[string]any {
		return altered(map[string]any{"alg": "RS256", "kid": "ci"}, pairs...)
	}
	for _, row := range []struct {
		name    string
		client  string
		token   string
		code    int
		fetches bool
	}{
		{"an app without federated credentials", certified, c.sign(t, head(), foreign()), 70025, false},
		{"another issuer", federated, c.sign(t, head(), foreign("iss", "https://evil.example")), 700211, false},
		{"the issuer with a slash", federated, c.sign(t, head(), foreign("iss", elsewhereURL+"/")), 700211, false},
		{"the issuer in another case", federated, c.sign(t, head(), foreign("iss", "https://CI.example/issuer")), 700211, false},
		{"another audience", federated, c.sign(t, head(), foreign("aud", "https://github.com/contoso")), 700212, false},
		{"the audience in another case", federated, c.sign(t, head(), foreign("aud", "api://azureadtokenexchange")), 700212, false},
		{"the audience's GUID, from elsewhere", federated, c.sign(t, head(), foreign("aud", exchangeGUID)), 700212, false},
		{"another subject", federated, c.sign(t, head(), foreign("sub", "repo:contoso/app:ref:refs/heads/dev")), 700213, false},
		{"the subject in another case", federated, c.sign(t, head(), foreign("sub", "repo:Contoso/app:ref:refs/heads/main")), 700213, false},
		{"another credential's subject", federated, c.sign(t, head(), foreign("sub", builderID)), 700213, false},
		{"expired", federated, c.sign(t, head(), foreign("exp", midday.Add(-6*time.Minute).Unix())), 700024, false},
		{"not yet", federated, c.sign(t, head(), foreign("nbf", midday.Add(6*time.Minute).Unix())), 700024, false},
		{"PS256", federated, c.sign(t, head("alg", "PS256"), foreign()), 5002738, false},
		{"an unknown key", federated, c.sign(t, head("kid", "other"), foreign()), 700027, true},
		{"another key", federated, stranger.sign(t, head(), foreign()), 700027, true},
	} {
		before := len(issuer.asked)
		a := g.token(contoso, clientForm(row.client, row.token, apiURL+"/.default"))
		if a.status != 401 || a.str("error") != "invalid_client" {
			t.Errorf("%s: status %d, %s", row.name, a.status, a.text)
		}
		a.refused(t, 401, "invalid_client", row.code)
		if fetched := len(issuer.asked) > before; fetched && !row.fetches {
			t.Errorf("%s: fetched %v", row.name, issuer.asked[before:])
		}
	}
}

func TestTheClustersTokensStandForAnApp(t *testing.T) {
	t.Parallel()
	g := freshWorkloads(t, &foreignIssuer{down: true}) // nothing is fetched
	token, err := g.ServiceAccountToken(emulator.ServiceAccount{Namespace: "apps", Name: "router"})
	if err != nil {
		t.Fatal(err)
	}
	request := clientForm(federated, token, apiURL+"/.default")
	g.token(contoso, request).must(t)
	for _, other := range []emulator.ServiceAccount{
		{Namespace: "apps", Name: "other"}, {Namespace: "other", Name: "router"},
	} {
		token, err = g.ServiceAccountToken(other)
		if err != nil {
			t.Fatal(err)
		}
		g.token(contoso, with(request, "client_assertion", token)).refused(t, 401, "invalid_client", 700213)
	}
	token, err = g.ServiceAccountToken(emulator.ServiceAccount{Namespace: "apps", Name: "router", Audience: "https://kubernetes.default"})
	if err != nil {
		t.Fatal(err)
	}
	g.token(contoso, with(request, "client_assertion", token)).refused(t, 401, "invalid_client", 700212)
	g.Advance(time.Hour + 5*time.Minute)
	g.token(contoso, request).refused(t, 401, "invalid_client", 700024)
}

func TestOnlyAppsOwnTokensStandForAnApp(t *testing.T) {
	t.Parallel()
	g := workloadRig(t)
	forAlice, err := g.Sign(contoso, nil, map[string]any{
		"iss": entraURL + "/" + contoso + "/v2.0", "sub": alice, "aud": exchangeGUID, "tid": contoso, "scp": "user_impersonation",
		"nbf": midday.Unix(), "exp": midday.Add(time.Hour).Unix(),
	})
	if err != nil {
		t.Fatal(err)
	}
	g.token(contoso, clientForm(federated, forAlice, apiURL+"/.default")).refused(t, 401, "invalid_client", 700229)
	forged := credentials()[0].sign(t, map[string]any{"alg": "RS256", "kid": "x"}, map[string]any{
		"iss": entraURL + "/" + contoso + "/v2.0", "sub": builderID, "aud": exchangeGUID, "tid": contoso, "idtyp": "app",
		"nbf": midday.Unix(), "exp": midday.Add(time.Hour).Unix(),
	})
	g.token(contoso, clientForm(federated, forged, apiURL+"/.default")).refused(t, 401, "invalid_client", 700027)
}

func TestBadCertificatesAreComplainedAbout(t *testing.T) {
	t.Parallel()
	tenants := companies()
	tenants[0].Apps = append(tenants[0].Apps, seed.App{ID: certified, Name: "Certified", Certificates: []string{"nonsense"}})
	_, err := emulator.New(emulator.Options{EntraURL: entraURL, GraphURL: graphURL, ControlToken: control, Tenants: tenants})
	if err == nil || !strings.Contains(err.Error(), ".certificates[0]: is not one certificate in PEM") {
		t.Errorf("error is %v", err)
	}
}
