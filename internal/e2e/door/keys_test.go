package door_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

// flood presents n tokens, each with a key id nobody has heard of.
func (v visitor) flood(t *testing.T, k *stack, n int) {
	t.Helper()
	claims := claimsOf(t, v.token)
	tid := claims["tid"].(string)
	for i := range n {
		v.token = k.sign(t, tid, map[string]any{"kid": fmt.Sprintf("flood-%d-%d", time.Now().UnixNano(), i)}, claims)
		if r := v.call(t, "whoami", `{}`); r.status != http.StatusUnauthorized {
			t.Fatalf("status %d, want 401", r.status)
		}
	}
}

func TestFloodOfKeyIDsNeitherFetchesKeysNorKeepsNewOnesOut(t *testing.T) {
	t.Parallel()
	k := start(t, setup{})
	tid := company(t, "contoso").TID.String()
	alice := k.visitor(t, "contoso", "alice")
	expect := func(want int) {
		t.Helper()
		if got := k.keyFetches(tid); got != want {
			t.Fatalf("%d fetches of the key set, want %d", got, want)
		}
	}
	alice.call(t, "whoami", `{}`).ok(t)
	expect(1)
	alice.flood(t, k, 50)
	expect(1)
	if err := k.emulator.RollKeys(); err != nil {
		t.Fatal(err)
	}
	rolled := k.visitor(t, "contoso", "alice")
	k.challenged(t, rolled.call(t, "whoami", `{}`), "contoso", "invalid_token")
	k.advance(t, 5*time.Minute-10*time.Second)
	alice.flood(t, k, 20)
	expect(1)
	k.advance(t, 10*time.Second)
	alice.flood(t, k, 20)
	rolled.call(t, "whoami", `{}`).ok(t)
	alice.call(t, "whoami", `{}`).ok(t) // its key is published still
	expect(2)
}

func TestRememberedTokenIsGoodAtItsOwnEndpointOnly(t *testing.T) {
	t.Parallel()
	k := start(t, setup{})
	contoso, fabrikam := k.visitor(t, "contoso", "alice"), k.visitor(t, "fabrikam", "alice")
	for range 2 {
		contoso.call(t, "whoami", `{}`).ok(t)
		fabrikam.call(t, "whoami", `{}`).ok(t)
		k.challenged(t, visitor{k.replica, "fabrikam", contoso.token}.call(t, "whoami", `{}`), "fabrikam", "invalid_token")
		k.challenged(t, visitor{k.replica, "contoso", fabrikam.token}.call(t, "whoami", `{}`), "contoso", "invalid_token")
	}
}

func TestKeysAreFetchedForNobodyElsesTenant(t *testing.T) {
	t.Parallel()
	k := start(t, setup{})
	alice := visitor{k.replica, "fabrikam", k.token(t, "contoso", "alice")}
	k.challenged(t, alice.call(t, "whoami", `{}`), "fabrikam", "invalid_token")
	for _, slug := range []string{"contoso", "fabrikam"} {
		if n := k.keyFetches(company(t, slug).TID.String()); n != 0 {
			t.Errorf("%d fetches of %s's keys for a token of the wrong tenant", n, slug)
		}
	}
}
