package emulator_test

import (
	"crypto/sha1"
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/emulator/seed"
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
		if a := g.get(entraURL + path); a.status != http.StatusNotFound || a.text != "" || !guid.MatchString(a.header.Get("X-Ms-Request-Id")) {
			t.Errorf("GET %s: %d %q %v, want an empty 404", path, a.status, a.text, a.header)
		}
	}
	register := g.do(g.request(http.MethodPost, entraURL+"/"+contoso+"/oauth2/v2.0/register", "{}"))
	if register.status != http.StatusNotFound || register.text != "" {
		t.Errorf("register: %d %q, want an empty 404", register.status, register.text)
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
		for i, entry := range set {
			key, _ := entry.(map[string]any)
			if i == 2 && strings.HasPrefix(path, "/common/") { // the key of personal accounts comes last
				issuer = strings.Replace(issuer, "{tenantid}", seed.Consumers, 1)
			}
			checkKey(t, key, issuer)
		}
	}
}

// The values of keys differ from run to run; their members and issuers do not.
func TestKeySetHasEntrasMembersInOrder(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	text := g.get(entraURL + "/" + contoso + "/discovery/v2.0/keys").text
	golden(t, "keys-v2", keyMaterial.ReplaceAllString(text, `"$1":$2"{$1}"`))
	for _, same := range []string{"?appid=" + api, "?appid=nonsense"} {
		if a := g.get(entraURL + "/" + contoso + "/discovery/v2.0/keys" + same); a.text != text {
			t.Errorf("%s: %s", same, a.text)
		}
	}
}

var keyMaterial = regexp.MustCompile(`"(kid|x5t|n|x5c)":(\[?)"[^"]+"`)

func checkKey(t *testing.T, key map[string]any, issuer string) {
	t.Helper()
	names := []string{}
	for name := range key {
		names = append(names, name)
	}
	slices.Sort(names)
	if got := strings.Join(names, " "); got != "cloud_instance_name e issuer kid kty n use x5c x5t" {
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

func TestBrowsersMayAskFirst(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	for _, path := range []string{
		"/" + contoso + "/v2.0/.well-known/openid-configuration", "/" + contoso + "/.well-known/openid-configuration",
		"/" + contoso + "/discovery/v2.0/keys", "/common/discovery/keys", "/common/discovery/instance",
	} {
		a := g.do(g.request(http.MethodOptions, entraURL+path, ""))
		if a.status != http.StatusOK || a.text != "" || a.header.Get("Access-Control-Allow-Methods") != "GET, OPTIONS" || a.header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("OPTIONS %s: %d %q %v", path, a.status, a.text, a.header)
		}
	}
	head := g.do(g.request(http.MethodHead, entraURL+"/"+contoso+"/discovery/v2.0/keys", ""))
	if head.status != http.StatusOK || head.header.Get("Content-Type") != "application/json; charset=utf-8" {
		t.Errorf("HEAD: %d %v", head.status, head.header)
	}
}

// Who sets Settings.Metadata wants what strict MCP clients look for, and only in
// that tenant.
func TestATenantCanPublishWhatStrictClientsWant(t *testing.T) {
	t.Parallel()
	tenants := companies()
	tenants[0].Settings.Metadata = "compatible"
	g := newRig(t, tenants...)
	document := entraURL + "/" + contoso + "/v2.0/.well-known/openid-configuration"
	a := g.get(document)
	golden(t, "discovery-v2-compatible", a.text)
	for _, at := range []string{contoso, "contoso.example"} {
		if inserted := g.get(entraURL + "/.well-known/oauth-authorization-server/" + at + "/v2.0"); inserted.text != a.text {
			t.Errorf("the RFC 8414 document of %s is %d %s", at, inserted.status, inserted.text)
		}
	}
	for _, path := range []string{
		"/" + fabrikam + "/v2.0/.well-known/openid-configuration", "/organizations/v2.0/.well-known/openid-configuration",
		"/" + contoso + "/.well-known/openid-configuration",
	} {
		if other := g.get(entraURL + path); strings.Contains(other.text, "code_challenge_methods_supported") {
			t.Errorf("%s says %s", path, other.text)
		}
	}
	for at, want := range map[string]string{contoso: entraURL + "/" + contoso + "/v2.0", "organizations": ""} {
		_, granted := landed(t, g.press(g.authorize(at, request(apiScope)), alice))
		_, refused := landed(t, g.authorize(at, with(request(apiScope), "prompt", "none")))
		if granted.Get("iss") != want || refused.Get("iss") != want {
			t.Errorf("%s: iss is %q, of an error %q, want %q", at, granted.Get("iss"), refused.Get("iss"), want)
		}
	}
	if other := g.get(entraURL + "/.well-known/oauth-authorization-server/" + fabrikam + "/v2.0"); other.status != http.StatusNotFound {
		t.Errorf("the other tenant has an RFC 8414 document: %d", other.status)
	}
}

func (g *rig) instance(pairs ...string) answer {
	g.t.Helper()
	return g.get(entraURL + "/common/discovery/instance?" + form(pairs...).Encode())
}

func TestInstanceDiscoveryKnowsOnlyItself(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	known := g.instance("api-version", "1.1", "authorization_endpoint", entraURL+"/"+contoso+"/oauth2/v2.0/authorize")
	golden(t, "instance", known.text)
	for query, want := range map[string]string{
		entraURL + "/common/oauth2/authorize":                             "/common",
		"http://127.0.0.1:8081/" + contoso + "/oauth2/v2.0/authorize":     "/" + contoso + "/v2.0",
		"https://LOCALHOST:8081/organizations/oauth2/v2.0/authorize":      "/organizations/v2.0",
		"http://[::1]:8081/organizations/oauth2/v2.0/authorize?x=y&z=%20": "/organizations/v2.0",
	} {
		a := g.instance("api-version", "1.1", "authorization_endpoint", query)
		if a.str("tenant_discovery_endpoint") != entraURL+want+"/.well-known/openid-configuration" {
			t.Errorf("%s: %s", query, a.text)
		}
	}
	if old := g.instance("api-version", "1.0", "issuer", entraURL+"/"+contoso+"/"); keys(old.json) != "tenant_discovery_endpoint" {
		t.Errorf("version 1.0 answers %s", old.text)
	}
	unknown := g.instance("api-version", "1.1", "authorization_endpoint", "https://login.evil.example/"+contoso+"/oauth2/v2.0/authorize")
	unknown.refused(t, 400, "invalid_instance", 50049)
	golden(t, "error-invalid-instance", unknown.text)
}

func TestInstanceDiscoveryRefusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	endpoint := entraURL + "/" + contoso + "/oauth2/v2.0/authorize"
	for _, row := range []struct {
		pairs []string
		code  int
	}{
		{[]string{"authorization_endpoint", endpoint}, 500501},
		{[]string{"api-version", "9.9", "authorization_endpoint", endpoint}, 500501},
		{[]string{"api-version", "1.1"}, 500502},
		{[]string{"api-version", "1.1", "authorization_endpoint", endpoint, "issuer", entraURL}, 500502},
		{[]string{"api-version", "1.1", "authorization_endpoint", "ftp://localhost:8081/x/authorize"}, 50050},
		{[]string{"api-version", "1.1", "authorization_endpoint", "contoso"}, 50050},
		{[]string{"api-version", "1.1", "issuer", entraURL + "/"}, 50050},
	} {
		g.instance(row.pairs...).refused(t, 400, "invalid_request", row.code)
	}
	if a := g.get(entraURL + "/" + contoso + "/discovery/instance?api-version=1.1"); a.status != http.StatusNotFound {
		t.Errorf("instance discovery under a tenant: %d", a.status)
	}
}

// Every golden file names where its shape comes from.
func TestGoldenFilesNameTheirSource(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{"testdata", filepath.Join("msgraph", "testdata")} {
		sourcesNamed(t, folder)
	}
}

// sourcesNamed holds a folder's golden files against its SOURCES.md.
func sourcesNamed(t *testing.T, folder string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, "SOURCES.md"))
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(line, "|")
		if len(cells) == 5 && provenance.MatchString(cells[3]) {
			named[strings.Trim(cells[1], " `")] = true
		}
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files in %s: %v", folder, err)
	}
	for _, file := range files {
		if filepath.Base(file) == "SOURCES.md" {
			continue
		}
		if !named[filepath.Base(file)] {
			t.Errorf("%s/SOURCES.md has no row for %s with a provenance mark in [brackets]", folder, filepath.Base(file))
		}
		delete(named, filepath.Base(file))
	}
	for name := range named {
		if ext := filepath.Ext(name); ext != "" && !strings.Contains(name, " ") {
			t.Errorf("%s/SOURCES.md names %s, which is not there", folder, name)
		}
	}
}

var provenance = regexp.MustCompile(`\[(doc|rec|live|std|mem)\]`)

func TestAccountsSignInWhereTheirDomainSays(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	for user, want := range map[string]string{
		"alice@contoso.example": "Managed", "nobody@contoso.example": "Managed", "alice@nowhere.example": "Unknown", contoso: "Unknown", "x@" + contoso: "Unknown",
	} {
		a := g.get(entraURL + "/common/UserRealm/" + user + "?api-version=1.0")
		if a.status != http.StatusOK || a.str("account_type") != want || a.str("ver") != "1.0" {
			t.Errorf("%s: %d %s", user, a.status, a.text)
		}
	}
}
