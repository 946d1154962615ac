package organizations_test

import (
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

// asItComes has an organization's people sign in as in one that has just been claimed:
// at Gatehouse, and with listed software only.
func (k *stack) asItComes(t *testing.T, slug string) {
	t.Helper()
	by := authz.SystemCaller(k.orgs[slug].ID, "test")
	if _, err := k.db.EditOrganization(t.Context(), by, "brokered", func(o *tenants.Organization) error {
		o.SetSignIn(tenants.SignIn{Mode: tenants.Brokered, UnknownClients: tenants.Refuse}, k.now())
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	k.awaitServer(t, slug, http.StatusOK)
}

// TestLinesAboutApprovingAnAppWorkAsPrinted types the blocks of that section of
// docs/clients.md as Contoso's automation, with nothing changed but where things are
// and who asks, and with the software that the first line shows.
func TestLinesAboutApprovingAnAppWorkAsPrinted(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../../docs/clients.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(guide), "## Approve an app\n")
	section, _, _ = strings.Cut(section, "\n## ")
	lines := typed.FindAllStringSubmatch(section, -1)
	if len(lines) != 2 {
		t.Fatalf("the section has %d blocks, want 2", len(lines))
	}
	list, approve, _ := strings.Cut(lines[1][1], "\n")
	k := start(t, setup{companies: true, directories: withAutomations})
	k.managing(t, "contoso")
	k.asItComes(t, "contoso")
	p, b := k.program(t, "contoso", "Claude Code"), k.browser(t, person("contoso", "alice").OID)
	if _, err := p.token(t.Context(), b, k.endpointOf("contoso", "")); err == nil || !strings.Contains(err.Error(), "have not decided about this one") {
		t.Fatalf("before, it is answered %v", err)
	}
	text := strings.NewReplacer(
		"https://gatehouse.example", k.places.Base, "http://localhost:8080", k.places.Base, "https://login.microsoftonline.com", k.places.Entra, "<software of the request>", p.software(),
		`"Cookie: $(go run ./cmd/gatehouse-dev sign-in carol@contoso.example)"`, `"Authorization: Bearer $TOKEN"`,
	).Replace("set -eu -o pipefail\n" + blocks(t, "as-code.md")[0] + lines[0][1] + list + "\necho '## next'\n" + approve)
	cmd := exec.CommandContext(t.Context(), "bash", "-c", text)
	cmd.Dir, cmd.Env = t.TempDir(), append(os.Environ(), k.pipeline(t).env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	waits, approved, _ := strings.Cut(string(out), "## next\n")
	for said, parts := range map[string][]string{
		waits:    {`"software":"Claude Code `, `"name":"Claude Code"`, `"times":1`},
		approved: {`"id":"Claude Code `, `"name":"Claude Code"`},
	} {
		for _, part := range parts {
			if !strings.Contains(said, part) || strings.Contains(said, "urn:gatehouse:problem") {
				t.Errorf("it does not say %q:\n%s", part, said)
			}
		}
	}
	var token string
	eventually(t, "the approved app is let in", inForce, func() bool {
		token, err = p.token(t.Context(), b, k.endpointOf("contoso", ""))
		return err == nil
	})
	if got := k.callAt(t, k.endpointOf("contoso", ""), token, "whoami"); !got.worked() {
		t.Errorf("its call is answered %d %s", got.status, got.body)
	}
}

// TestOrganizationAsItComesRefusesTokensOfEntra, also good ones of its own people and
// for its own app registration, from a client that is listed.
func TestOrganizationAsItComesRefusesTokensOfEntra(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true})
	token := func() string {
		return k.password(t, company("contoso").TID, person("contoso", "alice"), company("contoso").Organization(k.places).Connection.QualifiedScope())
	}
	if got := k.callAt(t, k.endpointOf("contoso", ""), token(), "whoami"); !got.worked() {
		t.Fatalf("where people sign in at Entra it is answered %d %s", got.status, got.body)
	}
	k.asItComes(t, "contoso")
	k.pass(time.Minute) // tokens of before are good until they expire
	k.awaitReady(t, k.replica)
	for _, toolset := range []string{"", "contoso-set"} {
		got := k.callAt(t, k.endpointOf("contoso", toolset), token(), "whoami")
		challenge := got.header.Get("WWW-Authenticate")
		if got.status != http.StatusUnauthorized || !strings.Contains(challenge, `error="invalid_token"`) || !strings.Contains(challenge, "not those of Microsoft Entra ID") {
			t.Errorf("at %q it is answered %d %s %s", toolset, got.status, challenge, got.body)
		}
	}
}
