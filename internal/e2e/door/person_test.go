package door_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatehouse/internal/demo"
)

// company returns one of the demo's companies.
func company(t *testing.T, slug string) demo.Company {
	t.Helper()
	for _, c := range demo.Companies() {
		if c.Slug.String() == slug {
			return c
		}
	}
	t.Fatalf("the demo has no company %s", slug)
	return demo.Company{}
}

// person returns one of a company's people.
func person(t *testing.T, c demo.Company, name string) demo.Person {
	t.Helper()
	for _, p := range c.People {
		if strings.HasPrefix(p.Username, name+"@") {
			return p
		}
	}
	t.Fatalf("%s has no %s", c.Name, name)
	return demo.Person{}
}

// grant asks the emulator's token endpoint and returns the whole answer.
func (k *stack) grant(t *testing.T, tid string, form url.Values) map[string]any {
	t.Helper()
	resp, err := k.client.PostForm(k.places.Entra+"/"+tid+"/oauth2/v2.0/token", form)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var answer map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("no token: %v", answer["error_description"])
	}
	return answer
}

// token signs one of the cast in at their own company, through Visual Studio Code.
func (k *stack) token(t *testing.T, slug, name string) string {
	t.Helper()
	return k.tokenThrough(t, slug, name, demo.VisualStudioCode)
}

func (k *stack) tokenThrough(t *testing.T, slug, name, client string) string {
	t.Helper()
	c := company(t, slug)
	p := person(t, c, name)
	return k.grant(t, c.TID.String(), url.Values{
		"grant_type": {"password"}, "client_id": {client}, "username": {p.Username}, "password": {p.Password},
		"scope": {c.Organization(k.places).Connection.QualifiedScope()},
	})["access_token"].(string)
}

// claimsOf decodes a token's payload.
func claimsOf(t *testing.T, token string) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	claims := map[string]any{}
	if err := d.Decode(&claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

// altered signs a token that differs from a good one by what change does to its
// claims. The key is the one that Entra signs with.
func (k *stack) altered(t *testing.T, token string, change func(claims map[string]any)) string {
	t.Helper()
	claims := claimsOf(t, token)
	tid := claims["tid"].(string)
	change(claims)
	return k.sign(t, tid, nil, claims)
}

func (k *stack) sign(t *testing.T, tid string, header, claims map[string]any) string {
	t.Helper()
	token, err := k.emulator.Sign(tid, header, claims)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// keyFetches counts how often a tenant's key set was asked for.
func (k *stack) keyFetches(tid string) (n int) {
	for _, e := range k.emulator.Journal() {
		if e.Service == "entra" && e.Tenant == tid && strings.HasSuffix(e.Path, "/keys") {
			n++
		}
	}
	return n
}

// reply is an HTTP answer, read to its end.
type reply struct {
	status int
	header http.Header
	body   string
}

// send makes one request of the process. Whatever else it needs the changes set.
func (r *replica) send(t *testing.T, method, path, body string, changes ...func(*http.Request)) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, r.address+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Host = r.host
	for _, change := range changes {
		change(req)
	}
	resp, err := r.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{resp.StatusCode, resp.Header, string(text)}
}

func endpoint(slug string) string { return "/t/" + slug + "/mcp" }

// with sets one header.
func with(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header[http.CanonicalHeaderKey(name)] = []string{value} }
}

// without removes one header.
func without(name string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Del(name) }
}

func bearer(token string) func(*http.Request) { return with("Authorization", "Bearer "+token) }

// visitor is somebody at an endpoint.
type visitor struct {
	at    *replica
	slug  string
	token string
}

func (k *stack) visitor(t *testing.T, slug, name string) visitor {
	t.Helper()
	return visitor{k.replica, slug, k.token(t, slug, name)}
}

// modernMeta is what every request of 2026-07-28 carries.
const modernMeta = `"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}`

// modern sends one request of 2026-07-28. Params are the members of params
// besides _meta; name is what Mcp-Name mirrors, empty for none.
func (v visitor) modern(t *testing.T, method, name, params string, changes ...func(*http.Request)) reply {
	t.Helper()
	if params != "" {
		params += ","
	}
	return v.modernBody(t, method, name, `{"jsonrpc":"2.0","id":1,"method":"`+method+`","params":{`+params+`"_meta":{`+modernMeta+`}}}`, changes...)
}

// modernBody sends any body with the headers of 2026-07-28.
func (v visitor) modernBody(t *testing.T, method, name, body string, changes ...func(*http.Request)) reply {
	t.Helper()
	headers := []func(*http.Request){
		bearer(v.token), with("Content-Type", "application/json"), with("Accept", "application/json, text/event-stream"),
		with("MCP-Protocol-Version", "2026-07-28"), with("Mcp-Method", method),
	}
	if name != "" {
		headers = append(headers, with("Mcp-Name", name))
	}
	return v.at.send(t, http.MethodPost, endpoint(v.slug), body, append(headers, changes...)...)
}

// call calls a tool in the modern era; arguments are a JSON object.
func (v visitor) call(t *testing.T, tool, arguments string, changes ...func(*http.Request)) reply {
	t.Helper()
	return v.modern(t, "tools/call", tool, `"name":`+quote(tool)+`,"arguments":`+arguments, changes...)
}

// legacy sends any body as the earlier revisions do.
func (v visitor) legacy(t *testing.T, body string, changes ...func(*http.Request)) reply {
	t.Helper()
	headers := []func(*http.Request){
		bearer(v.token), with("Content-Type", "application/json"), with("Accept", "application/json, text/event-stream"),
	}
	return v.at.send(t, http.MethodPost, endpoint(v.slug), body, append(headers, changes...)...)
}

// callLegacy calls a tool in the legacy era.
func (v visitor) callLegacy(t *testing.T, tool, arguments string, changes ...func(*http.Request)) reply {
	t.Helper()
	return v.legacy(t, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":`+quote(tool)+`,"arguments":`+arguments+`}}`, changes...)
}

func quote(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// rpc is a decoded JSON-RPC reply.
type rpc struct {
	ID     json.RawMessage
	Result struct {
		ResultType        string
		TTLMs             *int64
		CacheScope        string
		IsError           bool
		Content           []struct{ Type, Text string }
		StructuredContent json.RawMessage
		Tools             []struct {
			Name         string
			InputSchema  json.RawMessage
			OutputSchema json.RawMessage
		}
		Resources       []struct{ URI, MimeType string }
		Contents        []struct{ URI, MimeType, Text string }
		Instructions    string
		ProtocolVersion string
		Meta            map[string]json.RawMessage `json:"_meta"`
	}
	Error *struct {
		Code    int
		Message string
		Data    json.RawMessage
	}
	Description string `json:"error_description"`
}

func (r reply) rpc(t *testing.T) rpc {
	t.Helper()
	var m rpc
	if err := json.Unmarshal([]byte(r.body), &m); err != nil {
		t.Fatalf("status %d, body %.300q: %v", r.status, r.body, err)
	}
	return m
}

// ok fails the test unless the reply is a result that is no error.
func (r reply) ok(t *testing.T) rpc {
	t.Helper()
	m := r.rpc(t)
	if r.status != http.StatusOK || m.Error != nil || m.Result.IsError {
		t.Fatalf("status %d: %.500s", r.status, r.body)
	}
	return m
}

// refused fails the test unless the reply is a JSON-RPC error with that code
// and status.
func (r reply) refused(t *testing.T, status, code int) rpc {
	t.Helper()
	m := r.rpc(t)
	if r.status != status || m.Error == nil || m.Error.Code != code {
		t.Fatalf("want status %d and code %d, got %d: %.500s", status, code, r.status, r.body)
	}
	return m
}

// record is the id of the audit record that a result names.
func (m rpc) record(t *testing.T) string {
	t.Helper()
	var id string
	if err := json.Unmarshal(m.Result.Meta["gatehouse/record"], &id); err != nil {
		t.Fatalf("the reply names no record: %v", m.Result.Meta)
	}
	return id
}

func (m rpc) toolNames() []string {
	names := []string{}
	for _, tool := range m.Result.Tools {
		names = append(names, tool.Name)
	}
	return names
}
