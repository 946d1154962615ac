package door_test

import (
	"strings"
	"testing"
	"time"
)

// TestCallsReadNothingFromTheDatabase counts statements, not time: once an
// organization's view, its keys and a token are known, the api role runs nothing
// but the poll, and the audit role one INSERT for a record at most.
func TestCallsReadNothingFromTheDatabase(t *testing.T) {
	t.Parallel()
	w, through := tap(t)
	k := start(t, setup{database: through})
	alice := k.visitor(t, "contoso", "alice")
	session := alice.open(t)
	requests := []func() reply{
		func() reply { return alice.call(t, "whoami", `{}`) },
		func() reply { return alice.callLegacy(t, "roll_dice", `{}`, with("Mcp-Session-Id", session)) },
		func() reply { return alice.call(t, "no_such_tool", `{}`) },
		func() reply { return alice.modern(t, "tools/list", "", "") },
		func() reply { return alice.modern(t, "server/discover", "", "") },
	}
	for _, request := range requests {
		request()
	}
	for _, behind := range []string{"INTO kept_tokens", "INTO memberships"} {
		w.await(t, behind) // who shows a token of Entra for the first time is noted behind the answer
	}
	if before := count(w.take(), "gatehouse_api", ""); before == 0 {
		t.Fatal("the wiretap hears nothing")
	}
	began := time.Now()
	const rounds = 20
	for range rounds {
		for _, request := range requests {
			request()
		}
	}
	polls, ran := int(time.Since(began)/(300*time.Millisecond))+2, w.take()
	for _, s := range ran {
		// The driver pings a connection before it gives it away, if it was idle for a second.
		if s.sql == "-- ping" {
			continue
		}
		if s.role == "gatehouse_api" && !strings.Contains(s.sql, "versions(") {
			t.Errorf("a call makes the api role run: %s", s.sql)
		}
		if s.role == "gatehouse_audit_writer" && !strings.HasPrefix(s.sql, "INSERT INTO audit_outbox") {
			t.Errorf("a call makes the audit role run: %s", s.sql)
		}
	}
	if pings := count(ran, "gatehouse_api", "-- ping"); pings > polls {
		t.Errorf("%d pings, want at most one a poll, of which there are %d", pings, polls)
	}
	if pings := count(ran, "gatehouse_audit_writer", "-- ping"); pings > polls/3 {
		t.Errorf("%d pings of the audit role in %d polls: its connection is not in use", pings, polls)
	}
	if got := count(ran, "gatehouse_api", "versions("); got > polls {
		t.Errorf("%d polls, want at most %d", got, polls)
	}
	if got := count(ran, "gatehouse_audit_writer", "INSERT"); got == 0 || got > 3*rounds {
		t.Errorf("%d inserts for %d recorded calls", got, 3*rounds)
	}
}

// TestPersonInManyGroupsIsReadOnce: memberships that Graph told are not read
// again for each call. What this process has learned it hears of like everybody
// else, and reads once more.
func TestPersonInManyGroupsIsReadOnce(t *testing.T) {
	t.Parallel()
	w, through := tap(t)
	k := start(t, setup{database: through})
	carol := k.visitor(t, "contoso", "carol")
	carol.call(t, "whoami", `{}`).ok(t)
	asked := len(k.emulator.Journal())
	if got := count(w.take(), "gatehouse_api", "memberships"); got == 0 {
		t.Fatal("what Graph said is not kept")
	}
	for range 30 {
		carol.call(t, "whoami", `{}`).ok(t)
	}
	if got := count(w.take(), "gatehouse_api", "memberships"); got > 1 {
		t.Errorf("%d statements about memberships", got)
	}
	if got := len(k.emulator.Journal()) - asked; got > 0 {
		t.Errorf("%d requests of Entra and Graph", got)
	}
}

// count counts a role's statements that contain some text.
func count(ran []statement, role, text string) (n int) {
	for _, s := range ran {
		if s.role == role && strings.Contains(s.sql, text) {
			n++
		}
	}
	return n
}
