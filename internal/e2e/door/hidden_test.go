package door_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/tools"
)

// strict is a tool with an input schema that refuses nearly everything, a
// recorded intent and an app, so that every step before the predicate would show.
func strict(name string, ran *spy) tools.Tool {
	t := ran.tool(name, tools.Destructive)
	t.InputSchema = []byte(`{"type":"object","properties":{"id":{"type":"integer"}},"required":["id"],"additionalProperties":false}`)
	t.App = &tools.App{URI: "ui://test/" + name, Name: name, HTML: []byte("<p>secret</p>")}
	return t
}

func TestHiddenToolLooksUnknown(t *testing.T) {
	t.Parallel()
	var ran spy
	k := start(t, setup{extra: []tools.Tool{strict("vault_opens", &ran)}})
	alice := k.visitor(t, "contoso", "alice")
	const hidden, unknown = "vault_opens", "vault_other"
	for _, arguments := range []string{`{}`, `{"id":1}`, `{"id":"one"}`, `{"x":[]}`} {
		for era, call := range map[string]func(*testing.T, string, string, ...func(*http.Request)) reply{"modern": alice.call, "legacy": alice.callLegacy} {
			a, b := call(t, hidden, arguments), call(t, unknown, arguments)
			assertSame(t, era+" call "+arguments, a, b, hidden, unknown)
			a.refused(t, http.StatusOK, -32602)
		}
	}
	for era, read := range map[string]func(uri string) reply{
		"modern": func(uri string) reply { return alice.modern(t, "resources/read", uri, `"uri":`+quote(uri)) },
		"legacy": func(uri string) reply {
			return alice.legacy(t, `{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":`+quote(uri)+`}}`)
		},
	} {
		assertSame(t, era+" read", read("ui://test/"+hidden), read("ui://test/"+unknown), hidden, unknown)
	}
	for _, r := range []reply{alice.modern(t, "tools/list", "", ""), alice.modern(t, "resources/list", "", ""), alice.modern(t, "server/discover", "", "")} {
		if strings.Contains(r.body, "vault") {
			t.Errorf("the hidden tool shows: %s", r.body)
		}
	}
	if ran.runs.Load() > 0 {
		t.Error("the hidden tool ran")
	}
	assertSameRecords(t, k, hidden, unknown)
}

// assertSame compares two replies byte for byte but for the name in them and the
// id of the record.
func assertSame(t *testing.T, what string, a, b reply, hidden, unknown string) {
	t.Helper()
	if a.status != b.status || strings.ReplaceAll(a.body, hidden, unknown) != b.body {
		t.Errorf("%s: hidden %d %s, unknown %d %s", what, a.status, a.body, b.status, b.body)
	}
	for _, r := range []reply{a, b} {
		if len(r.header.Get("Gatehouse-Record")) != 36 {
			t.Errorf("%s: the attempt has no record", what)
		}
		r.header.Del("Gatehouse-Record")
		r.header.Del("Date")
	}
	if !equalHeaders(a.header, b.header) {
		t.Errorf("%s: headers differ: %v, %v", what, a.header, b.header)
	}
}

func equalHeaders(a, b http.Header) bool {
	if len(a) != len(b) {
		return false
	}
	for name := range a {
		if !slices.Equal(a[name], b[name]) {
			return false
		}
	}
	return true
}

// assertSameRecords checks that the log holds an attempt for each of both names,
// alike in everything but what was sent, and no intent.
func assertSameRecords(t *testing.T, k *stack, hidden, unknown string) {
	t.Helper()
	count := func(name string) (n int) {
		for _, r := range k.records(t, "contoso") {
			if r.Phase == audit.Intent {
				t.Errorf("an intent for a tool that was not found: %+v", r)
			}
			if r.Tool != name && r.Target != "ui://test/"+name {
				continue
			}
			n++
			if r.Outcome != audit.Refused || r.Effect != "" || r.Reason != "unknown_tool" && r.Reason != "unknown_resource" {
				t.Errorf("%s: outcome %s, reason %s, effect %q", name, r.Outcome, r.Reason, r.Effect)
			}
		}
		return n
	}
	if a, b := count(hidden), count(unknown); a != b || a != 10 {
		t.Errorf("%d records for the hidden tool, %d for the unknown one, want 10 of each", a, b)
	}
}

func TestArgumentsAreCheckedOnlyForThoseWhoMayCall(t *testing.T) {
	t.Parallel()
	var ran spy
	k := start(t, setup{extra: []tools.Tool{strict("vault_opens", &ran)}, change: allow("vault_opens")})
	alice := k.visitor(t, "contoso", "alice")
	m := alice.call(t, "vault_opens", `{"id":"one"}`).rpc(t)
	if !m.Result.IsError || !strings.Contains(m.Result.Content[0].Text, "/id") {
		t.Errorf("the refusal names no member: %+v", m)
	}
	r := k.record(t, "contoso", m.record(t))
	if r.Outcome != audit.Refused || r.Reason != "invalid_arguments" || ran.runs.Load() > 0 {
		t.Errorf("record %+v, %d runs", r, ran.runs.Load())
	}
	alice.call(t, "vault_opens", `{"id":1}`).ok(t)
	if ran.runs.Load() != 1 {
		t.Error("the tool did not run")
	}
	bob := k.visitor(t, "contoso", "bob")
	bob.call(t, "vault_opens", `{"id":"one"}`).refused(t, http.StatusOK, -32602)
}

func TestPanicOfAToolIsRecordedAndStopsNobody(t *testing.T) {
	t.Parallel()
	broken := echo("notes_broken", tools.Read)
	broken.Invoker = tools.InvokerFunc(func(context.Context, authz.Caller, tools.Call) (tools.Result, error) { panic("secret detail") })
	k := start(t, setup{extra: []tools.Tool{broken}, change: allow("notes_broken")})
	alice := k.visitor(t, "contoso", "alice")
	r := alice.call(t, "notes_broken", `{}`)
	m := r.refused(t, http.StatusInternalServerError, -32603)
	id := r.header.Get("Gatehouse-Record")
	if !strings.Contains(m.Error.Message, id) || strings.Contains(r.body, "secret detail") {
		t.Errorf("the reply is %s", r.body)
	}
	if got := k.record(t, "contoso", id); got.Outcome != audit.Failed {
		t.Errorf("outcome %s", got.Outcome)
	}
	alice.call(t, "whoami", `{}`).ok(t)
}
