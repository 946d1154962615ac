package clients_test

import (
	"runtime"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"gatehouse/internal/emulator"
)

// After an emergency nothing that was signed before is worth anything, as soon
// as the reader has seen one new key.
func TestOIDCFollowsAnEmergencyRoll(t *testing.T) {
	t.Parallel()
	c := fresh(t)
	p := newParty(t, c, contoso, c.entra+"/"+contoso+"/v2.0")
	verifier := p.verifier(t)
	_, before, _ := p.signIn(t, alice)
	if _, err := verifier.Verify(t.Context(), before); err != nil {
		t.Fatal(err)
	}
	if err := c.EmergencyRoll(); err != nil {
		t.Fatal(err)
	}
	_, after, _ := p.signIn(t, alice)
	if _, err := verifier.Verify(t.Context(), after); err != nil {
		t.Error(err)
	}
	for name, v := range map[string]*oidc.IDTokenVerifier{"kept": verifier, "fetched anew": p.verifier(t)} {
		if !refusedSoon(t, v, before) {
			t.Errorf("the old token passes with the keys %s", name)
		}
	}
}

// refusedSoon waits until a token is refused: go-oidc hands a new key out a moment
// before it forgets the old ones.
func refusedSoon(t *testing.T, v *oidc.IDTokenVerifier, token string) bool {
	t.Helper()
	for begin := time.Now(); time.Since(begin) < 10*time.Second; runtime.Gosched() {
		if _, err := v.Verify(t.Context(), token); err != nil {
			return true
		}
	}
	return false
}

// A planned roll-over publishes the next key before it signs, and the last one
// until its tokens are gone.
func TestOIDCSeesAPlannedRollOverThrough(t *testing.T) {
	t.Parallel()
	c := fresh(t)
	p := newParty(t, c, contoso, c.entra+"/"+contoso+"/v2.0")
	verifier := p.verifier(t)
	tokens := map[emulator.KeyPhase]string{}
	for _, phase := range []emulator.KeyPhase{emulator.KeyAdd, emulator.KeySign} {
		if err := c.RollPhase("", phase); err != nil {
			t.Fatal(err)
		}
		_, raw, _ := p.signIn(t, alice)
		tokens[phase] = raw
		for name, old := range tokens {
			if _, err := verifier.Verify(t.Context(), old); err != nil {
				t.Errorf("after %s, token of %s: %v", phase, name, err)
			}
		}
	}
	if keyID(t, tokens[emulator.KeyAdd]) == keyID(t, tokens[emulator.KeySign]) {
		t.Error("the new key does not sign")
	}
	for range 2 { // until the key that signed first is the oldest no more
		if err := c.RollPhase("", emulator.KeyDrop); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := p.verifier(t).Verify(t.Context(), tokens[emulator.KeySign]); err != nil {
		t.Error(err)
	}
	if _, err := p.verifier(t).Verify(t.Context(), tokens[emulator.KeyAdd]); err == nil {
		t.Error("the dropped key still verifies")
	}
}
