package laptop_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/demo"
)

// staff are the tools of the staff role.
var staff = []string{"graph_get_my_profile", "graph_list_my_groups", "greeting_card", "roll_dice", "whoami"}

// notes are the tools of the server behind the organizations.
var notes = []string{"notes_create", "notes_search"}

// cast is who sees which tools, in both organizations.
var cast = map[string][]string{
	"alice": staff, "bob": {}, "carol": slices.Concat(staff, notes), "dan": staff, "erin": {"whoami"}, "frank": append(notes, "whoami"),
}

func TestEachOfTheCastSeesTheirTools(t *testing.T) {
	t.Parallel()
	for _, o := range shared.Orgs {
		for name, want := range cast {
			t.Run(o.Slug+"/"+name, func(t *testing.T) {
				t.Parallel()
				token := shared.token(t, o, shared.user(t, o, name))
				got := listed(t, o, token)
				slices.Sort(got)
				if !slices.Equal(got, slices.Sorted(slices.Values(want))) {
					t.Errorf("sees %v, want %v", got, want)
				}
			})
		}
	}
}

func listed(t *testing.T, o demo.FileOrg, token string) []string {
	t.Helper()
	status, body, _ := post(t, o.MCPURL, token, "tools/list", `{}`)
	var reply struct {
		Result struct {
			Tools []struct{ Name string }
			TTL   int    `json:"ttlMs"`
			Scope string `json:"cacheScope"`
		}
	}
	if err := json.Unmarshal(body, &reply); err != nil || status != http.StatusOK || reply.Result.Scope != "private" {
		t.Fatalf("%d %s %v", status, body, err)
	}
	names := []string{}
	for _, tool := range reply.Result.Tools {
		names = append(names, tool.Name)
	}
	return names
}

// post sends one request of 2026-07-28.
func post(t *testing.T, endpoint, token, method, params string) (int, []byte, http.Header) {
	t.Helper()
	const meta = `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}`
	params = strings.Replace(params, "{", "{"+meta+",", 1)
	params = strings.Replace(params, ",}", "}", 1)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, endpoint,
		strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"`+method+`","params":`+params+`}`))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"Authorization": "Bearer " + token, "Content-Type": "application/json", "Accept": "application/json, text/event-stream",
		"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": method,
	} {
		req.Header.Set(name, value)
	}
	if name := regexp.MustCompile(`"name":"([^"]+)"`).FindStringSubmatch(params); name != nil {
		req.Header.Set("Mcp-Name", name[1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, body, resp.Header
}

func TestToolsActAsThePersonThroughEntraAndGraph(t *testing.T) {
	t.Parallel()
	o := shared.org(t, "contoso")
	for name, want := range map[string]string{"alice": `"total":2`, "carol": `"total":250`} {
		token := shared.token(t, o, shared.user(t, o, name))
		_, body, _ := post(t, o.MCPURL, token, "tools/call", `{"name":"graph_list_my_groups","arguments":{}}`)
		if !strings.Contains(string(body), want) {
			t.Errorf("%s: %.300s, want %s", name, body, want)
		}
		_, body, _ = post(t, o.MCPURL, token, "tools/call", `{"name":"graph_get_my_profile","arguments":{}}`)
		if !strings.Contains(string(body), name+"@contoso.example") {
			t.Errorf("%s: %.300s", name, body)
		}
	}
}

func TestWhoHasNoToolsIsToldWhoTheyAre(t *testing.T) {
	t.Parallel()
	o := shared.org(t, "contoso")
	bob := shared.user(t, o, "bob")
	_, body, _ := post(t, o.MCPURL, shared.token(t, o, bob), "server/discover", `{}`)
	var reply struct{ Result struct{ Instructions string } }
	if err := json.Unmarshal(body, &reply); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"bob@contoso.example", bob.OID, "No role of Contoso", "Reference: "} {
		if !strings.Contains(reply.Result.Instructions, part) {
			t.Errorf("instructions do not say %q: %s", part, reply.Result.Instructions)
		}
	}
	for _, tool := range staff {
		if strings.Contains(reply.Result.Instructions, tool) {
			t.Errorf("instructions tell of %s", tool)
		}
	}
}

func TestSomebodyElsesTokenIsToldWhoseItIs(t *testing.T) {
	t.Parallel()
	contoso, fabrikam := shared.org(t, "contoso"), shared.org(t, "fabrikam")
	token := shared.token(t, contoso, shared.user(t, contoso, "alice"))
	status, _, header := post(t, fabrikam.MCPURL, token, "tools/list", `{}`)
	challenge := header.Get("WWW-Authenticate")
	for _, part := range []string{`error="invalid_token"`, "alice@contoso.example", contoso.EntraTenantID, "Fabrikam", fabrikam.EntraTenantID} {
		if !strings.Contains(challenge, part) {
			t.Errorf("the challenge does not say %q: %s", part, challenge)
		}
	}
	if status != http.StatusUnauthorized {
		t.Errorf("status %d", status)
	}
}

func TestDevFileIsItsOwnersOnlyAndHasEveryKey(t *testing.T) {
	t.Parallel()
	path := filepath.Join(shared.data(), demo.FileName)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{
		"base_url", "entra_url", "graph_url", "control_url", "control_token", "notes_url", "mail_url", "orgs", "slug", "name", "entra_tenant_id", "mcp_url", "auth_mode",
		"api_client_id", "api_client_secret", "scope", "toolsets", "clients", "client_id", "users", "username", "password", "oid", "about",
		"unregistered", "admin", "platform", "console_client_id", "shared_app_client_id", "operator",
	} {
		if !bytes.Contains(raw, []byte(`"`+key+`":`)) {
			t.Errorf("no key %s", key)
		}
	}
	if shared.Unregistered.Admin.Username != "ada@adatum.example" || shared.Orgs[0].AuthMode != "brokered" {
		t.Errorf("%+v %s", shared.Unregistered, shared.Orgs[0].AuthMode)
	}
}

func TestControlNeedsItsTokenAndOwnHost(t *testing.T) {
	t.Parallel()
	ask := func(token, host string) int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, shared.ControlURL+"/journal", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp.StatusCode
	}
	if got := ask(shared.ControlToken, ""); got != http.StatusOK {
		t.Errorf("with the token: %d", got)
	}
	if got := ask("wrong", ""); got != http.StatusUnauthorized {
		t.Errorf("with a wrong token: %d", got)
	}
	if got := ask(shared.ControlToken, "rebound.example"); got != http.StatusForbidden {
		t.Errorf("under a foreign name: %d", got)
	}
}

func TestOtherAddressesAreRefused(t *testing.T) {
	t.Parallel()
	for _, flag := range []string{"--listen", "--entra", "--graph"} {
		args := []string{"--listen", "localhost:0", "--entra", "localhost:0", "--graph", "localhost:0", "--data", t.TempDir(), flag, "0.0.0.0:0"}
		out, err := command(t, "gatehouse-dev", args...).CombinedOutput()
		if err == nil || !strings.Contains(string(out), "not on this machine") {
			t.Errorf("%s 0.0.0.0: %v %s", flag, err, out)
		}
	}
}

// pick walks the sign-in page as a browser without scripts does, and returns
// the form that redeems the code.
func (d *dev) pick(t *testing.T, o demo.FileOrg, u demo.FileUser) url.Values {
	t.Helper()
	const redirect, verifier = "http://127.0.0.1:33418/", "a-verifier-of-at-least-forty-three-characters-0123456789"
	sum := sha256.Sum256([]byte(verifier))
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), redirect) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	page, err := browser.Get(d.EntraURL + "/" + o.EntraTenantID + "/oauth2/v2.0/authorize?" + url.Values{
		"client_id": {o.Clients[0].ClientID}, "response_type": {"code"}, "redirect_uri": {redirect}, "scope": {o.Scope}, "state": {"s"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}.Encode())
	if err != nil {
		t.Fatal(err)
	}
	html, err := io.ReadAll(page.Body)
	_ = page.Body.Close()
	if err != nil || !strings.Contains(string(html), u.Username) {
		t.Fatalf("%s is not on the page: %v\n%s", u.Username, err, html)
	}
	resp, err := browser.PostForm(action(t, page.Request.URL, string(html), u), fields(string(html), u))
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	back, err := resp.Location()
	if err != nil || back.Query().Get("code") == "" || back.Query().Get("state") != "s" {
		t.Fatalf("no code: %v %v %d", back, err, resp.StatusCode)
	}
	return url.Values{
		"grant_type": {"authorization_code"}, "client_id": {o.Clients[0].ClientID}, "code": {back.Query().Get("code")},
		"redirect_uri": {redirect}, "code_verifier": {verifier},
	}
}

var (
	actionOf = regexp.MustCompile(`<form[^>]*action="([^"]*)"`)
	inputOf  = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`)
	buttonOf = regexp.MustCompile(`(?s)<button[^>]*name="([^"]+)" value="([^"]*)"[^>]*>(.*?)</button>`)
)

func action(t *testing.T, page *url.URL, html string, _ demo.FileUser) string {
	t.Helper()
	found := actionOf.FindStringSubmatch(html)
	if found == nil {
		return page.String()
	}
	to, err := page.Parse(strings.ReplaceAll(found[1], "&amp;", "&"))
	if err != nil {
		t.Fatal(err)
	}
	return to.String()
}

// fields are the hidden fields and the button of one person.
func fields(html string, u demo.FileUser) url.Values {
	form := url.Values{}
	for _, f := range inputOf.FindAllStringSubmatch(html, -1) {
		form.Set(f[1], strings.ReplaceAll(f[2], "&amp;", "&"))
	}
	for _, b := range buttonOf.FindAllStringSubmatch(html, -1) {
		if strings.Contains(b[3], u.Username) {
			form.Set(b[1], b[2])
		}
	}
	return form
}

func TestSecondStartKeepsStateAndStopLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Symlink(filepath.Join(shared.dir, "gatehouse-dev"), filepath.Join(dir, "gatehouse-dev")); err != nil {
		t.Fatal(err)
	}
	first, err := start(dir)
	if err != nil {
		t.Fatal(err)
	}
	o := first.org(t, "contoso")
	token := first.token(t, o, first.user(t, o, "alice"))
	_, body, _ := post(t, o.MCPURL, token, "tools/call", `{"name":"whoami","arguments":{}}`)
	record := regexp.MustCompile(`"gatehouse/record":"([^"]+)"`).FindSubmatch(body)
	if record == nil {
		t.Fatalf("no record in %s", body)
	}
	if err := first.stop(); err != nil {
		t.Fatal(err)
	}
	assertNothingRuns(t, first)

	second, err := start(dir)
	if err != nil {
		t.Fatal(err)
	}
	if second.ready > 10*time.Second {
		t.Errorf("the second start took %s", second.ready)
	}
	out, err := command(t, "gatehouse-dev", "audit", "--data", second.data(), "contoso").CombinedOutput()
	if err != nil || !bytes.Contains(out, record[1]) {
		t.Errorf("the record of the first run is gone: %v\n%.500s", err, out)
	}
	if err := second.stop(); err != nil {
		t.Fatal(err)
	}

	third, err := start(dir, "--fresh")
	if err != nil {
		t.Fatal(err)
	}
	out, err = command(t, "gatehouse-dev", "audit", "--data", third.data(), "contoso").CombinedOutput()
	if err != nil || bytes.Contains(out, record[1]) {
		t.Errorf("--fresh has kept a record: %v", err)
	}
	if err := third.stop(); err != nil {
		t.Fatal(err)
	}
	if err := third.forget(); err != nil {
		t.Fatal(err)
	}
}
