package door_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"gatehouse/internal/tools/builtin"
)

func initialize(revision string) string {
	return `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"` + revision + `","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`
}

func TestHandshakeAgreesOnARevision(t *testing.T) {
	t.Parallel()
	alice := start(t, setup{}).visitor(t, "contoso", "alice")
	for asked, agreed := range map[string]string{
		"2025-11-25": "2025-11-25", "2025-06-18": "2025-06-18", "2025-03-26": "2025-03-26",
		"2024-11-05": "2025-11-25", "2026-07-28": "2025-11-25", "2031-01-01": "2025-11-25", "": "2025-11-25", "\\u0000": "2025-11-25",
	} {
		r := alice.legacy(t, initialize(asked))
		m := r.ok(t)
		if m.Result.ProtocolVersion != agreed || !strings.Contains(m.Result.Instructions, "alice@contoso.example") {
			t.Errorf("%q: %s", asked, r.body)
		}
		session := with("Mcp-Session-Id", r.header.Get("Mcp-Session-Id"))
		if got := alice.legacy(t, `{"jsonrpc":"2.0","method":"notifications/initialized"}`, session); got.status != http.StatusAccepted || got.body != "" {
			t.Errorf("%q: initialized: status %d, body %q", asked, got.status, got.body)
		}
		alice.legacy(t, pingBody, session, with("MCP-Protocol-Version", agreed)).ok(t)
		alice.callLegacy(t, "whoami", `{}`, session).ok(t)
	}
}

// TestHeadersOfTheOtherEraMeanNothing: some legacy clients send Mcp-Method.
func TestHeadersOfTheOtherEraMeanNothing(t *testing.T) {
	t.Parallel()
	alice := start(t, setup{}).visitor(t, "contoso", "alice")
	r := alice.legacy(t, initialize("2025-06-18"), with("Mcp-Method", "initialize"), with("Mcp-Name", "x"))
	if m := r.ok(t); m.Result.ProtocolVersion != "2025-06-18" || m.Result.ResultType != "" {
		t.Errorf("%s", r.body)
	}
	if m := alice.callLegacy(t, "whoami", `{}`, with("MCP-Protocol-Version", "2025-06-18"), with("Mcp-Name", "x")).ok(t); m.Result.ResultType != "" || m.Result.TTLMs != nil {
		t.Errorf("a legacy reply has members of the modern era: %+v", m.Result)
	}
}

func TestMessagesThatWantNoAnswerGetNone(t *testing.T) {
	t.Parallel()
	alice := start(t, setup{}).visitor(t, "contoso", "alice")
	for _, body := range []string{
		`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`, `{"jsonrpc":"2.0","method":"tools/call","params":{"name":"whoami"}}`,
		`{"jsonrpc":"2.0","method":"x"}`,
	} {
		if r := alice.legacy(t, body); r.status != http.StatusAccepted || r.body != "" {
			t.Errorf("%s: status %d, body %q", body, r.status, r.body)
		}
	}
	cancelled := `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1,"_meta":{` + modernMeta + `}}}`
	if r := alice.modernBody(t, "notifications/cancelled", "", cancelled); r.status != http.StatusAccepted || r.body != "" {
		t.Errorf("modern: status %d, body %q", r.status, r.body)
	}
}

func TestNotificationsRunNothing(t *testing.T) {
	t.Parallel()
	k := start(t, setup{})
	k.visitor(t, "contoso", "alice").legacy(t, `{"jsonrpc":"2.0","method":"tools/call","params":{"name":"whoami"}}`)
	if calls := k.recordsOf(t, "contoso", isCall); len(calls) > 0 {
		t.Errorf("a notification ran a tool: %+v", calls)
	}
}

func TestOtherHTTPMethodsAreNotAllowed(t *testing.T) {
	t.Parallel()
	k := start(t, setup{})
	token := k.token(t, "contoso", "alice")
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodPatch, http.MethodHead, "BREW"} {
		r := k.send(t, method, endpoint("contoso"), "", bearer(token), with("Accept", "text/event-stream"))
		if r.status != http.StatusMethodNotAllowed || !strings.Contains(r.header.Get("Allow"), "POST") || strings.Contains(r.header.Get("Allow"), "GET") {
			t.Errorf("%s: status %d, Allow %q", method, r.status, r.header.Get("Allow"))
		}
	}
}

// TestModernResultsCarryWhatTheRevisionAsksFor: resultType everywhere, caching
// hints on what can be cached and never for others to share, serverInfo.
func TestModernResultsCarryWhatTheRevisionAsksFor(t *testing.T) {
	t.Parallel()
	alice := start(t, setup{}).visitor(t, "contoso", "alice")
	const card = "ui://gatehouse/greeting_card"
	for name, row := range map[string]struct {
		reply     reply
		cacheable bool
	}{
		"server/discover":          {alice.modern(t, "server/discover", "", ""), true},
		"tools/list":               {alice.modern(t, "tools/list", "", ""), true},
		"resources/list":           {alice.modern(t, "resources/list", "", ""), true},
		"resources/templates/list": {alice.modern(t, "resources/templates/list", "", ""), true},
		"resources/read":           {alice.modern(t, "resources/read", card, `"uri":"`+card+`"`), true},
		"tools/call":               {alice.call(t, "whoami", `{}`), false},
		"tools/call with an error": {alice.call(t, "roll_dice", `{"sides":0}`), false},
	} {
		m := row.reply.rpc(t)
		if row.reply.status != http.StatusOK || m.Error != nil || m.Result.ResultType != "complete" || m.Result.Meta["io.modelcontextprotocol/serverInfo"] == nil {
			t.Errorf("%s: status %d: %.300s", name, row.reply.status, row.reply.body)
		}
		if cached := m.Result.TTLMs != nil && *m.Result.TTLMs >= 0 && m.Result.CacheScope == "private"; cached != row.cacheable {
			t.Errorf("%s: ttlMs %v, cacheScope %q", name, m.Result.TTLMs, m.Result.CacheScope)
		}
	}
}

func TestCapabilitiesAreWhatIsServed(t *testing.T) {
	t.Parallel()
	alice := start(t, setup{}).visitor(t, "contoso", "alice")
	var discovered struct {
		Result struct {
			Capabilities      map[string]json.RawMessage
			SupportedVersions []string
		}
	}
	if err := json.Unmarshal([]byte(alice.modern(t, "server/discover", "", "").body), &discovered); err != nil {
		t.Fatal(err)
	}
	if want := []string{"2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26"}; !slices.Equal(discovered.Result.SupportedVersions, want) {
		t.Errorf("supported versions %v", discovered.Result.SupportedVersions)
	}
	if got := slices.Sorted(maps.Keys(discovered.Result.Capabilities)); !slices.Equal(got, []string{"resources", "tools"}) {
		t.Errorf("capabilities %v", got)
	}
	for _, method := range []string{"prompts/list", "prompts/get", "completion/complete", "logging/setLevel", "tasks/get", "initialize", "ping", "x"} {
		alice.modern(t, method, nameFor(method), `"name":"x","taskId":"x"`).refused(t, http.StatusNotFound, -32601)
	}
	for _, method := range []string{"prompts/list", "completion/complete", "logging/setLevel", "server/discover", "x"} {
		alice.legacy(t, `{"jsonrpc":"2.0","id":1,"method":"`+method+`"}`).refused(t, http.StatusOK, -32601)
	}
}

func nameFor(method string) string {
	if method == "prompts/get" || method == "tasks/get" {
		return "x"
	}
	return ""
}

// TestStructuredContentFitsItsSchema calls every tool of the platform and holds
// the answer against the schema in the list.
func TestStructuredContentFitsItsSchema(t *testing.T) {
	t.Parallel()
	alice := start(t, setup{}).visitor(t, "contoso", "alice")
	list := alice.modern(t, "tools/list", "", "").ok(t).Result.Tools
	if len(list) != len(builtin.Tools(builtin.Deps{})) {
		t.Fatalf("%d tools are listed", len(list))
	}
	for _, tool := range list {
		m := alice.call(t, tool.Name, sampleArguments(tool.Name)).ok(t)
		schema, value := parse(t, tool.OutputSchema), parse(t, m.Result.StructuredContent)
		c := jsonschema.NewCompiler()
		if err := c.AddResource("mem:///schema", schema); err != nil {
			t.Fatalf("%s: %v", tool.Name, err)
		}
		compiled, err := c.Compile("mem:///schema")
		if err != nil {
			t.Fatalf("%s: %v", tool.Name, err)
		}
		if err := compiled.Validate(value); err != nil {
			t.Errorf("%s: %v", tool.Name, err)
		}
		if len(m.Result.Content) == 0 || m.Result.Content[0].Text == "" {
			t.Errorf("%s: nothing for clients that read text only", tool.Name)
		}
	}
}

func parse(t *testing.T, raw []byte) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	return v
}

func TestAppIsThereOnlyWithItsTool(t *testing.T) {
	t.Parallel()
	k := start(t, setup{})
	alice, bob := k.visitor(t, "contoso", "alice"), k.visitor(t, "contoso", "bob")
	listed := alice.modern(t, "resources/list", "", "").ok(t).Result.Resources
	if len(listed) != 1 || listed[0].MimeType != "text/html;profile=mcp-app" {
		t.Fatalf("resources %+v", listed)
	}
	uri := listed[0].URI
	if !strings.Contains(alice.modern(t, "tools/list", "", "").body, `"_meta":{"ui":{"resourceUri":"`+uri+`"}}`) {
		t.Error("no tool names the app")
	}
	legacyRead := `{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"` + uri + `"}}`
	for era, r := range map[string]reply{"modern": alice.modern(t, "resources/read", uri, `"uri":"`+uri+`"`), "legacy": alice.legacy(t, legacyRead)} {
		contents := r.ok(t).Result.Contents
		if len(contents) != 1 || contents[0].URI != uri || contents[0].MimeType != listed[0].MimeType || !strings.HasPrefix(strings.ToLower(contents[0].Text), "<!doctype html>") {
			t.Errorf("%s: %.300s", era, r.body)
		}
	}
	if got := bob.modern(t, "resources/list", "", "").ok(t).Result.Resources; len(got) > 0 {
		t.Errorf("bob sees %v", got)
	}
	bob.modern(t, "resources/read", uri, `"uri":"`+uri+`"`).refused(t, http.StatusOK, -32602)
	bob.legacy(t, legacyRead).refused(t, http.StatusOK, -32002)
}
