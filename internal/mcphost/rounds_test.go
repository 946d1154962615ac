package mcphost_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/tools"
)

// asking answers with a question, and once there is a state with what it got.
func asking(requests string) func(context.Context, tools.Target, tools.Call) (tools.Result, error) {
	return func(_ context.Context, _ tools.Target, call tools.Call) (tools.Result, error) {
		if call.State != "" || call.Responses != nil {
			return tools.Result{Members: []byte(`"content":[]`)}, nil
		}
		return tools.Result{Type: "input_required", Asked: &tools.Asked{Requests: []byte(requests), State: "the server's own"}}, nil
	}
}

const (
	form  = `{"k":{"method":"elicitation/create","params":{"mode":"form","message":"?","requestedSchema":{"type":"object"}}}}`
	forms = `"elicitation":{}`
)

// asked is the state of a result that asks for input.
func (r reply) asked(t *testing.T) string {
	t.Helper()
	result := r.result(t)
	if text(t, result["resultType"]) != "input_required" {
		t.Fatalf("%s", r.Body)
	}
	return text(t, result["requestState"])
}

func TestClientIsAskedAndComesBack(t *testing.T) {
	t.Parallel()
	b, s := federate(t)
	s.answer = asking(form)
	r := b.modern(t, search(ask{can: forms}))
	state := r.asked(t)
	if strings.Contains(r.Body.String(), "ttlMs") || !strings.Contains(r.Body.String(), `"inputRequests":`+strings.Replace(form, `"?"`, `"notes asks: ?"`, 1)) || strings.Contains(r.Body.String(), "own") {
		t.Errorf("%s", r.Body)
	}
	for name, more := range map[string]ask{
		"tools/call":     search(ask{}),
		"prompts/get":    {method: "prompts/get", name: "notes_summarize", params: `"name":"notes_summarize"`},
		"resources/read": {method: "resources/read", name: "notes://all", params: `"uri":"notes://all"`},
	} {
		more.can = forms
		state := b.modern(t, more).asked(t)
		more.params += `,"inputResponses":{"k":{"action":"accept","content":{ "n": 9007199254740993}}},"requestState":"` + state + `"`
		b.modern(t, more).result(t)
		_, call := s.last(t)
		if call.State != "the server's own" || string(call.Responses) != `{"k":{"action":"accept","content":{ "n": 9007199254740993}}}` {
			t.Errorf("%s: state %q, responses %s", name, call.State, call.Responses)
		}
	}
	// The very same request may be spelled in another way.
	b.modern(t, search(ask{can: forms, params: `"arguments":{ "q":"\u0078" },"name":"notes_search","requestState":"` + state + `"`})).result(t)
}

func TestStateOpensForItsOwnRequestOnly(t *testing.T) {
	t.Parallel()
	b, s := federate(t)
	s.answer = asking(form)
	state := b.modern(t, search(ask{can: forms})).asked(t)
	bob := b.token(map[string]any{"oid": "b0b00000-0000-4000-8000-000000000002"})
	asked := s.asked()
	with := `,"requestState":"` + state + `"`
	for name, a := range map[string]ask{
		"altered":          search(ask{params: `"name":"notes_search","arguments":{"q":"x"},"requestState":"` + state[:len(state)-8] + `AAAAAAAA"`}),
		"made up":          search(ask{params: `"name":"notes_search","arguments":{"q":"x"},"requestState":"state"`}),
		"other arguments":  search(ask{params: `"name":"notes_search","arguments":{"q":"y"}` + with}),
		"another person":   search(ask{params: `"name":"notes_search","arguments":{"q":"x"}` + with, token: bob}),
		"another endpoint": search(ask{params: `"name":"notes_search","arguments":{"q":"x"}` + with, endpoint: "contoso/desk"}),
		"another tool":     {method: "tools/call", name: "notes_write", params: `"name":"notes_write","arguments":{"q":"x"}` + with},
		"another method":   {method: "prompts/get", name: "notes_search", params: `"name":"notes_search","arguments":{"q":"x"}` + with},
		"our own tool":     {method: "tools/call", name: "pay", params: `"name":"pay","arguments":{}` + with},
	} {
		t.Log(name)
		a.can = forms
		b.modern(t, a).refused(t, -32602, "requestState is not one that this server gave")
	}
	b.elapsed.Store(int64(time.Hour))
	b.modern(t, search(ask{can: forms, params: `"name":"notes_search","arguments":{"q":"x"}` + with})).refused(t, -32602, "requestState")
	if s.asked() != asked {
		t.Error("the server heard of it")
	}
}

func TestClientIsAskedOnlyWhatItCanAnswer(t *testing.T) {
	t.Parallel()
	b, s := federate(t)
	for name, row := range map[string]struct{ requests, can, missing string }{
		"a form":            {form, ``, `{"elicitation":{"form":{}}}`},
		"a form, URLs only": {form, `"elicitation":{"url":{}}`, `{"elicitation":{"form":{}}}`},
		"a URL":             {`{"k":{"method":"elicitation/create","params":{"mode":"url"}}}`, forms, `{"elicitation":{"url":{}}}`},
		"a model":           {`{"k":{"method":"sampling/createMessage","params":{}}}`, forms, `{"sampling":{}}`},
		"a model and tools": {`{"k":{"method":"sampling/createMessage","params":{"tools":[]}}}`, `"sampling":{}`, `{"sampling":{"tools":{}}}`},
		"roots, and a form": {`{"a":{"method":"roots/list"},"b":` + form[len(`{"k":`):len(form)-1] + `}`, ``, `{"elicitation":{"form":{}},"roots":{}}`},
	} {
		s.answer = asking(row.requests)
		r := b.modern(t, search(ask{can: row.can}))
		r.refused(t, -32021, "")
		if m := r.message(t); r.Code != 400 || m.Error != nil && string(m.Error.Data) != `{"requiredCapabilities":`+row.missing+`}` {
			t.Errorf("%s: %d %s", name, r.Code, r.Body)
		}
	}
	for _, bad := range []string{`{"k":{"method":"tools/call","params":{}}}`, `{"k":7}`, `[]`} {
		s.answer = asking(bad)
		if r := b.modern(t, search(ask{can: forms})); !strings.Contains(r.Body.String(), "source notes asks for input in a way that the protocol does not have; tell whoever runs it") {
			t.Errorf("%s: %s", bad, r.Body)
		}
	}
}

func TestStateOfAServerIsCarriedUpTo16KB(t *testing.T) {
	t.Parallel()
	b, s := federate(t)
	size := 16 << 10
	s.answer = func(context.Context, tools.Target, tools.Call) (tools.Result, error) {
		return tools.Result{Type: "input_required", Asked: &tools.Asked{State: strings.Repeat("s", size)}}, nil
	}
	b.modern(t, search(ask{})).asked(t)
	size = 32 << 10
	if r := b.modern(t, search(ask{})); !strings.Contains(r.Body.String(), "source notes asks to have") || !strings.Contains(r.Body.String(), "; tell whoever runs it") {
		t.Errorf("%.300s", r.Body)
	}
}

// taskOf starts a task and returns its id.
func taskOf(t *testing.T, b *bench, s *server) string {
	t.Helper()
	s.answer = func(context.Context, tools.Target, tools.Call) (tools.Result, error) {
		return tools.Result{Type: "task", TaskID: "own-1", Members: []byte(`"status":"working","ttlMs":5`)}, nil
	}
	result := b.modern(t, search(ask{can: tasks})).result(t)
	if text(t, result["resultType"]) != "task" || string(result["ttlMs"]) != "5" {
		t.Fatalf("%s", result)
	}
	return text(t, result["taskId"])
}

func TestTaskWhoseIDIsTooLongIsAFaultOfItsServer(t *testing.T) {
	t.Parallel()
	b, s := federate(t)
	s.answer = func(context.Context, tools.Target, tools.Call) (tools.Result, error) {
		return tools.Result{Type: "task", TaskID: strings.Repeat("i", 32<<10)}, nil
	}
	if r := b.modern(t, search(ask{can: tasks})); !strings.Contains(r.Body.String(), "source notes gives a task an id of 32768 characters, which is too long; tell whoever runs it") {
		t.Errorf("%.300s", r.Body)
	}
}

const tasks = `"extensions":{"io.modelcontextprotocol/tasks":{}}`

func aboutTask(method, id string) ask {
	return ask{method: method, name: id, params: `"taskId":"` + id + `"`, can: tasks}
}

func TestTasksAreAskedAboutUnderOurOwnIDs(t *testing.T) {
	t.Parallel()
	b, s := federate(t)
	id := taskOf(t, b, s)
	if strings.Contains(id, "own-1") {
		t.Errorf("the id is the server's own: %s", id)
	}
	s.answer = func(_ context.Context, to tools.Target, _ tools.Call) (tools.Result, error) {
		return tools.Result{TaskID: to.Name, Members: []byte(`"status":"completed","result":{"content":[],"n":9007199254740993}`)}, nil
	}
	r := b.modern(t, aboutTask("tasks/get", id))
	if got := text(t, r.result(t)["taskId"]); got != id || !strings.Contains(r.Body.String(), `"status":"completed","result":{"content":[],"n":9007199254740993}`) {
		t.Errorf("%s", r.Body)
	}
	update := aboutTask("tasks/update", id)
	update.params += `,"inputResponses":{"k":{"action":"decline"}}`
	b.modern(t, update).result(t)
	if to, call := s.last(t); to.Method != "tasks/update" || to.Name != "own-1" || string(call.Responses) != `{"k":{"action":"decline"}}` {
		t.Errorf("%+v %s", to, call.Responses)
	}
	b.modern(t, aboutTask("tasks/cancel", id)).result(t)
	records := b.recordsOf("tool_call")
	if last := records[len(records)-1]; last.Method != "tasks/cancel" || last.Tool != "notes_search" || last.OwnName != "search" {
		t.Errorf("%+v", last)
	}
}

func TestTaskIsForWhoStartedItAndStillHasTheTool(t *testing.T) {
	t.Parallel()
	b, s := federate(t)
	id := taskOf(t, b, s)
	asked := s.asked()
	others := aboutTask("tasks/get", id)
	others.token = b.token(map[string]any{"oid": "b0b00000-0000-4000-8000-000000000002"})
	elsewhere := aboutTask("tasks/get", id)
	elsewhere.endpoint = "contoso/desk"
	made := aboutTask("tasks/get", "made-up")
	for name, a := range map[string]ask{"another person": others, "another endpoint": elsewhere, "made up": made} {
		t.Log(name)
		b.modern(t, a).refused(t, -32602, "there is no such task")
	}
	key := b.snap.Key
	b.snap = b.viewWith(t, everybody(time.Time{}, staff[0], deny("notes_search")), s, `{"extensions":{"io.modelcontextprotocol/tasks":{}}}`)
	b.snap.Key = key
	b.modern(t, aboutTask("tasks/get", id)).refused(t, -32602, "there is no such task")
	if s.asked() != asked {
		t.Error("the server was asked")
	}
}

func TestTaskNeedsAClientThatKnowsThem(t *testing.T) {
	t.Parallel()
	b, s := federate(t)
	taskOf(t, b, s)
	r := b.modern(t, search(ask{}))
	r.refused(t, -32021, "")
	if want := `{"requiredCapabilities":{"extensions":{"io.modelcontextprotocol/tasks":{}}}}`; string(r.message(t).Error.Data) != want {
		t.Errorf("%s", r.Body)
	}
	var m struct{ Result struct{ IsError bool } }
	session := b.open(t, `{}`)
	if err := json.Unmarshal(b.legacy(t, ask{method: "tools/call", params: `"name":"notes_search"`, session: session}).Body.Bytes(), &m); err != nil || !m.Result.IsError {
		t.Errorf("a legacy client: %+v %v", m, err)
	}
}
