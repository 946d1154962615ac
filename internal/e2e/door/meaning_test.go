package door_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/tools"
)

// meaningWorld has a tool that everybody may use and one that nobody may; both
// tell the test what they were given.
func meaningWorld(allowed, hidden *spy) setup {
	return setup{
		extra:  []tools.Tool{allowed.tool("notes_allowed", tools.Read), hidden.tool("notes_hidden", tools.Read)},
		change: allow("notes_allowed"),
	}
}

func TestToolReceivesExactlyTheBytesThatWereSent(t *testing.T) {
	t.Parallel()
	var allowed, hidden spy
	alice := start(t, meaningWorld(&allowed, &hidden)).visitor(t, "contoso", "alice")
	for _, arguments := range []string{
		`{}`, `{ "b" : 1 , "a":2}`, `{"n":9007199254740993,"m":1e400,"z":-0.0,"x":1.10}`, `{"u":"\u0041\u00e9\ud83d\ude00","r":"é😀","e":"\/"}`,
		"{\n\t\"deep\": [[[[{\"x\":[]}]]]]\r\n}", `{"name":"notes_hidden","arguments":{"name":"notes_hidden"},"method":"tools/list"}`,
		`{"":"","__proto__":{"a":1},"constructor":null}`, `{"long":"` + strings.Repeat("x", 1<<20) + `"}`, `{"html":"</script>&<>","sep":"` + "\u2028\u2029" + `"}`,
	} {
		for _, r := range []reply{alice.call(t, "notes_allowed", arguments), alice.callLegacy(t, "notes_allowed", arguments)} {
			r.ok(t)
			if got := allowed.last(); got != arguments {
				t.Errorf("the tool was given %.200q, sent was %.200q", got, arguments)
			}
		}
	}
	alice.modern(t, "tools/call", "notes_allowed", `"name":"notes_allowed"`).ok(t)
	if got := allowed.last(); got != `{}` {
		t.Errorf("without arguments the tool was given %q", got)
	}
}

// ambiguous are bodies that two readers could take for two different requests.
// Each would call notes_allowed for one of them.
func ambiguous() map[string]string {
	const meta = `"_meta":{` + modernMeta + `}`
	params := func(p string) string {
		return `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{` + p + `,` + meta + `}}`
	}
	whole := func(p string) string {
		return `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"notes_allowed","arguments":{},` + meta + `}` + p + `}`
	}
	return map[string]string{
		"name twice":                   params(`"name":"notes_hidden","name":"notes_allowed","arguments":{}`),
		"name twice, other order":      params(`"name":"notes_allowed","name":"notes_hidden","arguments":{}`),
		"name in upper case":           params(`"name":"notes_allowed","NAME":"notes_hidden","arguments":{}`),
		"name with a capital first":    params(`"Name":"notes_hidden","name":"notes_allowed","arguments":{}`),
		"name with a long s":           params(`"name":"notes_allowed","argumentſ":{"x":1},"arguments":{}`),
		"escaped name twice":           params(`"name":"notes_allowed","n\u0061me":"notes_hidden","arguments":{}`),
		"arguments twice":              params(`"name":"notes_allowed","arguments":{"a":1},"arguments":{"a":2}`),
		"arguments in other case":      params(`"name":"notes_allowed","arguments":{},"Arguments":{"a":2}`),
		"member twice in arguments":    params(`"name":"notes_allowed","arguments":{"amount":1,"amount":1000}`),
		"escaped twice in arguments":   params(`"name":"notes_allowed","arguments":{"amount":1,"\u0061mount":1000}`),
		"member twice, deep":           params(`"name":"notes_allowed","arguments":{"a":[{"b":{"c":1,"c":2}}]}`),
		"method twice":                 whole(`,"method":"tools/list"`),
		"method in other case":         whole(`,"Method":"tools/list"`),
		"params twice":                 whole(`,"params":{"name":"notes_hidden"}`),
		"params in other case":         whole(`,"PARAMS":{"name":"notes_hidden"}`),
		"id twice":                     whole(`,"id":2`),
		"jsonrpc twice":                whole(`,"jsonrpc":"1.0"`),
		"_meta twice":                  params(`"name":"notes_allowed","arguments":{},"_meta":{}`),
		"_meta in other case":          params(`"name":"notes_allowed","arguments":{},"_Meta":{}`),
		"member twice in _meta":        strings.Replace(whole(""), modernMeta, modernMeta+`,"io.modelcontextprotocol/protocolVersion":"2026-07-28"`, 1),
		"version in other case":        strings.Replace(whole(""), modernMeta, modernMeta+`,"io.modelcontextprotocol/ProtocolVersion":"1"`, 1),
		"foreign member twice in meta": strings.Replace(whole(""), modernMeta, modernMeta+`,"x.example/a":1,"x.example/a":2`, 1),
		"trailing value":               whole("") + `{}`,
		"trailing comma":               params(`"name":"notes_allowed","arguments":{"a":1,}`),
		"comment":                      params(`"name":"notes_allowed",/* */"arguments":{}`),
		"single quotes":                params(`'name':"notes_allowed","arguments":{}`),
		"leading zero":                 params(`"name":"notes_allowed","arguments":{"a":01}`),
		"not a number":                 params(`"name":"notes_allowed","arguments":{"a":NaN}`),
		"byte order mark":              "\ufeff" + whole(""),
		"lone surrogate in a name":     params(`"name":"notes_allowed","arguments":{"\ud800":1}`),
		"invalid UTF-8":                params(`"name":"notes_allowed","arguments":{"a":"` + "\xff" + `"}`),
		"control character":            params(`"name":"notes_allowed","arguments":{"a":"` + "\x01" + `"}`),
		"result beside method":         whole(`,"result":{}`),
		"fraction as id":               strings.Replace(whole(""), `"id":1`, `"id":1.0`, 1),
		"null as id":                   strings.Replace(whole(""), `"id":1`, `"id":null`, 1),
		"arguments are a list":         params(`"name":"notes_allowed","arguments":[]`),
		"arguments are null":           params(`"name":"notes_allowed","arguments":null`),
		"name is a number":             params(`"name":1,"arguments":{}`),
		"too deep":                     params(`"name":"notes_allowed","arguments":{"a":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`),
		"not JSON":                     `hello`,
		"empty":                        ``,
		"cut short":                    whole("")[:60],
		"a string":                     `"tools/call"`,
		"batch":                        `[` + whole("") + `]`,
		"empty batch":                  `[]`,
	}
}

func TestWhatHasTwoMeaningsIsRefused(t *testing.T) {
	t.Parallel()
	var allowed, hidden spy
	alice := start(t, meaningWorld(&allowed, &hidden)).visitor(t, "contoso", "alice")
	t.Cleanup(func() {
		if allowed.runs.Load()+hidden.runs.Load() > 0 {
			t.Errorf("tools ran: %q %q", allowed.seen, hidden.seen)
		}
	})
	for name, body := range ambiguous() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for era, r := range map[string]reply{
				"modern": alice.modernBody(t, "tools/call", "notes_allowed", body), "legacy": alice.legacy(t, body),
			} {
				m := r.rpc(t)
				if r.status != http.StatusBadRequest || m.Error == nil || m.Error.Code == 0 || m.Error.Message == "" {
					t.Errorf("%s: status %d: %s", era, r.status, r.body)
				}
			}
		})
	}
}

func TestBatchIsRefusedInEveryRevision(t *testing.T) {
	t.Parallel()
	alice := start(t, setup{}).visitor(t, "contoso", "alice")
	const batch = `[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","method":"notifications/initialized"}]`
	for _, revision := range []string{"", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"} {
		r := alice.legacy(t, batch, func(r *http.Request) {
			if revision != "" {
				r.Header.Set("MCP-Protocol-Version", revision)
			}
		})
		if m := r.refused(t, http.StatusBadRequest, -32600); !strings.Contains(m.Error.Message, "batch") {
			t.Errorf("%s: %s", revision, r.body)
		}
	}
}

// TestWhatIsAuthorisedIsWhatRuns sends bodies that hide the name of another tool
// in every place that is not params.name. Whatever is answered, the hidden tool
// does not run.
func TestWhatIsAuthorisedIsWhatRuns(t *testing.T) {
	t.Parallel()
	var allowed, hidden spy
	alice := start(t, meaningWorld(&allowed, &hidden)).visitor(t, "contoso", "alice")
	const evil = `"notes_hidden"`
	places := []string{
		`"tool":` + evil, `"toolName":` + evil, `"nаme":` + evil, `"name ":` + evil, `" name":` + evil, `"name\u0000":` + evil, `"uri":` + evil,
		`"cursor":` + evil, `"requestState":` + evil, `"task":{"name":` + evil + `}`, `"arguments2":{}`, `"params":{"name":` + evil + `}`,
	}
	for i, place := range places {
		body := fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"notes_allowed","arguments":{"i":%d},%s,"_meta":{%s}}}`, i, i, place, modernMeta)
		before := allowed.runs.Load()
		if r := alice.modernBody(t, "tools/call", "notes_allowed", body); r.status == http.StatusOK && r.rpc(t).Error == nil {
			if want := fmt.Sprintf(`{"i":%d}`, i); allowed.last() != want || allowed.runs.Load() != before+1 {
				t.Errorf("%s: the tool was given %q", place, allowed.last())
			}
		}
	}
	if hidden.runs.Load() > 0 {
		t.Errorf("the hidden tool ran with %q", hidden.seen)
	}
	if allowed.runs.Load() == 0 {
		t.Error("no body ran anything: this test shows nothing")
	}
}

func base64Value(s string) string {
	return "=?base64?" + base64.StdEncoding.EncodeToString([]byte(s)) + "?="
}

func TestHeadersMustMirrorTheBody(t *testing.T) {
	t.Parallel()
	var allowed, hidden spy
	alice := start(t, meaningWorld(&allowed, &hidden)).visitor(t, "contoso", "alice")
	twice := func(name string, values ...string) func(*http.Request) {
		return func(r *http.Request) { r.Header[http.CanonicalHeaderKey(name)] = values }
	}
	for name, change := range map[string]func(*http.Request){
		"other method":             with("Mcp-Method", "tools/list"),
		"method in other case":     with("Mcp-Method", "Tools/Call"),
		"no method":                without("Mcp-Method"),
		"method in base64":         with("Mcp-Method", base64Value("tools/call")),
		"other name":               with("Mcp-Name", "notes_hidden"),
		"name in other case":       with("Mcp-Name", "Notes_allowed"),
		"no name":                  without("Mcp-Name"),
		"other name in base64":     with("Mcp-Name", base64Value("notes_hidden")),
		"malformed base64":         with("Mcp-Name", "=?base64?bm90ZXNfYWxsb3dlZA?="),
		"base64 twice":             with("Mcp-Name", base64Value(base64Value("notes_allowed"))),
		"base64 of invalid UTF-8":  with("Mcp-Name", base64Value("notes_allowed\xff")),
		"name twice":               twice("Mcp-Name", "notes_allowed", "notes_allowed"),
		"method twice":             twice("Mcp-Method", "tools/call", "tools/list"),
		"version twice":            twice("MCP-Protocol-Version", "2026-07-28", "2025-11-25"),
		"version differs":          with("MCP-Protocol-Version", "2025-11-25"),
		"no version":               without("MCP-Protocol-Version"),
		"name is not ASCII":        with("Mcp-Name", "nötes_allowed"),
		"version of a later draft": with("MCP-Protocol-Version", "2027-01-01"),
	} {
		r := alice.call(t, "notes_allowed", `{}`, change)
		if m := r.rpc(t); r.status != http.StatusBadRequest || m.Error == nil || m.Error.Code != -32020 || string(m.ID) != "1" {
			t.Errorf("%s: status %d: %s", name, r.status, r.body)
		}
	}
	if n := allowed.runs.Load() + hidden.runs.Load(); n > 0 {
		t.Errorf("%d calls ran", n)
	}
	alice.call(t, "notes_allowed", `{}`, with("Mcp-Name", base64Value("notes_allowed"))).ok(t)
	const card = "ui://gatehouse/greeting_card"
	alice.modern(t, "resources/read", base64Value(card), `"uri":"`+card+`"`).ok(t)
	odd := "nötes “π”"
	r := alice.call(t, odd, `{}`, with("Mcp-Name", base64Value(odd)))
	if m := r.refused(t, http.StatusOK, -32602); m.Error.Message != "unknown tool: "+odd {
		t.Errorf("the name arrived as %q", m.Error.Message)
	}
}
