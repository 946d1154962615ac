package authserver_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// redeem shows the token endpoint a code of the program, with what is given in place
// of what it should have, and returns the status and the error.
func (d *desk) redeem(code string, more ...string) (int, string) {
	d.t.Helper()
	f := url.Values{"grant_type": {"authorization_code"}, "client_id": {programID}, "code": {code}, "redirect_uri": {programTo}, "code_verifier": {verifier}}
	for at := 0; at+1 < len(more); at += 2 {
		f.Set(more[at], more[at+1])
	}
	r := httptest.NewRequestWithContext(d.t.Context(), http.MethodPost, base+"/t/contoso/token", strings.NewReader(f.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	d.mux.ServeHTTP(w, r)
	var body struct {
		Error       string
		Description string `json:"error_description"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		d.t.Fatalf("%d %s", w.Code, w.Body)
	}
	d.described = body.Description
	return w.Code, body.Error
}

// code is what the program gets when Alice agrees.
func (d *desk) code() string {
	d.t.Helper()
	b := d.tab()
	return b.press(b.second(request(programID, programTo)), "allow").query(d.t).Get("code")
}

// TestAGrantThatNobodyCanHaveEnds: its code is spent, so that it would only take the
// place of others.
func TestAGrantThatNobodyCanHaveEnds(t *testing.T) {
	t.Parallel()
	for name, wrong := range map[string][]string{
		"another client":   {"client_id", appID},
		"another redirect": {"redirect_uri", "http://127.0.0.1:33419/callback"},
		"another verifier": {"code_verifier", verifier + "x"},
	} {
		d := newDesk(t)
		text := d.code()
		if status, code := d.redeem(text, wrong...); status != http.StatusBadRequest || code != "invalid_grant" {
			t.Errorf("%s: %d %s", name, status, code)
		}
		for _, words := range []string{"not one of this client's", "redeemed already", "older than a minute", "a code_verifier that does not match its code_challenge", "another redirect_uri", "begin again"} {
			if !strings.Contains(d.described, words) {
				t.Errorf("%s: %q does not say %q", name, d.described, words)
			}
		}
		if len(d.ended) != 1 || d.ended[0] != d.grants[0].ID {
			t.Errorf("%s: ended %v", name, d.ended)
		}
		if status, _ := d.redeem(text); status != http.StatusBadRequest {
			t.Errorf("%s: a second try: %d", name, status)
		}
		d.endings = errors.New("the database is away")
		if status, _ := d.redeem(d.code(), wrong...); status != http.StatusInternalServerError {
			t.Errorf("%s: it is not said that the grant could not be ended: %d", name, status)
		}
	}
	d := newDesk(t)
	if status, _ := d.redeem(d.code()); status != http.StatusOK || len(d.ended) != 0 {
		t.Errorf("a good one: %d, ended %v", status, d.ended)
	}
}

// TestNoCodeIsRedeemedWithoutItsVerifier: neither without any, nor for what the browser
// brought, nor for what PKCE has no room for.
func TestNoCodeIsRedeemedWithoutItsVerifier(t *testing.T) {
	t.Parallel()
	shown := must(url.Parse(request(programID, programTo))).Query().Get("code_challenge")
	for name, tt := range map[string]struct{ verifier, code string }{
		"none":                    {"", "invalid_request"},
		"a short one":             {strings.Repeat("a", 42), "invalid_request"},
		"a long one":              {strings.Repeat("a", 129), "invalid_request"},
		"an odd one":              {strings.Repeat("a", 43) + "=", "invalid_request"},
		"the challenge, as it is": {shown, "invalid_grant"},
	} {
		d := newDesk(t)
		if status, code := d.redeem(d.code(), "code_verifier", tt.verifier); status != http.StatusBadRequest || code != tt.code {
			t.Errorf("%s: %d %s", name, status, code)
		}
	}
}
