package wire_test

import (
	"net/http"
	"reflect"
	"strings"
	"testing"

	"gatehouse/internal/wire"
)

var limits = wire.Limits{MaxBytes: 1 << 20, MaxDepth: depth}

// call is a request as a client of 2026-07-28 sends it.
const call = `{"jsonrpc":"2.0","id":"req-1","method":"tools/call","params":{"name":"graph_get_my_profile",` +
	`"arguments":{"select":["displayName","mail"],"n":9007199254740993},"_meta":{` +
	`"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"Client","version":"1.2.3"},` +
	`"io.modelcontextprotocol/clientCapabilities":{"elicitation":{}},"progressToken":7,` +
	`"traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}}}`

func TestDecodeKeepsWhatTheMessageSays(t *testing.T) {
	t.Parallel()
	everything := `{"name":"a\u0062","uri":"ui:\/\/x","arguments": { "q" : 1.0 } ,"cursor":"c","requestState":"s","inputResponses":{"k":[]},` +
		`"protocolVersion":"2025-11-25","capabilities":{"roots":{}},"clientInfo":{"name":"N","version":"V","title":"T"},"other":[1],` +
		`"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{},` +
		`"io.modelcontextprotocol/clientInfo":{"name":"n","version":"v"},"io.modelcontextprotocol/logLevel":"debug","progressToken":"p",` +
		`"traceparent":"tp","tracestate":"ts","baggage":"bg","vendor/x":{}}}`
	metadata := everything[strings.Index(everything, `{"io.model`) : len(everything)-1]
	for _, row := range []struct {
		name, body string
		want       wire.Message
	}{
		{
			"everything", ` {"params":` + everything + `,"method":"tools\/call","id":-12,"jsonrpc":"2\u002e0"} `,
			wire.Message{
				Kind: wire.Request, ID: []byte(`-12`), Method: "tools/call",
				Params: wire.Params{
					Raw: []byte(everything), Name: "ab", URI: "ui://x", Arguments: []byte(`{ "q" : 1.0 }`), Cursor: "c", RequestState: "s",
					Others:         []wire.Member{{Name: "other", Value: []byte(`[1]`)}},
					InputResponses: []byte(`{"k":[]}`), ProtocolVersion: "2025-11-25", Capabilities: []byte(`{"roots":{}}`),
					ClientInfo: wire.ClientInfo{Name: "N", Version: "V"},
					Meta: wire.Meta{
						Raw: []byte(metadata), ProtocolVersion: "2026-07-28", ClientCapabilities: []byte(`{}`),
						ClientInfo: wire.ClientInfo{Name: "n", Version: "v"}, LogLevel: "debug", ProgressToken: []byte(`"p"`),
						TraceParent: "tp", TraceState: "ts", Baggage: "bg", Others: []wire.Member{{Name: "vendor/x", Value: []byte(`{}`)}},
					},
				},
			},
		},
		{
			"no params", `{"jsonrpc":"2.0","id":1,"method":"ping"}`,
			wire.Message{Kind: wire.Request, ID: []byte(`1`), Method: "ping"},
		},
		{
			"a method nobody knows", `{"jsonrpc":"2.0","id":1,"method":"vendor/thing","params":{}}`,
			wire.Message{Kind: wire.Request, ID: []byte(`1`), Method: "vendor/thing", Params: wire.Params{Raw: []byte(`{}`)}},
		},
		{
			"an ID beyond 64 bits", `{"jsonrpc":"2.0","id":184467440737095516160,"method":"ping"}`,
			wire.Message{Kind: wire.Request, ID: []byte(`184467440737095516160`), Method: "ping"},
		},
		{
			"an escaped ID", `{"jsonrpc":"2.0","id":"\u0000\"","method":"ping"}`,
			wire.Message{Kind: wire.Request, ID: []byte(`"\u0000\""`), Method: "ping"},
		},
		{
			"NUL in a name", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a\u0000"}}`,
			wire.Message{
				Kind: wire.Request, ID: []byte(`1`), Method: "tools/call",
				Params: wire.Params{Raw: []byte(`{"name":"a\u0000"}`), Name: "a\x00"},
			},
		},
		{
			"completion", `{"jsonrpc":"2.0","id":1,"method":"completion/complete","params":{"ref":{"type":"ref/prompt","name":"p","title":"T"},` +
				`"argument":{"name":"a","value":"v"},"context":{"arguments":{}}}}`,
			wire.Message{
				Kind: wire.Request, ID: []byte(`1`), Method: "completion/complete",
				Params: wire.Params{
					Raw: []byte(`{"ref":{"type":"ref/prompt","name":"p","title":"T"},"argument":{"name":"a","value":"v"},"context":{"arguments":{}}}`),
					Ref: wire.Ref{
						Raw: []byte(`{"type":"ref/prompt","name":"p","title":"T"}`), Type: wire.RefPrompt, Name: "p",
						Others: []wire.Member{{Name: "title", Value: []byte(`"T"`)}},
					},
					Argument: wire.Argument{Raw: []byte(`{"name":"a","value":"v"}`), Name: "a", Value: "v"},
					Context:  []byte(`{"arguments":{}}`),
				},
			},
		},
		{
			"listening", `{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{"toolsListChanged":true,` +
				`"promptsListChanged":false,"resourcesListChanged":true,"resourceSubscriptions":["a\u0062","c"],"taskIds":["t"],"vendor":[]}}}`,
			wire.Message{
				Kind: wire.Request, ID: []byte(`1`), Method: "subscriptions/listen",
				Params: wire.Params{
					Raw: []byte(`{"notifications":{"toolsListChanged":true,"promptsListChanged":false,"resourcesListChanged":true,` +
						`"resourceSubscriptions":["a\u0062","c"],"taskIds":["t"],"vendor":[]}}`),
					Notifications: wire.Notifications{
						Raw: []byte(`{"toolsListChanged":true,"promptsListChanged":false,"resourcesListChanged":true,` +
							`"resourceSubscriptions":["a\u0062","c"],"taskIds":["t"],"vendor":[]}`),
						Tools: true, Resources: true, URIs: []string{"ab", "c"}, TaskIDs: []string{"t"},
						Others: []wire.Member{{Name: "vendor", Value: []byte(`[]`)}},
					},
				},
			},
		},
		{
			"cancellation", `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"r","reason":"no"}}`,
			wire.Message{
				Kind: wire.Notification, Method: "notifications/cancelled",
				Params: wire.Params{Raw: []byte(`{"requestId":"r","reason":"no"}`), RequestID: []byte(`"r"`), Reason: "no"},
			},
		},
		{
			"level, task and its ID", `{"jsonrpc":"2.0","id":1,"method":"m","params":{"level":"debug","taskId":"t","task":{"ttl":1}}}`,
			wire.Message{
				Kind: wire.Request, ID: []byte(`1`), Method: "m",
				Params: wire.Params{Raw: []byte(`{"level":"debug","taskId":"t","task":{"ttl":1}}`), Level: "debug", TaskID: "t", Task: []byte(`{"ttl":1}`)},
			},
		},
		{
			"notification", `{"jsonrpc":"2.0","method":"notifications/initialized"}`,
			wire.Message{Kind: wire.Notification, Method: "notifications/initialized"},
		},
		{
			"response", `{"jsonrpc":"2.0","id":"s1","result":{}}`,
			wire.Message{Kind: wire.Response, ID: []byte(`"s1"`), Result: []byte(`{}`)},
		},
		{
			"failed response", `{"jsonrpc":"2.0","id":3,"error":{"code":-1,"message":"no"}}`,
			wire.Message{Kind: wire.Response, ID: []byte(`3`), Failure: []byte(`{"code":-1,"message":"no"}`)},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, err := wire.Decode([]byte(row.body), limits)
			if err != nil {
				t.Fatalf("Decode: %v", err)
			}
			if !reflect.DeepEqual(got, row.want) {
				t.Errorf("Decode(%s)\n got %q\nwant %q", row.body, any(got), any(row.want))
			}
		})
	}
}

func TestDecodeRefusesWhatHasNoSingleMeaning(t *testing.T) {
	t.Parallel()
	request := func(rest string) string { return `{"jsonrpc":"2.0","id":1,"method":"tools/call"` + rest + `}` }
	params := func(members string) string { return request(`,"params":{` + members + `}`) }
	meta := func(members string) string { return params(`"_meta":{` + members + `}`) }
	for _, row := range []struct {
		name, body string
		code       int
		id, why    string
	}{
		{"not JSON", `hello`, wire.CodeParse, "", "a value is expected here (byte 0)"},
		{"not JSON behind the ID", `{"jsonrpc":"2.0","id":1,`, wire.CodeParse, "", "ends where"},
		{"two messages", request("") + request(""), wire.CodeParse, "", "more text follows"},
		{"duplicate in the envelope", request(`,"method":"tools/list"`), wire.CodeParse, "", `"method" occurs twice`},
		{"duplicate escaped", request(`,"m\u0065thod":"tools/list"`), wire.CodeParse, "", `"method" occurs twice`},
		{"duplicate in params", params(`"name":"a","name":"b"`), wire.CodeParse, "", `"name" occurs twice`},
		{"duplicate in _meta", meta(`"traceparent":"a","traceparent":"b"`), wire.CodeParse, "", `"traceparent" occurs twice`},
		{"duplicate in arguments", params(`"arguments":{"a":{"b":1,"b":2}}`), wire.CodeParse, "", `"b" occurs twice`},
		{"duplicate in an unknown member", params(`"x":[{"b":1,"b":2}]`), wire.CodeParse, "", `"b" occurs twice`},
		{"duplicate in a result", `{"jsonrpc":"2.0","id":1,"result":{"a":1,"a":1}}`, wire.CodeParse, "", `"a" occurs twice`},
		{"lone surrogate in arguments", params(`"arguments":{"a":"\ud800"}`), wire.CodeParse, "", "surrogate"},
		{"too deep", params(`"arguments":{"a":` + strings.Repeat("[", depth-2) + strings.Repeat("]", depth-2) + `}`), wire.CodeParse, "", "too deeply"},

		{"batch", `[` + request("") + `]`, wire.CodeInvalidRequest, "", "batches"},
		{"empty batch", ` []`, wire.CodeInvalidRequest, "", "batches"},
		{"number", `1`, wire.CodeInvalidRequest, "", "must be a JSON object"},
		{"null", `null`, wire.CodeInvalidRequest, "", "must be a JSON object"},
		{"no jsonrpc", `{"id":1,"method":"ping"}`, wire.CodeInvalidRequest, "1", "jsonrpc is missing"},
		{"jsonrpc 1.0", `{"jsonrpc":"1.0","id":1,"method":"ping"}`, wire.CodeInvalidRequest, "1", `jsonrpc must be "2.0"`},
		{"jsonrpc as a number", `{"jsonrpc":2.0,"id":1,"method":"ping"}`, wire.CodeInvalidRequest, "1", `jsonrpc must be "2.0"`},
		{"no method", `{"jsonrpc":"2.0","id":1}`, wire.CodeInvalidRequest, "1", "method is missing"},
		{"empty method", `{"jsonrpc":"2.0","id":1,"method":""}`, wire.CodeInvalidRequest, "1", "method must be"},
		{"method as null", `{"jsonrpc":"2.0","id":1,"method":null}`, wire.CodeInvalidRequest, "1", "method must be a string"},
		{"null ID", `{"jsonrpc":"2.0","id":null,"method":"ping"}`, wire.CodeInvalidRequest, "", "id must be"},
		{"fraction as ID", `{"jsonrpc":"2.0","id":1.5,"method":"ping"}`, wire.CodeInvalidRequest, "", "id must be"},
		{"integral fraction as ID", `{"jsonrpc":"2.0","id":1.0,"method":"ping"}`, wire.CodeInvalidRequest, "", "id must be"},
		{"exponent as ID", `{"jsonrpc":"2.0","id":1e2,"method":"ping"}`, wire.CodeInvalidRequest, "", "id must be"},
		{"boolean as ID", `{"jsonrpc":"2.0","id":true,"method":"ping"}`, wire.CodeInvalidRequest, "", "id must be"},
		{"object as ID", `{"jsonrpc":"2.0","id":{},"method":"ping"}`, wire.CodeInvalidRequest, "", "id must be"},
		{"unknown envelope member", request(`,"extra":1`), wire.CodeInvalidRequest, "1", `"extra" is not part`},
		{"envelope member by case", request(`,"Params":{}`), wire.CodeInvalidRequest, "1", `"Params" differs from "params" by case only`},
		{"envelope member by folding", request(`,"paramſ":{}`), wire.CodeInvalidRequest, "1", `differs from "params"`},
		{"result by case", `{"jsonrpc":"2.0","id":1,"Result":{}}`, wire.CodeInvalidRequest, "1", `differs from "result"`},
		{"request and result", request(`,"result":{}`), wire.CodeInvalidRequest, "1", "either a request"},
		{"params and result", `{"jsonrpc":"2.0","id":1,"params":{},"result":{}}`, wire.CodeInvalidRequest, "1", "either a request"},
		{"result and error", `{"jsonrpc":"2.0","id":1,"result":{},"error":{}}`, wire.CodeInvalidRequest, "1", "not both"},
		{"error as text", `{"jsonrpc":"2.0","id":1,"error":"no"}`, wire.CodeInvalidRequest, "1", "error must be an object"},
		{"response without ID", `{"jsonrpc":"2.0","result":{}}`, wire.CodeInvalidRequest, "", "id is missing"},
		{"params as array", request(`,"params":[]`), wire.CodeInvalidRequest, "1", "params must be an object"},
		{"params as null", request(`,"params":null`), wire.CodeInvalidRequest, "1", "params must be an object"},

		{"name as number", params(`"name":1`), wire.CodeInvalidParams, "1", "params.name must be a string"},
		{"name as null", params(`"name":null`), wire.CodeInvalidParams, "1", "params.name must be a string"},
		{"uri as object", params(`"uri":{}`), wire.CodeInvalidParams, "1", "params.uri must be a string"},
		{"cursor as number", params(`"cursor":1`), wire.CodeInvalidParams, "1", "params.cursor must be a string"},
		{"requestState as object", params(`"requestState":{}`), wire.CodeInvalidParams, "1", "params.requestState must be a string"},
		{"inputResponses as array", params(`"inputResponses":[]`), wire.CodeInvalidParams, "1", "params.inputResponses must be an object"},
		{"arguments as array", params(`"arguments":[]`), wire.CodeInvalidParams, "1", "params.arguments must be an object"},
		{"arguments as null", params(`"arguments":null`), wire.CodeInvalidParams, "1", "params.arguments must be an object"},
		{"arguments as JSON text", params(`"arguments":"{}"`), wire.CodeInvalidParams, "1", "params.arguments must be an object"},
		{"protocolVersion as number", params(`"protocolVersion":1`), wire.CodeInvalidParams, "1", "params.protocolVersion must be a string"},
		{"capabilities as array", params(`"capabilities":[]`), wire.CodeInvalidParams, "1", "params.capabilities must be an object"},
		{"clientInfo as text", params(`"clientInfo":"x"`), wire.CodeInvalidParams, "1", "params.clientInfo must be an object"},
		{"client name as number", params(`"clientInfo":{"name":1}`), wire.CodeInvalidParams, "1", "params.clientInfo.name must be a string"},
		{"_meta as array", params(`"_meta":[]`), wire.CodeInvalidParams, "1", "params._meta must be an object"},
		{"params member by case", params(`"Name":"a"`), wire.CodeInvalidParams, "1", `"params.Name" differs from "name"`},
		{"params member by folding", params(`"argumentſ":{}`), wire.CodeInvalidParams, "1", `differs from "arguments"`},
		{"params member by escape and case", params(`"\u004eAME":"a"`), wire.CodeInvalidParams, "1", `differs from "name"`},
		{"_meta by case", params(`"_META":{}`), wire.CodeInvalidParams, "1", `differs from "_meta"`},
		{"client name by case", params(`"clientInfo":{"NAME":"a"}`), wire.CodeInvalidParams, "1", `differs from "name"`},

		{"task ID as number", params(`"taskId":1`), wire.CodeInvalidParams, "1", "params.taskId must be a string"},
		{"task as boolean", params(`"task":true`), wire.CodeInvalidParams, "1", "params.task must be an object"},
		{"ref as text", params(`"ref":"p"`), wire.CodeInvalidParams, "1", "params.ref must be an object"},
		{"ref type as number", params(`"ref":{"type":1}`), wire.CodeInvalidParams, "1", "params.ref.type must be a string"},
		{"ref name as number", params(`"ref":{"name":1}`), wire.CodeInvalidParams, "1", "params.ref.name must be a string"},
		{"ref uri as array", params(`"ref":{"uri":[]}`), wire.CodeInvalidParams, "1", "params.ref.uri must be a string"},
		{"duplicate in ref", params(`"ref":{"x":1,"x":1}`), wire.CodeParse, "", `"x" occurs twice`},
		{"argument as text", params(`"argument":"a"`), wire.CodeInvalidParams, "1", "params.argument must be an object"},
		{"argument name as null", params(`"argument":{"name":null}`), wire.CodeInvalidParams, "1", "params.argument.name must be a string"},
		{"argument value as number", params(`"argument":{"value":1}`), wire.CodeInvalidParams, "1", "params.argument.value must be a string"},
		{"context as array", params(`"context":[]`), wire.CodeInvalidParams, "1", "params.context must be an object"},
		{"level as number", params(`"level":7`), wire.CodeInvalidParams, "1", "params.level must be a string"},
		{"cancelled ID as fraction", params(`"requestId":1.5`), wire.CodeInvalidParams, "1", "params.requestId must be"},
		{"cancelled ID as null", params(`"requestId":null`), wire.CodeInvalidParams, "1", "params.requestId must be"},
		{"reason as object", params(`"reason":{}`), wire.CodeInvalidParams, "1", "params.reason must be a string"},
		{"notifications as array", params(`"notifications":[]`), wire.CodeInvalidParams, "1", "params.notifications must be an object"},
		{"wish as text", params(`"notifications":{"toolsListChanged":"true"}`), wire.CodeInvalidParams, "1", "toolsListChanged must be true or false"},
		{"wish as null", params(`"notifications":{"promptsListChanged":null}`), wire.CodeInvalidParams, "1", "promptsListChanged must be true or false"},
		{"wish as number", params(`"notifications":{"resourcesListChanged":1}`), wire.CodeInvalidParams, "1", "resourcesListChanged must be true or false"},
		{"wish cut off", params(`"notifications":{"toolsListChanged":tru}`), wire.CodeParse, "", "a value is expected"},
		{"subscription as text", params(`"notifications":{"resourceSubscriptions":"a"}`), wire.CodeInvalidParams, "1", "resourceSubscriptions must be an array of strings"},
		{"subscription to a number", params(`"notifications":{"resourceSubscriptions":["a",1]}`), wire.CodeInvalidParams, "1", "resourceSubscriptions must be an array of strings"},
		{"subscriptions cut off", params(`"notifications":{"resourceSubscriptions":["a",]}`), wire.CodeParse, "", "a value is expected"},
		{"task IDs as object", params(`"notifications":{"taskIds":{}}`), wire.CodeInvalidParams, "1", "taskIds must be an array of strings"},
		{
			"more subscriptions than anybody needs", params(`"notifications":{"resourceSubscriptions":[` + strings.Repeat(`"a",`, 1000) + `"a"]}`),
			wire.CodeInvalidParams, "1", "at most 1000 strings",
		},
		{"more members than anybody needs", meta(members(1001)), wire.CodeInvalidParams, "1", "params._meta has more than 1000 members"},

		{"version as number", meta(`"io.modelcontextprotocol/protocolVersion":1`), wire.CodeInvalidParams, "1", "protocolVersion must be a string"},
		{"capabilities as text", meta(`"io.modelcontextprotocol/clientCapabilities":""`), wire.CodeInvalidParams, "1", "clientCapabilities must be an object"},
		{"client as text", meta(`"io.modelcontextprotocol/clientInfo":""`), wire.CodeInvalidParams, "1", "clientInfo must be an object"},
		{"client version as number", meta(`"io.modelcontextprotocol/clientInfo":{"version":1}`), wire.CodeInvalidParams, "1", "clientInfo.version must be a string"},
		{"log level as number", meta(`"io.modelcontextprotocol/logLevel":1`), wire.CodeInvalidParams, "1", "logLevel must be a string"},
		{"progress token as object", meta(`"progressToken":{}`), wire.CodeInvalidParams, "1", "progressToken must be a string or a number"},
		{"progress token as null", meta(`"progressToken":null`), wire.CodeInvalidParams, "1", "progressToken must be a string or a number"},
		{"traceparent as number", meta(`"traceparent":1`), wire.CodeInvalidParams, "1", "traceparent must be a string"},
		{"tracestate as number", meta(`"tracestate":1`), wire.CodeInvalidParams, "1", "tracestate must be a string"},
		{"baggage as number", meta(`"baggage":1`), wire.CodeInvalidParams, "1", "baggage must be a string"},
		{"_meta member by case", meta(`"Traceparent":"a"`), wire.CodeInvalidParams, "1", `differs from "traceparent"`},
		{"_meta member by folding", meta(`"progressToKen":1`), wire.CodeInvalidParams, "1", `differs from "progressToken"`},
		{"prefixed member by case", meta(`"IO.modelcontextprotocol/protocolVersion":""`), wire.CodeInvalidParams, "1", `differs from "io.modelcontextprotocol/protocolVersion"`},
		{"the first of two objections", params(`"name":1,"uri":1`), wire.CodeInvalidParams, "1", "params.name"},
		{"objection before the ID", `{"params":{"name":1},"method":"m","jsonrpc":"2.0","id":"z"}`, wire.CodeInvalidParams, `"z"`, "params.name"},
		{"objection before a parse error", params(`"name":1,`), wire.CodeParse, "", "member name"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, err := wire.Decode([]byte(row.body), limits)
			if err == nil {
				t.Fatalf("Decode(%s) accepts it", row.body)
			}
			if err.Code != row.code || err.Status != http.StatusBadRequest || !strings.Contains(err.Message, row.why) {
				t.Errorf("Decode(%s) = %d, %d %q; want 400, %d with %q", row.body, err.Status, err.Code, err.Message, row.code, row.why)
			}
			if want := (wire.Message{ID: got.ID}); string(got.ID) != row.id || !reflect.DeepEqual(got, want) {
				t.Errorf("Decode(%s) leaves %q, want nothing but the ID %s", row.body, any(got), row.id)
			}
		})
	}
}

// A parser that ignores case, like Go's, must find nothing that Decode does not.
func TestEveryKnownNameIsRefusedInOtherCase(t *testing.T) {
	t.Parallel()
	wrap := map[string][2]string{
		"":                   {`{"jsonrpc":"2.0","id":1,"method":"m",`, `}`},
		"params.":            {`{"jsonrpc":"2.0","id":1,"method":"m","params":{`, `}}`},
		"params.clientInfo.": {`{"jsonrpc":"2.0","id":1,"method":"m","params":{"clientInfo":{`, `}}}`},
		"params.ref.":        {`{"jsonrpc":"2.0","id":1,"method":"m","params":{"ref":{`, `}}}`},
		"params.argument.":   {`{"jsonrpc":"2.0","id":1,"method":"m","params":{"argument":{`, `}}}`},
		"params.notifications.": {
			`{"jsonrpc":"2.0","id":1,"method":"m","params":{"notifications":{`, `}}}`,
		},
		"params._meta.": {`{"jsonrpc":"2.0","id":1,"method":"m","params":{"_meta":{`, `}}}`},
		"params._meta.io.modelcontextprotocol/clientInfo.": {
			`{"jsonrpc":"2.0","id":1,"method":"m","params":{"_meta":{"io.modelcontextprotocol/clientInfo":{`, `}}}}`,
		},
	}
	for path, names := range wire.KnownNames() {
		around, ok := wrap[path]
		if !ok {
			t.Errorf("no message with %q", path)
			continue
		}
		for _, name := range names {
			folded := strings.NewReplacer("s", "ſ", "k", "\u212a").Replace(name)
			for _, variant := range []string{strings.ToUpper(name), strings.ToUpper(name[:1]) + name[1:], folded} {
				_, err := wire.Decode([]byte(around[0]+`"`+variant+`":{}`+around[1]), limits)
				if variant != name && (err == nil || !strings.Contains(err.Message, "by case only")) {
					t.Errorf("%q in place of %q: %v", path+variant, path+name, err)
				}
			}
		}
	}
}

func TestOtherMembersOfParamsPass(t *testing.T) {
	t.Parallel()
	for _, members := range []string{
		`"names":1`, `"nam":1`, `"näme":1`, `"":1`, `"jsonrpc":1`, `"argumen":{"name":1}`, `"arguments":{"Name":1,"name":2}`,
		`"_meta":{"com.example/Name":1,"name":1,"protocolVersion":1}`,
	} {
		if _, err := wire.Decode([]byte(`{"jsonrpc":"2.0","id":1,"method":"m","params":{`+members+`}}`), limits); err != nil {
			t.Errorf("params {%s}: %v", members, err)
		}
	}
}

func TestDecodeRefusesMoreThanItsLimits(t *testing.T) {
	t.Parallel()
	body := []byte(`{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":[]}}`)
	if _, err := wire.Decode(body, wire.Limits{MaxBytes: len(body), MaxDepth: 3}); err != nil {
		t.Errorf("at the limits: %v", err)
	}
	_, err := wire.Decode(body, wire.Limits{MaxBytes: len(body) - 1, MaxDepth: 3})
	if err == nil || err.Status != http.StatusRequestEntityTooLarge {
		t.Errorf("one byte more: %v", err)
	}
	if _, err = wire.Decode(body, wire.Limits{MaxBytes: len(body), MaxDepth: 2}); err == nil || err.Code != wire.CodeParse {
		t.Errorf("one level more: %v", err)
	}
	if _, err = wire.Decode(body, wire.Limits{}); err == nil {
		t.Error("zero limits allow a message")
	}
}

func TestAppendingToARangeLeavesTheBodyAlone(t *testing.T) {
	t.Parallel()
	body := []byte(call)
	m, err := wire.Decode(body, limits)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range [][]byte{m.ID, m.Params.Raw, m.Params.Arguments, m.Params.Meta.Raw, m.Params.Meta.ClientCapabilities, m.Params.Meta.ProgressToken} {
		if len(r) == 0 {
			t.Fatal("a range is empty")
		}
		_ = append(r, '!')
	}
	if string(body) != call {
		t.Errorf("the body changed to %s", body)
	}
}

func TestAMessageLeavesNothingToTheNext(t *testing.T) {
	t.Parallel()
	for range 100 {
		if _, err := wire.Decode([]byte(call), limits); err != nil {
			t.Fatal(err)
		}
		if _, err := wire.Decode([]byte(`{"jsonrpc":"2.0","id":1,"method":"m","params":{"na`), limits); err == nil {
			t.Fatal("a cut message passes")
		}
		got, err := wire.Decode([]byte(`{"jsonrpc":"2.0","method":"ping"}`), limits)
		if want := (wire.Message{Kind: wire.Notification, Method: "ping"}); err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("got %q, %v", any(got), err)
		}
		if _, err := wire.Decode([]byte(`{"id":1,"method":"ping"}`), limits); err == nil {
			t.Fatal("a message without a version passes behind one that has it")
		}
		if _, err := wire.Decode([]byte(`{"jsonrpc":"2.0","id":1,"result":1}`), limits); err != nil {
			t.Fatal(err)
		}
	}
}
