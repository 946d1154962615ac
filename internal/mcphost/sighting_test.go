package mcphost_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"testing"

	"gatehouse/internal/authz"
	"gatehouse/internal/mcphost"
	"gatehouse/internal/tenants"
)

// sightings notes what it is told, and fails.
type sightings struct {
	mu  sync.Mutex
	saw []string
}

func (s *sightings) SawEntraClient(_ context.Context, by authz.Caller, client tenants.GUID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if by.Identity().Client != client.String() {
		return errors.New("the client is not the caller's")
	}
	s.saw = append(s.saw, client.String())
	return errors.New("the database is away")
}

// TestClientsOfEntraAreSeenOnce, those that are let in and those that are not, and
// whoever cannot be noted is served all the same. Clients of ours are none.
func TestClientsOfEntraAreSeenOnce(t *testing.T) {
	t.Parallel()
	b, _ := federate(t)
	seen := &sightings{}
	b.rebuild(func(o *mcphost.Options) { o.Sightings = seen })
	first, other := b.token(nil), "dddddddd-0000-4000-8000-00000000000d"
	for range 2 { // at first, and remembered
		b.modern(t, ask{method: "tools/list", token: first}).result(t)
	}
	b.modern(t, ask{method: "tools/list", token: b.token(map[string]any{"uti": "another"})}).result(t)
	if len(seen.saw) != 1 {
		t.Fatalf("seen are %q", seen.saw)
	}
	if r := b.modern(t, ask{method: "tools/list", token: b.token(map[string]any{"azp": other})}); r.Code != http.StatusForbidden {
		t.Errorf("a client that is not listed is answered %d %s", r.Code, r.Body)
	}
	b.modern(t, ask{method: "tools/list", token: first + "x"})
	b.in(t, tenants.Brokered)
	b.modern(t, ask{method: "tools/list", token: b.ownToken(nil)}).result(t)
	b.modern(t, ask{method: "tools/list", token: b.ownToken(map[string]any{"software": "eeeeeeee-0000-4000-8000-00000000000e"})})
	if len(seen.saw) != 2 || !slices.Contains(seen.saw, other) {
		t.Errorf("seen are %q", seen.saw)
	}
}
