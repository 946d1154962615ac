package msgraph_test

import (
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/emulator/msgraph"
)

func TestKnownAddressesRefuseOtherMethods(t *testing.T) {
	t.Parallel()
	g := newMailRig(t, msgraph.Limits{})
	token := g.person(nora, "User.Read")
	for _, row := range []struct{ method, path, allow string }{
		{"PUT", "/v1.0/me", "GET, PATCH, DELETE"},
		{"POST", "/v1.0/me", "GET, PATCH, DELETE"},
		{"GET", "/v1.0/$batch", "POST"},
		{"GET", "/v1.0/me/getMemberGroups", "POST"},
		{"DELETE", "/v1.0/users", "GET, POST"},
		{"PUT", "/v1.0/applications/x", "GET, PATCH, DELETE"},
		{"POST", "/v1.0/organization", "GET"},
		{"OPTIONS", "/v1.0/organization/", "GET"},
	} {
		a := g.send(row.method, token, row.path)
		a.failed(t, http.StatusMethodNotAllowed, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")
		if !strings.Contains(a.header.Get("Allow"), row.allow) {
			t.Errorf("%s %s allows %q, want %s", row.method, row.path, a.header.Get("Allow"), row.allow)
		}
	}
	for _, row := range []struct{ method, path string }{
		{"GET", "/v1.0/nowhere"},
		{"PUT", "/v1.0/nowhere"},
		{"GET", "/beta/me"},
		{"POST", "/v1.0/users"},
		{"PATCH", "/v1.0/me"},
		{"POST", "/v1.0/me/messages"},
		{"PUT", "/v1.0/me/drive/root:/a/b.txt"},
		{"DELETE", "/v1.0/users/" + nora + "/events/x"},
	} {
		a := g.send(row.method, token, row.path)
		a.refuses(t, http.StatusNotFound, "Request_ResourceNotFound")
		if !strings.Contains(a.message(), "does not serve") {
			t.Errorf("%s %s: %s", row.method, row.path, a.text)
		}
	}
}

func TestSlashesAtTheEndAreNothing(t *testing.T) {
	t.Parallel()
	g := newMailRig(t, msgraph.Limits{})
	token := g.person(nora, "User.Read.All Mail.Read Files.Read")
	for _, path := range []string{"/v1.0/me", "/v1.0/users", "/v1.0/users('" + nora + "')", "/v1.0/me/messages", "/v1.0/me/drive/root"} {
		want, got := g.fetch(token, path), g.fetch(token, path+"/")
		if want.status != http.StatusOK || got.status != want.status || len(got.text) != len(want.text) {
			t.Errorf("%s: %d, with a slash %d %s", path, want.status, got.status, got.text)
		}
	}
}
