package mcphost_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// search is a call of the tool of which a header repeats an argument.
func search(more ask) ask {
	more.method, more.name = "tools/call", "notes_search"
	if more.params == "" {
		more.params = `"name":"notes_search","arguments":{"q":"x"}`
	}
	return more
}

func TestCallReachesItsServerAsTheClientMadeIt(t *testing.T) {
	t.Parallel()
	b, s := federate(t)
	s.answer = says(`"content":[{"type":"vendor","n":9007199254740993}],"structuredContent":{"n":9007199254740993},"other":[1, 2]`)
	r := b.modern(t, search(ask{
		params: `"name":"notes_search","arguments":{ "q" : "x" , "more":9007199254740993 },"vendor":{"a":1}`,
		can:    `"elicitation":{"url":{}},"sampling":{"tools":{}},"roots":{},"extensions":{"io.modelcontextprotocol/ui":{"x":1},"vendor/y":{}}`,
		meta:   `,"io.modelcontextprotocol/logLevel":"debug","io.modelcontextprotocol/clientInfo":{"name":"C","version":"1"},"progressToken":7,"traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01","vendor/m":{"k":1},"gatehouse/record":"forged"`,
	}))
	r.result(t)
	want := `"result":{"resultType":"complete","content":[{"type":"vendor","n":9007199254740993}],"structuredContent":{"n":9007199254740993},"other":[1, 2],"_meta":{`
	if !strings.Contains(r.Body.String(), want) {
		t.Errorf("the result is not the server's own: %s", r.Body)
	}
	to, call := s.last(t)
	if to.Method != "tools/call" || to.Name != "search" || string(call.Arguments) != `{ "q" : "x" , "more":9007199254740993 }` {
		t.Errorf("%+v %s", to, call.Arguments)
	}
	c := call.Client
	if c.Era != wire.Modern || c.Capabilities.Can != tools.CanElicitURL|tools.CanSample|tools.CanSampleTools|tools.CanListRoots ||
		len(c.Capabilities.Extensions) != 1 || c.Capabilities.Extensions[0].Name != "io.modelcontextprotocol/ui" || string(c.Capabilities.Extensions[0].Value) != `{"x":1}` ||
		c.LogLevel != "debug" || !c.Progress || c.Info.Name != "C" {
		t.Errorf("client: %+v", c)
	}
	if len(call.Others) != 1 || call.Others[0].Name != "vendor" || string(call.Others[0].Value) != `{"a":1}` {
		t.Errorf("others: %+v", call.Others)
	}
	var names []string
	for _, m := range call.Meta {
		names = append(names, m.Name)
	}
	if got := strings.Join(names, " "); got != "vendor/m traceparent" {
		t.Errorf("meta: %s", got)
	}
	if len(call.HeaderParams) != 1 || call.Record == "" || call.Peer == nil {
		t.Errorf("header params %v, record %q", call.HeaderParams, call.Record)
	}
}

func TestAttemptAndItsSubjectAreInTheLog(t *testing.T) {
	t.Parallel()
	b, _ := federate(t)
	b.modern(t, search(ask{})).result(t)
	b.modern(t, ask{method: "tools/call", name: "notes_write", params: `"name":"notes_write"`}).result(t)
	b.modern(t, ask{method: "prompts/get", name: "notes_summarize", params: `"name":"notes_summarize"`}).result(t)
	b.modern(t, ask{method: "resources/read", name: "notes://note/7", params: `"uri":"notes://note/7"`}).result(t)
	for kind, row := range map[audit.Kind]struct {
		records   int
		own, name string
		effect    audit.Effect
		text      string
	}{
		audit.ToolCall:     {3, "search", "notes_search", audit.Read, offered[0].text},
		audit.PromptGet:    {1, "summarize", "notes_summarize", audit.Read, offered[3].text},
		audit.ResourceRead: {1, "notes://note/{id}", "notes://note/7", audit.Read, offered[8].text},
	} {
		records := b.recordsOf(kind)
		if len(records) != row.records {
			t.Fatalf("%s: %d records", kind, len(records))
		}
		r := records[0]
		if r.Origin != notes || r.OwnName != row.own || r.Tool+r.Target != row.name || r.Effect != row.effect || r.Outcome != audit.OK ||
			r.Definition != audit.Digest(must(tools.HashOf([]byte(row.text)))) {
			t.Errorf("%s: %+v", kind, r)
		}
	}
	write := b.recordsOf(audit.ToolCall)[1]
	if write.Phase != audit.Intent || write.OwnName != "write" || write.Effect != audit.Write {
		t.Errorf("the intent of a call that writes: %+v", write)
	}
}

// TestHiddenToolLooksUnknownWhateverIsSent: headers and arguments are looked at
// behind the predicate only.
func TestHiddenToolLooksUnknownWhateverIsSent(t *testing.T) {
	t.Parallel()
	b, s := federate(t)
	for _, more := range []string{`{}`, `{"region":7}`, `{"region":"eu"}`} {
		hidden := b.modern(t, ask{method: "tools/call", name: "notes_secret", params: `"name":"notes_secret","arguments":` + more})
		unknown := b.modern(t, ask{method: "tools/call", name: "notes_absent", params: `"name":"notes_absent","arguments":` + more})
		if got := strings.ReplaceAll(hidden.Body.String(), "secret", "absent"); got != unknown.Body.String() || hidden.Code != unknown.Code {
			t.Errorf("%s: hidden %s, unknown %s", more, hidden.Body, unknown.Body)
		}
	}
	if s.asked() != 0 {
		t.Error("the server heard of it")
	}
}

func TestHeadersRepeatArgumentsBeforeTheServerSeesThem(t *testing.T) {
	t.Parallel()
	b, s := federate(t)
	region := `"name":"notes_search","arguments":{"region":"eu"}`
	for name, a := range map[string]ask{
		"missing":   {params: region},
		"different": {params: region, headers: []string{"Mcp-Param-Region", "us"}},
		"alone":     {headers: []string{"Mcp-Param-Region", "eu"}},
	} {
		if r := b.modern(t, search(a)); r.Code != http.StatusBadRequest || r.message(t).Error.Code != wire.CodeHeaderMismatch {
			t.Errorf("%s: %d %s", name, r.Code, r.Body)
		}
	}
	if s.asked() != 0 {
		t.Error("the server was asked")
	}
	b.modern(t, search(ask{params: region, headers: []string{"Mcp-Param-Region", "eu"}})).result(t)
	if s.asked() != 1 {
		t.Error("the server was not asked")
	}
}

func TestFailuresOfServersAreToldByTheirKind(t *testing.T) {
	t.Parallel()
	b, s := federate(t)
	prompt := ask{method: "prompts/get", name: "notes_summarize", params: `"name":"notes_summarize"`}
	for name, row := range map[string]struct {
		err            error
		tool, prompt   int // code; 0: a tool error
		status         int
		text, retry    string
		outcome, audit string
	}{
		"its own error":    {&wire.Error{Code: -7, Message: "my own", Data: []byte(`{"d":1}`), Status: 200}, -7, -7, 200, "my own", "", "tool_error", "protocol_error"},
		"it does wrong":    {fault.New(fault.Upstream, "source notes failed"), 0, -32603, 200, "source notes failed", "", "fault", "upstream"},
		"no credential":    {fault.New(fault.Unauthenticated, "source notes wants a credential"), 0, -32603, 200, "notes wants", "", "fault", "unauthenticated"},
		"out of order":     {fault.New(fault.Unavailable, "source notes rests").RetryAfter(30e9), -32603, -32603, 503, "notes rests", "30", "fault", "unavailable"},
		"over our limit":   {fault.New(fault.Limited, "too many at source notes"), -32603, -32603, 429, "too many", "1", "fault", "limited"},
		"a bug of our own": {fault.New(fault.Internal, "secret detail"), -32603, -32603, 500, "internal error; reference ", "", "fault", "internal"},
	} {
		s.answer = func(context.Context, tools.Target, tools.Call) (tools.Result, error) { return tools.Result{}, row.err }
		for method, code := range map[string]int{"tools/call": row.tool, "prompts/get": row.prompt} {
			a := search(ask{})
			if method == "prompts/get" {
				a = prompt
			}
			r := b.modern(t, a)
			if r.Code != row.status || r.Header().Get("Retry-After") != row.retry || !strings.Contains(r.Body.String(), row.text) {
				t.Errorf("%s %s: %d %s", method, name, r.Code, r.Body)
			}
			m := r.message(t)
			if !strings.Contains(r.Body.String(), `"id":1,`) {
				t.Errorf("%s %s: the answer has not the request's id: %s", method, name, r.Body)
			}
			if code == 0 {
				if string(m.Result["isError"]) != "true" {
					t.Errorf("%s %s: %s", method, name, r.Body)
				}
			} else if m.Error == nil || m.Error.Code != code {
				t.Errorf("%s %s: %s", method, name, r.Body)
			}
		}
		calls := b.recordsOf(audit.ToolCall)
		if last := calls[len(calls)-1]; string(last.Outcome) != row.outcome || last.Reason != row.audit {
			t.Errorf("%s is recorded as %s %s", name, last.Outcome, last.Reason)
		}
	}
}

// TestCallWhoseEndNobodyKnowsAsksForNoOther: it is a result that the model reads,
// and the log does not say that nothing was done.
func TestCallWhoseEndNobodyKnowsAsksForNoOther(t *testing.T) {
	t.Parallel()
	b, s := federate(t)
	s.answer = func(_ context.Context, to tools.Target, call tools.Call) (tools.Result, error) {
		if want := map[string]tools.Effect{"write": tools.Write, "search": tools.Read}[to.Name]; to.Method == wire.MethodToolsCall && call.Effect != want || to.Method != wire.MethodToolsCall && call.Effect != "" {
			t.Errorf("%s of %s goes out with the effect %q", to.Method, to.Name, call.Effect)
		}
		return tools.Result{}, fault.Wrap(fault.Upstream, "look before you repeat the call", tools.ErrUnsettled)
	}
	b.modern(t, search(ask{}))
	b.modern(t, ask{method: "prompts/get", name: "notes_summarize", params: `"name":"notes_summarize"`})
	r := b.modern(t, ask{method: "tools/call", name: "notes_write", params: `"name":"notes_write"`})
	if m := r.message(t); r.Code != 200 || r.Header().Get("Retry-After") != "" || string(m.Result["isError"]) != "true" || !strings.Contains(r.Body.String(), "look before you repeat the call") {
		t.Errorf("%d %s", r.Code, r.Body)
	}
	calls := b.recordsOf(audit.ToolCall)
	if last := calls[len(calls)-1]; last.Outcome != audit.Unknown || last.Reason != "no_answer" {
		t.Errorf("recorded as %s %s", last.Outcome, last.Reason)
	}
}

func TestPanicOfAServerIsRecorded(t *testing.T) {
	t.Parallel()
	b, s := federate(t)
	s.answer = func(context.Context, tools.Target, tools.Call) (tools.Result, error) { panic("hostile") }
	if r := b.modern(t, search(ask{})); r.Code != http.StatusInternalServerError || strings.Contains(r.Body.String(), "hostile") {
		t.Errorf("%d %s", r.Code, r.Body)
	}
	if r := b.recordsOf(audit.ToolCall); len(r) != 1 || r[0].Outcome != audit.Failed {
		t.Errorf("%+v", r)
	}
}

func TestResultOfAServerKeepsWhatItSays(t *testing.T) {
	t.Parallel()
	b, s := federate(t)
	for name, row := range map[string]struct {
		result tools.Result
		want   string
	}{
		"an error of the tool": {tools.Result{Members: []byte(`"content":[]`), IsError: true}, `"result":{"resultType":"complete","content":[],"isError":true,"_meta":{`},
		"its own _meta":        {tools.Result{Members: []byte(`"content":[]`), Meta: []byte(`"vendor/x":1`)}, `","vendor/x":1}}`},
		"a type of its own":    {tools.Result{Members: []byte(`"x":1`), Type: "vendor"}, `{"resultType":"vendor","x":1,`},
		"how long it is good":  {tools.Result{Members: []byte(`"x":1`), TTL: "5"}, `"x":1,"ttlMs":5,"cacheScope":"private",`},
		"nothing at all":       {tools.Result{}, `"result":{"resultType":"complete","_meta":{`},
	} {
		s.answer = func(context.Context, tools.Target, tools.Call) (tools.Result, error) { return row.result, nil }
		if r := b.modern(t, search(ask{})); !strings.Contains(r.Body.String(), row.want) {
			t.Errorf("%s: %s", name, r.Body)
		}
	}
	read := ask{method: "resources/read", name: "notes://all", params: `"uri":"notes://all"`}
	s.answer = says(`"contents":[]`)
	if r := b.modern(t, read); !strings.Contains(r.Body.String(), `"ttlMs":0,"cacheScope":"private"`) {
		t.Errorf("a resource without a hint: %s", r.Body)
	}
	s.answer = func(context.Context, tools.Target, tools.Call) (tools.Result, error) {
		return tools.Result{Members: []byte(`"contents":[]`), TTL: "5000"}, nil
	}
	if r := b.modern(t, read); !strings.Contains(r.Body.String(), `"ttlMs":5000,"cacheScope":"private"`) {
		t.Errorf("a resource with a hint: %s", r.Body)
	}
	read.params += `,"inputResponses":{}`
	if r := b.modern(t, read); !strings.Contains(r.Body.String(), `"ttlMs":0,`) {
		t.Errorf("what the client had a part in: %s", r.Body)
	}
}

// TestConditionsHoldForToolsOfSources: the very bytes that go on decide.
func TestConditionsHoldForToolsOfSources(t *testing.T) {
	t.Parallel()
	b, s := federate(t, authz.Permission{Effect: authz.Allow, Patterns: []string{"notes_search"}, Condition: `args.q == "mine"`})
	if r := b.modern(t, search(ask{})); !strings.Contains(r.Body.String(), "your roles do not allow notes_search with these arguments") || s.asked() != 0 {
		t.Errorf("%s", r.Body)
	}
	b.modern(t, search(ask{params: `"name":"notes_search","arguments":{"q":"mine"}`})).result(t)
}
