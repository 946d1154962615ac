package authserver_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/connections"
	"gatehouse/internal/fault"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

var (
	curveKey = must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	otherKey = must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	rsaKey   = must(rsa.GenerateKey(rand.Reader, 2048))
)

func b64(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }

// setOf is a key set with the public key of each private one, by their names.
func setOf(keys map[string]crypto.Signer) string {
	var list []map[string]string
	for name, key := range keys {
		switch public := key.Public().(type) {
		case *ecdsa.PublicKey:
			point := must(public.Bytes())
			list = append(list, map[string]string{"kid": name, "kty": "EC", "crv": "P-256", "x": b64(point[1:33]), "y": b64(point[33:])})
		case *rsa.PublicKey:
			list = append(list, map[string]string{"kid": name, "kty": "RSA", "n": b64(public.N.Bytes()), "e": b64(big.NewInt(int64(public.E)).Bytes())})
		}
	}
	return string(must(json.Marshal(map[string]any{"keys": list})))
}

// signing is how a client signs an assertion.
type signing struct {
	key    crypto.Signer
	header map[string]any
	claims map[string]any
	plain  bool // with RSA as of PKCS #1 v1.5, whatever the header says
}

// signs is an assertion of a client at Contoso without a flaw.
func (i *issuing) signs(client string) signing {
	return signing{
		key:    curveKey,
		header: map[string]any{"alg": "ES256", "kid": "c1", "typ": "JWT"},
		claims: map[string]any{
			"iss": client, "sub": client, "aud": base + "/t/contoso", "jti": rand.Text(), "iat": i.now.Unix(), "exp": i.now.Add(time.Minute).Unix(),
		},
	}
}

// jwt is the assertion.
func (s signing) jwt() string {
	signed := b64(must(json.Marshal(s.header))) + "." + b64(must(json.Marshal(s.claims)))
	digest := sha256.Sum256([]byte(signed))
	switch key := s.key.(type) {
	case *ecdsa.PrivateKey:
		a, b, err := ecdsa.Sign(rand.Reader, key, digest[:])
		if err != nil {
			panic(err)
		}
		var raw [64]byte
		a.FillBytes(raw[:32])
		b.FillBytes(raw[32:])
		return signed + "." + b64(raw[:])
	case *rsa.PrivateKey:
		if s.header["alg"] == "PS256" && !s.plain {
			return signed + "." + b64(must(rsa.SignPSS(rand.Reader, key, crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})))
		}
		return signed + "." + b64(must(rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])))
	}
	return signed + "."
}

func asserted(jwt string) presented {
	return presented{form: url.Values{"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {jwt}}}
}

// keyed is an agent that has keys and no secret.
func (i *issuing) keyed() {
	i.t.Helper()
	i.preregister(connections.Headless)
	e := i.preregistered[deskID]
	e.Secrets, e.Keys = nil, setOf(map[string]crypto.Signer{"c1": curveKey, "r1": rsaKey})
	i.preregistered[deskID] = e
}

func TestClientsProveThemselvesWithKeys(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*signing){
		"ES256":              func(*signing) {},
		"RS256":              func(s *signing) { s.key, s.header["alg"], s.header["kid"] = rsaKey, "RS256", "r1" },
		"PS256":              func(s *signing) { s.key, s.header["alg"], s.header["kid"] = rsaKey, "PS256", "r1" },
		"naming no key":      func(s *signing) { delete(s.header, "kid") },
		"for the token URL":  func(s *signing) { s.claims["aud"] = base + "/t/contoso/token" },
		"for a list of one":  func(s *signing) { s.claims["aud"] = []string{base + "/t/contoso"} },
		"over in five":       func(s *signing) { s.claims["exp"] = s.claims["iat"].(int64) + 300 },
		"by a clock behind":  func(s *signing) { s.claims["exp"] = s.claims["iat"].(int64) - 20 },
		"by a clock ahead":   func(s *signing) { s.claims["iat"] = s.claims["iat"].(int64) + 20 },
		"with no time of it": func(s *signing) { delete(s.claims, "iat") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := newIssuing(t)
			i.keyed()
			s := i.signs(deskID)
			change(&s)
			jwt := s.jwt()
			if got := i.ask("token", asserted(jwt), acting()); got.status != http.StatusOK || got.signed(t)["sub"] != deskID {
				t.Fatalf("%d %v", got.status, got.body)
			}
			if got := i.ask("token", asserted(jwt), acting()); !got.refused(http.StatusUnauthorized, "invalid_client") || !strings.Contains(got.text("error_description"), "used before") {
				t.Errorf("shown again: %d %v", got.status, got.body)
			}
		})
	}
}

func TestAssertionsAreRefused(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(*signing)
		form   url.Values // besides
		whole  func(string) string
		code   string
	}{
		"by another key":             {change: func(s *signing) { s.key = otherKey }},
		"by another key, unnamed":    {change: func(s *signing) { s.key = otherKey; delete(s.header, "kid") }},
		"by the key of another name": {change: func(s *signing) { s.header["kid"] = "r1" }},
		"by a key nobody has":        {change: func(s *signing) { s.header["kid"] = "c2" }},
		"by no key":                  {change: func(s *signing) { s.key, s.header["alg"] = nil, "none" }},
		"said to be RSA":             {change: func(s *signing) { s.header["alg"] = "RS256" }},
		"said to be a MAC":           {change: func(s *signing) { s.header["alg"] = "HS256" }},
		"RSA, said to be PSS":        {change: func(s *signing) { s.key, s.header["alg"], s.header["kid"], s.plain = rsaKey, "PS256", "r1", true }},
		"of another issuer":          {change: func(s *signing) { s.claims["iss"] = otherID }},
		"of another subject":         {change: func(s *signing) { s.claims["sub"] = otherID }, form: url.Values{"client_id": {deskID}}},
		"of another client":          {form: url.Values{"client_id": {"ghc_ABCDEFGHIJKLMNOPQRSTUVWXY0"}}},
		"for another organization":   {change: func(s *signing) { s.claims["aud"] = base + "/t/fabrikam" }},
		"for the endpoint":           {change: func(s *signing) { s.claims["aud"] = base + "/t/contoso/mcp" }},
		"for nobody":                 {change: func(s *signing) { delete(s.claims, "aud") }},
		"for several":                {change: func(s *signing) { s.claims["aud"] = []string{base + "/t/contoso", "https://evil.example"} }},
		"without an end":             {change: func(s *signing) { delete(s.claims, "exp") }},
		"that is over":               {change: func(s *signing) { s.claims["exp"] = s.claims["iat"].(int64) - 30 }},
		"good for long":              {change: func(s *signing) { s.claims["exp"] = s.claims["iat"].(int64) + 331 }},
		"from the future":            {change: func(s *signing) { s.claims["iat"] = s.claims["iat"].(int64) + 31 }},
		"not good yet":               {change: func(s *signing) { s.claims["nbf"] = s.claims["iat"].(int64) + 31 }},
		"without an id":              {change: func(s *signing) { delete(s.claims, "jti") }},
		"with a long id":             {change: func(s *signing) { s.claims["jti"] = strings.Repeat("x", 201) }},
		"with an extension":          {change: func(s *signing) { s.header["crit"] = []string{"b64"} }},
		"whose end is a text":        {change: func(s *signing) { s.claims["exp"] = "soon" }},
		"whose issuer is a list":     {change: func(s *signing) { s.claims["iss"] = []string{deskID} }},
		"of four parts":              {whole: func(jwt string) string { return jwt + ".x" }},
		"cut short":                  {whole: func(jwt string) string { return jwt[:len(jwt)-2] }},
		"too long":                   {change: func(s *signing) { s.claims["x"] = strings.Repeat("x", 9000) }},
		"of another type":            {form: url.Values{"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:saml2-bearer"}}},
		"of no type":                 {form: url.Values{"client_assertion_type": {""}}},
		"beside a secret":            {form: url.Values{"client_secret": {"ghcs_x"}}, code: "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := newIssuing(t)
			i.keyed()
			s := i.signs(deskID)
			if tt.change != nil {
				tt.change(&s)
			}
			jwt := s.jwt()
			if tt.whole != nil {
				jwt = tt.whole(jwt)
			}
			f := acting()
			maps.Copy(f, tt.form)
			status, code := http.StatusUnauthorized, "invalid_client"
			if tt.code != "" {
				status, code = http.StatusBadRequest, tt.code
			}
			got := i.ask("token", asserted(jwt), f)
			if !got.refused(status, code) || len(i.events) > 0 || len(i.used) > 0 || strings.Contains(got.text("error_description"), jwt) {
				t.Errorf("%d %v", got.status, got.body)
			}
		})
	}
}

func TestAssertionBesideAHeaderIsTwoWays(t *testing.T) {
	t.Parallel()
	i := newIssuing(t)
	i.keyed()
	p := inHeader(deskID, "x")
	p.form = asserted(i.signs(deskID).jwt()).form
	if got := i.ask("token", p, acting()); !got.refused(http.StatusBadRequest, "invalid_request") {
		t.Errorf("%d %v", got.status, got.body)
	}
}

func TestWhoHasNoKeysProvesNothing(t *testing.T) {
	t.Parallel()
	i := newIssuing(t)
	i.preregister(connections.Confidential)
	_, first := i.grant("", "access_as_user")
	for _, id := range []string{deskID, clientID} {
		if got := i.ask("token", asserted(i.signs(id).jwt()), refreshing(first)); !got.refused(http.StatusUnauthorized, "invalid_client") || !strings.Contains(got.text("error_description"), "has no key here") {
			t.Errorf("%s: %d %v", id, got.status, got.body)
		}
	}
}

const keysURL = "https://agent.example/keys"

// TestKeysAreFetchedAndFetchedAgain: a key that is not in the set has it asked for
// again, at most once in five minutes.
func TestKeysAreFetchedAndFetchedAgain(t *testing.T) {
	t.Parallel()
	i := newIssuing(t)
	i.keyed()
	e := i.preregistered[deskID]
	e.Keys, e.KeysURL = "", keysURL
	i.preregistered[deskID] = e
	publish := func(keys map[string]crypto.Signer) {
		i.web.mu.Lock()
		defer i.web.mu.Unlock()
		i.web.pages[keysURL] = page{status: 200, header: http.Header{"Content-Type": {"application/jwk-set+json"}, "Cache-Control": {"max-age=86400"}}, body: setOf(keys)}
	}
	publish(map[string]crypto.Signer{"c1": curveKey})
	good := func(s signing) bool {
		t.Helper()
		return i.ask("token", asserted(s.jwt()), acting()).status == http.StatusOK
	}
	rotated := func() signing {
		s := i.signs(deskID)
		s.key, s.header["kid"] = otherKey, "c2"
		return s
	}
	if first, second := good(i.signs(deskID)), good(i.signs(deskID)); !first || !second || i.web.times() != 1 {
		t.Errorf("it was fetched %d times", i.web.times())
	}
	publish(map[string]crypto.Signer{"c2": otherKey})
	if good(rotated()) || i.web.times() != 1 {
		t.Errorf("it was fetched %d times within five minutes", i.web.times())
	}
	i.pass(5 * time.Minute)
	if !good(rotated()) || i.web.times() != 2 {
		t.Errorf("after five minutes it was fetched %d times", i.web.times())
	}
	if good(i.signs(deskID)) || i.web.times() != 2 {
		t.Error("the key that is gone is good, or was looked for at once")
	}
	i.web.mu.Lock()
	i.web.pages[keysURL] = page{status: 200, header: http.Header{"Content-Type": {"application/json"}}, body: `{"keys":[]}`}
	i.web.mu.Unlock()
	i.pass(25 * time.Hour)
	if got := i.ask("token", asserted(i.signs(deskID).jwt()), acting()); !got.refused(http.StatusUnauthorized, "invalid_client") || !strings.Contains(got.text("error_description"), keysURL) {
		t.Errorf("%d %v", got.status, got.body)
	}
	i.web.mu.Lock()
	delete(i.web.pages, keysURL)
	i.web.mu.Unlock()
	i.pass(time.Minute)
	if got := i.ask("token", asserted(i.signs(deskID).jwt()), acting()); !got.refused(http.StatusServiceUnavailable, "temporarily_unavailable") {
		t.Errorf("%d %v", got.status, got.body)
	}
}

// TestNobodyTakesTheKeysOfAnotherAway: naming a key that is not there has the set asked
// for again, and whoever does it needs none.
func TestNobodyTakesTheKeysOfAnotherAway(t *testing.T) {
	t.Parallel()
	i := newIssuing(t)
	i.keyed()
	e := i.preregistered[deskID]
	e.Keys, e.KeysURL = "", keysURL
	i.preregistered[deskID] = e
	i.web.pages[keysURL] = page{status: 200, header: http.Header{"Content-Type": {"application/json"}}, body: setOf(map[string]crypto.Signer{"c1": curveKey})}
	good := func() bool {
		t.Helper()
		return i.ask("token", asserted(i.signs(deskID).jwt()), acting()).status == http.StatusOK
	}
	if !good() {
		t.Fatal("its key is refused")
	}
	i.web.mu.Lock()
	delete(i.web.pages, keysURL)
	i.web.mu.Unlock()
	i.pass(5 * time.Minute)
	foreign := i.signs(deskID)
	foreign.key, foreign.header["kid"] = otherKey, "made-up"
	for range 2 {
		if got := i.ask("token", asserted(foreign.jwt()), acting()); !got.refused(http.StatusUnauthorized, "invalid_client") || i.web.times() != 2 {
			t.Errorf("a key made up: %d %v, fetched %d times", got.status, got.body, i.web.times())
		}
	}
	if !good() {
		t.Error("its key is good no more since a stranger made one up")
	}
}

const keyedDocument = "https://a.example/client.json"

// TestDocumentsThatDeclareKeysAreHeldToThem at refreshes and revocations.
func TestDocumentsThatDeclareKeysAreHeldToThem(t *testing.T) {
	t.Parallel()
	i := newIssuing(t)
	publish := func(more string) {
		i.web.mu.Lock()
		defer i.web.mu.Unlock()
		i.web.pages[keyedDocument] = page{status: 200, header: http.Header{"Content-Type": {"application/json"}}, body: `{"client_id":"` + keyedDocument + `","client_name":"A","redirect_uris":["https://a.example/cb"]` + more + `}`}
	}
	publish(`,"token_endpoint_auth_method":"private_key_jwt","jwks":` + setOf(map[string]crypto.Signer{"c1": curveKey}))
	i.connection.Client, i.connection.Software, i.connection.Proves = keyedDocument, keyedDocument, true
	i.data.Organization.UnknownClients = tenants.Admit
	i.change(func(*snapshot.Data) {})
	grant, first := i.grant("", "access_as_user")
	for path, more := range map[string]url.Values{"token": refreshing(first), "revoke": {"token": {first}}} {
		for name, p := range map[string]presented{
			"with nothing":  inForm(keyedDocument, ""),
			"with a secret": inForm(keyedDocument, "x"),
			"with another's key": asserted(func() string {
				s := i.signs(keyedDocument)
				s.key = otherKey
				return s.jwt()
			}()),
		} {
			if got := i.ask(path, p, more); !got.refused(http.StatusUnauthorized, "invalid_client") || i.grants[grant.ID].Generation != 1 {
				t.Errorf("%s %s: %d %v", path, name, got.status, got.body)
			}
		}
	}
	got := i.ask("token", asserted(i.signs(keyedDocument).jwt()), refreshing(first))
	if got.status != http.StatusOK || got.signed(t)["client_id"] != keyedDocument {
		t.Fatalf("%d %v", got.status, got.body)
	}
	if got := i.ask("revoke", asserted(i.signs(keyedDocument).jwt()), url.Values{"token": {got.text("refresh_token")}}); got.status != http.StatusOK || len(i.ended) != 1 {
		t.Errorf("%d %v", got.status, got.body)
	}
	publish("")
	i.pass(25 * time.Hour)
	if got := i.ask("token", asserted(i.signs(keyedDocument).jwt()), refreshing(first)); !got.refused(http.StatusUnauthorized, "invalid_client") {
		t.Errorf("a document without keys: %d %v", got.status, got.body)
	}
}

// TestStrangersProveThemselvesNoOftenerThanTheyMayLeaveSomething: whoever publishes a
// document has keys, so that nobody's permission is needed to leave a used proof behind.
func TestStrangersProveThemselvesNoOftenerThanTheyMayLeaveSomething(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.documents[webID] = `{"client_id":"` + webID + `","client_name":"Assistant","redirect_uris":["` + webTo + `"],"token_endpoint_auth_method":"private_key_jwt","jwks":` +
		setOf(map[string]crypto.Signer{"c1": curveKey}) + `}`
	d.full = fault.New(fault.Limited, "too many requests from here").RetryAfter(time.Second)
	ask := func(path string) (status int, left int) {
		t.Helper()
		f := asserted((&issuing{now: d.clock()}).signs(webID).jwt()).form
		maps.Copy(f, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"x"}, "token": {"x"}})
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, base+"/t/contoso/"+path, strings.NewReader(f.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		before := len(d.once)
		d.mux.ServeHTTP(w, r)
		return w.Code, len(d.once) - before
	}
	for _, path := range []string{"token", "revoke"} {
		if status, left := ask(path); status != http.StatusTooManyRequests || left != 0 {
			t.Errorf("%s answers a stranger %d, and %d proofs are kept", path, status, left)
		}
	}
	d.change("contoso", func(c *snapshot.Data) { c.Clients = append(c.Clients, tenants.Client{ID: webID, Name: "Assistant"}) })
	for _, path := range []string{"token", "revoke"} {
		if status, left := ask(path); status == http.StatusTooManyRequests || left != 1 {
			t.Errorf("%s answers listed software %d, and %d proofs are kept", path, status, left)
		}
	}
}

// TestPeopleAgreeToClientsWithKeys: what the document declares is kept with what
// they agree to.
func TestPeopleAgreeToClientsWithKeys(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	set := setOf(map[string]crypto.Signer{"c1": curveKey})
	d.documents[webID] = `{"client_id":"` + webID + `","client_name":"Assistant","redirect_uris":["` + webTo + `"],"token_endpoint_auth_method":"private_key_jwt","jwks":` + set + `}`
	b := d.tab()
	if got := b.press(b.second(request(webID, webTo)), "allow").query(t); got.Get("code") == "" {
		t.Errorf("%v", got)
	}
	if len(d.connections) != 1 || !d.connections[0].Proves {
		t.Errorf("%+v", d.connections)
	}
}

// TestPeopleAreAskedAboutAClientThatStopsProvingItself: what they agreed to was one that
// does, and its older refresh tokens would be good in anybody's hands.
func TestPeopleAreAskedAboutAClientThatStopsProvingItself(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	publish := func(method string) {
		d.documents[webID] = `{"client_id":"` + webID + `","client_name":"Assistant","redirect_uris":["` + webTo + `"],"token_endpoint_auth_method":"` + method + `","jwks":` +
			setOf(map[string]crypto.Signer{"c1": curveKey}) + `}`
	}
	publish("private_key_jwt")
	b := d.tab()
	b.press(b.second(request(webID, webTo)), "allow")
	if got := b.second(request(webID, webTo)); got.status != http.StatusSeeOther {
		t.Fatalf("what was agreed to is asked again: %d %s", got.status, got.body)
	}
	publish("none")
	d.pass(25 * time.Hour)
	if got := b.second(request(webID, webTo)); got.status != http.StatusOK || !d.connections[0].Proves {
		t.Errorf("nobody was asked: %d, %+v", got.status, d.connections)
	}
}

// TestCodesOfClientsWithKeysNeedAProof: people agreed to a client that authenticates.
func TestCodesOfClientsWithKeysNeedAProof(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.documents[webID] = `{"client_id":"` + webID + `","client_name":"Assistant","redirect_uris":["` + webTo + `"],"token_endpoint_auth_method":"private_key_jwt","jwks":` +
		setOf(map[string]crypto.Signer{"c1": curveKey}) + `}`
	b := d.tab()
	redeem := func(code string, p presented) int {
		t.Helper()
		f := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "code_verifier": {verifier}, "client_id": {webID}, "redirect_uri": {webTo}}
		maps.Copy(f, p.form)
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, base+"/t/contoso/token", strings.NewReader(f.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		d.mux.ServeHTTP(w, r)
		return w.Code
	}
	code := func() string {
		return b.press(b.second(request(webID, webTo, "prompt", "consent")), "allow").query(t).Get("code")
	}
	if status := redeem(code(), presented{}); status != http.StatusUnauthorized {
		t.Errorf("without a proof it is answered %d", status)
	}
	s := (&issuing{now: d.clock()}).signs(webID)
	if status := redeem(code(), asserted(s.jwt())); status != http.StatusOK {
		t.Errorf("with one it is answered %d", status)
	}
}
