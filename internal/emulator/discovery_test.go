package emulator_test

import (
	"crypto/sha1"
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// The shapes are those of login.microsoftonline.com.
func TestMetadataHasEntrasShape(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	for name, path := range map[string]string{
		"discovery-v2":               "/" + contoso + "/v2.0/.well-known/openid-configuration",
		"discovery-v1":               "/" + contoso + "/.well-known/openid-configuration",
		"discovery-v2-organizations": "/organizations/v2.0/.well-known/openid-configuration",
	} {
		a := g.get(entraURL + path)
		if a.status != http.StatusOK {
			t.Fatalf("%s: status %d: %s", path, a.status, a.text)
		}
		golden(t, name, a.text)
		for header, want := range map[string]string{
			"Content-Type": "application/json; charset=utf-8", "Cache-Control": "max-age=86400, private",
			"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Methods": "GET, OPTIONS",
		} {
			if got := a.header.Get(header); got != want {
				t.Errorf("%s: %s = %q, want %q", path, header, got, want)
			}
		}
	}
}

func TestDomainNamesTheTenantToo(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	byID := g.get(entraURL + "/" + contoso + "/v2.0/.well-known/openid-configuration")
	byDomain := g.get(entraURL + "/Contoso.Example/v2.0/.well-known/openid-configuration")
	if byDomain.text != byID.text {
		t.Errorf("by domain %s\nby id %s", byDomain.text, byID.text)
	}
}

func TestMetadataThatEntraDoesNotHaveIsNotFound(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	for _, path := range []string{
		"/" + contoso + "/v2.0/.well-known/oauth-authorization-server",
		"/.well-known/oauth-authorization-server/" + contoso + "/v2.0",
		"/" + contoso + "/.well-known/oauth-authorization-server",
		"/.well-known/openid-configuration/" + contoso + "/v2.0",
	} {
		if a := g.get(entraURL + path); a.status != http.StatusNotFound {
			t.Errorf("GET %s: status %d, want 404", path, a.status)
		}
	}
	register := g.do(g.request(http.MethodPost, entraURL+"/"+contoso+"/oauth2/v2.0/register", "{}"))
	if register.status != http.StatusNotFound {
		t.Errorf("register: status %d, want 404", register.status)
	}
}

func TestUnknownTenantsAreRefused(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	for _, tid := range []string{"33333333-3333-4333-8333-333333333333", "nowhere.example", "consumers", "9188040d-6c67-4c5b-b112-36a304b66dad"} {
		for _, path := range []string{"/v2.0/.well-known/openid-configuration", "/.well-known/openid-configuration", "/discovery/v2.0/keys", "/discovery/keys"} {
			g.get(entraURL+"/"+tid+path).refused(t, 400, "invalid_tenant", 90002)
		}
		g.token(tid, password("alice", apiScope)).refused(t, 400, "invalid_tenant", 90002)
	}
}

func TestKeySetHasEntrasShape(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	for path, issuer := range map[string]string{
		"/" + contoso + "/discovery/v2.0/keys": entraURL + "/" + contoso + "/v2.0",
		"/common/discovery/v2.0/keys":          entraURL + "/{tenantid}/v2.0",
		"/" + contoso + "/discovery/keys":      entraURL + "/" + contoso + "/",
		"/common/discovery/keys":               entraURL + "/{tenantid}/",
	} {
		set, _ := g.get(entraURL + path).json["keys"].([]any)
		if len(set) < 2 {
			t.Fatalf("%s: %d keys, want at least 2", path, len(set))
		}
		for _, entry := range set {
			key, _ := entry.(map[string]any)
			checkKey(t, key, issuer)
		}
	}
}

func checkKey(t *testing.T, key map[string]any, issuer string) {
	t.Helper()
	names := []string{}
	for name := range key {
		names = append(names, name)
	}
	slices.Sort(names)
	if got := strings.Join(names, " "); got != "e issuer kid kty n use x5c x5t" {
		t.Errorf("members are %q", got)
	}
	if key["issuer"] != issuer || key["kty"] != "RSA" || key["use"] != "sig" || key["e"] != "AQAB" {
		t.Errorf("key is %v, want issuer %s", key, issuer)
	}
	der, err := base64.StdEncoding.DecodeString(texts(key["x5c"])[0])
	if err != nil {
		t.Fatal(err)
	}
	sum := sha1.Sum(der)
	thumbprint := base64.RawURLEncoding.EncodeToString(sum[:])
	if key["kid"] != thumbprint || key["x5t"] != thumbprint {
		t.Errorf("kid %v and x5t %v, want the certificate's thumbprint %s", key["kid"], key["x5t"], thumbprint)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	if err := certificate.CheckSignature(certificate.SignatureAlgorithm, certificate.RawTBSCertificate, certificate.Signature); err != nil {
		t.Errorf("certificate is not self-signed: %v", err)
	}
}

func TestInstanceDiscoveryKnowsOnlyItself(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	ask := func(endpoint string) answer {
		return g.get(entraURL + "/common/discovery/instance?api-version=1.1&authorization_endpoint=" + url.QueryEscape(endpoint))
	}
	known := ask(entraURL + "/" + contoso + "/oauth2/v2.0/authorize")
	if known.str("tenant_discovery_endpoint") != entraURL+"/"+contoso+"/v2.0/.well-known/openid-configuration" {
		t.Errorf("answer is %s", known.text)
	}
	ask("https://login.evil.example/"+contoso+"/oauth2/v2.0/authorize").refused(t, 400, "invalid_instance", 50049)
}
