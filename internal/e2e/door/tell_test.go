package door_test

import (
	"context"
	"crypto/sha256"
	"strings"
	"testing"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

func isList(r audit.Record) bool { return r.Kind == audit.List }

// TestListIsToldOnceUntilItShowsSomethingElse also holds what it tells.
func TestListIsToldOnceUntilItShowsSomethingElse(t *testing.T) {
	t.Parallel()
	k := start(t, setup{})
	alice := k.visitor(t, "contoso", "alice")
	list := func() (names []string) {
		for _, tool := range alice.modern(t, "tools/list", "", "").ok(t).Result.Tools {
			names = append(names, tool.Name)
		}
		return names
	}
	names := list()
	for range 3 {
		list()
	}
	alice.modern(t, "resources/list", "", "").ok(t)
	records := k.recordsOf(t, "contoso", isList)
	if len(records) != 2 {
		t.Fatalf("%d records of five lists of two kinds", len(records))
	}
	r := records[0]
	if r.Method != "tools/list" || r.Count != int64(len(names)) || r.NamesDigest != sha256.Sum256([]byte(strings.Join(names, "\n")+"\n")) ||
		r.Request == "" || r.Source == "" || r.TraceID == "" || r.Policy == 0 || r.Outcome != audit.OK || r.Actor.OID != person(t, company(t, "contoso"), "alice").OID {
		t.Errorf("%+v", r)
	}
	if r = records[1]; r.Method != "resources/list" || r.Detail != "" {
		t.Errorf("%+v", r)
	}
	other := k.visitor(t, "contoso", "alice")
	other.modern(t, "tools/list", "", "").ok(t)
	if n := len(k.recordsOf(t, "contoso", isList)); n != 3 {
		t.Errorf("%d records once another token lists", n)
	}
}

func TestResultIsToldByItsSizeAndASaltedDigest(t *testing.T) {
	t.Parallel()
	k := start(t, setup{extra: []tools.Tool{failing("notes_fail"), refusing("notes_refuse")}, change: allow("notes_*")})
	alice := k.visitor(t, "contoso", "alice")
	const members = `"content":[{"type":"text","text":"no"}],"isError":true`
	r := k.record(t, "contoso", alice.call(t, "notes_fail", `{}`).header.Get("Gatehouse-Record"))
	if r.ResultBytes != int64(len(members)) || r.ResultDigest != audit.DigestResult(r.DigestSalt, []byte(members)) || r.DigestSalt == (audit.Salt{}) {
		t.Errorf("%+v", r)
	}
	if r.Request == "" {
		t.Error("the record does not say which request it is about")
	}
	if r = k.record(t, "contoso", alice.call(t, "notes_refuse", `{}`).header.Get("Gatehouse-Record")); r.ResultBytes != 0 || r.ResultDigest != (audit.Digest{}) {
		t.Errorf("without a result: %+v", r)
	}
}

// refusing is a tool that fails without a result.
func refusing(name string) tools.Tool {
	t := echo(name, tools.Read)
	t.Invoker = tools.InvokerFunc(func(context.Context, authz.Caller, tools.Call) (tools.Result, error) {
		return tools.Result{Members: []byte(`"content":[]`)}, context.DeadlineExceeded
	})
	return t
}

func TestFieldsThatAnAdminNamedStayInClear(t *testing.T) {
	t.Parallel()
	k := start(t, setup{extra: []tools.Tool{echo("notes_write", tools.Write), failing("notes_fail")}, change: func(o *organization) {
		allow("notes_*")(o)
		o.Recordings = []tenants.Recording{{Name: "notes", Tool: "notes_*", Arguments: []string{"/a"}, Result: []string{"/isError", "/missing"}}}
	}})
	alice := k.visitor(t, "contoso", "alice")
	r := k.record(t, "contoso", alice.call(t, "notes_write", `{"a": [ "x", 1 ],"b":"kept to themselves"}`).ok(t).record(t))
	if r.ArgumentsKept != `{"/a":["x",1]}` || r.ResultKept != "" {
		t.Errorf("%+v", r)
	}
	intent := k.recordsOf(t, "contoso", func(i audit.Record) bool { return i.Call == r.ID && i.Phase == audit.Intent })
	if len(intent) != 1 || intent[0].ArgumentsKept != r.ArgumentsKept {
		t.Errorf("the intent: %+v", intent)
	}
	if r = k.record(t, "contoso", alice.call(t, "notes_fail", `{}`).header.Get("Gatehouse-Record")); r.ArgumentsKept != "" || r.ResultKept != `{"/isError":true}` {
		t.Errorf("%+v", r)
	}
	if r = k.record(t, "contoso", alice.call(t, "whoami", `{}`).ok(t).record(t)); r.ArgumentsKept+r.ResultKept != "" {
		t.Errorf("of a tool that no recording is for: %+v", r)
	}
}
