package emulator_test

import (
	"net/http"
	"strings"
	"testing"
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
