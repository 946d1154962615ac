package oauth_test

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
	"gatehouse/internal/tools/upstream/oauth"
)

// The places of an ordinary source.
const (
	sourceURL = "https://notes.example/team/mcp"
	aboutURL  = "https://notes.example/.well-known/oauth-protected-resource/team/mcp"
	aboutRoot = "https://notes.example/.well-known/oauth-protected-resource"
	issuer    = "https://login.example/t/1"
	serverURL = "https://login.example/.well-known/oauth-authorization-server/t/1"
	tokenURL  = "https://login.example/t/1/token"
	entryURL  = "https://login.example/t/1/register"
	revokeURL = "https://login.example/t/1/revoke"
	redirect  = "https://gatehouse.example/sources/7/back"
	document  = "https://gatehouse.example/sources/7/client"
)

var now = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)

// object is a JSON object.
type object map[string]any

// with returns a copy with other members; nil takes one out.
func (o object) with(change object) object {
	c := maps.Clone(o)
	for name, value := range change {
		if c[name] = value; value == nil {
			delete(c, name)
		}
	}
	return c
}

// asked is a request that somebody got.
type asked struct {
	method, url string
	header      http.Header
	body        string
}

func (a asked) form(t *testing.T) url.Values {
	t.Helper()
	form, err := url.ParseQuery(a.body)
	if err != nil {
		t.Fatal(err)
	}
	return form
}

// answer is what a URL answers.
type answer struct {
	status int
	body   string
	err    error
}

// web is all hosts that can be asked, and what they were asked.
type web struct {
	mu      sync.Mutex
	answers map[string]answer
	got     []asked
}

func (w *web) Do(ctx context.Context, req *http.Request) (*egress.Response, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	a := asked{method: req.Method, url: req.URL.String(), header: req.Header}
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		a.body = string(body)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.got = append(w.got, a)
	at, there := w.answers[a.url]
	switch {
	case !there:
		return &egress.Response{Status: http.StatusNotFound, Body: []byte("<html>nothing here</html>")}, nil
	case at.err != nil:
		return nil, at.err
	}
	return &egress.Response{Status: at.status, Body: []byte(at.body)}, nil
}

// says has a URL answer with an object.
func (w *web) says(at string, o object) {
	text, err := json.Marshal(o)
	if err != nil {
		panic(err)
	}
	w.answer(at, answer{status: http.StatusOK, body: string(text)})
}

func (w *web) answer(at string, a answer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answers[at] = a
}

func (w *web) drop(at string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.answers, at)
}

// urls are what was asked, in its order.
func (w *web) urls() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []string
	for _, a := range w.got {
		list = append(list, a.url)
	}
	return list
}

// last is the request that came last.
func (w *web) last(t *testing.T) asked {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.got) == 0 {
		t.Fatal("nobody was asked")
	}
	return w.got[len(w.got)-1]
}

// count is how often a URL was asked.
func (w *web) count(at string) int {
	return len(slices.DeleteFunc(w.urls(), func(u string) bool { return u != at }))
}

var (
	aboutSource = object{"resource": sourceURL, "authorization_servers": []string{issuer}, "scopes_supported": []string{"notes:read", "notes:write"}}
	aboutServer = object{
		"issuer": issuer, "authorization_endpoint": "https://login.example/t/1/authorize", "token_endpoint": tokenURL,
		"registration_endpoint": entryURL, "revocation_endpoint": revokeURL,
		"response_types_supported": []string{"code"}, "grant_types_supported": []string{"authorization_code", "refresh_token"},
		"code_challenge_methods_supported": []string{"plain", "S256"}, "token_endpoint_auth_methods_supported": []string{"private_key_jwt", "none"},
	}
	registered = object{"client_id": "c-1", "token_endpoint_auth_method": "none", "redirect_uris": []string{redirect}}
	granted    = object{"access_token": "access-1", "token_type": "bearer", "expires_in": 600, "refresh_token": "refresh-1", "scope": "notes:read"}
	refused    = func(code string) answer {
		return answer{status: http.StatusBadRequest, body: `{"error":"` + code + `"}`}
	}
	app = oauth.Application{Name: "Gatehouse", Home: "https://gatehouse.example", Redirect: redirect, Document: document}
)

// world is a client, and the web that it sees: an ordinary source and its
// authorization server.
type world struct {
	*oauth.Client
	web *web
}

func newWorld(t *testing.T) world {
	t.Helper()
	w := &web{answers: map[string]answer{}}
	w.says(aboutURL, aboutSource)
	w.says(serverURL, aboutServer)
	w.says(entryURL, registered)
	w.says(tokenURL, granted)
	w.answer(revokeURL, answer{status: http.StatusOK})
	return world{newClient(t, oauth.Options{Doer: w}), w}
}

func newClient(t *testing.T, o oauth.Options) *oauth.Client {
	t.Helper()
	o.Agent, o.Now = "gatehouse/test", func() time.Time { return now }
	c, err := oauth.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func source(t *testing.T, raw string) *url.URL {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// discover finds the authorization server of the ordinary source.
func (w world) discover(t *testing.T) oauth.Server {
	t.Helper()
	s, err := w.Discover(t.Context(), source(t, sourceURL), oauth.Challenge{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// begin begins a sign-in at the ordinary source.
func (w world) begin(t *testing.T) oauth.SignIn {
	t.Helper()
	s := w.discover(t)
	r, err := w.Register(t.Context(), s, app)
	if err != nil {
		t.Fatal(err)
	}
	i, err := oauth.NewSignIn(s, r, nil)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// token signs somebody in.
func (w world) token(t *testing.T) (oauth.SignIn, oauth.Token) {
	t.Helper()
	i := w.begin(t)
	token, err := w.Finish(t.Context(), i, back(i))
	if err != nil {
		t.Fatal(err)
	}
	return i, token
}

// back is what a person comes back with when all is well.
func back(i oauth.SignIn) url.Values {
	return url.Values{"state": {i.State.Reveal()}, "code": {"code-1"}}
}

// wants fails unless err is a fault of a kind that says a word.
func wants(t *testing.T, err error, kind fault.Kind, word string) {
	t.Helper()
	if err == nil || fault.KindOf(err) != kind || !strings.Contains(fault.Public(err), word) {
		t.Errorf("error = %v, want %s that says %q", err, kind, word)
	}
}
