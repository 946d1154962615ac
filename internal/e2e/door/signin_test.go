package door_test

import (
	"crypto/sha256"
	"encoding/base64"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"testing"
)

// The pages of the emulator work without scripts, so a test can walk them.
var (
	formAction  = regexp.MustCompile(`<form[^>]*action="([^"]*)"`)
	hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`)
)

// signIn is a sign-in with a code and PKCE, as AI clients do it.
type signIn struct{ tid, client, username, scope string }

// browse signs somebody in through the account picker, which is the only way
// for guests, and returns the access token.
func (k *stack) browse(t *testing.T, s signIn) string {
	t.Helper()
	const redirect, verifier = "http://127.0.0.1:33418/", "a-verifier-of-at-least-forty-three-characters-0123456789"
	sum := sha256.Sum256([]byte(verifier))
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	page, err := browser.Get(k.places.Entra + "/" + s.tid + "/oauth2/v2.0/authorize?" + url.Values{
		"client_id": {s.client}, "response_type": {"code"}, "redirect_uri": {redirect}, "scope": {s.scope},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}.Encode())
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(page.Body)
	_ = page.Body.Close()
	action := formAction.FindSubmatch(text)
	if err != nil || action == nil {
		t.Fatalf("no account picker: %v\n%s", err, text)
	}
	to, err := page.Request.URL.Parse(html.UnescapeString(string(action[1])))
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{"account": {s.username}}
	for _, field := range hiddenField.FindAllStringSubmatch(string(text), -1) {
		form.Set(field[1], html.UnescapeString(field[2]))
	}
	resp, err := browser.PostForm(to.String(), form)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	back, err := resp.Location()
	if err != nil || back.Query().Get("code") == "" {
		t.Fatalf("no code: %v, status %d, location %v", err, resp.StatusCode, back)
	}
	return k.grant(t, s.tid, url.Values{
		"grant_type": {"authorization_code"}, "client_id": {s.client}, "code": {back.Query().Get("code")}, "redirect_uri": {redirect}, "code_verifier": {verifier},
	})["access_token"].(string)
}
