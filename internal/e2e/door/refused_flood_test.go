package door_test

import (
	"net/http"
	"testing"
	"time"

	"gatehouse/internal/audit"
)

// TestRefusedTokenCannotFillTheLog presents a token whose signature is good and
// whose time is over: each refusal is a record of its own.
func TestRefusedTokenCannotFillTheLog(t *testing.T) {
	t.Parallel()
	k := start(t, setup{environ: []string{"GATEHOUSE_CALLER_RATE=2"}})
	alice := k.visitor(t, "contoso", "alice")
	alice.token = k.altered(t, alice.token, func(claims map[string]any) {
		claims["exp"] = k.clock.now().Add(-time.Hour).Unix()
		claims["nbf"], claims["iat"] = k.clock.now().Add(-2*time.Hour).Unix(), k.clock.now().Add(-2*time.Hour).Unix()
	})
	const tries = 30
	began, statuses := time.Now(), map[int]int{}
	for range tries {
		statuses[alice.modern(t, "tools/list", "", "").status]++
	}
	recorded := len(k.recordsOf(t, "contoso", func(r audit.Record) bool { return r.Kind == audit.RefusedRequest && r.Reason == "expired" }))
	most := 4 + int(2*time.Since(began).Seconds()) + 1 // twice the rate at once, and what came back meanwhile
	if statuses[http.StatusTooManyRequests] == 0 || recorded != statuses[http.StatusUnauthorized] || recorded > most {
		t.Errorf("%d tries: %v, %d records, at most %d allowed", tries, statuses, recorded, most)
	}
}
