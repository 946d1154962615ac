package aztest_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
	"gatehouse/internal/onboarding/aztest"
)

const tenant = "44444444-4444-4444-8444-444444444444"

func newRig(t *testing.T) aztest.Rig {
	t.Helper()
	var handlers [2]http.Handler
	var urls [2]string
	for i := range urls {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handlers[i].ServeHTTP(w, r) }))
		t.Cleanup(server.Close)
		urls[i] = strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	}
	e, err := emulator.New(emulator.Options{EntraURL: urls[0], GraphURL: urls[1], ControlToken: "control", Tenants: []seed.Tenant{{
		ID: tenant, Name: "Acme", Domain: "acme.example",
		Users: []seed.User{{
			ID: "ad000000-0000-4000-8000-000000000001", Username: "admin@acme.example", Password: "pw-admin", Name: "Ada Admin",
			DirectoryRoles: []string{"158c047a-c907-4556-b7ef-446551a6b5f7"},
		}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	handlers[0], handlers[1] = e.Entra(), e.Graph()
	return aztest.Rig{Entra: urls[0], Graph: urls[1], Tenant: tenant, Username: "admin@acme.example", Password: "pw-admin"}
}

const graph = "https://graph.microsoft.com/v1.0/"

func TestLinesDoAndSayWhatAzDoes(t *testing.T) {
	t.Parallel()
	rig := newRig(t)
	for _, c := range []struct {
		name, line string
		code       int
		out, errs  string
	}{
		{"post", "az rest --method POST --url " + graph + `applications --headers Content-Type=application/json --body '{"displayName":"O'\''Neil"}' --query displayName -o tsv`, 0, "O'Neil\n", ""},
		{"body of a file", `printf '{"displayName":"Filed"}' > body.json; az rest -m post -u ` + graph + "applications -b @body.json --query displayName -o tsv", 0, "Filed\n", ""},
		{"rows", "az rest --url '" + graph + `applications?$filter=displayName%20eq%20'\''Nobody'\''' --query 'value[].[id]' -o tsv`, 0, "", ""},
		{"null", "az rest --url " + graph + "me --query jobTitle -o tsv", 0, "None\n", ""},
		{"JSON", "az rest --url " + graph + "me --query displayName", 0, "\"Ada Admin\"\n", ""},
		{"tenant", "az account show --query tenantId -o tsv", 0, tenant + "\n", ""},
		{"refusal", "az rest --method GET --url " + graph + "applications/none", 1, "", `ERROR: Not Found({"error":{"code":"Request_ResourceNotFound"`},
		{"another host", "az rest --url https://example.com/", 1, "", "can't derive"},
		{"option", "az rest --uurl x", 1, "", "unrecognized arguments: --uurl"},
		{"command", "az vm list", 1, "", "'vm' is misspelled"},
		{"query", "az rest --url " + graph + "me --query 'a['", 1, "", "argument --query"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := aztest.RunLine(t, rig, c.line)
			if got.Code != c.code || got.Stdout != c.out || !strings.Contains(got.Stderr, c.errs) || c.errs == "" && got.Stderr != "" {
				t.Errorf("got %+v, want %d, %q and %q", got, c.code, c.out, c.errs)
			}
		})
	}
}

func TestLaterLinesRunOnlyAfterEarlierOnes(t *testing.T) {
	t.Parallel()
	got := aztest.RunLine(t, newRig(t), "az rest --url "+graph+"applications/none\necho done")
	if got.Code == 0 || got.Stdout != "" {
		t.Errorf("got %+v", got)
	}
}

func TestRigNamesTheTenantItSignsInTo(t *testing.T) {
	t.Parallel()
	rig := newRig(t)
	rig.Password = "wrong"
	got := aztest.RunLine(t, rig, "az rest --url "+graph+"me")
	if got.Code == 0 || !strings.Contains(got.Stderr, "AADSTS50126") {
		text, err := json.Marshal(got)
		t.Errorf("got %s (%v)", text, err)
	}
}
