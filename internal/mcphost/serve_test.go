package mcphost_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/mcphost"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

func deny(patterns ...string) authz.Permission {
	return authz.Permission{Effect: authz.Deny, Patterns: patterns}
}

// open begins a session of the initialize revisions and returns its id.
func (b *bench) open(t *testing.T, capabilities string) string {
	t.Helper()
	r := b.legacy(t, ask{method: "initialize", params: `"protocolVersion":"2025-11-25","capabilities":` + capabilities + `,"clientInfo":{"name":"C","version":"1"}`})
	r.result(t)
	return r.Header().Get("Mcp-Session-Id")
}

func TestListsHoldWhatTheCallerMayUse(t *testing.T) {
	t.Parallel()
	b, _ := federate(t)
	for method, row := range map[string]struct{ member, want string }{
		"tools/list":               {"tools", "notes_search notes_write pay"},
		"prompts/list":             {"prompts", "notes_search notes_summarize"},
		"resources/list":           {"resources", "all editor"}, // the editor comes with the tool that it shows
		"resources/templates/list": {"resourceTemplates", "note"},
	} {
		r := b.modern(t, ask{method: method})
		var list []struct{ Name string }
		if err := json.Unmarshal(r.result(t)[row.member], &list); err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, l := range list {
			names = append(names, l.Name)
		}
		if got := strings.Join(names, " "); got != row.want || !strings.Contains(r.Body.String(), `"cacheScope":"private"`) {
			t.Errorf("%s: %s", method, r.Body)
		}
	}
}

func TestHiddenPromptsAndResourcesLookUnknown(t *testing.T) {
	t.Parallel()
	b, s := federate(t)
	session := b.open(t, `{}`)
	for _, row := range []struct {
		method, hidden, unknown, params string
		named                           bool
		legacy                          int
	}{
		{"prompts/get", "notes_confess", "notes_absentt", `"name":"%"`, true, -32602},
		{"resources/read", "notes://hidden", "notes://absent", `"uri":"%"`, true, -32002},
		{"resources/read", "ui://notes/canvas", "ui://notes/absent", `"uri":"%"`, true, -32002},
		{"completion/complete", "notes_confess", "notes_absentt", `"ref":{"type":"ref/prompt","name":"%"},"argument":{"name":"a","value":""}`, false, -32602},
		{"completion/complete", "notes://hidden", "notes://absent", `"ref":{"type":"ref/resource","uri":"%"},"argument":{"name":"a","value":""}`, false, -32002},
	} {
		try := func(name string) (modern, legacy reply) {
			a := ask{method: row.method, params: strings.ReplaceAll(row.params, "%", name)}
			l := a
			if row.named {
				a.name = name
			}
			l.session = session
			return b.modern(t, a), b.legacy(t, l)
		}
		hidden, hiddenLegacy := try(row.hidden)
		unknown, unknownLegacy := try(row.unknown)
		hidden.refused(t, -32602, "")
		hiddenLegacy.refused(t, row.legacy, "")
		for _, pair := range [][2]reply{{hidden, unknown}, {hiddenLegacy, unknownLegacy}} {
			if got := strings.ReplaceAll(pair[0].Body.String(), row.hidden, row.unknown); got != pair[1].Body.String() || pair[0].Code != pair[1].Code {
				t.Errorf("%s: hidden %s, unknown %s", row.method, pair[0].Body, pair[1].Body)
			}
		}
	}
	if s.asked() != 0 {
		t.Error("the server heard of it")
	}
	r := b.modern(t, ask{method: "resources/read", name: "notes://absent", params: `"uri":"notes://absent"`})
	if got := string(r.message(t).Error.Data); got != `{"uri":"notes://absent"}` {
		t.Errorf("data %s", got)
	}
	for _, record := range append(b.recordsOf(audit.ResourceRead), b.recordsOf(audit.PromptGet)...) {
		if record.Outcome != audit.Refused || record.Reason == "" {
			t.Errorf("%+v", record)
		}
	}
}

func TestResourceOfAToolIsReadByWhoSeesTheTool(t *testing.T) {
	t.Parallel()
	b, s := federate(t)
	read := ask{method: "resources/read", name: "ui://notes/editor", params: `"uri":"ui://notes/editor"`}
	b.modern(t, read).result(t)
	if to, _ := s.last(t); to.Method != "resources/read" || to.Name != "ui://notes/editor" {
		t.Errorf("%+v", to)
	}
	b, _ = federate(t, staff[0], deny("notes_write"))
	b.modern(t, read).refused(t, -32602, "no such resource")
}

func TestCompletionIsAskedOfTheSource(t *testing.T) {
	t.Parallel()
	b, s := federate(t)
	s.answer = says(`"completion":{"values":["a"],"vendor":1}`)
	prompt := ask{method: "completion/complete", params: `"ref":{"type":"ref/prompt","name":"notes_summarize","title":"T"},"argument":{"name":"topic","value":"a","x":1},"context":{"arguments":{"k":"v"}},"vendor":2`}
	if r := b.modern(t, prompt); !strings.Contains(r.Body.String(), `"completion":{"values":["a"],"vendor":1}`) {
		t.Errorf("%s", r.Body)
	}
	to, call := s.last(t)
	if to != (tools.Target{Method: "completion/complete", Name: "summarize", Kind: tools.KindPrompt}) {
		t.Errorf("%+v", to)
	}
	got := map[string]string{}
	for _, m := range call.Others {
		got[m.Name] = string(m.Value)
	}
	if len(call.Ref) != 1 || call.Ref[0].Name != "title" || string(call.Ref[0].Value) != `"T"` {
		t.Errorf("of ref: %v", call.Ref)
	}
	if len(got) != 3 || got["argument"] != `{"name":"topic","value":"a","x":1}` || got["context"] != `{"arguments":{"k":"v"}}` || got["vendor"] != "2" {
		t.Errorf("%v", got)
	}
	b.modern(t, ask{method: "completion/complete", params: `"ref":{"type":"ref/resource","uri":"notes://note/{id}"},"argument":{"name":"id","value":""}`}).result(t)
	if to, _ := s.last(t); to.Name != "notes://note/{id}" || to.Kind != tools.KindTemplate {
		t.Errorf("%+v", to)
	}
	b.modern(t, prompt).result(t)
	prompts, resources := b.recordsOf(audit.PromptGet), b.recordsOf(audit.ResourceRead)
	if len(prompts) != 1 || prompts[0].Method != "completion/complete" || prompts[0].Target != "notes_summarize" || prompts[0].OwnName != "summarize" || prompts[0].Outcome != audit.OK {
		t.Errorf("the first completion of a prompt stands for the others: %+v", prompts)
	}
	if len(resources) != 1 || resources[0].Target != "notes://note/{id}" {
		t.Errorf("the completion of a template: %+v", resources)
	}
	for name, params := range map[string]string{
		"no argument": `"ref":{"type":"ref/prompt","name":"notes_summarize"}`, "no type": `"ref":{},"argument":{"name":"a","value":""}`,
	} {
		if r := b.modern(t, ask{method: "completion/complete", params: params}); r.Code != http.StatusBadRequest {
			t.Errorf("%s: %d %s", name, r.Code, r.Body)
		}
	}
}

func TestLevelIsToldToTheSource(t *testing.T) {
	t.Parallel()
	b, s := federate(t)
	s.answer = says("")
	session := b.open(t, `{}`)
	level := ask{method: "logging/setLevel", session: session, params: `"level":"warning"`}
	if r := b.legacy(t, level); r.Body.String() != `{"jsonrpc":"2.0","id":1,"result":{}}` {
		t.Errorf("%s", r.Body)
	}
	to, call := s.last(t)
	if to.Method != "logging/setLevel" || call.Client.LogLevel != "warning" || call.Client.Session.IsZero() || len(call.Others) != 1 || string(call.Others[0].Value) != `"warning"` {
		t.Errorf("%+v %+v", to, call)
	}
	level.params = `"level":"loud"`
	b.legacy(t, level).refused(t, -32602, "level must be one of")
	s.answer = func(context.Context, tools.Target, tools.Call) (tools.Result, error) {
		return tools.Result{}, &wire.Error{Code: -32603, Message: "not now", Status: 200}
	}
	level.params = `"level":"error"`
	b.legacy(t, level).refused(t, -32603, "not now")
}

func TestCapabilitiesAreTheCallersOwn(t *testing.T) {
	t.Parallel()
	everything := `"prompts":{"listChanged":true},"completions":{},"logging":{},"extensions":{"io.modelcontextprotocol/tasks":{}}}`
	for name, row := range map[string]struct {
		permissions  []authz.Permission
		capabilities string
		want         string
	}{
		"everything":      {staff, `{"completions":{},"logging":{},"extensions":{"io.modelcontextprotocol/tasks":{},"vendor/x":{}}}`, everything},
		"a plain source":  {staff, `{"tools":{}}`, `"prompts":{"listChanged":true}}`},
		"no prompts":      {[]authz.Permission{{Effect: authz.Allow, Patterns: []string{"notes_search"}}}, `{"completions":{},"logging":{}}`, `"logging":{}}`},
		"nothing of it":   {[]authz.Permission{{Effect: authz.Allow, Patterns: []string{"pay"}}}, `{"completions":{},"logging":{},"extensions":{"io.modelcontextprotocol/ui":{}}}`, ``},
		"apps of sources": {[]authz.Permission{{Effect: authz.Allow, Patterns: []string{"notes_write"}}}, `{"extensions":{"io.modelcontextprotocol/ui":{}}}`, `"extensions":{"io.modelcontextprotocol/ui":{}}}`},
		"never heard of":  {staff, ``, `"prompts":{"listChanged":true}}`},
	} {
		b, s := federate(t, row.permissions...)
		b.snap = b.viewWith(t, everybody(time.Time{}, row.permissions...), s, row.capabilities)
		got := string(b.modern(t, ask{method: "server/discover"}).result(t)["capabilities"])
		want := `{"tools":{"listChanged":true},"resources":{"listChanged":true,"subscribe":true},` + row.want
		if row.want == "" {
			want = strings.TrimSuffix(want, ",") + "}"
		}
		if got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
		for method, has := range map[string]bool{
			"prompts/list": strings.Contains(got, `"prompts"`), "completion/complete": strings.Contains(got, `"completions"`), "tasks/get": strings.Contains(got, "tasks"),
		} {
			a := ask{method: method}
			if method == "tasks/get" {
				a = aboutTask(method, "x")
			}
			if r := b.modern(t, a); (r.Code == http.StatusNotFound) == has {
				t.Errorf("%s: %s: %d %s", name, method, r.Code, r.Body)
			}
		}
		set := b.legacy(t, ask{method: "logging/setLevel", params: `"level":"info"`})
		if m := set.message(t); (m.Error != nil && m.Error.Code == -32601) == strings.Contains(got, `"logging"`) {
			t.Errorf("%s: setLevel: %s", name, set.Body)
		}
	}
}

// TestSessionKnowsWhatItsClientCanDo: on any replica, from the session's id alone.
func TestSessionKnowsWhatItsClientCanDo(t *testing.T) {
	t.Parallel()
	b, s := federate(t)
	session := b.open(t, `{"elicitation":{},"roots":{},"extensions":{"io.modelcontextprotocol/ui":{"mimeTypes":["text/html"]},"vendor/x":{}}}`)
	b.legacy(t, ask{method: "tools/call", params: `"name":"notes_search"`, session: session}).result(t)
	_, call := s.last(t)
	c := call.Client
	if c.Era != wire.Legacy || c.Capabilities.Can != tools.CanElicit|tools.CanListRoots || c.Session.IsZero() ||
		len(c.Capabilities.Extensions) != 1 || string(c.Capabilities.Extensions[0].Value) != `{"mimeTypes":["text/html"]}` {
		t.Errorf("%+v", c)
	}
	b.legacy(t, ask{method: "tools/call", params: `"name":"notes_search"`, session: session, headers: []string{"Accept", "application/json"}}).result(t)
	if _, call := s.last(t); call.Client.Capabilities.Can != 0 {
		t.Error("a client that reads no stream can be asked")
	}
	b.legacy(t, ask{method: "tools/call", params: `"name":"notes_search"`}).result(t)
	if _, call := s.last(t); call.Client.Capabilities.Can != 0 || !call.Client.Session.IsZero() {
		t.Error("without a session somebody can be asked")
	}
	long := b.open(t, `{"extensions":{"io.modelcontextprotocol/ui":{"x":"`+strings.Repeat("x", 4000)+`"}}}`)
	b.legacy(t, ask{method: "tools/call", params: `"name":"notes_search"`, session: long}).result(t)
	if _, call := s.last(t); len(call.Client.Capabilities.Extensions) != 1 || string(call.Client.Capabilities.Extensions[0].Value) != `{}` {
		t.Errorf("%+v", call.Client)
	}
}

func TestToolsetShowsAPartAndGivesNothing(t *testing.T) {
	t.Parallel()
	b, s := federate(t)
	desk := func(a ask) ask { a.endpoint = "contoso/desk"; return a }
	r := b.modern(t, desk(ask{method: "tools/list"}))
	if got := r.Body.String(); !strings.Contains(got, "notes_search") || !strings.Contains(got, "notes_write") || strings.Contains(got, "pay") || strings.Contains(got, "notes_secret") {
		t.Errorf("%s", got)
	}
	b.modern(t, desk(search(ask{}))).result(t)
	asked := s.asked()
	b.modern(t, desk(ask{method: "tools/call", name: "pay", params: `"name":"pay"`})).refused(t, -32602, "unknown tool: pay")
	b.modern(t, desk(ask{method: "resources/read", name: "notes://all", params: `"uri":"notes://all"`})).refused(t, -32602, "no such resource")
	b.modern(t, desk(ask{method: "resources/read", name: "ui://notes/editor", params: `"uri":"ui://notes/editor"`})).result(t)
	if r := b.modern(t, desk(ask{method: "prompts/list"})); r.Code != http.StatusNotFound {
		t.Errorf("a prompt that no role gives: %s", r.Body)
	}
	if s.asked() != asked+1 {
		t.Error("the server was asked for what the toolset does not show")
	}
	session := b.open(t, `{}`)
	if r := b.legacy(t, desk(ask{method: "ping", session: session})); r.Code != http.StatusNotFound {
		t.Errorf("a session of another endpoint: %d %s", r.Code, r.Body)
	}
}

// TestEmptyToolsetIsNotBlamedOnRoles: nobody can be helped with a role who has
// one, and whoever has none is not helped by another toolset.
func TestEmptyToolsetIsNotBlamedOnRoles(t *testing.T) {
	t.Parallel()
	b, _ := federate(t)
	const toolset = "The toolset empty holds nothing of what they may use through this client. " +
		"Connect to https://gatehouse.example/t/contoso/mcp for all of that, or ask an admin of Contoso to change the patterns of the toolset."
	const role = "No role of Contoso gives any tools to them"
	for _, method := range []string{"tools/list", "resources/list", "resources/templates/list", "server/discover"} {
		got := b.modern(t, ask{endpoint: "contoso/empty", method: method}).Body.String()
		if !strings.Contains(got, toolset) || strings.Contains(got, role) {
			t.Errorf("%s: %s", method, got)
		}
	}
	if got := b.modern(t, ask{endpoint: "contoso/library", method: "tools/list"}).Body.String(); strings.Contains(got, "holds nothing") || strings.Contains(got, role) {
		t.Errorf("a toolset of resources: %s", got)
	}
	b, _ = federate(t, authz.Permission{Effect: authz.Allow, Patterns: []string{"absent"}})
	for _, endpoint := range []string{"contoso", "contoso/empty", "contoso/desk"} {
		for _, method := range []string{"tools/list", "resources/list"} {
			got := b.modern(t, ask{endpoint: endpoint, method: method}).Body.String()
			if !strings.Contains(got, role) || strings.Contains(got, "toolset") {
				t.Errorf("%s of %s without any role: %s", method, endpoint, got)
			}
		}
	}
}

func TestToolsetHasMetadataAndChallengeOfItsOwn(t *testing.T) {
	t.Parallel()
	b, _ := federate(t)
	r := b.modern(t, ask{endpoint: "contoso/desk", method: "tools/list", token: "x"})
	if want := `resource_metadata="https://gatehouse.example/.well-known/oauth-protected-resource/t/contoso/desk/mcp"`; r.Code != http.StatusUnauthorized || !strings.Contains(r.Header().Get("WWW-Authenticate"), want) {
		t.Errorf("%d %s", r.Code, r.Header())
	}
	r = b.modern(t, ask{endpoint: "contoso/absent", method: "tools/list", token: "x"})
	if r.Code != http.StatusNotFound || r.Header().Get("WWW-Authenticate") != "" {
		t.Errorf("%d %s", r.Code, r.Header())
	}
	for toolset, want := range map[string]string{"desk": `"resource":"https://gatehouse.example/t/contoso/desk/mcp","resource_name":"Contoso: Desk"`, "": `"resource":"https://gatehouse.example/t/contoso/mcp","resource_name":"Contoso"`, "absent": "no such toolset"} {
		if body := b.metadata(t, toolset); !strings.Contains(body, want) {
			t.Errorf("%s: %s", toolset, body)
		}
	}
}

// TestAcceptanceIsRecordedAtEachEndpoint: of a token that is remembered at another
// as well.
func TestAcceptanceIsRecordedAtEachEndpoint(t *testing.T) {
	t.Parallel()
	b, _ := federate(t)
	token := b.token(nil)
	for _, endpoint := range []string{"contoso", "contoso/desk", "contoso", "contoso/desk"} {
		b.modern(t, ask{endpoint: endpoint, method: "tools/list", token: token}).result(t)
	}
	if got := b.recordsOf(audit.Authentication); len(got) != 2 || got[0].Endpoint == got[1].Endpoint {
		t.Errorf("%+v", got)
	}
}

func TestPagesFollowEachOther(t *testing.T) {
	t.Parallel()
	b, _ := federate(t)
	b.rebuild(func(o *mcphost.Options) { o.PageSize = 2 })
	first := b.modern(t, ask{method: "tools/list"})
	cursor := text(t, first.result(t)["nextCursor"])
	if got := first.Body.String(); !strings.Contains(got, "notes_write") || strings.Contains(got, `"pay"`) {
		t.Errorf("%s", got)
	}
	second := b.modern(t, ask{method: "tools/list", params: `"cursor":"` + cursor + `"`})
	if got := second.Body.String(); strings.Contains(got, "notes_write") || !strings.Contains(got, `"pay"`) || strings.Contains(got, "nextCursor") || strings.Contains(got, "explanation") {
		t.Errorf("%s", got)
	}
	if told := b.recordsOf(audit.List); len(told) != 2 || told[0].Detail != "page" || told[0].Count < 3 || told[0].NamesDigest != told[1].NamesDigest {
		t.Errorf("the log has %+v", told)
	}
	bob := b.token(map[string]any{"oid": "b0b00000-0000-4000-8000-000000000002"})
	for name, a := range map[string]ask{
		"made up":          {method: "tools/list", params: `"cursor":"x"`},
		"another list":     {method: "resources/list", params: `"cursor":"` + cursor + `"`},
		"another person":   {method: "tools/list", params: `"cursor":"` + cursor + `"`, token: bob},
		"another endpoint": {method: "tools/list", params: `"cursor":"` + cursor + `"`, endpoint: "contoso/desk"},
	} {
		t.Log(name)
		b.modern(t, a).refused(t, -32602, "cursor is not one")
	}
	b.elapsed.Store(int64(time.Hour))
	b.modern(t, ask{method: "tools/list", params: `"cursor":"` + cursor + `"`}).refused(t, -32602, "cursor is not one")
}

// TestWhatCannotBeRecordedIsNotAsked of a server behind us.
func TestWhatCannotBeRecordedIsNotAsked(t *testing.T) {
	t.Parallel()
	b, s := federate(t)
	token := b.token(nil)
	b.modern(t, ask{method: "tools/list", token: token}).result(t)
	b.mu.Lock()
	b.refuse = fault.New(fault.Unavailable, "the disk is full")
	b.mu.Unlock()
	if r := b.modern(t, ask{method: "tools/call", name: "notes_write", params: `"name":"notes_write"`, token: token}); r.Code != http.StatusServiceUnavailable || s.asked() != 0 {
		t.Errorf("%d %s; the server was asked %d times", r.Code, r.Body, s.asked())
	}
}

func TestDenyHoldsThroughATemplate(t *testing.T) {
	t.Parallel()
	b, s := federate(t, staff[0], deny("resource:notes://note/secret*"))
	session := b.open(t, `{}`)
	requests := map[string]string{
		"resources/read": `"uri":"%"`, "resources/subscribe": `"uri":"%"`,
		"completion/complete": `"ref":{"type":"ref/resource","uri":"%"},"argument":{"name":"id","value":""}`,
	}
	for method, params := range requests {
		for _, uri := range []string{"notes://note/secret1", "notes://note/SECRET1", "notes://note/secret%2F1", "notes://note/%252Fsecret1"} {
			try := func(uri string) (replies []reply) {
				a := ask{method: method, params: strings.ReplaceAll(params, "%", uri)}
				for _, toolset := range []string{"contoso", "contoso/library"} {
					if a.endpoint = toolset; method != "resources/subscribe" {
						if method == "resources/read" {
							a.name = uri
						}
						replies = append(replies, b.modern(t, a))
					}
				}
				a.name, a.endpoint, a.session = "", "", session
				return append(replies, b.legacy(t, a))
			}
			denied, unknown := try(uri), try("notes://absent/12345678"[:len(uri)%3+16])
			for i := range denied {
				if got := strings.ReplaceAll(denied[i].Body.String(), uri, "notes://absent/12345678"[:len(uri)%3+16]); got != unknown[i].Body.String() || denied[i].Code != unknown[i].Code {
					t.Errorf("%s %s: %s, unknown %s", method, uri, denied[i].Body, unknown[i].Body)
				}
			}
		}
	}
	if s.asked() != 0 {
		t.Error("the server heard of it")
	}
	for _, endpoint := range []string{"contoso", "contoso/library"} {
		b.modern(t, ask{endpoint: endpoint, method: "resources/read", name: "notes://note/1", params: `"uri":"notes://note/1"`}).result(t)
	}
	b.legacy(t, ask{method: "resources/read", session: session, params: `"uri":"notes://note/1"`}).result(t)
	if s.asked() != 3 {
		t.Errorf("asked %d times", s.asked())
	}
}

func TestCompletionNamesNothingThatIsDenied(t *testing.T) {
	t.Parallel()
	b, s := federate(t, staff[0], deny("resource:notes://note/secret*"))
	s.answer = says(`"completion":{"values":["secret1"]}`)
	complete := ask{method: "completion/complete", params: `"ref":{"type":"ref/resource","uri":"notes://note/{id}"},"argument":{"name":"id","value":"s"}`}
	if r := b.modern(t, complete); !strings.Contains(r.Body.String(), `"completion":{"values":[],"hasMore":false}`) || s.asked() != 0 {
		t.Errorf("%s", r.Body)
	}
	b, s = federate(t, staff[0], deny("resource:notes://hidden"))
	s.answer = says(`"completion":{"values":["1"]}`)
	if r := b.modern(t, complete); !strings.Contains(r.Body.String(), `"values":["1"]`) {
		t.Errorf("%s", r.Body)
	}
}

// said is what the answer to an introduction tells models.
func (r reply) said(t *testing.T) string {
	t.Helper()
	return text(t, r.result(t)["instructions"])
}

func TestInstructionsOfSourcesReachWhoSeesSomethingOfThem(t *testing.T) {
	t.Parallel()
	const section = "\n\n## notes\nSearch before you write."
	discover, hello := ask{method: "server/discover"}, ask{method: "initialize", params: `"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"C","version":"1"}`}
	at := func(endpoint string, a ask) ask { a.endpoint = endpoint; return a }
	b, _ := federate(t)
	for _, got := range []string{b.modern(t, discover).said(t), b.legacy(t, hello).said(t), b.modern(t, at("contoso/library", discover)).said(t)} {
		if !strings.HasPrefix(got, "You act for ") || !strings.HasSuffix(got, "recorded."+section) {
			t.Errorf("%q", got)
		}
	}
	if list := b.modern(t, ask{method: "tools/list"}); strings.Contains(list.Body.String(), "Search before") {
		t.Errorf("a list says %s", list.Body)
	}
	for name, permissions := range map[string][]authz.Permission{
		"own tools only": {{Effect: authz.Allow, Patterns: []string{"pay"}}}, "nothing": {{Effect: authz.Allow, Patterns: []string{"other"}}}, "denied": {staff[0], deny("*")},
	} {
		b, _ := federate(t, permissions...)
		for _, got := range []string{b.modern(t, discover).said(t), b.legacy(t, hello).said(t)} {
			if strings.Contains(got, "##") || strings.Contains(got, "Search") {
				t.Errorf("%s: %q", name, got)
			}
		}
	}
	b, _ = federate(t, authz.Permission{Effect: authz.Allow, Patterns: []string{"pay", "prompt:notes_summarize"}})
	if got := b.modern(t, at("contoso/desk", discover)).said(t); strings.Contains(got, "##") {
		t.Errorf("a toolset that shows nothing of the source: %q", got)
	}
	if got := b.modern(t, discover).said(t); !strings.HasSuffix(got, section) {
		t.Errorf("whoever sees a prompt only: %q", got)
	}
}

func TestInstructionsOfSourcesAreBounded(t *testing.T) {
	t.Parallel()
	b := newBench(t, everybody(time.Time{}, staff...))
	b.snap = b.crowd(t, 9, strings.Repeat("é", 3000)+"END")
	got := b.modern(t, ask{method: "server/discover"}).said(t)
	if len(got) > 17<<10 || strings.Contains(got, "END") || strings.Count(got, "\n## ") != 3 || strings.Count(got, "(The rest is left out because it is long.)") != 3 {
		t.Errorf("%d bytes, %d sections", len(got), strings.Count(got, "\n## "))
	}
	if !strings.HasSuffix(got, "(Other sources have instructions too, which are left out because they are long.)") {
		t.Errorf("it ends with %q", got[len(got)-200:])
	}
	b.snap = b.crowd(t, 9, "short")
	if got := b.modern(t, ask{method: "server/discover"}).said(t); strings.Count(got, "\n## ") != 9 || strings.Contains(got, "left out") {
		t.Errorf("%q", got)
	}
}
