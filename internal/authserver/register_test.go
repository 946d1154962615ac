package authserver_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/authserver"
	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

const remote = `{"client_name":"mcp-remote","redirect_uris":["http://localhost:3334/oauth/callback"]`

// told is what a client is told.
type told struct {
	ID            string   `json:"client_id"`
	IssuedAt      int64    `json:"client_id_issued_at"`
	Name          string   `json:"client_name"`
	Redirects     []string `json:"redirect_uris"`
	Method        string   `json:"token_endpoint_auth_method"`
	GrantTypes    []string `json:"grant_types"`
	ResponseTypes []string `json:"response_types"`
	Error         string   `json:"error"`
	Description   string   `json:"error_description"`
}

func tell(t *testing.T, resp reply) told {
	t.Helper()
	var a told
	if err := json.Unmarshal([]byte(resp.body), &a); err != nil || resp.header.Get("Content-Type") != "application/json" || resp.header.Get("Cache-Control") != "no-store" {
		t.Errorf("%v %v", resp.header, err)
	}
	return a
}

var randomID = regexp.MustCompile(`^gh_[A-Z2-7]{26}$`)

func TestClientRegisters(t *testing.T) {
	t.Parallel()
	r := newRegistrar(t)
	resp := r.post(t, remote+`,"software_statement":"eyJ","client_uri":"https://a.example","application_type":"native","scope":"mcp"}`)
	a := tell(t, resp)
	want := told{
		ID: a.ID, IssuedAt: r.now.Unix(), Name: "mcp-remote", Redirects: []string{"http://localhost:3334/oauth/callback"}, Method: "none",
		GrantTypes: []string{"authorization_code", "refresh_token"}, ResponseTypes: []string{"code"},
	}
	if resp.status != http.StatusCreated || !randomID.MatchString(a.ID) || !same(a, want) {
		t.Fatalf("%d %+v", resp.status, a)
	}
	kept := r.kept[a.ID]
	if kept.ID != a.ID || kept.Name != "mcp-remote" || !slices.Equal(kept.Redirects, want.Redirects) || !kept.CreatedAt.Equal(r.now) || !kept.ExpiresAt.Equal(r.now.Add(connections.UnusedLife)) || !kept.UsedAt.IsZero() {
		t.Errorf("kept is %+v", kept)
	}
	if id := r.by.Identity(); id.Org != r.snap.Organization.ID || id.Kind != authz.System {
		t.Errorf("it was done by %+v", id)
	}
	if c, err := r.client(t, a.ID); err != nil || c.Software != "mcp-remote <http://localhost/oauth/callback>" {
		t.Errorf("%+v, %v", c, err)
	}
	if again := tell(t, r.post(t, remote+"}")); again.ID == a.ID || len(r.kept) != 2 {
		t.Errorf("the second registration is %+v", again)
	}
}

func same(a, b told) bool {
	one, _ := json.Marshal(a)
	other, _ := json.Marshal(b)
	return string(one) == string(other)
}

// TestKnownClientsRegister sends what clients are known to send.
func TestKnownClientsRegister(t *testing.T) {
	t.Parallel()
	both, code := []string{"authorization_code", "refresh_token"}, []string{"authorization_code"}
	for what, c := range map[string]struct {
		body   string
		grants []string
	}{
		"TS SDK":            {`{"client_name":"A","redirect_uris":["http://localhost:8090/callback"],"grant_types":["authorization_code","refresh_token"],"response_types":["code"],"token_endpoint_auth_method":"none","application_type":"native"}`, both},
		"Python SDK, older": {`{"redirect_uris":["http://localhost:3000/callback"],"token_endpoint_auth_method":"client_secret_post","grant_types":["authorization_code","refresh_token"],"response_types":["code"],"client_name":"A"}`, both},
		"default":           {`{"redirect_uris":["https://a.example/cb"],"token_endpoint_auth_method":"client_secret_basic"}`, both},
		"VS Code":           {`{"client_name":"Visual Studio Code","client_uri":"https://code.visualstudio.com","grant_types":["authorization_code","refresh_token","urn:ietf:params:oauth:grant-type:device_code"],"response_types":["code"],"redirect_uris":["https://insiders.vscode.dev/redirect","https://vscode.dev/redirect","http://127.0.0.1/","http://127.0.0.1:33418/"],"token_endpoint_auth_method":"none"}`, both},
		"Cursor":            {`{"client_name":"Cursor","redirect_uris":["cursor://anysphere.cursor-mcp/oauth/callback","https://www.cursor.com/agents/mcp/oauth/callback","http://localhost:8787/callback"],"grant_types":["authorization_code"],"response_types":["code","token"],"token_endpoint_auth_method":"none"}`, code},
	} {
		r := newRegistrar(t)
		resp := r.post(t, c.body)
		if a := tell(t, resp); resp.status != http.StatusCreated || a.Method != "none" || !slices.Equal(a.GrantTypes, c.grants) || !slices.Equal(a.ResponseTypes, []string{"code"}) {
			t.Errorf("%s: %d %+v", what, resp.status, a)
		}
	}
}

// brokenRegistrations are refused with a code and a word.
var brokenRegistrations = map[string]struct{ body, code, word string }{
	"nothing":              {"", "invalid_client_metadata", "JSON object"},
	"no object":            {"[]", "invalid_client_metadata", "JSON object"},
	"member twice":         {remote + `,"client_name":"other"}`, "invalid_client_metadata", "strict JSON"},
	"too large":            {remote + `,"x":"` + strings.Repeat("a", authserver.MaxRegistration) + `"}`, "invalid_client_metadata", "16384"},
	"too deep":             {remote + `,"x":` + strings.Repeat("[", 20) + strings.Repeat("]", 20) + "}", "invalid_client_metadata", "strict JSON"},
	"no redirects":         {`{"client_name":"A"}`, "invalid_redirect_uri", "redirect_uris"},
	"empty redirects":      {`{"redirect_uris":[]}`, "invalid_redirect_uri", "redirect_uris"},
	"redirect as text":     {`{"redirect_uris":"https://a.example/cb"}`, "invalid_redirect_uri", "redirect_uris"},
	"number as redirect":   {`{"redirect_uris":["https://a.example/cb",1]}`, "invalid_redirect_uri", "redirect_uris"},
	"too many redirects":   {`{"redirect_uris":["https://a.example/cb"` + strings.Repeat(`,"https://a.example/cb"`, connections.MaxRedirects) + `]}`, "invalid_redirect_uri", "1 to 20"},
	"script":               {`{"redirect_uris":["javascript:alert(1)"]}`, "invalid_redirect_uri", "redirect_uris"},
	"one of two":           {`{"redirect_uris":["https://a.example/cb","http://a.example/cb"]}`, "invalid_redirect_uri", "another machine"},
	"fragment":             {`{"redirect_uris":["https://a.example/cb#x"]}`, "invalid_redirect_uri", "fragment"},
	"long together":        {`{"redirect_uris":["https://a.example/1` + strings.Repeat("a", 450) + `","https://a.example/2` + strings.Repeat("a", 450) + `","https://a.example/3` + strings.Repeat("a", 450) + `","https://a.example/4` + strings.Repeat("a", 450) + `","https://a.example/5` + strings.Repeat("a", 450) + `"]}`, "invalid_redirect_uri", "2000 bytes together"},
	"name of no text":      {`{"client_name":{},"redirect_uris":["https://a.example/cb"]}`, "invalid_client_metadata", "client_name"},
	"keys":                 {remote + `,"token_endpoint_auth_method":"private_key_jwt"}`, "invalid_client_metadata", "token_endpoint_auth_method"},
	"method of no text":    {remote + `,"token_endpoint_auth_method":null}`, "invalid_client_metadata", "token_endpoint_auth_method"},
	"grants of no list":    {remote + `,"grant_types":"authorization_code"}`, "invalid_client_metadata", "grant_types"},
	"number as grant":      {remote + `,"grant_types":["authorization_code",1]}`, "invalid_client_metadata", "grant_types"},
	"no grants":            {remote + `,"grant_types":[]}`, "invalid_client_metadata", "grant_types"},
	"grants without codes": {remote + `,"grant_types":["client_credentials","refresh_token"]}`, "invalid_client_metadata", "grant_types"},
	"tokens for answers":   {remote + `,"response_types":["token"]}`, "invalid_client_metadata", "response_types"},
	"answers of no list":   {remote + `,"response_types":"code"}`, "invalid_client_metadata", "response_types"},
}

func TestRegistrationThatBreaksARuleIsRefused(t *testing.T) {
	t.Parallel()
	for what, c := range brokenRegistrations {
		r := newRegistrar(t)
		resp := r.post(t, c.body)
		if a := tell(t, resp); resp.status != http.StatusBadRequest || a.Error != c.code || !strings.Contains(a.Description, c.word) || len(r.kept) != 0 {
			t.Errorf("%s: %d %+v", what, resp.status, a)
		}
	}
}

func TestRegistrationIsDeclaredAsJSON(t *testing.T) {
	t.Parallel()
	for _, media := range [][]string{nil, {"application/x-www-form-urlencoded"}, {"text/plain"}, {"application/json", "application/json"}} {
		r := newRegistrar(t)
		resp := r.post(t, remote+"}", func(req *http.Request) { req.Header["Content-Type"] = media })
		if a := tell(t, resp); resp.status != http.StatusBadRequest || a.Error != "invalid_client_metadata" || !strings.Contains(a.Description, "Content-Type") || len(r.kept) != 0 {
			t.Errorf("%q: %d %+v", media, resp.status, a)
		}
	}
}

// endless is a body that does not end for long.
type endless struct{ left int }

func (e *endless) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n := min(len(p), e.left)
	e.left -= n
	return n, nil
}

func (*endless) Close() error { return nil }

func TestNobodySendsMoreThanARegistration(t *testing.T) {
	t.Parallel()
	body := &endless{left: 100 * authserver.MaxRegistration}
	r := newRegistrar(t)
	resp := r.post(t, "", func(req *http.Request) { req.Body, req.ContentLength = body, -1 })
	if a := tell(t, resp); resp.status != http.StatusBadRequest || !strings.Contains(a.Description, "larger than 16384 bytes") || body.left < 98*authserver.MaxRegistration {
		t.Errorf("%d %+v; %d bytes are left", resp.status, a, body.left)
	}
}

func TestNamesOfRegistrationsAreFitToBeKept(t *testing.T) {
	t.Parallel()
	for sent, want := range map[string]string{`"a\u0000b"`: "a\ufffdb", `" <b> "`: "b", `""`: "", `"unnamed"`: "", `"` + strings.Repeat("é", 100) + `"`: strings.Repeat("é", connections.MaxName/2)} {
		r := newRegistrar(t)
		a := tell(t, r.post(t, `{"client_name":`+sent+`,"redirect_uris":["https://a.example/cb"]}`))
		if a.Name != want || r.kept[a.ID].Name != want {
			t.Errorf("%s is kept as %q: %+v", sent, r.kept[a.ID].Name, a)
		}
	}
}

func TestNobodyRegistersWhereClientsDoNot(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		change func(*tenants.Organization)
		status int
	}{
		"façade":    {func(o *tenants.Organization) { o.Mode = tenants.Facade }, http.StatusNotFound},
		"direct":    {func(o *tenants.Organization) { o.Mode = tenants.Direct }, http.StatusNotFound},
		"another":   {func(o *tenants.Organization) { o.Slug = tenants.MustSlug("fabrikam") }, http.StatusNotFound},
		"suspended": {func(o *tenants.Organization) { o.State = tenants.Suspended }, http.StatusForbidden},
	} {
		r := newRegistrar(t)
		c.change(&r.snap.Organization)
		resp := r.post(t, remote+"}")
		if a := tell(t, resp); resp.status != c.status || a.Error == "" || a.Description == "" || len(r.kept) != 0 {
			t.Errorf("%s: %d %+v", what, resp.status, a)
		}
	}
}

func TestStrangersAreCountedBeforeAnythingElse(t *testing.T) {
	t.Parallel()
	r := newRegistrar(t)
	r.limited = fault.New(fault.Limited, "too many requests from your address").RetryAfter(1500 * time.Millisecond)
	resp := r.post(t, "{", func(req *http.Request) {
		req.RemoteAddr = "[::ffff:192.0.2.7]:1234"
		req.Header.Set("Origin", "https://evil.example")
	})
	if a := tell(t, resp); resp.status != http.StatusTooManyRequests || a.Error != "temporarily_unavailable" || resp.header.Get("Retry-After") != "2" || !strings.Contains(a.Description, "your address") {
		t.Errorf("%d %+v", resp.status, a)
	}
	if !slices.Equal(r.admitted, []string{"192.0.2.7"}) || len(r.kept) != 0 {
		t.Errorf("counted are %q", r.admitted)
	}
	r.limited = nil
	r.post(t, "{", func(req *http.Request) { req.RemoteAddr = "[fe80::1%eth0]:1" })
	r.post(t, "{", func(req *http.Request) { req.RemoteAddr = "somewhere" })
	if !slices.Equal(r.admitted[1:], []string{"fe80::1", "somewhere"}) {
		t.Errorf("counted are %q", r.admitted)
	}
}

func TestTroubleOfTheStoreIsTold(t *testing.T) {
	t.Parallel()
	for status, err := range map[int]error{
		http.StatusTooManyRequests:     fault.New(fault.Limited, "there are 10000 registrations already"),
		http.StatusServiceUnavailable:  fault.New(fault.Unavailable, "the database is away"),
		http.StatusInternalServerError: errors.New("secret of the database"),
	} {
		r := newRegistrar(t)
		r.full = err
		resp := r.post(t, remote+"}")
		if a := tell(t, resp); resp.status != status || a.Error == "" || a.Description != fault.Public(err) || a.ID != "" {
			t.Errorf("%v: %d %+v", err, resp.status, a)
		}
	}
}

func TestPagesOfListedOriginsRegister(t *testing.T) {
	t.Parallel()
	r := newRegistrar(t)
	for _, origin := range []string{"https://gatehouse.example", "https://inspector.example", "http://localhost:6274"} {
		resp := r.post(t, remote+"}", func(req *http.Request) { req.Header.Set("Origin", origin) })
		if resp.status != http.StatusCreated || resp.header.Get("Access-Control-Allow-Origin") != origin || resp.header.Get("Access-Control-Allow-Credentials") != "" || resp.header.Get("Vary") != "Origin" {
			t.Errorf("%s: %d %v", origin, resp.status, resp.header)
		}
	}
	for _, origins := range [][]string{{"https://evil.example"}, {"null"}, {""}, {"http://gatehouse.example"}, {"http://localhost:6275"}, {"https://gatehouse.example:8443"}, {"https://inspector.example", "https://inspector.example"}} {
		resp := r.post(t, remote+"}", func(req *http.Request) { req.Header["Origin"] = origins })
		if a := tell(t, resp); resp.status != http.StatusForbidden || resp.header.Get("Access-Control-Allow-Origin") != "" || !strings.Contains(a.Description, "origin") {
			t.Errorf("%q: %d %v", origins, resp.status, resp.header)
		}
	}
	if len(r.kept) != 3 {
		t.Errorf("%d are registered", len(r.kept))
	}
}

func TestBrowsersMayAskBeforeTheyRegister(t *testing.T) {
	t.Parallel()
	r := newRegistrar(t)
	for origin, status := range map[string]int{"https://inspector.example": http.StatusNoContent, "https://evil.example": http.StatusForbidden} {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodOptions, "https://gatehouse.example/t/contoso/register", http.NoBody)
		req.Header.Set("Origin", origin)
		rec := httptest.NewRecorder()
		r.mux.ServeHTTP(rec, req)
		allowed := rec.Header().Get("Access-Control-Allow-Origin") == origin && strings.Contains(rec.Header().Get("Access-Control-Allow-Headers"), "Content-Type") && strings.Contains(rec.Header().Get("Access-Control-Allow-Methods"), "POST")
		if rec.Code != status || allowed != (status == http.StatusNoContent) || len(r.kept) != 0 {
			t.Errorf("%s: %d %v", origin, rec.Code, rec.Header())
		}
	}
}

func TestWhoRegistersTooOftenHasToWait(t *testing.T) {
	t.Parallel()
	r := newRegistrar(t)
	r.crowded = fault.New(fault.Limited, "too many requests").RetryAfter(time.Second)
	if got := r.post(t, `{"redirect_uris":["https://a.example/cb"]}`); got.status != http.StatusTooManyRequests || len(r.kept) != 0 {
		t.Errorf("%d %s", got.status, got.body)
	}
}
