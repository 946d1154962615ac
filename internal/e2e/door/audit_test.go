package door_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/demo"
	"gatehouse/internal/tools"
)

// failing is a tool that answers that it could not.
func failing(name string) tools.Tool {
	t := echo(name, tools.Read)
	t.Invoker = tools.InvokerFunc(func(context.Context, authz.Caller, tools.Call) (tools.Result, error) {
		return tools.Result{Members: []byte(`"content":[{"type":"text","text":"no"}],"isError":true`), IsError: true}, nil
	})
	return t
}

func TestEveryAnsweredCallHasItsRecord(t *testing.T) {
	t.Parallel()
	k := start(t, setup{extra: []tools.Tool{failing("notes_fail"), echo("notes_write", tools.Write)}, change: allow("notes_*")})
	alice := k.visitor(t, "contoso", "alice")
	session := alice.open(t)
	type expectation struct {
		tool, arguments string
		outcome         audit.Outcome
		reason          string
	}
	expected := sync.Map{} // record id → expectation
	kinds := []expectation{
		{"whoami", `{}`, audit.OK, ""},
		{"notes_write", `{"a":1}`, audit.OK, ""},
		{"notes_fail", `{ }`, audit.ToolError, "tool_error"},
		{"payroll_run", `{"x":2}`, audit.Refused, "unknown_tool"},
		{"roll_dice", `{"sides":0}`, audit.Refused, "invalid_arguments"},
	}
	var calls sync.WaitGroup
	for i := range 40 {
		e := kinds[i%len(kinds)]
		calls.Go(func() {
			call, era := alice.call, func(*http.Request) {}
			if i%2 == 0 {
				call, era = alice.callLegacy, with("Mcp-Session-Id", session)
			}
			r := call(t, e.tool, e.arguments, era)
			id := r.header.Get("Gatehouse-Record")
			if m := r.rpc(t); m.Error == nil && m.record(t) != id {
				t.Errorf("_meta names another record than the header: %s", r.body)
			}
			if _, twice := expected.LoadOrStore(id, e); twice || id == "" {
				t.Errorf("record id %q is there twice", id)
			}
		})
	}
	calls.Wait()
	p, seen := person(t, company(t, "contoso"), "alice"), 0
	for _, r := range k.recordsOf(t, "contoso", func(r audit.Record) bool { return isCall(r) && r.Phase == audit.Result }) {
		v, ok := expected.LoadAndDelete(r.ID.String())
		if !ok {
			t.Fatalf("a record of no call: %+v", r)
		}
		seen++
		e := v.(expectation)
		if r.Tool != e.tool || r.Outcome != e.outcome || r.Reason != e.reason || r.Method != "tools/call" || r.Endpoint != endpoint("contoso") {
			t.Errorf("want %+v, got %+v", e, r)
		}
		if r.ArgumentsBytes != int64(len(e.arguments)) || r.ArgumentsDigest != audit.DigestArguments(r.DigestSalt, []byte(e.arguments)) {
			t.Errorf("%s: the digest is not of the arguments sent", e.tool)
		}
		if r.Actor.OID != p.OID || r.Actor.TID != company(t, "contoso").TID || !r.Actor.Delegated || r.Client != demo.VisualStudioCode ||
			!slices.Equal(r.Scopes, []string{demo.Scope}) || !slices.Equal(r.Roles, []string{"finance", "staff"}) || r.Source == "" || r.TraceID == "" || r.Policy == 0 {
			t.Errorf("who acted is not told: %+v", r)
		}
	}
	if seen != 40 {
		t.Errorf("%d of 40 calls are in the log", seen)
	}
}

func TestSessionOfACallIsInItsRecord(t *testing.T) {
	t.Parallel()
	k := start(t, setup{})
	alice := k.visitor(t, "contoso", "alice")
	a := alice.callLegacy(t, "whoami", `{}`, with("Mcp-Session-Id", alice.open(t))).ok(t)
	b := alice.callLegacy(t, "whoami", `{}`).ok(t)
	if in, out := k.record(t, "contoso", a.record(t)).Session, k.record(t, "contoso", b.record(t)).Session; in == "" || out != "" {
		t.Errorf("session %q inside, %q outside", in, out)
	}
}

func TestIntentIsDurableBeforeTheToolRuns(t *testing.T) {
	t.Parallel()
	for _, effect := range []tools.Effect{tools.Write, tools.Destructive, tools.Read} {
		t.Run(string(effect), func(t *testing.T) {
			t.Parallel()
			running, release := make(chan []audit.Record), make(chan struct{})
			var k atomic.Pointer[stack]
			slow := echo("notes_slow", effect)
			slow.Invoker = tools.InvokerFunc(func(context.Context, authz.Caller, tools.Call) (tools.Result, error) {
				running <- k.Load().recordsOf(t, "contoso", isCall)
				<-release
				return tools.Result{Members: []byte(`"content":[]`)}, nil
			})
			k.Store(start(t, setup{extra: []tools.Tool{slow}, change: allow("notes_slow")}))
			alice := k.Load().visitor(t, "contoso", "alice")
			answered := make(chan reply, 1)
			go func() { answered <- alice.call(t, "notes_slow", `{"a":1}`) }()
			during := <-running
			close(release)
			id := (<-answered).ok(t).record(t)
			checkIntent(t, effect, during, k.Load().record(t, "contoso", id))
		})
	}
}

// checkIntent compares what was in the log while the tool ran with the record of
// how it ended.
func checkIntent(t *testing.T, effect tools.Effect, during []audit.Record, outcome audit.Record) {
	t.Helper()
	if outcome.Outcome != audit.OK || outcome.Effect != audit.Effect(effect) {
		t.Errorf("outcome %+v", outcome)
	}
	if effect == tools.Read {
		if len(during) != 0 {
			t.Errorf("a tool that only reads has an intent: %+v", during)
		}
		return
	}
	if len(during) != 1 {
		t.Fatalf("%d records while the tool runs, want its intent", len(during))
	}
	in := during[0]
	if in.Phase != audit.Intent || in.Call != outcome.ID || in.Effect != audit.Effect(effect) || in.Tool != "notes_slow" || in.At.After(outcome.At) || in.ArgumentsDigest != outcome.ArgumentsDigest {
		t.Errorf("intent %+v, outcome %+v", in, outcome)
	}
}

func TestCallThatNobodyWaitsForIsRecorded(t *testing.T) {
	t.Parallel()
	running, release := make(chan struct{}), make(chan struct{})
	slow := echo("notes_slow", tools.Write)
	slow.Invoker = tools.InvokerFunc(func(context.Context, authz.Caller, tools.Call) (tools.Result, error) {
		close(running)
		<-release
		return tools.Result{Members: []byte(`"content":[]`)}, nil
	})
	k := start(t, setup{extra: []tools.Tool{slow}, change: allow("notes_slow")})
	alice := k.visitor(t, "contoso", "alice")
	ctx, leave := context.WithCancel(t.Context())
	left := make(chan struct{})
	go func() {
		defer close(left)
		req, _ := http.NewRequestWithContext(ctx, http.MethodPost, k.address+endpoint("contoso"), strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"notes_slow"}}`))
		req.Header = http.Header{"Authorization": {"Bearer " + alice.token}, "Content-Type": {"application/json"}}
		if resp, err := k.client.Do(req); err == nil {
			_ = resp.Body.Close()
			t.Error("the client got an answer")
		}
	}()
	<-running
	leave()
	<-left
	close(release)
	eventually(t, "the outcome is in the log", func() bool {
		return len(k.recordsOf(t, "contoso", func(r audit.Record) bool { return isCall(r) && r.Phase == audit.Result && r.Outcome == audit.OK })) == 1
	})
}

func TestAcceptedTokenIsRecordedOncePerEndpoint(t *testing.T) {
	t.Parallel()
	k := start(t, setup{})
	first, second := k.visitor(t, "contoso", "alice"), k.visitor(t, "contoso", "alice")
	for range 5 {
		first.call(t, "whoami", `{}`).ok(t)
		second.modern(t, "tools/list", "", "").ok(t)
	}
	accepted := k.recordsOf(t, "contoso", func(r audit.Record) bool { return r.Kind == audit.Authentication })
	var tokens []string
	for _, r := range accepted {
		tokens = append(tokens, r.TokenID)
		if r.Outcome != audit.OK || r.Endpoint != endpoint("contoso") || r.Actor.Name != "alice@contoso.example" {
			t.Errorf("%+v", r)
		}
	}
	want := []string{claimsOf(t, first.token)["uti"].(string), claimsOf(t, second.token)["uti"].(string)}
	slices.Sort(tokens)
	slices.Sort(want)
	if !slices.Equal(tokens, want) {
		t.Errorf("tokens %v are recorded, want %v", tokens, want)
	}
}

// TestRefusalsWithoutProofAreCounted starts shortly before the end of a minute
// and sees its counters written after it, while the process runs.
func TestRefusalsWithoutProofAreCounted(t *testing.T) {
	t.Parallel()
	minute := time.Now().UTC().Truncate(time.Minute)
	k := start(t, setup{startAt: minute.Add(50 * time.Second)})
	good := k.token(t, "contoso", "alice")
	for i := range 7 {
		visitor{k.replica, "contoso", fmt.Sprintf("%s.%d", good, i)}.call(t, "whoami", `{}`)
	}
	if early := k.recordsOf(t, "contoso", func(r audit.Record) bool { return r.Kind == audit.RefusalSummary }); len(early) > 0 {
		t.Errorf("refusals are recorded one by one: %+v", early)
	}
	var counted []audit.Record
	eventually(t, "the minute's refusals are in the log", func() bool {
		counted = k.recordsOf(t, "contoso", func(r audit.Record) bool { return r.Kind == audit.RefusalSummary })
		return len(counted) > 0
	})
	if len(counted) != 1 || counted[0].Count != 7 || counted[0].Reason != "malformed" || !counted[0].Minute.Equal(minute) ||
		(counted[0].Source != "127.0.0.0/24" && counted[0].Source != "::/48") || counted[0].Actor.Name != "" {
		t.Errorf("%+v", counted)
	}
}
