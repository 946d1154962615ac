package laptop_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// section is a part of a guide, from its heading to the next one of that level.
func section(t *testing.T, page, heading string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(t), filepath.FromSlash(page)))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "\n"+heading+"\n")
	if !found {
		t.Fatalf("%s has no %q", page, heading)
	}
	level, _, _ := strings.Cut(heading, " ")
	rest, _, _ = strings.Cut(rest, "\n"+level+" ")
	return rest
}

// blocksOf returns what a text has its reader type, in order.
func blocksOf(text string) (out []string) {
	for _, b := range block.FindAllStringSubmatch(text, -1) {
		out = append(out, b[1])
	}
	return out
}

// typeAll types blocks into one shell beside d, with nothing changed but the ports and
// the directory of the data, and returns what each said.
func (d *dev) typeAll(t *testing.T, blocks []string) []string {
	t.Helper()
	text := strings.NewReplacer(
		"http://localhost:8080", d.BaseURL, "http://localhost:8081", d.EntraURL, "gatehouse-dev sign-in", "gatehouse-dev sign-in --data "+d.data(),
	).Replace("set -eu -o pipefail\n" + strings.Join(blocks, "\necho '## next'\n"))
	cmd := exec.CommandContext(t.Context(), "bash", "-c", text)
	cmd.Dir = root(t)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return strings.Split(string(out), "## next\n")
}

// holds compares what was said with what has to be.
func holds(t *testing.T, said []string, want [][]string) {
	t.Helper()
	if len(said) != len(want) {
		t.Fatalf("there are %d blocks, want %d: %q", len(said), len(want), said)
	}
	for i, parts := range want {
		if strings.Contains(said[i], "urn:gatehouse:problem") {
			t.Errorf("block %d is refused:\n%s", i, said[i])
		}
		for _, part := range parts {
			if !strings.Contains(said[i], part) {
				t.Errorf("block %d does not say %q:\n%s", i, part, said[i])
			}
		}
	}
}

// TestLinesAboutRegisteringClientsWorkAsPrinted types the blocks of that section of
// docs/clients.md after the one by which its reader becomes Carol.
func TestLinesAboutRegisteringClientsWorkAsPrinted(t *testing.T) {
	t.Parallel()
	begin := blocksOf(section(t, "docs/clients.md", "## Approve an app"))[:1]
	said := shared.typeAll(t, append(begin, blocksOf(section(t, "docs/clients.md", "## Clients that an admin registers"))...))
	holds(t, said, [][]string{
		{},
		{`"hint":`, `"secret":"ghcs_`},
		{`"kind":"confidential"`, "https://global.consent.azure-apim.net/redirect/new-5fgatehouse-5f1"},
		{`"kind":"client"`, `"value":"ghc_`},
	})
}

// TestLinesAboutContactsWorkAsPrinted types the blocks of that section of
// docs/notifications.md but the first after the one by which its reader becomes Carol.
func TestLinesAboutContactsWorkAsPrinted(t *testing.T) {
	t.Parallel()
	begin := blocksOf(section(t, "docs/clients.md", "## Approve an app"))[:1]
	said := shared.typeAll(t, append(begin, blocksOf(section(t, "docs/notifications.md", "## Add contacts"))[1:]...))
	holds(t, said, [][]string{
		{},
		{`"name":"helpdesk"`, `"arrived":true`},
		{`"name":"desk-bot"`, `"secret":"whsec_`},
		{},
	})
}

// TestLinesAboutSinksWorkAsPrinted types the blocks of docs/siem.md but the first after
// the one by which its reader becomes Carol.
func TestLinesAboutSinksWorkAsPrinted(t *testing.T) {
	t.Parallel()
	begin := blocksOf(section(t, "docs/clients.md", "## Approve an app"))[:1]
	said := shared.typeAll(t, append(begin, blocksOf(section(t, "docs/siem.md", "## Add sinks"))[1:]...))
	holds(t, said, [][]string{
		{},
		{},
		{`"name":"auditors"`, `"arrived":true`},
		{`"state":`},
		{`"slug":"contoso"`},
		{`"name":"soc"`, `"secret":"whsec_`},
		{`"name":"archive"`, `"hasSecret":true`},
		{`"name":"sentinel"`},
		{`"name":"collector"`, `"name":"siem"`},
	})
}

// TestLinesAboutTheLogWorkAsPrinted types the blocks of that section of docs/audit.md.
func TestLinesAboutTheLogWorkAsPrinted(t *testing.T) {
	t.Parallel()
	holds(t, shared.typeAll(t, blocksOf(section(t, "docs/audit.md", "## With the management API"))), [][]string{
		{`"items":[{"seq":`, `"kind":"config_change"`, `"nextCursor":"`},
		{`"from":"20`, `"count":`},
		{`"seq","id","at","kind",`, `"config_change"`},
	})
}

// TestLinesAboutEntraWorkAsPrinted types the blocks of docs/entra.md in an
// organization that is claimed between the first of them and the others, as
// README.md has it.
func TestLinesAboutEntraWorkAsPrinted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Symlink(filepath.Join(shared.dir, "gatehouse-dev"), filepath.Join(dir, "gatehouse-dev")); err != nil {
		t.Fatal(err)
	}
	d, err := start(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.stop(); err != nil {
			t.Error(err)
		}
		if err := d.forget(); err != nil {
			t.Error(err)
		}
	})
	claim := blocksOf(section(t, "README.md", "## Bring an organization of your own"))[:2]
	guide := blocksOf(section(t, "docs/entra.md", "## Set it up, and have it examined"))
	guide = append(guide, blocksOf(section(t, "docs/entra.md", "## Who signs people in"))...)
	guide = append(guide, blocksOf(section(t, "docs/entra.md", "## Asking in the background as the app"))...)
	_, field, _ := strings.Cut(claim[0], "\nfield() ")
	lines := append([]string{guide[0], "field() " + field + claim[1]}, guide[1:]...)
	holds(t, d.typeAll(t, lines), [][]string{
		{},
		{`"slug":"adatum"`, `"kind":"platform_issuer"`, `"state":"active"`},
		{`"blade":["Entra ID","App registrations","New registration"]`, `"tool":"terraform"`, `"link":"http`},
		{`"findings":[`, `"notChecked":[]`},
		{`"mode":"facade"`, `"mode":"direct"`, `"acceptEntraTokens":true,"unknownClients":"admit"`, `"mode":"brokered","acceptEntraTokens":false,"unknownClients":"refuse"`},
		{`"background":"application"`, `"Grant User.Read.All to the app itself"`, "AppRoleAssignment.ReadWrite.All"},
		{`"background":"application","notifications":true`},
	})
}

// TestBrowsersMayFollowContinueToEntra: browsers hold the redirect that follows a form
// against the page's policy (Content Security Policy Level 3, form-action), and the
// emulated Entra has no https.
func TestBrowsersMayFollowContinueToEntra(t *testing.T) {
	t.Parallel()
	resp, err := http.Post(shared.BaseURL+"/t/contoso/register", "application/json", strings.NewReader(`{"client_name":"Probe","redirect_uris":["http://localhost:1/cb"],"token_endpoint_auth_method":"none"}`))
	if err != nil {
		t.Fatal(err)
	}
	var made struct {
		ClientID string `json:"client_id"`
	}
	err = json.NewDecoder(resp.Body).Decode(&made)
	_ = resp.Body.Close()
	if err != nil || made.ClientID == "" {
		t.Fatalf("%v %d", err, resp.StatusCode)
	}
	page, err := http.Get(shared.BaseURL + "/t/contoso/authorize?" + url.Values{
		"response_type": {"code"}, "client_id": {made.ClientID}, "redirect_uri": {"http://localhost:1/cb"}, "code_challenge": {strings.Repeat("a", 43)}, "code_challenge_method": {"S256"},
	}.Encode())
	if err != nil {
		t.Fatal(err)
	}
	_ = page.Body.Close()
	if policy := page.Header.Get("Content-Security-Policy"); page.StatusCode != http.StatusOK || !strings.Contains(policy, " "+shared.EntraURL+";") {
		t.Errorf("%d %s", page.StatusCode, policy)
	}
}
