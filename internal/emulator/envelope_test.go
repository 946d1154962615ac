package emulator_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The shapes are those of error answers captured from login.microsoftonline.com
// and graph.microsoft.com.
func TestErrorEnvelopesHaveMicrosoftsShape(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	secret := g.token(contoso, with(obo("x", "User.Read"), "client_secret", "wrong"))
	golden(t, "error-invalid-client", secret.text)
	consent := g.token(contoso, password("alice", "api://"+api+"/admin"))
	golden(t, "error-consent-required", consent.text)
	for name, want := range map[string]string{"Cache-Control": "no-store, no-cache", "Pragma": "no-cache"} {
		if got := consent.header.Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	graph := g.get(graphURL+"/v1.0/me", "Authorization", "Bearer x")
	golden(t, "error-graph", graph.text)
}

func TestCorrelationIsTheCallers(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	const id = "12345678-90ab-4cde-8f01-234567890abc"
	byHeader := g.token(contoso, form("grant_type", "nonsense"), "client-request-id", id)
	if byHeader.str("correlation_id") != id || !strings.Contains(byHeader.str("error_description"), "Correlation ID: "+id) {
		t.Errorf("answer is %s", byHeader.text)
	}
	inQuery := g.do(g.request(http.MethodPost, entraURL+"/"+contoso+"/oauth2/v2.0/token?client-request-id="+id, "grant_type=nonsense"))
	if inQuery.str("correlation_id") != id {
		t.Errorf("answer is %s", inQuery.text)
	}
}

// testdata/SOURCES.md says where each shape was seen.
func TestRefusalsHaveEntrasShape(t *testing.T) {
	t.Parallel()
	g := freshWorkloads(t, nil)
	c, old := credentials()[0], credentials()[1]
	certificate := func(with credential, claims map[string]any) answer {
		token := with.sign(t, map[string]any{"alg": "RS256", "x5t": with.thumbprint()}, claims)
		return g.token(contoso, clientForm(certified, token, apiURL+"/.default"))
	}
	started := g.begin(contoso, "/oauth2/v2.0/devicecode", form("client_id", headless, "scope", "User.Read")).must(t)
	app := form("grant_type", "client_credentials", "client_id", lapsed, "client_secret", "lapsed-secret", "scope", apiURL+"/.default")
	for name, a := range map[string]answer{
		"error-certificate-unknown": certificate(credentials()[2], own()),
		"error-certificate-expired": certificate(old, own()),
		"error-assertion-time":      certificate(c, own("exp", midday.Add(-time.Hour).Unix())),
		"error-assertion-claim":     certificate(c, own("aud", nil)),
		"error-assertion-client":    certificate(c, own("sub", daemon)),
		"error-federated-subject":   g.token(contoso, clientForm(federated, c.sign(t, map[string]any{"alg": "RS256", "kid": "ci"}, foreign("sub", "x")), apiURL+"/.default")),
		"error-federated-none":      g.token(contoso, clientForm(certified, c.sign(t, map[string]any{"alg": "RS256"}, foreign()), apiURL+"/.default")),
		"error-secret-expired":      g.token(contoso, app),
		"error-application-off":     g.token(contoso, with(app, "client_id", switchedOf)),
		"error-device-pending":      g.poll(contoso, started, headless),
		"error-blueprint":           g.token(contoso, form("grant_type", "client_credentials", "client_id", blueprint, "client_secret", "blueprint-secret", "scope", apiURL+"/.default")),
		"error-invalid-request":     g.token(contoso, form("grant_type", "password")),
		"error-unsupported-grant":   g.token(contoso, form("grant_type", "x")),
		"error-invalid-resource":    g.token(contoso, password("alice", "api://nowhere/x")),
		"error-invalid-target":      g.token(contoso, with(password("alice", apiScope), "resource", apiURL+"/")),
		"error-unauthorized-client": g.token(contoso, with(password("alice", apiScope), "client_id", alice)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			golden(t, name, thumbprint.ReplaceAllString(a.text, "{thumbprint}"))
		})
	}
}

// thumbprint is a SHA-1 digest, which differs from run to run with its key.
var thumbprint = regexp.MustCompile(`\b[0-9A-F]{40}\b`)
