package upstream_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

func TestResultsComeBackByteForByte(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		sent string
		to   tools.Target
		want tools.Result
	}{
		"unknown members and spaces": {
			sent: `{ "content" : [ ] , "x-vendor":{"b":1,"a":[1.0,1e2]} }`,
			want: tools.Result{Members: []byte(` "content" : [ ] , "x-vendor":{"b":1,"a":[1.0,1e2]} `)},
		},
		"integers beyond 2^53": {
			sent: `{"content":[],"structuredContent":{"n":9007199254740993,"m":-123456789012345678901234567890}}`,
			want: tools.Result{Members: []byte(`"content":[],"structuredContent":{"n":9007199254740993,"m":-123456789012345678901234567890}`)},
		},
		"unknown content type": {
			sent: `{"resultType":"complete","content":[{"type":"vendor_block","\u0061":"\u00e9\/"}]}`,
			want: tools.Result{Members: []byte(`"content":[{"type":"vendor_block","\u0061":"\u00e9\/"}]`)},
		},
		"caching hints": {
			sent: `{"resultType":"complete","ttlMs":3600000,"cacheScope":"public","contents":[]}`,
			to:   tools.Target{Method: wire.MethodResourcesRead, Name: "x://y"},
			want: tools.Result{Members: []byte(`"contents":[]`), TTL: "3600000"},
		},
		"hint that is no number": {
			sent: `{"ttlMs":"soon","contents":[]}`,
			to:   tools.Target{Method: wire.MethodResourcesRead, Name: "x://y"},
			want: tools.Result{Members: []byte(`"contents":[]`)},
		},
		"its own meta": {
			sent: `{"content":[],"_meta":{"io.modelcontextprotocol/serverInfo":{"name":"x"},"vendor/trace":{"n":9007199254740993},"gatehouse/record":"forged","gatehous\u0065/x":1}}`,
			want: tools.Result{Members: []byte(`"content":[]`), Meta: []byte(`"vendor/trace":{"n":9007199254740993}`)},
		},
		"failure of a tool": {
			sent: `{"content":[{"type":"text","text":"no"}],"isError":true}`,
			want: tools.Result{Members: []byte(`"content":[{"type":"text","text":"no"}]`), IsError: true},
		},
		"no failure, said aloud": {
			sent: `{"content":[],"isError":false}`,
			want: tools.Result{Members: []byte(`"content":[],"isError":false`)},
		},
		"a task": {
			sent: `{"resultType":"task","taskId":"t-1","status":"working","ttlMs":60000,"pollIntervalMs":9007199254740993}`,
			want: tools.Result{Members: []byte(`"status":"working","ttlMs":60000,"pollIntervalMs":9007199254740993`), Type: "task", TaskID: "t-1"},
		},
		"state of a task": {
			sent: `{"resultType":"complete","taskId":"t-1","status":"completed","result":{"taskId":"inner"}}`,
			to:   tools.Target{Method: wire.MethodTasksGet, Name: "t-1"},
			want: tools.Result{Members: []byte(`"status":"completed","result":{"taskId":"inner"}`), TaskID: "t-1"},
		},
		"member of a task in another result": {
			sent: `{"content":[],"taskId":"mine","inputRequests":{},"requestState":"x"}`,
			want: tools.Result{Members: []byte(`"content":[],"taskId":"mine","inputRequests":{},"requestState":"x"`)},
		},
		"an extension's type": {
			sent: `{"resultType":"vendor/later","ticket":7}`,
			want: tools.Result{Members: []byte(`"ticket":7`), Type: "vendor/later"},
		},
		"a question": {
			sent: `{"resultType":"input_required","inputRequests":{"k":{"method":"elicitation/create","params":{"n":9007199254740993}}},"requestState":"s\u00e9"}`,
			want: tools.Result{Type: "input_required", Asked: &tools.Asked{Requests: []byte(`{"k":{"method":"elicitation/create","params":{"n":9007199254740993}}}`), State: "sé"}},
		},
		"spellings of what is ours": {
			sent: `{"ResultType":"input_required","content":[],"InputRequests":{"k":{}},"RequestState":"x","_META":{"gatehouse/record":"x"},"CacheScope":"public","TTLMS":9,"IsError":true,` +
				`"taſkId":"x","\u0072esulttype":1,"_meta":{"Gatehouse/record":"x","gatehouſe/x":1,"io.ModelContextProtocol/serverInfo":{},"IO.modelcontextprotocol/subscriptionid":1,"gatehouses/x":1}}`,
			want: tools.Result{Members: []byte(`"content":[]`), Meta: []byte(`"gatehouses/x":1`)},
		},
		"meta that is no object": {sent: `{"content":[],"_meta":7}`, want: tools.Result{Members: []byte(`"content":[]`)}},
		"nothing":                {sent: `{}`, want: tools.Result{}},
	} {
		for _, as := range []string{"document", "stream"} {
			t.Run(name+" as "+as, func(t *testing.T) {
				t.Parallel()
				r := newRig(t)
				s := r.server(newStub(t, &stub{modern: true, handle: func(w http.ResponseWriter, _ *http.Request, m message) {
					if as == "stream" {
						stream(w)(event("", response(m.ID, row.sent)))
						return
					}
					result(w, m.ID, row.sent)
				}}))
				to := row.to
				if to.Method == "" {
					to = tool("any")
				}
				got, err := s.Exchange(t.Context(), r.caller(), to, call(wire.Modern))
				if err != nil {
					t.Fatal(err)
				}
				compare(t, got, row.want)
			})
		}
	}
}

func compare(t *testing.T, got, want tools.Result) {
	t.Helper()
	if string(got.Members) != string(want.Members) || string(got.Meta) != string(want.Meta) || got.Type != want.Type ||
		got.TTL != want.TTL || got.TaskID != want.TaskID || got.IsError != want.IsError {
		t.Errorf("got  %+v %s %s\nwant %+v %s %s", got, got.Members, got.Meta, want, want.Members, want.Meta)
	}
	if (got.Asked == nil) != (want.Asked == nil) {
		t.Fatalf("asked %+v, want %+v", got.Asked, want.Asked)
	}
	if got.Asked != nil && (string(got.Asked.Requests) != string(want.Asked.Requests) || got.Asked.State != want.Asked.State) {
		t.Errorf("asked %s %q", got.Asked.Requests, got.Asked.State)
	}
}

func TestRequestIsRebuiltAroundTheCopiedArguments(t *testing.T) {
	t.Parallel()
	arguments := `{ "n":9007199254740993, "\u0061":[1.0,{"_meta":{"io.modelcontextprotocol/clientInfo":{}}}] }`
	sent := func(c *tools.Call) {
		c.Arguments = []byte(arguments)
		c.Others = []wire.Member{{Name: "vendor", Value: []byte(`{"n":1e400}`)}, {Name: "name", Value: []byte(`"other"`)}, {Name: "arguments", Value: []byte(`{}`)}}
		c.Meta = []wire.Member{
			{Name: "traceparent", Value: []byte(`"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"`)},
			{Name: "progressToken", Value: []byte(`"the-clients"`)},
			{Name: "io.modelcontextprotocol/clientCapabilities", Value: []byte(`{"sampling":{}}`)},
		}
		c.Client.Progress, c.Client.LogLevel = true, "debug"
		c.Client.Info = wire.ClientInfo{Name: "the-client", Version: "9"}
		c.Client.Capabilities = tools.Capabilities{
			Can: tools.CanElicit | tools.CanElicitURL | tools.CanSample | tools.CanSampleTools | tools.CanListRoots, Extensions: []wire.Member{{Name: "io.modelcontextprotocol/tasks", Value: []byte(`{"x":1}`)}},
		}
		c.Responses, c.State = []byte(`{"k":{"action":"accept"}}`), "where"
	}
	modern := &stub{modern: true}
	legacy := &stub{legacy: true}
	for _, s := range []*stub{modern, legacy} {
		r := newRig(t)
		if _, err := r.server(newStub(t, s)).Exchange(t.Context(), r.caller(), tool("búsqueda"), call(wire.Modern, sent)); err != nil {
			t.Fatal(err)
		}
	}
	got := modern.seen("tools/call")[0]
	id := string(got.ID)
	want := `{"jsonrpc":"2.0","id":` + id + `,"method":"tools/call","params":{"name":"búsqueda","arguments":` + arguments + `,"vendor":{"n":1e400},` +
		`"inputResponses":{"k":{"action":"accept"}},"requestState":"where","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",` +
		`"io.modelcontextprotocol/clientInfo":{"name":"gatehouse","title":"Gatehouse","version":"1.2.3"},"io.modelcontextprotocol/clientCapabilities":` +
		`{"elicitation":{"form":{},"url":{}},"sampling":{"tools":{}},"roots":{},"extensions":{"io.modelcontextprotocol/tasks":{"x":1}}},` +
		`"io.modelcontextprotocol/logLevel":"debug","progressToken":` + id + `,"traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}}}`
	if string(got.body) != want {
		t.Errorf("sent\n%s\nwant\n%s", got.body, want)
	}
	for header, value := range map[string]string{
		"Mcp-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": "=?base64?YsO6c3F1ZWRh?=",
		"Accept": "application/json, text/event-stream", "Content-Type": "application/json", "User-Agent": "gatehouse/1.2.3",
		"X-Request-Id": "0190aaaa-0000-7000-8000-000000000001",
	} {
		if got.header.Get(header) != value {
			t.Errorf("header %s: %q, want %q", header, got.header.Get(header), value)
		}
	}
	got = legacy.seen("tools/call")[0]
	id = string(got.ID)
	want = `{"jsonrpc":"2.0","id":` + id + `,"method":"tools/call","params":{"name":"búsqueda","arguments":` + arguments + `,"vendor":{"n":1e400},` +
		`"_meta":{"progressToken":` + id + `,"traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}}}`
	if string(got.body) != want {
		t.Errorf("sent\n%s\nwant\n%s", got.body, want)
	}
	if got.header.Get("Mcp-Session-Id") != "session-2" || got.header.Get("Mcp-Protocol-Version") != "2025-11-25" || got.header.Get("Mcp-Method") != "" {
		t.Errorf("headers %v", got.header)
	}
	if !json.Valid(got.body) {
		t.Error("not JSON")
	}
}

func TestLegacyRequestWithoutMetaHasNone(t *testing.T) {
	t.Parallel()
	s, r := &stub{legacy: true}, newRig(t)
	if _, err := r.server(newStub(t, s)).Exchange(t.Context(), r.caller(), tools.Target{Method: wire.MethodResourcesRead, Name: `x://"y`}, call(wire.Legacy)); err != nil {
		t.Fatal(err)
	}
	got := s.seen("resources/read")[0]
	if want := `{"jsonrpc":"2.0","id":` + string(got.ID) + `,"method":"resources/read","params":{"uri":"x://\"y"}}`; string(got.body) != want {
		t.Errorf("sent %s, want %s", got.body, want)
	}
}

func TestErrorsOfTheServerKeepMessageAndData(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		modern    bool
		client    wire.Era
		sent      string
		status    int
		code      int
		data, has string
	}{
		"application's own":         {true, wire.Modern, `{"code":1234,"message":"no luck","data":{"n":9007199254740993}}`, 200, 1234, `{"n":9007199254740993}`, "no luck"},
		"with a status":             {true, wire.Modern, `{"code":-32021,"message":"more","data":{"requiredCapabilities":{"sampling":{}}}}`, 400, wire.CodeMissingCapability, `{"requiredCapabilities":{"sampling":{}}}`, "more"},
		"not found, modern client":  {false, wire.Modern, `{"code":-32002,"message":"gone","data":{"uri":"x"}}`, 200, wire.CodeInvalidParams, `{"uri":"x"}`, "gone"},
		"not found, legacy client":  {true, wire.Legacy, `{"code":-32602,"message":"gone","data":{"uri":"x"}}`, 200, wire.CodeLegacyNotFound, `{"uri":"x"}`, "gone"},
		"invalid params":            {true, wire.Legacy, `{"code":-32602,"message":"bad"}`, 200, wire.CodeInvalidParams, ``, "bad"},
		"code that is not the eras": {false, wire.Modern, `{"code":-32042,"message":"visit","data":{}}`, 200, wire.CodeInternal, `{}`, "visit"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			s := &stub{modern: row.modern, handle: func(w http.ResponseWriter, _ *http.Request, m message) { fail(w, m.ID, row.status, row.sent) }}
			_, err := r.server(newStub(t, s)).Exchange(t.Context(), r.caller(), tools.Target{Method: wire.MethodResourcesRead, Name: "x"}, call(row.client))
			own, ok := errors.AsType[*wire.Error](err)
			if !ok || own.Code != row.code || string(own.Data) != row.data || !strings.Contains(own.Message, row.has) {
				t.Errorf("error %#v", err)
			}
		})
	}
}

func TestURLThatAPersonMustVisitFirstIsAQuestionForModernClients(t *testing.T) {
	t.Parallel()
	s := &stub{legacy: true, handle: func(w http.ResponseWriter, _ *http.Request, m message) {
		fail(w, m.ID, 200, `{"code":-32042,"message":"visit","data":{"elicitations":[{"mode":"url","elicitationId":"e","url":"https://a.example/x","message":"sign in"}]}}`)
	}}
	r := newRig(t)
	got, err := r.server(newStub(t, s)).Exchange(t.Context(), r.caller(), tool("any"), call(wire.Modern))
	if err != nil {
		t.Fatal(err)
	}
	compare(t, got, tools.Result{Type: "input_required", Asked: &tools.Asked{
		Requests: []byte(`{"visit-a":{"method":"elicitation/create","params":{"mode":"url","url":"https://a.example/x","message":"sign in"}}}`),
	}})
}

func TestLargeResultPasses(t *testing.T) {
	t.Parallel()
	large := strings.Repeat("é", 5<<19) // 5 MB
	for _, as := range []string{"document", "stream"} {
		r := newRig(t)
		s := r.server(newStub(t, &stub{modern: true, handle: func(w http.ResponseWriter, _ *http.Request, m message) {
			if as == "stream" {
				stream(w)(event("", response(m.ID, `{"content":[{"type":"text","text":"`+large+`"}]}`)))
				return
			}
			result(w, m.ID, `{"content":[{"type":"text","text":"`+large+`"}]}`)
		}}))
		got, err := s.Exchange(t.Context(), r.caller(), tool("any"), call(wire.Modern))
		if err != nil || len(got.Members) != len(`"content":[{"type":"text","text":""}]`)+len(large) {
			t.Errorf("%s: %d bytes, %v", as, len(got.Members), err)
		}
	}
}
