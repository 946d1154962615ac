package conformance_test

import "testing"

// scored is how many scenarios each revision scores for servers.
var scored = map[string]int{"2026-07-28": 37, "2025-11-25": 30}

// TestTheServerBehindConforms shows that whatever fails through Gatehouse is
// Gatehouse's: the server behind it passes by itself, and through the proxy.
func TestTheServerBehindConforms(t *testing.T) {
	url := upstream(t)
	for revision, n := range scored {
		t.Run(revision, func(t *testing.T) { conforms(t, revision, run(t, withToken(t, url, "unused"), revision), n) })
	}
}
