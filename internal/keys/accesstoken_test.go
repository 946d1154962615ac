package keys_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"gatehouse/internal/fault"
	"gatehouse/internal/keys"
	"gatehouse/internal/secrets"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func newSigner(t *testing.T, r replica) *keys.TokenSigner {
	t.Helper()
	s, err := keys.NewTokenSigner(r.Ring)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAccessTokenIsOfItsOwnTypeAndAlgorithm(t *testing.T) {
	t.Parallel()
	s := newSigner(t, newReplica(t, &database{}, &clock{at: midday}))
	token, err := s.SignAccessToken(t.Context(), map[string]any{"sub": "x"})
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	if h := parsed.Headers[0]; h.ExtraHeaders["typ"] != "at+jwt" || h.KeyID == "" || h.JSONWebKey != nil {
		t.Errorf("header = %+v", h)
	}
	verifying, err := s.VerificationKeys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := parsed.Claims(verifying[parsed.Headers[0].KeyID], &claims); err != nil || claims["sub"] != "x" {
		t.Errorf("the keys of this process do not verify what was signed: %v %v", claims, err)
	}
	if verifying[parsed.Headers[0].KeyID].Curve != elliptic.P256() {
		t.Error("the key is on another curve than P-256")
	}
}

func TestKeySetOfAccessTokensVerifiesThemAndNothingElse(t *testing.T) {
	t.Parallel()
	d := &database{}
	r := newReplica(t, d, &clock{at: midday})
	s, federation := newSigner(t, r), r.signs(keys.Federation)
	token, err := s.SignAccessToken(t.Context(), map[string]any{"sub": "x"})
	if err != nil {
		t.Fatal(err)
	}
	answer := func(h http.Handler) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, base+keys.AccessKeysPath, nil))
		return w
	}
	w := answer(s.Keys())
	if h := w.Header(); w.Code != http.StatusOK || h.Get("Content-Type") != "application/json" || h.Get("Cache-Control") != "public, max-age=3600" {
		t.Errorf("%d %v", w.Code, h)
	}
	var members struct {
		Keys []map[string]any `json:"keys"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &members); err != nil {
		t.Fatal(err)
	}
	k := members.Keys[0]
	if len(members.Keys) != 1 || len(k) != 7 || k["kty"] != "EC" || k["crv"] != "P-256" || k["use"] != "sig" || k["alg"] != "ES256" || k["d"] != nil {
		t.Errorf("the key set is %s", w.Body)
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(w.Body.Bytes(), &set); err != nil {
		t.Fatal(err)
	}
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	if err := parsed.Claims(set, &map[string]any{}); err != nil {
		t.Error(err)
	}
	if strings.Contains(w.Body.String(), federation) || slices.Contains(r.published(keys.Federation), parsed.Headers[0].KeyID) {
		t.Error("a key stands in the set of another purpose")
	}
	away := newSigner(t, newReplica(t, &database{broken: fault.New(fault.Unavailable, "away")}, &clock{at: midday}))
	if w := answer(away.Keys()); w.Code != http.StatusServiceUnavailable || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("without keys: %d %v", w.Code, w.Header())
	}
	if _, err := away.VerificationKeys(t.Context()); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("without keys: %v", err)
	}
}

func TestEveryReplicaKnowsTheKeysOfAllBeforeTheySign(t *testing.T) {
	t.Parallel()
	d, c := &database{}, &clock{at: midday}
	one, two := newReplica(t, d, c), newReplica(t, d, c)
	signer, verifier := newSigner(t, one), newSigner(t, two)
	first := one.signs(keys.AccessTokens)
	at, err := one.Rotate(t.Context(), keys.AccessTokens)
	if err != nil {
		t.Fatal(err)
	}
	known := func(s *keys.TokenSigner) []string {
		verifying, err := s.VerificationKeys(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return slices.Sorted(maps.Keys(verifying))
	}
	c.pass(time.Minute)
	if got := known(verifier); len(got) != 2 || !slices.Equal(got, known(signer)) || !slices.Contains(got, first) {
		t.Errorf("another replica knows %v, this one %v", got, known(signer))
	}
	c.pass(at.Sub(c.now()) + day + 10*time.Minute)
	if got := known(verifier); len(got) != 1 || got[0] == first {
		t.Errorf("once nothing that the old key signed is valid: %v known", got)
	}
}

// TestKeyOfAnotherKindSignsNoAccessTokens: such a row is encrypted as ours are, so
// that nothing but the kind of the key gives it away.
func TestKeyOfAnotherKindSignsNoAccessTokens(t *testing.T) {
	t.Parallel()
	d, c := &database{}, &clock{at: midday}
	own := newReplica(t, d, c).signs(keys.AccessTokens)
	for name, private := range map[string]crypto.Signer{
		"rsa": must(rsa.GenerateKey(rand.Reader, 2048)), "p-384": must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader)),
	} {
		row := keys.Stored{KID: name, Purpose: keys.AccessTokens, Algorithm: "ES256", CreatedAt: midday, NotBefore: midday.Add(-time.Hour), RetiresAt: midday.Add(day)}
		plain := must(x509.MarshalPKCS8PrivateKey(private))
		row.Ciphertext = must(newBox(t, d).Encrypt(t.Context(), secrets.Label{Kind: "signing key access_tokens", ID: name}, plain))
		d.rows = append(d.rows, row)
	}
	r := newReplica(t, d, c)
	if got := r.published(keys.AccessTokens); !slices.Equal(got, []string{own}) || strings.Count(r.logs.String(), "not one of ours") != 2 {
		t.Errorf("published %v, want %s only; said: %s", got, own, r.logs)
	}
}

func TestPrivateKeyOfAccessTokensIsNeverStoredInTheClear(t *testing.T) {
	t.Parallel()
	d := &database{}
	newReplica(t, d, &clock{at: midday}).signs(keys.AccessTokens)
	row := d.rows[0]
	if _, ok := must(x509.ParsePKIXPublicKey(row.PublicKey)).(*ecdsa.PublicKey); !ok || row.Algorithm != "ES256" {
		t.Errorf("row = %+v", row)
	}
	if _, err := x509.ParsePKCS8PrivateKey(row.Ciphertext); err == nil {
		t.Error("the private key is readable")
	}
}

func TestTokenSignerNeedsKeys(t *testing.T) {
	t.Parallel()
	if _, err := keys.NewTokenSigner(nil); err == nil {
		t.Error("a signer of nothing")
	}
}
