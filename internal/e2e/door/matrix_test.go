package door_test

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/authz/authztest"
)

// TestMatrix holds the files that describe who may use what against the whole
// process: a directory in the emulator, real tokens, HTTP.
func TestMatrix(t *testing.T) {
	t.Parallel()
	for _, m := range authztest.Load(t, authztest.Files, "matrix") {
		t.Run(m.Name, func(t *testing.T) {
			t.Parallel()
			w := world{m}
			k := start(t, setup{extra: w.extra(), directories: w.directories, organizations: w.organizations})
			for _, who := range slices.Sorted(maps.Keys(m.Callers)) {
				c := m.Callers[who]
				v := visitor{k.replica, "matrix", w.token(t, k, who)}
				t.Run(who, func(t *testing.T) { checkCaller(t, v, c) })
			}
		})
	}
}

// checkCaller compares what a caller sees and calls, in both eras.
func checkCaller(t *testing.T, v visitor, c authztest.Caller) {
	t.Helper()
	want := slices.Sorted(slices.Values(c.Sees))
	for era, r := range map[string]reply{
		"modern": v.modern(t, "tools/list", "", ""), "legacy": v.legacy(t, `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`),
	} {
		if got := r.ok(t).toolNames(); !slices.Equal(got, want) {
			t.Errorf("%s: sees %v, want %v", era, got, want)
		}
	}
	for tool, want := range c.Calls {
		c.Tries = append(c.Tries, authztest.Try{Tool: tool, With: sampleArguments(tool), Want: want})
	}
	for _, try := range c.Tries {
		for era, r := range map[string]reply{"modern": v.call(t, try.Tool, try.With), "legacy": v.callLegacy(t, try.Tool, try.With)} {
			if got := verdict(t, r, try.Tool); got != try.Want {
				t.Errorf("%s: call of %s with %s is %s, want %s: %d %s", era, try.Tool, try.With, got, try.Want, r.status, r.body)
			}
			if relayed := r.status == http.StatusUnauthorized; relayed != (try.Want == "step-up" && c.Relays) {
				t.Errorf("%s: call of %s is answered with status %d", era, try.Tool, r.status)
			}
		}
	}
}

// sampleArguments are valid for the tool.
func sampleArguments(tool string) string {
	if tool == "greeting_card" {
		return `{"name":"World"}`
	}
	return `{}`
}

// qualifiedScope is the one scope that gives everything in every matrix, as
// clients have to send it, after those that the token has already.
var qualifiedScope = regexp.MustCompile(`^(api://[0-9a-f-]{36}/[^ ]+ )+api://[0-9a-f-]{36}/` + authztest.Scope + `$`)

// refusedText is what a call is told that conditions refuse.
var refusedText = regexp.MustCompile(`^your roles (do not allow [a-z_]+ with these arguments|allow [a-z_]+ only after .*); reference [0-9a-f-]{36}$`)

// verdict puts a reply to a call into the words of the matrix.
func verdict(t *testing.T, r reply, tool string) string {
	t.Helper()
	m := r.rpc(t)
	switch {
	case r.status == http.StatusOK && m.Error == nil && !m.Result.IsError:
		return "ok"
	case r.status == http.StatusOK && m.Error != nil && m.Error.Code == -32602 && m.Error.Message == "unknown tool: "+tool:
		return "unknown"
	case r.status == http.StatusOK && m.Error == nil && refusedText.MatchString(m.Result.Content[0].Text):
		return map[bool]string{true: "step-up", false: "refused"}[strings.Contains(m.Result.Content[0].Text, "authentication context")]
	case r.status == http.StatusUnauthorized && r.challenge(t).code == "insufficient_claims":
		return "step-up"
	case r.status == http.StatusForbidden:
		c := r.challenge(t)
		if c.code == "insufficient_scope" && qualifiedScope.MatchString(c.scope) {
			return "scope"
		}
	}
	return "something else"
}
