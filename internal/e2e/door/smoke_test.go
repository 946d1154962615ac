package door_test

import "testing"

func TestSmoke(t *testing.T) {
	t.Parallel()
	k := start(t, setup{})
	alice := k.visitor(t, "contoso", "alice")
	m := alice.call(t, "whoami", `{}`).ok(t)
	t.Log(k.record(t, "contoso", m.record(t)))
	t.Log(alice.callLegacy(t, "whoami", `{}`).ok(t))
	t.Log(alice.modern(t, "tools/list", "", "").ok(t).toolNames())
}
