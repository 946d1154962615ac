package msgraph_test

import (
	"net/http"
	"testing"
)

func TestFederatedCredentialsAreChangedInPlace(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	admin := b.person("carol", applications)
	set := "applications(appId='" + plainAppID + "')/federatedIdentityCredentials"
	made := b.must(http.StatusCreated, admin, http.MethodPost, set, `{"name":"one","issuer":"https://issuer.example","subject":"1","audiences":["a"],"description":"first"}`)
	b.must(http.StatusCreated, admin, http.MethodPost, set, `{"name":"two","issuer":"https://issuer.example","subject":"2","audiences":["a"]}`)
	one := set + "/" + made.str("id")

	b.must(http.StatusNoContent, admin, http.MethodPatch, one, `{"subject":"3","audiences":["b"]}`)
	now := b.must(http.StatusOK, admin, http.MethodGet, one, "")
	for name, want := range map[string]string{"name": "one", "issuer": "https://issuer.example", "subject": "3", "description": "first"} {
		if now.str(name) != want {
			t.Errorf("%s is %q, want %q", name, now.str(name), want)
		}
	}
	if got := jsonOf(t, now.json["audiences"]); got != `["b"]` {
		t.Errorf("audiences are %s", got)
	}

	b.call(admin, http.MethodPatch, one, `{"subject":"2"}`).refuses(t, 400, "InvalidFederatedIdentityCredentialValue")
	b.call(admin, http.MethodPatch, one, `{"name":"other"}`).refuses(t, 400, "Request_BadRequest")
	b.call(admin, http.MethodPatch, one, `{"issuer":"http://issuer.example"}`).refuses(t, 400, "Request_BadRequest")
	b.call(admin, http.MethodPatch, set+"/none", `{"subject":"9"}`).refuses(t, 404, "Request_ResourceNotFound")
	b.call(b.person("alice", applications), http.MethodPatch, one, `{"subject":"9"}`).refuses(t, 403, "Authorization_RequestDenied")
	if again := b.must(http.StatusOK, admin, http.MethodGet, one, ""); again.str("subject") != "3" {
		t.Errorf("a refused change has changed it: %s", again.text)
	}
}
