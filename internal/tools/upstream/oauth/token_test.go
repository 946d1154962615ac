package oauth_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/tools/upstream/oauth"
)

func TestNothingSecretIsShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	i, token := w.token(t)
	i.Registration.Secret = "client-secret-1"
	secrets := []string{"access-1", "refresh-1", "client-secret-1", i.State.Reveal(), i.Verifier.Reveal()}
	var log bytes.Buffer
	for _, l := range []*slog.Logger{slog.New(slog.NewTextHandler(&log, nil)), slog.New(slog.NewJSONHandler(&log, nil))} {
		l.InfoContext(t.Context(), "all", slog.Any("token", token), slog.Any("access", token.Access), slog.Any("sign_in", i), slog.Any("pointer", &i), slog.Any("registration", i.Registration))
	}
	text, err := json.Marshal([]any{token, i, i.Registration})
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		log.WriteString(fmt.Sprintf(verb, token) + fmt.Sprintf(verb, i) + fmt.Sprintf(verb, &i) + fmt.Sprintf(verb, i.Registration) + fmt.Sprintf(verb, token.Access))
	}
	said := log.String() + string(text) + fmt.Sprint(token, i)
	for _, secret := range secrets {
		if strings.Contains(said, secret) || strings.Contains(said, fmt.Sprintf("%x", secret)) {
			t.Errorf("%q is shown", secret)
		}
	}
	if token.Access.Reveal() != "access-1" || token.Access.String() != "•••" {
		t.Errorf("%q %q", token.Access.Reveal(), token.Access.String())
	}
}

func TestTokensAndRegistrationsAreKeptWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, token := w.token(t)
	stored, err := token.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	var kept oauth.Token
	if err := kept.UnmarshalBinary(stored); err != nil || !reflect.DeepEqual(kept, token) {
		t.Errorf("%+v %v", kept, err)
	}
	r := oauth.Registration{Issuer: issuer, Redirect: redirect, ClientID: "c", Secret: "s", Method: "client_secret_post", Until: now}
	if stored, err = r.MarshalBinary(); err != nil {
		t.Fatal(err)
	}
	var known oauth.Registration
	if err := known.UnmarshalBinary(stored); err != nil || !reflect.DeepEqual(known, r) {
		t.Errorf("%+v %v", known, err)
	}
	for _, text := range []string{"", "{}", `{"access":"SECRET"}`, `{"shown":"SECRET","issuer":"i","clientId":"c","method":"x"}`, `{"access":"SECRET`} {
		for _, err := range []error{kept.UnmarshalBinary([]byte(text)), known.UnmarshalBinary([]byte(text))} {
			if err == nil || strings.Contains(err.Error(), "SECRET") {
				t.Errorf("%s: %v", text, err)
			}
		}
	}
}

func TestTokenIsFreshUntilShortlyBeforeItsEnd(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		token oauth.Token
		want  bool
	}{
		"long to go":       {oauth.Token{Access: "a", Expires: now.Add(time.Minute)}, true},
		"nearly over":      {oauth.Token{Access: "a", Expires: now.Add(30 * time.Second)}, false},
		"over":             {oauth.Token{Access: "a", Expires: now.Add(-time.Hour)}, false},
		"nobody has said":  {oauth.Token{Access: "a"}, true},
		"there is nothing": {oauth.Token{}, false},
	} {
		if got := c.token.Fresh(now); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestTokenIsWhatTheServerGives(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change  object
		scopes  []string
		expires time.Time
		refresh oauth.Secret
	}{
		"all of it":              {object{}, []string{"notes:read"}, now.Add(10 * time.Minute), "refresh-1"},
		"what was asked for":     {object{"scope": nil}, []string{"notes:read", "notes:write"}, now.Add(10 * time.Minute), "refresh-1"},
		"a life in a text":       {object{"expires_in": "600"}, []string{"notes:read"}, now.Add(10 * time.Minute), "refresh-1"},
		"no life":                {object{"expires_in": nil}, []string{"notes:read"}, time.Time{}, "refresh-1"},
		"a life of nothing":      {object{"expires_in": 0}, []string{"notes:read"}, time.Time{}, "refresh-1"},
		"a life before now":      {object{"expires_in": -10}, []string{"notes:read"}, time.Time{}, "refresh-1"},
		"a life for ever":        {object{"expires_in": 1e300}, []string{"notes:read"}, now.Add(3_650 * 24 * time.Hour), "refresh-1"},
		"a life of a word":       {object{"expires_in": "NaN"}, []string{"notes:read"}, time.Time{}, "refresh-1"},
		"nothing to go on with":  {object{"refresh_token": nil}, []string{"notes:read"}, now.Add(10 * time.Minute), ""},
		"a token without a type": {object{"token_type": nil}, []string{"notes:read"}, now.Add(10 * time.Minute), "refresh-1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.web.says(tokenURL, granted.with(c.change))
			_, got := w.token(t)
			if !reflect.DeepEqual(got.Scopes, c.scopes) || !got.Expires.Equal(c.expires) || got.Refresh.Reveal() != c.refresh.Reveal() {
				t.Errorf("%q %s %q", got.Scopes, got.Expires, got.Refresh.Reveal())
			}
		})
	}
}

func TestTokenIsRefused(t *testing.T) {
	t.Parallel()
	said := func(change object) answer {
		text, _ := json.Marshal(granted.with(change))
		return answer{status: http.StatusOK, body: string(text)}
	}
	for name, c := range map[string]struct {
		answer answer
		kind   fault.Kind
		word   string
		lost   bool
	}{
		"no token":                    {said(object{"access_token": nil}), fault.Upstream, "access_token", false},
		"an empty token":              {said(object{"access_token": ""}), fault.Upstream, "access_token", false},
		"a token of two lines":        {said(object{"access_token": "SECRET\r\nX: y"}), fault.Upstream, "access_token", false},
		"a token of two words":        {said(object{"access_token": "SECRET x"}), fault.Upstream, "access_token", false},
		"a long token":                {said(object{"access_token": strings.Repeat("SECRET", 3_000)}), fault.Upstream, "too long", false},
		"a long refresh token":        {said(object{"refresh_token": strings.Repeat("SECRET", 3_000)}), fault.Upstream, "too long", false},
		"a token bound to a key":      {said(object{"token_type": "DPoP"}), fault.Upstream, "Bearer", false},
		"a number for a token":        {said(object{"access_token": 5}), fault.Upstream, "no text", false},
		"a quoted scope":              {said(object{"scope": `a "b"`}), fault.Upstream, "scope", false},
		"a page":                      {answer{status: http.StatusOK, body: "<html>SECRET"}, fault.Upstream, "can be read", false},
		"two tokens":                  {answer{status: http.StatusOK, body: `{"access_token":"SECRET","access_token":"b"}`}, fault.Upstream, "can be read", false},
		"too much":                    {answer{status: http.StatusOK, body: `{"access_token":"` + strings.Repeat("SECRET", 12_000) + `"}`}, fault.Upstream, "can be read", false},
		"too deep":                    {answer{status: http.StatusOK, body: deep(20)}, fault.Upstream, "can be read", false},
		"a token with another status": {answer{status: http.StatusCreated, body: `{"access_token":"SECRET"}`}, fault.Upstream, "201", false},
		"a code that is over":         {refused("invalid_grant"), fault.Unauthenticated, "sign in again", false},
		"a client nobody knows":       {answer{status: http.StatusUnauthorized, body: `{"error":"invalid_client"}`}, fault.Unauthenticated, "know us", true},
		"a client that may not":       {refused("unauthorized_client"), fault.Unauthenticated, "know us", true},
		"another resource":            {refused("invalid_target"), fault.Upstream, "invalid_target", false},
		"words of its own":            {refused("SECRET is not good"), fault.Upstream, "no reason given", false},
		"too many":                    {answer{status: http.StatusTooManyRequests}, fault.Unavailable, "429", false},
		"out of order":                {answer{status: http.StatusBadGateway, body: `{"error":"invalid_grant"}`}, fault.Unavailable, "502", false},
		"silence":                     {answer{err: fault.New(fault.Unavailable, "it did not answer in time")}, fault.Unavailable, "in time", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.web.answer(tokenURL, c.answer)
			i := w.begin(t)
			got, err := w.Finish(t.Context(), i, back(i))
			wants(t, err, c.kind, c.word)
			if errors.Is(err, oauth.ErrUnknownClient) != c.lost || !reflect.DeepEqual(got, oauth.Token{}) {
				t.Errorf("%v, token %v", err, got.Access != "")
			}
			if err != nil && strings.Contains(err.Error(), "SECRET") {
				t.Errorf("the error shows what was sent: %v", err)
			}
		})
	}
}

func TestTokenIsRefreshed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		said    object
		refresh string
		scopes  []string
	}{
		"with another refresh token": {object{"access_token": "access-2", "refresh_token": "refresh-2", "scope": "a b"}, "refresh-2", []string{"a", "b"}},
		"with the same":              {object{"access_token": "access-2"}, "refresh-1", []string{"notes:read"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			i, token := w.token(t)
			w.web.says(tokenURL, c.said)
			next, err := w.Refresh(t.Context(), i.Server, i.Registration, token)
			want := oauth.Token{Issuer: issuer, ClientID: "c-1", Resource: sourceURL, Access: "access-2", Refresh: oauth.Secret(c.refresh), Scopes: c.scopes}
			if err != nil || !reflect.DeepEqual(next, want) {
				t.Errorf("%+v %v", next, err)
			}
			form := map[string][]string{"grant_type": {"refresh_token"}, "refresh_token": {"refresh-1"}, "resource": {sourceURL}, "client_id": {"c-1"}}
			if a := w.web.last(t); a.url != tokenURL || !reflect.DeepEqual(map[string][]string(a.form(t)), form) {
				t.Errorf("%+v", a)
			}
		})
	}
}

func TestSignInThatHasEndedIsNotRefreshed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	i, token := w.token(t)
	w.web.answer(tokenURL, refused("invalid_grant"))
	_, err := w.Refresh(t.Context(), i.Server, i.Registration, token)
	wants(t, err, fault.Unauthenticated, "sign in again")
	token.Refresh = ""
	before := w.web.count(tokenURL)
	_, err = w.Refresh(t.Context(), i.Server, i.Registration, token)
	wants(t, err, fault.Unauthenticated, "sign in again")
	if w.web.count(tokenURL) != before {
		t.Error("a token was asked for without one to refresh")
	}
}

// TestNothingOfOneServerGoesToAnother: a source may say whatever it likes; what is
// another's is not sent where it says.
func TestNothingOfOneServerGoesToAnother(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(s *oauth.Server, r *oauth.Registration, token *oauth.Token){
		"a server of another issuer": func(s *oauth.Server, _ *oauth.Registration, _ *oauth.Token) { s.Issuer = "https://evil.example" },
		"and its own registration": func(s *oauth.Server, r *oauth.Registration, _ *oauth.Token) {
			s.Issuer, r.Issuer = "https://evil.example", "https://evil.example"
		},
		"a registration of another issuer": func(_ *oauth.Server, r *oauth.Registration, _ *oauth.Token) { r.Issuer = "https://evil.example" },
		"a token of another issuer":        func(_ *oauth.Server, _ *oauth.Registration, k *oauth.Token) { k.Issuer = "https://evil.example" },
		"a token of another client":        func(_ *oauth.Server, _ *oauth.Registration, k *oauth.Token) { k.ClientID = "c-2" },
		"a token of another source":        func(_ *oauth.Server, _ *oauth.Registration, k *oauth.Token) { k.Resource = "https://other.example/mcp" },
		"a server of another source":       func(s *oauth.Server, _ *oauth.Registration, _ *oauth.Token) { s.Resource = "https://other.example/mcp" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			i, token := w.token(t)
			before := len(w.web.urls())
			change(&i.Server, &i.Registration, &token)
			_, refresh := w.Refresh(t.Context(), i.Server, i.Registration, token)
			revoke := w.Revoke(t.Context(), i.Server, i.Registration, token)
			for _, err := range []error{refresh, revoke} {
				if err == nil || fault.KindOf(err) != fault.Internal {
					t.Errorf("error = %v", err)
				}
			}
			if len(w.web.urls()) != before {
				t.Errorf("asked %q", w.web.urls()[before:])
			}
		})
	}
}

func TestTokenIsRevoked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	i, token := w.token(t)
	if err := w.Revoke(t.Context(), i.Server, i.Registration, token); err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, a := range w.web.got {
		if a.url == revokeURL {
			form := a.form(t)
			told = append(told, form.Get("token_type_hint")+" "+form.Get("token")+" "+form.Get("client_id"))
		}
	}
	if !reflect.DeepEqual(told, []string{"refresh_token refresh-1 c-1", "access_token access-1 c-1"}) {
		t.Errorf("%q", told)
	}
	i.Server.Revocation, token.Refresh = "", ""
	before := len(w.web.urls())
	if err := w.Revoke(t.Context(), i.Server, i.Registration, token); err != nil || len(w.web.urls()) != before {
		t.Errorf("%v, asked %q", err, w.web.urls()[before:])
	}
}

func TestRevocationThatFailsIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	i, token := w.token(t)
	w.web.answer(revokeURL, refused("unsupported_token_type"))
	if err := w.Revoke(t.Context(), i.Server, i.Registration, token); err != nil {
		t.Errorf("a server that revokes one kind only: %v", err)
	}
	w.web.answer(revokeURL, refused("invalid_request"))
	err := w.Revoke(t.Context(), i.Server, i.Registration, token)
	wants(t, err, fault.Upstream, "until it expires")
	if err != nil && strings.Contains(err.Error(), "access-1") {
		t.Errorf("the token is in the error: %v", err)
	}
}
