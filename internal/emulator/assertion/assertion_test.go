package assertion_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/emulator/assertion"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// signer is a key in a self-signed certificate.
type signer struct {
	key *rsa.PrivateKey
	der []byte
}

var signers = sync.OnceValue(func() []signer {
	var out []signer
	for n := range 2 {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		template := &x509.Certificate{
			SerialNumber: big.NewInt(int64(n + 1)), Subject: pkix.Name{CommonName: "client"},
			NotBefore: noon.Add(-time.Hour), NotAfter: noon.Add(24 * time.Hour),
		}
		der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
		if err != nil {
			panic(err)
		}
		out = append(out, signer{key, der})
	}
	return out
})

func (s signer) pem() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.der}))
}

func (s signer) sign(t *testing.T, header, claims map[string]any) string {
	t.Helper()
	part := func(value any) string {
		raw, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(raw)
	}
	signed := part(header) + "." + part(claims)
	sum := sha256.Sum256([]byte(signed))
	var signature []byte
	var err error
	if header["alg"] == "PS256" {
		signature, err = rsa.SignPSS(rand.Reader, s.key, crypto.SHA256, sum[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
	} else {
		signature, err = rsa.SignPKCS1v15(rand.Reader, s.key, crypto.SHA256, sum[:])
	}
	if err != nil {
		t.Fatal(err)
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func TestAssertionsAreReadAsTheyAre(t *testing.T) {
	t.Parallel()
	s := signers()[0]
	token := s.sign(t, map[string]any{"alg": "PS256", "kid": "k"}, map[string]any{
		"iss": "i", "sub": "s", "aud": []string{"a", "b"}, "nbf": noon.Unix(), "exp": noon.Add(time.Minute).Unix(),
	})
	a, err := assertion.Read(token)
	if err != nil {
		t.Fatal(err)
	}
	if a.Issuer != "i" || a.Subject != "s" || !a.For("b") || a.For("c") || !a.NotBefore.Equal(noon) || !a.Expiry.Equal(noon.Add(time.Minute)) {
		t.Errorf("read %+v", a)
	}
	if err = a.Verify(&s.key.PublicKey); err != nil {
		t.Errorf("its own key: %v", err)
	}
	if err = a.Verify(&signers()[1].key.PublicKey); !errors.Is(err, assertion.ErrSignature) {
		t.Errorf("another key: %v", err)
	}
	single, err := assertion.Read(s.sign(t, map[string]any{"alg": "RS256"}, map[string]any{"aud": "a", "exp": 1e300}))
	if err != nil || !single.For("a") || single.Expiry.Unix() != 0 || single.NotBefore.Unix() != 0 {
		t.Errorf("read %+v, %v", single, err)
	}
}

func TestSignaturesOfOtherAlgorithmsAreRefused(t *testing.T) {
	t.Parallel()
	s := signers()[0]
	for _, alg := range []string{"none", "HS256", "RS384", "", "rs256", "ES256"} {
		a, err := assertion.Read(s.sign(t, map[string]any{"alg": alg}, map[string]any{"iss": "i"}))
		if err != nil {
			t.Fatal(err)
		}
		if err = a.Verify(&s.key.PublicKey); !errors.Is(err, assertion.ErrSignature) {
			t.Errorf("alg %q: %v", alg, err)
		}
	}
}

func TestWhatIsNoTokenIsMalformed(t *testing.T) {
	t.Parallel()
	encode := base64.RawURLEncoding.EncodeToString
	object := encode([]byte(`{}`))
	for _, text := range []string{
		"", ".", "..", "a.b.c", "a.b", object + "." + object, object + "." + object + ".~", object + "." + object + ".AA.AA",
		encode([]byte(`null`)) + "." + object + ".AA", object + "." + encode([]byte(`[]`)) + ".AA",
		object + "." + encode([]byte(`{"aud":1}`)) + ".AA", object + "." + encode([]byte(`{"iss":1}`)) + ".AA",
		object + "." + encode([]byte(`{} {}`)) + ".AA", object + "." + encode([]byte(`{"exp":"soon"}`)) + ".AA",
	} {
		if _, err := assertion.Read(text); !errors.Is(err, assertion.ErrMalformed) {
			t.Errorf("%q is read", text)
		}
	}
}

func TestCertificatesAreChosenByWhatTheHeaderNames(t *testing.T) {
	t.Parallel()
	mine, other := signers()[0], signers()[1]
	short, long := sha1.Sum(mine.der), sha256.Sum256(mine.der)
	url, std := base64.RawURLEncoding.EncodeToString, base64.StdEncoding.EncodeToString
	otherShort := sha1.Sum(other.der)
	registered, err := assertion.Certificates([]string{other.pem(), mine.pem()})
	if err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		header assertion.Header
		want   error
	}{
		"x5t, base64url":            {assertion.Header{SHA1: url(short[:])}, nil},
		"x5t, standard":             {assertion.Header{SHA1: std(short[:])}, nil},
		"x5t#S256, base64url":       {assertion.Header{SHA256: url(long[:])}, nil},
		"x5t#S256, standard":        {assertion.Header{SHA256: std(long[:])}, nil},
		"kid, hexadecimal":          {assertion.Header{KeyID: strings.ToUpper(hex.EncodeToString(short[:]))}, nil},
		"kid, base64url":            {assertion.Header{KeyID: url(short[:])}, nil},
		"kid, SHA-256":              {assertion.Header{KeyID: url(long[:])}, nil},
		"x5c of a registered leaf":  {assertion.Header{Chain: []string{std(mine.der)}}, nil},
		"everything at once":        {assertion.Header{SHA1: url(short[:]), SHA256: std(long[:]), KeyID: "mine", Chain: []string{std(mine.der)}}, nil},
		"nothing":                   {assertion.Header{}, assertion.ErrUnnamed},
		"x5t of nobody":             {assertion.Header{SHA1: url(make([]byte, 20))}, assertion.ErrUnregistered},
		"x5t that is not a digest":  {assertion.Header{SHA1: "AAAA"}, assertion.ErrUnregistered},
		"x5t of one, x5c of other":  {assertion.Header{SHA1: url(otherShort[:]), Chain: []string{std(mine.der)}}, assertion.ErrUnregistered},
		"x5t of one, S256 of other": {assertion.Header{SHA1: url(otherShort[:]), SHA256: url(long[:])}, assertion.ErrUnregistered},
		"x5c of nobody":             {assertion.Header{Chain: []string{"AAAA"}}, assertion.ErrUnregistered},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := row.header.Choose(registered)
			if !errors.Is(err, row.want) {
				t.Fatalf("error %v, want %v", err, row.want)
			}
			if err == nil && !got.Key.Equal(&mine.key.PublicKey) {
				t.Error("another certificate was chosen")
			}
		})
	}
	if got := (assertion.Header{SHA1: url(short[:])}).Thumbprint(); got != strings.ToUpper(hex.EncodeToString(short[:])) {
		t.Errorf("thumbprint %q", got)
	}
}

func TestCertificatesThatAreNoneAreComplainedAbout(t *testing.T) {
	t.Parallel()
	key := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")}))
	broken := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")}))
	for _, text := range []string{"", "nonsense", key, broken} {
		if _, err := assertion.Certificates([]string{text}); err == nil || !strings.HasPrefix(err.Error(), "read certificate 1: ") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{"", "..", "e30.e30.", "e30.e30.AA", "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOlsiYSJdfQ.AA"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		a, err := assertion.Read(token)
		if err != nil {
			return
		}
		if a.Verify(&signers()[0].key.PublicKey) == nil {
			t.Errorf("%q verifies", token)
		}
		_ = a.Header.Thumbprint()
		_, _ = a.Header.Choose(nil)
	})
}
