package door_test

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/demo"
	"gatehouse/internal/tools"
)

// superuser runs one statement that row level security does not bind.
func (k *stack) superuser(t *testing.T, statement string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), k.database.Superuser)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	if _, err := conn.Exec(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

func TestWhatCannotBeRecordedIsNotDone(t *testing.T) {
	t.Parallel()
	var writer, reader spy
	k := start(t, setup{
		extra:  []tools.Tool{writer.tool("notes_write", tools.Write), reader.tool("notes_read", tools.Read)},
		change: allow("notes_*"),
	})
	alice, dan := k.visitor(t, "contoso", "alice"), k.visitor(t, "contoso", "dan")
	alice.call(t, "notes_write", `{}`).ok(t)
	k.superuser(t, "REVOKE INSERT ON audit_outbox FROM gatehouse_audit_writer")
	for range 3 {
		assertUnavailable(t, alice.call(t, "notes_write", `{}`))
	}
	if n := writer.runs.Load(); n != 1 {
		t.Errorf("the tool ran %d times without an intent", n-1)
	}
	assertUnavailable(t, alice.call(t, "notes_read", `{}`))
	assertUnavailable(t, alice.call(t, "notes_none", `{}`))
	for range 2 { // nobody is let in unrecorded, and nobody is remembered who was not
		assertUnavailable(t, dan.modern(t, "tools/list", "", ""))
	}
	if r := k.send(t, http.MethodGet, "/readyz", ""); r.status != http.StatusServiceUnavailable {
		t.Errorf("ready: status %d", r.status)
	}
	if r := k.send(t, http.MethodGet, "/healthz", ""); r.status != http.StatusOK {
		t.Errorf("health: status %d", r.status)
	}
	k.superuser(t, "GRANT INSERT ON audit_outbox TO gatehouse_audit_writer")
	k.awaitReady(t)
	alice.call(t, "notes_write", `{}`).ok(t)
	dan.call(t, "whoami", `{}`).ok(t)
	accepted := k.recordsOf(t, "contoso", func(r audit.Record) bool {
		return r.Kind == audit.Authentication && r.Actor.Name == "dan@contoso.example"
	})
	if len(accepted) == 0 {
		t.Error("dan was let in and the log does not say so")
	}
	ran := k.recordsOf(t, "contoso", func(r audit.Record) bool { return r.Tool == "notes_write" && r.Outcome == audit.OK })
	if len(ran) != 2 || writer.runs.Load() != 2 {
		t.Errorf("%d runs are in the log, %d were", len(ran), writer.runs.Load())
	}
}

func assertUnavailable(t *testing.T, r reply) {
	t.Helper()
	wait, err := strconv.Atoi(r.header.Get("Retry-After"))
	if r.status != http.StatusServiceUnavailable || err != nil || wait < 1 || r.rpc(t).Error == nil {
		t.Errorf("status %d, Retry-After %q: %s", r.status, r.header.Get("Retry-After"), r.body)
	}
}

// TestNoReplyIsGivenUnrecorded makes each request the first of an outage, when
// the log has yet to notice that it cannot write.
func TestNoReplyIsGivenUnrecorded(t *testing.T) {
	t.Parallel()
	k := start(t, setup{change: func(o *organization) {
		o.Rules.ScopeCeilings = map[string]authz.Ceiling{demo.Scope: {Patterns: []string{"whoami"}}}
	}})
	alice := k.visitor(t, "contoso", "alice")
	alice.call(t, "whoami", `{}`).ok(t)
	alice.call(t, "roll_dice", `{}`).challenge(t)
	dan := k.visitor(t, "contoso", "dan")
	for name, ask := range map[string]func() reply{
		"a call":               func() reply { return alice.call(t, "whoami", `{}`) },
		"bad arguments":        func() reply { return alice.call(t, "whoami", `{"x":1}`) },
		"an unknown tool":      func() reply { return alice.call(t, "none", `{}`) },
		"a scope too few":      func() reply { return alice.call(t, "roll_dice", `{}`) },
		"an unknown resource":  func() reply { return alice.modern(t, "resources/read", "ui://x", `"uri":"ui://x"`) },
		"a new token":          func() reply { return dan.modern(t, "tools/list", "", "") },
		"a new token, garbage": func() reply { return k.visitor(t, "contoso", "frank").legacy(t, `{`) },
		"a new token, GET": func() reply {
			return k.send(t, http.MethodGet, endpoint("contoso"), "", bearer(k.token(t, "contoso", "carol")))
		},
		"a refused token": func() reply {
			return visitor{k.replica, "contoso", k.altered(t, alice.token, func(c map[string]any) { c["azp"] = another })}.call(t, "whoami", `{}`)
		},
	} {
		k.superuser(t, "REVOKE INSERT ON audit_outbox FROM gatehouse_audit_writer")
		if r := ask(); r.status != http.StatusServiceUnavailable || r.header.Get("Retry-After") == "" {
			t.Errorf("%s: status %d: %s", name, r.status, r.body)
		}
		k.superuser(t, "GRANT INSERT ON audit_outbox TO gatehouse_audit_writer")
		k.awaitReady(t)
	}
	dan.modern(t, "tools/list", "", "").ok(t)
	if len(k.recordsOf(t, "contoso", func(r audit.Record) bool { return r.TokenID == claimsOf(t, dan.token)["uti"] })) == 0 {
		t.Error("dan is let in without a record")
	}
}

func TestCallerAboveTheirRateIsToldWhenToComeBack(t *testing.T) {
	t.Parallel()
	k := start(t, setup{environ: []string{"GATEHOUSE_CALLER_RATE=1"}}) // two at once
	alice, dan := k.visitor(t, "contoso", "alice"), k.visitor(t, "contoso", "dan")
	var limited reply
	eventually(t, "alice is limited", func() bool {
		limited = alice.call(t, "whoami", `{}`)
		return limited.status != http.StatusOK
	})
	if wait, err := strconv.Atoi(limited.header.Get("Retry-After")); limited.status != http.StatusTooManyRequests || err != nil || wait < 1 {
		t.Errorf("status %d, Retry-After %q: %s", limited.status, limited.header.Get("Retry-After"), limited.body)
	}
	dan.call(t, "whoami", `{}`).ok(t)
}

func TestToolAndAppHaveLimitsThatOthersShare(t *testing.T) {
	t.Parallel()
	for variable, words := range map[string]string{
		"GATEHOUSE_TOOL_RATE": "this tool's limit", "GATEHOUSE_CLIENT_RATE": "this AI app's limit", "GATEHOUSE_ORGANIZATION_QUOTA": "quota of 20 requests",
	} {
		t.Run(variable, func(t *testing.T) {
			t.Parallel()
			value := map[string]string{"GATEHOUSE_ORGANIZATION_QUOTA": "20/month"}[variable]
			k := start(t, setup{environ: []string{variable + "=" + cmp.Or(value, "1")}})
			alice, dan, bob := k.visitor(t, "contoso", "alice"), k.visitor(t, "contoso", "dan"), k.visitor(t, "contoso", "bob")
			var limited reply
			eventually(t, "somebody is limited", func() bool {
				alice.call(t, "whoami", `{}`)
				limited = dan.call(t, "whoami", `{}`)
				return limited.status == http.StatusTooManyRequests
			})
			if wait, err := strconv.Atoi(limited.header.Get("Retry-After")); err != nil || wait < 1 || !strings.Contains(limited.body, words) {
				t.Errorf("Retry-After %q: %s", limited.header.Get("Retry-After"), limited.body)
			}
			if variable != "GATEHOUSE_TOOL_RATE" {
				return
			}
			for range 5 { // to whom the tool is hidden, its limit is, too
				hidden, unknown := bob.call(t, "whoami", `{}`), bob.call(t, "whoamj", `{}`)
				if hidden.status != unknown.status || strings.ReplaceAll(hidden.body, "whoami", "whoamj") != unknown.body {
					t.Fatalf("hidden: %d %s\nunknown: %d %s", hidden.status, hidden.body, unknown.status, unknown.body)
				}
			}
		})
	}
}
