package msgraph_test

import (
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/emulator/msgraph"
)

func TestFormatJSONIsWhatComesAnyway(t *testing.T) {
	t.Parallel()
	g := newMailRig(t, msgraph.Limits{})
	token := g.person(nora, "User.Read.All Mail.Read Application.Read.All")
	for _, path := range []string{"/v1.0/me", "/v1.0/users", "/v1.0/me/messages", "/v1.0/applications", "/v1.0/users/delta"} {
		g.ok(token, path+"?$format=json")
		g.ok(token, path+"?$format=json&$select=id")
		if a := g.fetch(token, path+"?$format=atom"); a.status != http.StatusBadRequest {
			t.Errorf("%s as atom: %d %s", path, a.status, a.text)
		}
	}
}

func TestCountIsTrueOrFalse(t *testing.T) {
	t.Parallel()
	g := newMailRig(t, msgraph.Limits{})
	token := g.person(nora, "User.Read.All Mail.Read Application.Read.All")
	for _, path := range []string{"/v1.0/users", "/v1.0/me/messages", "/v1.0/applications", "/v1.0/me/memberOf"} {
		for _, value := range []string{"maybe", "1", ""} {
			a := g.fetch(token, path+"?$count="+value)
			if a.status != http.StatusBadRequest || !strings.HasPrefix(a.message(), "Invalid value '"+value+"' for $count query option found.") {
				t.Errorf("%s with %q: %d %s", path, value, a.status, a.text)
			}
		}
		g.ok(token, path+"?$count=true", "ConsistencyLevel", "eventual")
		g.ok(token, path+"?$count=false")
	}
}
