package mcphost_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/limit"
	"gatehouse/internal/mcphost"
	"gatehouse/internal/tools"
)

// guarded lets everybody use what needs a stronger sign-in.
func guarded(t *testing.T) (b *bench, s *server, strong string) {
	t.Helper()
	b, s = federate(t, authz.Permission{
		Effect: authz.Allow, Patterns: []string{"notes_search", "prompt:notes_summarize", "resource:notes://note/*"}, AuthenticationContext: "c1",
	})
	return b, s, b.token(map[string]any{"acrs": []string{"c1"}})
}

const (
	completesPrompt   = `"ref":{"type":"ref/prompt","name":"notes_summarize"},"argument":{"name":"topic","value":"y"}`
	completesTemplate = `"ref":{"type":"ref/resource","uri":"notes://note/{id}"},"argument":{"name":"id","value":""}`
)

// TestStepUpIsAProtocolErrorButForTools: a prompt's or resource's result has no
// member that says it is none.
func TestStepUpIsAProtocolErrorButForTools(t *testing.T) {
	t.Parallel()
	b, s, strong := guarded(t)
	for name, a := range map[string]ask{
		"prompt":                     {method: "prompts/get", name: "notes_summarize", params: `"name":"notes_summarize"`},
		"resource":                   {method: "resources/read", name: "notes://note/7", params: `"uri":"notes://note/7"`},
		"completion of the prompt":   {method: "completion/complete", params: completesPrompt},
		"completion of the template": {method: "completion/complete", params: completesTemplate},
	} {
		r := b.modern(t, a)
		r.refused(t, -32602, "only after a stronger sign-in (authentication context c1)")
		if strings.Contains(r.Body.String(), "isError") || s.asked() != 0 {
			t.Errorf("%s: %s; the server was asked %d times", name, r.Body, s.asked())
		}
		a.token = strong
		b.modern(t, a).result(t)
		s.mu.Lock()
		s.calls, s.targets = nil, nil
		s.mu.Unlock()
	}
	if r := b.modern(t, search(ask{})); !strings.Contains(r.Body.String(), `"isError":true`) {
		t.Errorf("a tool: %s", r.Body)
	}
	a := ask{method: "prompts/get", name: "notes_summarize", params: `"name":"notes_summarize"`, token: b.token(map[string]any{"xms_cc": []string{"cp1"}})}
	if r := b.modern(t, a); r.Code != http.StatusUnauthorized || !strings.Contains(r.Header().Get("WWW-Authenticate"), "insufficient_claims") {
		t.Errorf("a client that answers challenges: %d %s", r.Code, r.Body)
	}
}

func TestTaskIsAskedAboutWithTheStrengthOfItsTool(t *testing.T) {
	t.Parallel()
	b, s, strong := guarded(t)
	s.answer = func(_ context.Context, _ tools.Target, _ tools.Call) (tools.Result, error) {
		return tools.Result{Type: "task", TaskID: "own-1", Members: []byte(`"status":"working"`)}, nil
	}
	id := text(t, b.modern(t, search(ask{can: tasks, token: strong})).result(t)["taskId"])
	asked := s.asked()
	s.answer = func(_ context.Context, to tools.Target, _ tools.Call) (tools.Result, error) {
		return tools.Result{TaskID: to.Name, Members: []byte(`"status":"completed"`)}, nil
	}
	for _, method := range []string{"tasks/get", "tasks/update", "tasks/cancel"} {
		a := aboutTask(method, id)
		b.modern(t, a).refused(t, -32602, "only after a stronger sign-in")
		if s.asked() != asked {
			t.Errorf("%s: the server was asked", method)
		}
		a.token = strong
		b.modern(t, a).result(t)
		asked++
	}
}

// TestTaskNeedsNoArgumentsAgain: they were weighed when it began, time is weighed
// again.
func TestTaskNeedsNoArgumentsAgain(t *testing.T) {
	t.Parallel()
	b, s := federate(t, authz.Permission{
		Effect: authz.Allow, Patterns: []string{"notes_search"}, Condition: `args.q == "mine" && context.time < timestamp("2026-11-25T13:00:00Z")`,
	}, authz.Permission{Effect: authz.Deny, Patterns: []string{"notes_search"}, Condition: `args.q == "theirs"`})
	s.answer = func(_ context.Context, to tools.Target, _ tools.Call) (tools.Result, error) {
		if to.Method != "tools/call" {
			return tools.Result{TaskID: to.Name, Members: []byte(`"status":"working"`)}, nil
		}
		return tools.Result{Type: "task", TaskID: "own-1", Members: []byte(`"status":"working"`)}, nil
	}
	id := text(t, b.modern(t, search(ask{can: tasks, params: `"name":"notes_search","arguments":{"q":"mine"}`})).result(t)["taskId"])
	b.modern(t, aboutTask("tasks/get", id)).result(t)
	b.elapsed.Store(int64(time.Hour))
	b.modern(t, aboutTask("tasks/get", id)).refused(t, -32602, "your roles do not allow notes_search")
}

func TestConditionsHoldForCompletions(t *testing.T) {
	t.Parallel()
	b, s := federate(t, authz.Permission{Effect: authz.Allow, Patterns: []string{"prompt:notes_summarize"}, Condition: `args.topic == "mine"`})
	complete := func(argument, more string) ask {
		return ask{method: "completion/complete", params: `"ref":{"type":"ref/prompt","name":"notes_summarize"},"argument":` + argument + more}
	}
	for name, a := range map[string]ask{
		"another topic": complete(`{"name":"topic","value":"theirs"}`, ""),
		"no topic":      complete(`{"name":"page","value":"1"}`, ""),
		"entered":       complete(`{"name":"page","value":"1"}`, `,"context":{"arguments":{"topic":"theirs"}}`),
		"twice":         complete(`{"name":"topic","value":"mine"}`, `,"context":{"arguments":{"topic":"theirs"}}`),
	} {
		t.Log(name)
		b.modern(t, a).refused(t, -32602, "your roles do not allow notes_summarize")
	}
	if s.asked() != 0 {
		t.Error("the server was asked")
	}
	b.modern(t, complete(`{"name":"page","value":"1"}`, `,"context":{"arguments":{"topic":"mine"}}`)).result(t)
	b.modern(t, complete(`{"name":"topic","value":"mine"}`, "")).result(t)
	if records := b.recordsOf(audit.PromptGet); len(records) != 1 || records[0].Outcome != audit.Refused || records[0].Reason != "condition" {
		t.Errorf("%+v", records)
	}
}

func TestCompletionsCountAsUsesOfWhatTheyComplete(t *testing.T) {
	t.Parallel()
	b, _ := federate(t)
	often, once := limit.Rate{PerSecond: 1000, Burst: 1000}, limit.Rate{PerSecond: 0.01, Burst: 1}
	limits := must(limit.New(limit.Config{
		PerOrganization: often, PerCaller: often, PerClient: often, PerTool: once, MaxConcurrentPerOrganization: 10, MaxConcurrentPerCaller: 10, MaxOrganizations: 10, MaxCallers: 10,
	}))
	b.rebuild(func(o *mcphost.Options) { o.Limits = limits })
	a := ask{method: "completion/complete", params: completesPrompt}
	b.modern(t, a).result(t)
	if r := b.modern(t, a); r.Code != http.StatusTooManyRequests {
		t.Errorf("%d %s", r.Code, r.Body)
	}
}
