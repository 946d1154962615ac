package door_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"gatehouse/internal/audit"
	"gatehouse/internal/demo"
)

const pingBody = `{"jsonrpc":"2.0","id":1,"method":"ping"}`

// open starts a session of the newest revision that has one, and returns its id.
func (v visitor) open(t *testing.T) string {
	t.Helper()
	r := v.legacy(t, `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`)
	r.ok(t)
	id := r.header.Get("Mcp-Session-Id")
	if id == "" || strings.ContainsFunc(id, func(c rune) bool { return c < '!' || c > '~' }) {
		t.Fatalf("session id %q is not visible ASCII", id)
	}
	return id
}

// ping sends a ping in a session.
func (v visitor) ping(t *testing.T, session string) reply {
	t.Helper()
	return v.legacy(t, pingBody, with("Mcp-Session-Id", session))
}

// end sends DELETE for a session.
func (v visitor) end(t *testing.T, session string) reply {
	t.Helper()
	return v.at.send(t, http.MethodDelete, endpoint(v.slug), "", bearer(v.token), with("Mcp-Session-Id", session))
}

func TestSessionBelongsToOnePersonClientAndEndpoint(t *testing.T) {
	t.Parallel()
	k := start(t, setup{})
	alice := k.visitor(t, "contoso", "alice")
	session := alice.open(t)
	alice.ping(t, session).ok(t)
	for name, other := range map[string]visitor{
		"another person":       k.visitor(t, "contoso", "dan"),
		"another client":       {k.replica, "contoso", k.tokenThrough(t, "contoso", "alice", demo.AzureCLI)},
		"another organization": k.visitor(t, "fabrikam", "alice"),
	} {
		if r := other.ping(t, session); r.status != http.StatusNotFound || r.header.Get("WWW-Authenticate") != "" {
			t.Errorf("%s: status %d", name, r.status)
		}
		if r := other.end(t, session); r.status != http.StatusNotFound {
			t.Errorf("%s ends it: status %d", name, r.status)
		}
	}
	alice.ping(t, session).ok(t)
	renewed := k.visitor(t, "contoso", "alice") // a fresh token of the same person and client
	renewed.ping(t, session).ok(t)
	k.challenged(t, visitor{k.replica, "contoso", ""}.legacy(t, pingBody, with("Mcp-Session-Id", session), without("Authorization")), "contoso", "")
}

func TestAlteredSessionIsUnknown(t *testing.T) {
	t.Parallel()
	alice := start(t, setup{}).visitor(t, "contoso", "alice")
	session := alice.open(t)
	flip := func(at int) string {
		c := byte('A')
		if session[at] == c {
			c = 'B'
		}
		return session[:at] + string(c) + session[at+1:]
	}
	altered := []string{session[1:], session[:len(session)-1], session + "A", session + session, "x", strings.ToUpper(session), strings.Repeat("A", 4000)}
	for at := 0; at < len(session); at += 7 {
		altered = append(altered, flip(at))
	}
	for _, id := range append(altered, flip(len(session)-1)) {
		if r := alice.ping(t, id); r.status != http.StatusNotFound || id == session {
			t.Errorf("%q: status %d", id, r.status)
		}
	}
	alice.ping(t, session).ok(t)
}

func TestSessionExpires(t *testing.T) {
	t.Parallel()
	k := start(t, setup{})
	session := k.visitor(t, "contoso", "alice").open(t)
	k.advance(t, 24*time.Hour-time.Minute)
	k.visitor(t, "contoso", "alice").ping(t, session).ok(t)
	k.advance(t, time.Minute)
	if r := k.visitor(t, "contoso", "alice").ping(t, session); r.status != http.StatusNotFound {
		t.Errorf("status %d", r.status)
	}
}

func TestDeleteEndsASessionOnEveryReplica(t *testing.T) {
	t.Parallel()
	k := start(t, setup{})
	here := k.visitor(t, "contoso", "alice")
	there := visitor{k.startAPI(t, listen(t)), "contoso", here.token}
	session, other := here.open(t), here.open(t)
	there.ping(t, session).ok(t)
	if r := here.end(t, session); r.status != http.StatusNoContent {
		t.Fatalf("status %d: %s", r.status, r.body)
	}
	ended := time.Now()
	for name, v := range map[string]visitor{"this replica": here, "another replica": there} {
		eventually(t, "the session has ended on "+name, func() bool { return v.ping(t, session).status == http.StatusNotFound })
		v.ping(t, other).ok(t)
	}
	if took := time.Since(ended); took > propagation {
		t.Errorf("it took %s", took)
	}
	if r := here.end(t, session); r.status != http.StatusNotFound {
		t.Errorf("ended again: status %d", r.status)
	}
	if r := here.at.send(t, http.MethodDelete, endpoint("contoso"), "", bearer(here.token)); r.status != http.StatusBadRequest {
		t.Errorf("DELETE that names no session: status %d", r.status)
	}
	if n := len(k.recordsOf(t, "contoso", func(r audit.Record) bool { return r.Kind == audit.SessionEnd })); n != 1 {
		t.Errorf("%d ends in the log, want 1", n)
	}
}

func TestModernRequestsHaveNoSession(t *testing.T) {
	t.Parallel()
	alice := start(t, setup{}).visitor(t, "contoso", "alice")
	r := alice.call(t, "whoami", `{}`, with("Mcp-Session-Id", "whatever"))
	if r.ok(t); r.header.Get("Mcp-Session-Id") != "" {
		t.Errorf("the reply opens a session")
	}
}

func TestForgedNotificationsChangeNothing(t *testing.T) {
	t.Parallel()
	k := start(t, setup{})
	alice := k.visitor(t, "contoso", "alice")
	before := alice.modern(t, "tools/list", "", "").ok(t).toolNames()
	for _, role := range []string{k.database.API, k.database.Audit} {
		conn, err := pgx.Connect(t.Context(), role)
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			for _, payload := range []string{
				"", "x", "'; DROP TABLE organizations; --", strings.Repeat("y", 7999), k.orgs["fabrikam"].ID.String(), "00000000-0000-0000-0000-000000000000", `{"org":"` + k.orgs["contoso"].ID.String() + `","version":9999999}`,
			} {
				if _, err := conn.Exec(t.Context(), "SELECT pg_notify('gatehouse_changes', $1)", payload); err != nil {
					t.Fatal(err)
				}
			}
			alice.call(t, "whoami", `{}`).ok(t)
		}
		_ = conn.Close(t.Context())
	}
	after := alice.modern(t, "tools/list", "", "").ok(t).toolNames()
	if strings.Join(before, " ") != strings.Join(after, " ") {
		t.Errorf("before %v, after %v", before, after)
	}
}
