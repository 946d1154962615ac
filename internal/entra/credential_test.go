package entra_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

const tokenURL = login + "c0000000-0000-4000-8000-000000000001/oauth2/v2.0/token"

// failing is a credential that has no proof.
type failing struct{ err error }

func (f failing) Apply(context.Context, string, url.Values) error { return f.err }

// applied is the form of a request after a credential.
func applied(t *testing.T, c entra.Credential) url.Values {
	t.Helper()
	form := url.Values{"client_id": {apiClient.String()}}
	if err := c.Apply(t.Context(), tokenURL, form); err != nil {
		t.Fatal(err)
	}
	return form
}

// certified is a certificate good for a year around began, and its bundle.
func certified(t *testing.T, name string) (cert []byte, bundle string) {
	t.Helper()
	return certifiedFor(t, name, began.Add(365*24*time.Hour))
}

func certifiedFor(t *testing.T, name string, until time.Time) (cert []byte, bundle string) {
	t.Helper()
	key := rsaKey(name)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: began.Add(-time.Hour), NotAfter: until}
	der := must(x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key))
	return der, block("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(key))) + block("CERTIFICATE", der)
}

func block(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func TestSecretIsSentAsItIs(t *testing.T) {
	t.Parallel()
	form := applied(t, must(entra.SecretCredential(entra.NewSecret(secret))))
	if form.Get("client_secret") != secret || form.Has("client_assertion") {
		t.Errorf("form %v", form)
	}
	for _, bad := range []string{"", " secret", "secret\n"} {
		if _, err := entra.SecretCredential(entra.NewSecret(bad)); err == nil || fault.KindOf(err) != fault.Invalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// TestCertificateAssertionIsWhatMicrosoftDescribes reads the assertion with
// another implementation of JWS.
func TestCertificateAssertionIsWhatMicrosoftDescribes(t *testing.T) {
	t.Parallel()
	der, bundle := certified(t, "app")
	parent, _ := certified(t, "parent")
	cert := must(entra.ParseCertificate([]byte(bundle + block("CERTIFICATE", parent))))
	sum := sha256.Sum256(der)
	if cert.Thumbprint() != hex.EncodeToString(sum[:]) || !cert.ExpiresAt().Equal(began.Add(365*24*time.Hour)) {
		t.Errorf("thumbprint %s, expires %s", cert.Thumbprint(), cert.ExpiresAt())
	}
	seen := map[string]bool{}
	for _, chain := range []entra.Chain{entra.WithoutChain, entra.WithChain} {
		form := applied(t, entra.CertificateCredential(cert, func() time.Time { return began }, chain))
		if form.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" || form.Has("client_secret") {
			t.Errorf("form %v", form)
		}
		jws := must(jose.ParseSignedCompact(form.Get("client_assertion"), []jose.SignatureAlgorithm{jose.PS256}))
		payload, err := jws.Verify(&rsaKey("app").PublicKey)
		if err != nil {
			t.Fatal(err)
		}
		signed, signature, _ := strings.Cut(form.Get("client_assertion")[strings.Index(form.Get("client_assertion"), ".")+1:], ".")
		first, _, _ := strings.Cut(form.Get("client_assertion"), ".")
		digest := sha256.Sum256([]byte(first + "." + signed))
		exact := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash} // RFC 7518 §3.5; go-jose takes any
		if err := rsa.VerifyPSS(&rsaKey("app").PublicKey, crypto.SHA256, digest[:], must(base64.RawURLEncoding.DecodeString(signature)), exact); err != nil {
			t.Errorf("salt: %v", err)
		}
		var claims struct {
			Aud, Iss, Sub, Jti string
			Iat, Nbf, Exp      int64
		}
		if err := json.Unmarshal(payload, &claims); err != nil {
			t.Fatal(err)
		}
		at := began.Unix()
		if claims.Aud != tokenURL || claims.Iss != apiClient.String() || claims.Sub != apiClient.String() || claims.Iat != at || claims.Nbf != at || claims.Exp != at+300 {
			t.Errorf("claims %+v", claims)
		}
		if seen[claims.Jti] || len(claims.Jti) != 36 {
			t.Errorf("jti %q is used again, or no id", claims.Jti)
		}
		seen[claims.Jti] = true
		header := jws.Signatures[0].Header.ExtraHeaders
		if header["x5t#S256"] != base64.RawURLEncoding.EncodeToString(sum[:]) {
			t.Errorf("header %v", header)
		}
		want := []any(nil)
		if chain == entra.WithChain {
			want = []any{base64.StdEncoding.EncodeToString(der), base64.StdEncoding.EncodeToString(parent)}
		}
		if got := rawHeader(t, form.Get("client_assertion"))["x5c"]; fmt.Sprint(got) != fmt.Sprint(any(want)) && (got != nil || want != nil) {
			t.Errorf("x5c %v, want %v", got, want)
		}
	}
}

func rawHeader(t *testing.T, token string) map[string]any {
	t.Helper()
	first, _, _ := strings.Cut(token, ".")
	var header map[string]any
	if err := json.Unmarshal(must(base64.RawURLEncoding.DecodeString(first)), &header); err != nil {
		t.Fatal(err)
	}
	return header
}

func TestUnusableBundlesAreRefused(t *testing.T) {
	t.Parallel()
	der, good := certified(t, "app")
	key := block("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(rsaKey("app"))))
	small := must(rsa.GenerateKey(rand.Reader, 1024))
	traditional := string(pem.EncodeToMemory(&pem.Block{
		Type: "RSA PRIVATE KEY", Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-256-CBC,00"}, Bytes: []byte("x"),
	}))
	if _, err := entra.ParseCertificate([]byte("Bag Attributes: none\n" + good)); err != nil {
		t.Errorf("text around the blocks: %v", err)
	}
	if _, err := entra.ParseCertificate([]byte(block("CERTIFICATE", der) + block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey("app"))))); err != nil {
		t.Errorf("PKCS #1: %v", err)
	}
	for name, row := range map[string]struct{ bundle, want string }{
		"nothing":              {"", "no private key"},
		"no PEM":               {"MIIE…", "not PEM"},
		"no key":               {block("CERTIFICATE", der), "no private key"},
		"no certificate":       {key, "no certificate for"},
		"another's key":        {block("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(rsaKey("other")))) + block("CERTIFICATE", der), "no certificate for"},
		"two keys":             {good + key, "several private keys"},
		"an encrypted key":     {block("ENCRYPTED PRIVATE KEY", []byte("x")) + block("CERTIFICATE", der), "is encrypted; export it without a password"},
		"one of the old kind":  {traditional + block("CERTIFICATE", der), "is encrypted; export it without a password"},
		"a broken key":         {block("PRIVATE KEY", []byte("x")) + block("CERTIFICATE", der), "not an RSA key"},
		"a broken certificate": {key + block("CERTIFICATE", []byte("x")), "cannot be read"},
		"a small key":          {block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(small)), "2048"},
		"too much":             {good + strings.Repeat("x", 64<<10), "64 kB"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := entra.ParseCertificate([]byte(row.bundle))
			if err == nil || fault.KindOf(err) != fault.Invalid || !strings.Contains(fault.Public(err), row.want) {
				t.Errorf("got %v, want %q", err, row.want)
			}
		})
	}
}

func TestExpiredCertificateIsNotSent(t *testing.T) {
	t.Parallel()
	_, bundle := certifiedFor(t, "app", began)
	c := entra.CertificateCredential(must(entra.ParseCertificate([]byte(bundle))), func() time.Time { return began }, entra.WithoutChain)
	form := url.Values{"client_id": {apiClient.String()}}
	err := c.Apply(t.Context(), tokenURL, form)
	if err == nil || fault.KindOf(err) != fault.Invalid || !strings.Contains(fault.Public(err), "expired on "+began.UTC().Format(time.DateOnly)) || form.Has("client_assertion") {
		t.Errorf("%v, form %v", err, form)
	}
}

func TestPlatformIssuerIsAskedForTheCloudsAudience(t *testing.T) {
	t.Parallel()
	for cloud, want := range map[tenants.Cloud]string{
		tenants.PublicCloud: "api://AzureADTokenExchange", tenants.USGovCloud: "api://AzureADTokenExchangeUSGov", tenants.ChinaCloud: "api://AzureADTokenExchangeChina",
	} {
		var asked string
		mint := func(_ context.Context, audience string) (string, error) { asked = audience; return "a.b.YQ", nil }
		form := applied(t, entra.PlatformIssuerCredential(mint, entra.AuthorityOf(cloud)))
		if asked != want || form.Get("client_assertion") != "a.b.YQ" || form.Get("client_assertion_type") == "" {
			t.Errorf("%s: asked for %q, form %v", cloud, asked, form)
		}
	}
	for name, row := range map[string]struct {
		mint entra.Mint
		kind fault.Kind
	}{
		"no signer": {func(context.Context, string) (string, error) { return "", fault.New(fault.Unavailable, "no key") }, fault.Unavailable},
		"no JWT":    {func(context.Context, string) (string, error) { return "not a token", nil }, fault.Internal},
	} {
		form := url.Values{}
		err := entra.PlatformIssuerCredential(row.mint, entra.AuthorityOf(tenants.PublicCloud)).Apply(t.Context(), tokenURL, form)
		if err == nil || fault.KindOf(err) != row.kind || len(form) != 0 {
			t.Errorf("%s: %v, form %v", name, err, form)
		}
	}
}

func TestWorkloadIdentityReadsTheTokenThatIsThereNow(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "token")
	c := must(entra.WorkloadIdentityCredential(path))
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	refused := func(why string) {
		t.Helper()
		if err := c.Apply(t.Context(), tokenURL, url.Values{}); err == nil || fault.KindOf(err) != fault.Unavailable || strings.Contains(fault.Public(err), path) {
			t.Errorf("%s: %v", why, err)
		}
	}
	refused("no file")
	for _, token := range []string{"a.b.YQ", "a.c.YQ"} {
		write(token + "\n")
		if got := applied(t, c).Get("client_assertion"); got != token {
			t.Errorf("sent %q, the file holds %q", got, token)
		}
	}
	for why, text := range map[string]string{"empty": "", "no token": "half a token", "too large": "a.b." + strings.Repeat("YWFh", 20_000)} {
		write(text)
		refused(why)
	}
	if _, err := entra.WorkloadIdentityCredential(""); err == nil || fault.KindOf(err) != fault.Invalid {
		t.Errorf("no path: %v", err)
	}
}

func TestCredentialsPrintAsDots(t *testing.T) {
	t.Parallel()
	_, bundle := certified(t, "app")
	cert := must(entra.ParseCertificate([]byte(bundle)))
	mint := func(context.Context, string) (string, error) { return "a.b.YQ", nil }
	for name, c := range map[string]any{
		"secret":             must(entra.SecretCredential(entra.NewSecret(secret))),
		"secret text":        entra.NewSecret(secret),
		"refresh token":      entra.NewRefreshToken(secret),
		"certificate":        entra.CertificateCredential(cert, time.Now, entra.WithChain),
		"certificate itself": cert,
		"issuer":             entra.PlatformIssuerCredential(mint, entra.AuthorityOf(tenants.PublicCloud)),
	} {
		var log strings.Builder
		slog.New(slog.NewJSONHandler(&log, nil)).LogAttrs(t.Context(), slog.LevelInfo, "x", slog.Any("credential", c))
		encoded, err := json.Marshal(c)
		for _, text := range []string{fmt.Sprintf("%v %+v %s %#v", c, c, c, c), string(encoded), log.String()} {
			if strings.Contains(text, secret) || strings.Contains(text, rsaKey("app").D.String()) || strings.Contains(text, "Primes") || err != nil {
				t.Errorf("%s prints %.200s, %v", name, text, err)
			}
		}
	}
}

// TestManyUseOneCredential runs under the race detector.
func TestManyUseOneCredential(t *testing.T) {
	t.Parallel()
	_, bundle := certified(t, "app")
	c := entra.CertificateCredential(must(entra.ParseCertificate([]byte(bundle))), func() time.Time { return began }, entra.WithoutChain)
	var wg sync.WaitGroup
	errs := make(chan error, 8)
	for range 8 {
		wg.Go(func() {
			form := url.Values{"client_id": {apiClient.String()}}
			errs <- c.Apply(t.Context(), tokenURL, form)
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
}
