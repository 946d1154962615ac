package connect_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"gatehouse/internal/connect"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tools"
)

type serverList struct {
	Servers []struct {
		Server map[string]any
		Meta   map[string]struct {
			Status string
			Latest *bool `json:"isLatest"`
		} `json:"_meta"`
	}
	Metadata struct {
		NextCursor string
		Count      *int
	}
}

// list asks for a list of servers.
func (s *stand) list(query string) serverList {
	s.t.Helper()
	return decoded[serverList](s.t, s.get("/t/contoso/v0.1/servers"+query))
}

func decoded[T any](t *testing.T, w *httptest.ResponseRecorder) T {
	t.Helper()
	var value T
	if err := json.Unmarshal(w.Body.Bytes(), &value); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%d %v %s", w.Code, err, w.Body)
	}
	return value
}

func (l serverList) names() []string {
	names := []string{}
	for _, s := range l.Servers {
		names = append(names, s.Server["name"].(string))
	}
	return names
}

const namespace = "example.gatehouse.mcp/"

var everyName = []string{namespace + "contoso", namespace + "contoso.bare", namespace + "contoso.finance"}

// schema is the constraints of server.json as the registry publishes them, without
// its words: internal/validators/schemas/2025-12-11.json of
// github.com/modelcontextprotocol/registry v1.8.7.
func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	file := must(os.Open("testdata/server.schema.json"))
	defer func() { _ = file.Close() }()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("server.json", must(jsonschema.UnmarshalJSON(file))); err != nil {
		t.Fatal(err)
	}
	return must(c.Compile("server.json"))
}

func TestServersAreValidByTheOfficialSchema(t *testing.T) {
	t.Parallel()
	valid := schema(t)
	for _, name := range []string{"Contoso", strings.Repeat("🏴", 256), "\x00\u202e", strings.Repeat("a", 99), strings.Repeat("ä", 101), `"<>\` + "\n"} {
		for _, at := range []string{base, "http://localhost:8080", "http://[::1]:8080", "https://" + strings.Repeat("a-very-long-label.", 13) + "example"} {
			s := newStandAt(t, at)
			s.change(func(d *snapshot.Data) { d.Organization.Name, d.Toolsets[0].Title = name, name })
			all := s.list("").Servers
			if len(all) != 3 {
				t.Fatalf("%d servers", len(all))
			}
			for _, one := range all {
				if err := valid.Validate(one.Server); err != nil {
					t.Errorf("%q at %s: %v: %v", name, at, err, one.Server)
				}
				for _, member := range []string{"title", "description"} {
					if said := one.Server[member].(string); said == "" || utf8.RuneCountInString(said) > 100 || !utf8.ValidString(said) {
						t.Errorf("%s is %q", member, said)
					}
				}
			}
		}
	}
	for _, bad := range []map[string]any{{}, {"name": "no-slash", "description": "x", "version": "1"}, {"name": "a/b", "description": strings.Repeat("x", 101), "version": "1"}} {
		if valid.Validate(bad) == nil {
			t.Errorf("the schema takes %v", bad)
		}
	}
}

func TestRegistryListsEveryEndpoint(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	list := s.list("")
	if !slices.Equal(list.names(), everyName) || *list.Metadata.Count != 3 || list.Metadata.NextCursor != "" {
		t.Errorf("%q %+v", list.names(), list.Metadata)
	}
	for at, path := range []string{"/t/contoso/mcp", "/t/contoso/bare/mcp", "/t/contoso/finance/mcp"} {
		one := list.Servers[at]
		remotes, _ := json.Marshal(one.Server["remotes"])
		official := one.Meta["io.modelcontextprotocol.registry/official"]
		if string(remotes) != `[{"type":"streamable-http","url":"`+base+path+`"}]` || one.Server["websiteUrl"] != base+path || one.Server["version"] != "9.8.7" ||
			official.Status != "active" || official.Latest == nil || !*official.Latest {
			t.Errorf("%+v", one)
		}
	}
	if title := list.Servers[2].Server["title"]; title != "Contoso: Finance & Payroll" {
		t.Errorf("the toolset is called %q", title)
	}
	if title := list.Servers[1].Server["title"]; title != "Contoso: bare" {
		t.Errorf("a toolset without a title is called %q", title)
	}
}

// TestRegistryIsReadByPages follows the cursor as Visual Studio Code does, which
// does not encode it.
func TestRegistryIsReadByPages(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.change(func(d *snapshot.Data) {
		for at := range 120 {
			d.Toolsets = append(d.Toolsets, tools.Toolset{Name: "set-" + string(rune('a'+at/26)) + string(rune('a'+at%26)), Patterns: []string{"*"}})
		}
	})
	if list := s.list("?limit=1"); list.Metadata.NextCursor == "" || url.QueryEscape(list.Metadata.NextCursor) != list.Metadata.NextCursor {
		t.Errorf("cursor %q needs to be encoded", list.Metadata.NextCursor)
	}
	for limit, want := range map[string][]int{"": {30, 30, 30, 30, 3}, "&limit=50": {50, 50, 23}, "&limit=100": {100, 23}, "&limit=1000": {100, 23}, "&limit=123": {100, 23}} {
		var sizes []int
		var names []string
		for cursor := ""; len(sizes) < 10; {
			list := s.list("?version=latest" + limit + cursor)
			sizes, names = append(sizes, *list.Metadata.Count), append(names, list.names()...)
			if len(list.Servers) != *list.Metadata.Count {
				t.Errorf("%d servers, and the count is %d", len(list.Servers), *list.Metadata.Count)
			}
			if list.Metadata.NextCursor == "" {
				break
			}
			if url.QueryEscape(list.Metadata.NextCursor) != list.Metadata.NextCursor {
				t.Errorf("cursor %q needs to be encoded", list.Metadata.NextCursor)
			}
			cursor = "&cursor=" + list.Metadata.NextCursor
		}
		if !slices.Equal(sizes, want) || len(names) != 123 || !slices.IsSorted(names) || len(slices.Compact(names)) != 123 {
			t.Errorf("limit %q: pages of %d, want %d; %d names", limit, sizes, want, len(names))
		}
	}
}

func TestRegistryIsSearched(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for query, want := range map[string][]string{
		"?search=FINANCE": everyName[2:], "?search=contoso": everyName, "?search=payroll_secret": {}, "?search=%00": {}, "?version=latest": everyName, "?version=9.8.7": everyName,
		"?version=1.0.0": {}, "?updated_since=2025-08-07T13:15:04.280Z": everyName, "?include_deleted=true": everyName, "?limit=1&search=bare": everyName[1:2],
	} {
		if got := s.list(query).names(); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	if body := s.get("/t/contoso/v0.1/servers?search=nothing").Body.String(); !strings.Contains(body, `"servers": []`) {
		t.Errorf("an empty list is %s", body)
	}
}

func TestRegistryRefusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for query, says := range map[string]string{
		"?limit=0": "limit", "?limit=-1": "limit", "?limit=x": "limit", "?limit=99999999999999999999": "limit",
		"?cursor=%00": "cursor", "?cursor=a%2Bb": "cursor", "?search=" + strings.Repeat("x", 201): "too long", "?cursor=" + strings.Repeat("x", 404): "too long",
	} {
		w := s.get("/t/contoso/v0.1/servers" + query)
		var refusal struct{ Error string }
		if err := json.Unmarshal(w.Body.Bytes(), &refusal); err != nil || w.Code != http.StatusBadRequest || !strings.Contains(refusal.Error, says) {
			t.Errorf("%s: %d %s", query, w.Code, w.Body)
		}
	}
}

// TestServersAreFoundByName has names as clients send them: encoded whole, as the
// API wants it, and with their slash as it is.
func TestServersAreFoundByName(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for _, name := range everyName {
		for _, spelled := range []string{url.PathEscape(name), name} {
			path := "/t/contoso/v0.1/servers/" + spelled + "/versions"
			if got := decoded[serverList](t, s.get(path)).names(); !slices.Equal(got, []string{name}) {
				t.Errorf("%s: %q", path, got)
			}
			for _, version := range []string{"latest", "9.8.7"} {
				one := decoded[struct{ Server struct{ Name string } }](t, s.get(path+"/"+version))
				if one.Server.Name != name {
					t.Errorf("%s/%s: %q", path, version, one.Server.Name)
				}
			}
		}
	}
	known := "/t/contoso/v0.1/servers/" + url.PathEscape(everyName[0])
	for _, path := range []string{
		known, known + "/", known + "/versions/1.0.0", known + "/versions/", known + "/versions/latest/x", "/t/contoso/v0.1/servers/",
		"/t/contoso/v0.1/servers/versions", "/t/contoso/v0.1/servers/x/versions/latest", "/t/contoso/v0.1/servers/" + namespace + "fabrikam/versions/latest",
		"/t/contoso/v0.1/servers/%00/versions", known + "%2Fversions%2F9.8.6",
	} {
		if w := s.get(path); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), `{"error":"server not found"}`) {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

func TestNamesComeFromTheHost(t *testing.T) {
	t.Parallel()
	for at, want := range map[string]string{
		"https://gatehouse.example": "example.gatehouse/contoso", "https://MCP.Gatehouse.example:8443": "example.gatehouse.mcp/contoso", "http://localhost:8080": "localhost/contoso",
		"http://127.0.0.1:8080": "127.0.0.1/contoso", "http://[::1]:8080": "--1/contoso", "https://xn--mnchen-3ya.example": "example.xn--mnchen-3ya/contoso", "https://under_score.example.": "example.under-score/contoso",
	} {
		if got := newStandAt(t, at).list("").names()[0]; got != want {
			t.Errorf("at %s the name is %s, want %s", at, got, want)
		}
	}
}

// TestAnyPageMayReadThePublicDocuments has the headers that GitHub wants of a
// registry.
func TestAnyPageMayReadThePublicDocuments(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for _, path := range []string{"/t/contoso/v0.1/servers", "/t/contoso/v0.1/servers/x/versions/latest", "/t/nobody/v0.1/servers", "/t/contoso/managed/vscode/policy.json"} {
		if got := s.get(path).Header().Get("Access-Control-Allow-Origin"); got != "*" {
			t.Errorf("%s: %q", path, got)
		}
		w := httptest.NewRecorder()
		s.mux.ServeHTTP(w, httptest.NewRequest(http.MethodOptions, path, nil))
		h := w.Header()
		if w.Code != http.StatusNoContent || h.Get("Access-Control-Allow-Origin") != "*" || h.Get("Access-Control-Allow-Methods") != "GET, OPTIONS" ||
			!strings.Contains(h.Get("Access-Control-Allow-Headers"), "Authorization") || h.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s: %d %v", path, w.Code, h)
		}
	}
	if h := s.get("/t/contoso/v0.1/servers").Header(); h.Get("Cache-Control") != "public, max-age=60" || h.Get("Content-Type") != "application/json" {
		t.Errorf("%v", h)
	}
}

func TestServerNeedsEveryPart(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	whole := s.parts(base)
	for name, leave := range map[string]func(*connect.Parts){
		"base": func(p *connect.Parts) { p.Base = nil }, "host": func(p *connect.Parts) { p.Base = &url.URL{Scheme: "https"} }, "version": func(p *connect.Parts) { p.Version = "" },
		"views": func(p *connect.Parts) { p.Views = nil }, "limits": func(p *connect.Parts) { p.Limits = nil }, "authority": func(p *connect.Parts) { p.Authority = nil },
		"logger": func(p *connect.Parts) { p.Logger = nil },
	} {
		p := whole
		leave(&p)
		if _, err := connect.New(p); err == nil {
			t.Errorf("a server without %s", name)
		}
	}
}
