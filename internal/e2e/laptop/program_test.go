package laptop_test

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"html"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatehouse/internal/demo"
	"gatehouse/internal/demo/browser"
)

// program is an AI client made by hand: it does each step as it is told, also the
// wrong way.
type program struct {
	org      demo.FileOrg
	id       string
	redirect string
	verifier string
}

// issuer is that of the organization's authorization server.
func issuer(o demo.FileOrg) string { return strings.TrimSuffix(o.MCPURL, "/mcp") }

// register registers a program that is answered on loopback.
func register(t *testing.T, o demo.FileOrg, name string) program {
	t.Helper()
	status, told := registration(t, o, map[string]any{"client_name": name, "redirect_uris": []string{loopback}, "token_endpoint_auth_method": "none"})
	id, _ := told["client_id"].(string)
	if status != http.StatusCreated || id == "" {
		t.Fatalf("%s is not registered: %d %v", name, status, told)
	}
	return program{org: o, id: id, redirect: loopback, verifier: rand.Text() + rand.Text()}
}

// registration returns what the registration endpoint answers.
func registration(t *testing.T, o demo.FileOrg, metadata map[string]any) (int, map[string]any) {
	t.Helper()
	body, err := json.Marshal(metadata)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post(issuer(o)+"/register", "application/json", strings.NewReader(string(body)))
	return answered(t, resp, err)
}

// answered reads an answer in JSON.
func answered(t *testing.T, resp *http.Response, err error) (int, map[string]any) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	var told map[string]any
	err = errors.Join(json.NewDecoder(resp.Body).Decode(&told), resp.Body.Close())
	if err != nil {
		t.Fatalf("%d: %v", resp.StatusCode, err)
	}
	return resp.StatusCode, told
}

// asks is the address of an authorization request; changes replaces parameters of
// it, and takes away those without a value.
func (p program) asks(changes url.Values) string {
	sum := sha256.Sum256([]byte(p.verifier))
	asked := url.Values{
		"client_id": {p.id}, "redirect_uri": {p.redirect}, "response_type": {"code"}, "state": {"mine"}, "resource": {p.org.MCPURL},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}
	for name, values := range changes {
		asked[name] = values
	}
	return issuer(p.org) + "/authorize?" + asked.Encode()
}

// code has somebody agree and returns the code that comes of it.
func (p program) code(t *testing.T, name string) string {
	t.Helper()
	away, answer, err := shared.browser(shared.user(t, p.org, name)).SignIn(patient(t), p.asks(nil))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(away.URL.String(), p.redirect+"?") || answer.Get("state") != "mine" || answer.Get("iss") != issuer(p.org) || answer.Get("code") == "" {
		t.Fatalf("the answer is %s", away.URL)
	}
	return answer.Get("code")
}

// redeem exchanges a code; changes are as in asks.
func (p program) redeem(t *testing.T, code string, changes url.Values) (int, map[string]any) {
	t.Helper()
	form := url.Values{
		"grant_type": {"authorization_code"}, "client_id": {p.id}, "code": {code}, "redirect_uri": {p.redirect}, "code_verifier": {p.verifier}, "resource": {p.org.MCPURL},
	}
	for name, values := range changes {
		form[name] = values
	}
	resp, err := http.PostForm(issuer(p.org)+"/token", form)
	return answered(t, resp, err)
}

// refresh exchanges a refresh token.
func (p program) refresh(t *testing.T, token string) (int, map[string]any) {
	t.Helper()
	resp, err := http.PostForm(issuer(p.org)+"/token", url.Values{"grant_type": {"refresh_token"}, "client_id": {p.id}, "refresh_token": {token}})
	return answered(t, resp, err)
}

// signIn returns what somebody's agreement gets the program: an access token and a
// refresh token.
func (p program) signIn(t *testing.T, name string) (access, refresh string) {
	t.Helper()
	status, told := p.redeem(t, p.code(t, name), nil)
	return pair(t, status, told)
}

// pair reads an access token and a refresh token.
func pair(t *testing.T, status int, told map[string]any) (access, refresh string) {
	t.Helper()
	access, _ = told["access_token"].(string)
	refresh, _ = told["refresh_token"].(string)
	if status != http.StatusOK || access == "" || refresh == "" {
		t.Fatalf("no tokens: %d %v", status, told)
	}
	return access, refresh
}

// refused holds an answer to an error of OAuth's, which gives away no token.
func refused(t *testing.T, what string, status int, told map[string]any, want string) {
	t.Helper()
	if status < 400 || status > 499 || told["error"] != want || told["access_token"] != nil {
		t.Errorf("%s: %d %v, want %s", what, status, told, want)
	}
}

// shown is a page, or a redirect that was not followed.
type shown struct {
	status int
	at     *url.URL
	header http.Header
	text   string
}

// visit opens an address in a browser without going on.
func visit(t *testing.T, b *browser.Browser, address string) shown {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	return do(t, b, req)
}

// press sends the form of a page with one of its buttons, perhaps from another
// browser.
func press(t *testing.T, b *browser.Browser, on shown, button string) shown {
	t.Helper()
	if !strings.Contains(on.text, `value="`+button+`"`) {
		t.Fatalf("%s has no button %s: %d %s", on.at, button, on.status, on.text)
	}
	form := url.Values{"action": {button}}
	for _, field := range inputOf.FindAllStringSubmatch(on.text, -1) {
		form.Set(field[1], html.UnescapeString(field[2]))
	}
	to, err := on.at.Parse(html.UnescapeString(actionOf.FindStringSubmatch(on.text)[1]))
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, to.String(), strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return do(t, b, req)
}

func do(t *testing.T, b *browser.Browser, req *http.Request) shown {
	t.Helper()
	resp, err := b.Client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return shown{status: resp.StatusCode, at: req.URL, header: resp.Header, text: string(text)}
}

// atEntra goes through the first page and Entra's, and returns where Entra sends
// the browser, which is not gone to.
func (p program) atEntra(t *testing.T, b *browser.Browser) string {
	t.Helper()
	first := press(t, b, visit(t, b, p.asks(nil)), "continue")
	to := first.header.Get("Location")
	if !strings.HasPrefix(to, shared.EntraURL+"/"+p.org.EntraTenantID+"/") {
		t.Fatalf("Continue leads to %d %q", first.status, to)
	}
	alone := *b
	alone.Also = nil
	away, _, err := alone.SignIn(patient(t), to)
	if err != nil {
		t.Fatal(err)
	}
	return away.URL.String()
}

// stays holds a page to being a refusal that sends nobody anywhere.
func (s shown) stays(t *testing.T, what string) {
	t.Helper()
	if s.status < 400 || s.status > 499 || s.header.Get("Location") != "" || !strings.Contains(s.text, "<h1>") {
		t.Errorf("%s: %d to %q: %s", what, s.status, s.header.Get("Location"), browser.Sentence(s.text))
	}
}
