package console_test

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatehouse/internal/demo"
	"gatehouse/internal/demo/browser"
)

// app is an AI app that somebody has connected, or wants to.
type app struct {
	at       demo.File // where it connects
	issuer   string
	resource string
	id       string
	access   string
	refresh  string
}

const callback = "http://127.0.0.1:33418/callback"

// connect registers an app under a name at Contoso and has somebody agree that it
// acts for them.
func connect(t *testing.T, name string, by demo.FileUser) app {
	t.Helper()
	return connectAt(t, contoso(t), name, by)
}

func connectAt(t *testing.T, o demo.FileOrg, name string, by demo.FileUser) app {
	t.Helper()
	return connectIn(t, dev, o, name, by)
}

// connectIn is connectAt in another gatehouse-dev.
func connectIn(t *testing.T, at demo.File, o demo.FileOrg, name string, by demo.FileUser) app {
	t.Helper()
	a := register(t, o, name)
	a.at = at
	if err := a.signIn(t, by); err != nil {
		t.Fatal(err)
	}
	return a
}

// register registers an app under a name.
func register(t *testing.T, o demo.FileOrg, name string) app {
	t.Helper()
	a := app{at: dev, issuer: strings.TrimSuffix(o.MCPURL, "/mcp"), resource: o.MCPURL}
	body, err := json.Marshal(map[string]any{"client_name": name, "redirect_uris": []string{callback}, "token_endpoint_auth_method": "none"})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post(a.issuer+"/register", "application/json", strings.NewReader(string(body)))
	status, told := answered(t, resp, err)
	if a.id, _ = told["client_id"].(string); status != http.StatusCreated || a.id == "" {
		t.Fatalf("%s is not registered: %d %v", name, status, told)
	}
	return a
}

// signIn has somebody sign in and agree that the app acts for them. The error is that
// they are kept from it.
func (a *app) signIn(t *testing.T, by demo.FileUser) error {
	t.Helper()
	verifier := rand.Text() + rand.Text()
	sum := sha256.Sum256([]byte(verifier))
	b := browser.New(http.DefaultTransport, a.at.EntraURL, by.OID)
	b.Also, b.Wish = []string{a.at.BaseURL}, "allow"
	code, err := b.Authorize(t.Context(), a.issuer+"/authorize?"+url.Values{
		"client_id": {a.id}, "redirect_uri": {callback}, "response_type": {"code"}, "state": {"mine"}, "resource": {a.resource},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}.Encode())
	if err != nil {
		return err
	}
	status, told := a.token(t, url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier}, "resource": {a.resource}})
	a.access, _ = told["access_token"].(string)
	if a.refresh, _ = told["refresh_token"].(string); status != http.StatusOK || a.refresh == "" || a.access == "" {
		t.Fatalf("%s has no tokens: %d %v", a.id, status, told)
	}
	return nil
}

// goesOn reports whether the app's refresh token is still worth something.
func (a *app) goesOn(t *testing.T) bool {
	t.Helper()
	status, told := a.token(t, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {a.refresh}})
	if next, ok := told["refresh_token"].(string); ok {
		a.refresh = next
	}
	return status == http.StatusOK
}

func (a *app) token(t *testing.T, form url.Values) (int, map[string]any) {
	t.Helper()
	form.Set("client_id", a.id)
	resp, err := http.PostForm(a.issuer+"/token", form)
	return answered(t, resp, err)
}

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
