package oauth_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/tools/upstream/oauth"
)

func TestClientDocumentNeedsNoRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.web.says(serverURL, aboutServer.with(object{"client_id_metadata_document_supported": true}))
	s := w.discover(t)
	r, err := w.Register(t.Context(), s, app)
	if err != nil || !reflect.DeepEqual(r, oauth.Registration{Issuer: issuer, Redirect: redirect, ClientID: document, Method: "none"}) {
		t.Errorf("%+v %v", r, err)
	}
	if w.web.count(entryURL) != 0 {
		t.Error("we have registered as well")
	}
	var said map[string]any
	if err := json.Unmarshal(app.Metadata(), &said); err != nil || !reflect.DeepEqual(said, ourselves("none", document)) {
		t.Errorf("%v %v", said, err)
	}
}

// ourselves is what we say about ourselves; an empty id is not said.
func ourselves(method, id string) map[string]any {
	m := map[string]any{
		"client_name": "Gatehouse", "client_uri": "https://gatehouse.example", "redirect_uris": []any{redirect}, "grant_types": []any{"authorization_code", "refresh_token"},
		"response_types": []any{"code"}, "token_endpoint_auth_method": method, "application_type": "web",
	}
	if id != "" {
		m["client_id"] = id
	}
	return m
}

func TestServerIsAskedToRegisterUs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		server object
		app    func(*oauth.Application)
		method string
	}{
		"without client documents":       {object{}, nil, "none"},
		"without a document of ours":     {object{"client_id_metadata_document_supported": true}, func(a *oauth.Application) { a.Document = "" }, "none"},
		"where documents need a secret":  {object{"client_id_metadata_document_supported": true, "token_endpoint_auth_methods_supported": []string{"client_secret_post"}}, nil, "client_secret_post"},
		"where all are known":            {object{"token_endpoint_auth_methods_supported": []string{"client_secret_post", "client_secret_basic", "none"}}, nil, "none"},
		"where secrets are wanted":       {object{"token_endpoint_auth_methods_supported": []string{"client_secret_post", "client_secret_basic"}}, nil, "client_secret_basic"},
		"where nothing is said about it": {object{"token_endpoint_auth_methods_supported": nil}, nil, "client_secret_basic"},
		"where documents are a text":     {object{"client_id_metadata_document_supported": "true"}, nil, "none"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.web.says(serverURL, aboutServer.with(c.server))
			w.web.says(entryURL, object{"client_id": "c-1", "client_secret": "s-1", "client_secret_expires_at": 0, "token_endpoint_auth_method": c.method})
			a := app
			if c.app != nil {
				c.app(&a)
			}
			r, err := w.Register(t.Context(), w.discover(t), a)
			want := oauth.Registration{Issuer: issuer, Redirect: redirect, ClientID: "c-1", Method: c.method}
			if c.method != "none" {
				want.Secret = "s-1"
			}
			if err != nil || !reflect.DeepEqual(r, want) {
				t.Errorf("%+v %v", r, err)
			}
			got := w.web.last(t)
			var said map[string]any
			if err := json.Unmarshal([]byte(got.body), &said); err != nil || !reflect.DeepEqual(said, ourselves(c.method, "")) {
				t.Errorf("%s %v", got.body, err)
			}
			if got.method != http.MethodPost || got.header.Get("Content-Type") != "application/json" {
				t.Errorf("%s %v", got.method, got.header)
			}
		})
	}
}

func TestLoopbackRedirectIsThatOfANativeApplication(t *testing.T) {
	t.Parallel()
	if got := string(oauth.Application{Redirect: "http://127.0.0.1:8080/back"}.Metadata()); !strings.Contains(got, `"application_type":"native"`) {
		t.Error(got)
	}
}

func TestRegistrationIsWhatTheServerMadeOfIt(t *testing.T) {
	t.Parallel()
	expires := now.Add(time.Hour)
	for name, c := range map[string]struct {
		said object
		want oauth.Registration
	}{
		"another method":            {object{"client_id": "c", "client_secret": "s", "token_endpoint_auth_method": "client_secret_post"}, oauth.Registration{ClientID: "c", Secret: "s", Method: "client_secret_post"}},
		"a secret without a method": {object{"client_id": "c", "client_secret": "s"}, oauth.Registration{ClientID: "c", Secret: "s", Method: "client_secret_basic"}},
		"neither":                   {object{"client_id": "c"}, oauth.Registration{ClientID: "c", Method: "none"}},
		"a secret nobody wants":     {object{"client_id": "c", "client_secret": "s", "token_endpoint_auth_method": "none"}, oauth.Registration{ClientID: "c", Method: "none"}},
		"a secret that expires":     {object{"client_id": "c", "client_secret": "s", "client_secret_expires_at": expires.Unix()}, oauth.Registration{ClientID: "c", Secret: "s", Method: "client_secret_basic", Until: expires}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.web.says(entryURL, c.said)
			r, err := w.Register(t.Context(), w.discover(t), app)
			c.want.Issuer, c.want.Redirect = issuer, redirect
			if err != nil || !reflect.DeepEqual(r, c.want) {
				t.Errorf("%+v %v", r, err)
			}
		})
	}
}

func TestRegistrationIsRefused(t *testing.T) {
	t.Parallel()
	said := func(o object) answer {
		text, _ := json.Marshal(o)
		return answer{status: http.StatusCreated, body: string(text)}
	}
	for name, c := range map[string]struct {
		answer answer
		kind   fault.Kind
		word   string
	}{
		"by policy":                {refused("invalid_client_metadata"), fault.Upstream, "invalid_client_metadata"},
		"with words of its own":    {answer{status: http.StatusForbidden, body: `{"error":"<b>hi</b>"}`}, fault.Upstream, "no reason given"},
		"for the moment":           {answer{status: http.StatusTooManyRequests}, fault.Unavailable, "try again"},
		"because it is broken":     {answer{status: http.StatusInternalServerError}, fault.Unavailable, "500"},
		"with a page":              {answer{status: http.StatusCreated, body: "<html>"}, fault.Upstream, "JSON object"},
		"with too much":            {answer{status: http.StatusCreated, body: `{"a":"` + strings.Repeat("x", 64<<10) + `"}`}, fault.Upstream, "larger"},
		"with depth":               {answer{status: http.StatusCreated, body: deep(20)}, fault.Upstream, "deep"},
		"without an id":            {said(registered.with(object{"client_id": nil})), fault.Upstream, "client_id"},
		"with an id of two lines":  {said(registered.with(object{"client_id": "a\nb"})), fault.Upstream, "client_id"},
		"with a long id":           {said(registered.with(object{"client_id": strings.Repeat("x", 2_001)})), fault.Upstream, "client_id"},
		"with a secret of bytes":   {said(registered.with(object{"client_secret": "\x00"})), fault.Upstream, "client_secret"},
		"with a long secret":       {said(registered.with(object{"client_secret": strings.Repeat("x", 4_097)})), fault.Upstream, "client_secret"},
		"with an unknown method":   {said(registered.with(object{"client_secret": "s", "token_endpoint_auth_method": "private_key_jwt"})), fault.Upstream, "token_endpoint_auth_method"},
		"with no secret":           {said(registered.with(object{"token_endpoint_auth_method": "client_secret_basic"})), fault.Upstream, "token_endpoint_auth_method"},
		"with a strange expiry":    {said(object{"client_id": "c", "client_secret": "s", "client_secret_expires_at": "soon"}), fault.Upstream, "client_secret_expires_at"},
		"with a negative expiry":   {said(object{"client_id": "c", "client_secret": "s", "client_secret_expires_at": -5}), fault.Upstream, "client_secret_expires_at"},
		"for another redirect URI": {said(registered.with(object{"redirect_uris": []string{"https://evil.example/"}})), fault.Upstream, "redirect URI"},
		"by silence":               {answer{err: fault.New(fault.Unavailable, "it did not answer in time")}, fault.Unavailable, "in time"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.web.answer(entryURL, c.answer)
			_, err := w.Register(t.Context(), w.discover(t), app)
			wants(t, err, c.kind, c.word)
		})
	}
}

func TestServerThatRegistersNobodyIsNotAsked(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change object
		word   string
	}{
		"without an endpoint":  {object{"registration_endpoint": nil}, redirect},
		"with methods unknown": {object{"token_endpoint_auth_methods_supported": []string{"private_key_jwt"}}, "token_endpoint_auth_methods_supported"},
	} {
		w := newWorld(t)
		w.web.says(serverURL, aboutServer.with(c.change))
		_, err := w.Register(t.Context(), w.discover(t), app)
		wants(t, err, fault.Upstream, c.word)
		if w.web.count(entryURL) != 0 {
			t.Errorf("%s: it was asked", name)
		}
	}
}

func TestRegistrationOfAnAdminIsTaken(t *testing.T) {
	t.Parallel()
	for methods, want := range map[string]string{
		"":                                       "client_secret_basic",
		"client_secret_post":                     "client_secret_post",
		"client_secret_basic client_secret_post": "client_secret_basic",
		"none":                                   "client_secret_basic",
	} {
		s := oauth.Server{Issuer: issuer, Methods: strings.Fields(methods)}
		r, err := oauth.Registered(s, redirect, "id with a space", "secret")
		if err != nil || !reflect.DeepEqual(r, oauth.Registration{Issuer: issuer, Redirect: redirect, ClientID: "id with a space", Secret: "secret", Method: want}) {
			t.Errorf("%s: %+v %v", methods, r, err)
		}
	}
	if r, err := oauth.Registered(oauth.Server{Issuer: issuer}, redirect, "id", ""); err != nil || r.Method != "none" {
		t.Errorf("%+v %v", r, err)
	}
	for what, c := range map[string]struct{ id, secret string }{
		"clientId": {"", "s"}, "visible": {"a\u00e9", "s"}, "2,000": {strings.Repeat("x", 2_001), ""}, "client secret": {"id", "a\nb"}, "4,096": {"id", strings.Repeat("x", 4_097)},
	} {
		_, err := oauth.Registered(oauth.Server{Issuer: issuer}, redirect, c.id, oauth.Secret(c.secret))
		wants(t, err, fault.Invalid, what)
		if c.secret != "s" && c.secret != "" && strings.Contains(err.Error(), c.secret) {
			t.Error("the secret is in the error")
		}
	}
}

func TestExpiredRegistrationIsToBeMadeAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	i := w.begin(t)
	i.Registration.Until = now
	_, err := w.Finish(t.Context(), i, back(i))
	wants(t, err, fault.Unauthenticated, "anew")
	if !errors.Is(err, oauth.ErrUnknownClient) || w.web.count(tokenURL) != 0 {
		t.Errorf("%v; %q", err, w.web.urls())
	}
}
