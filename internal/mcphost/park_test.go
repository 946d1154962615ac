package mcphost_test

import (
	"testing"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// TestNobodyTakesAllPlacesToWaitForPeople: neither a caller nor an organization.
func TestNobodyTakesAllPlacesToWaitForPeople(t *testing.T) {
	t.Parallel()
	b, _ := federate(t)
	person := func(org tenants.ID) authz.Caller {
		return authz.Actor(authz.Identity{Org: org, OID: tenants.NewGUID(), Kind: authz.User})
	}
	greedy, other := tenants.NewID(), tenants.NewID()
	var leaves []func()
	for range 100 {
		by := person(greedy)
		own := 0
		for range 9 {
			if leave, err := b.host.Park(by); err == nil {
				leaves = append(leaves, leave)
				own++
			} else if fault.KindOf(err) != fault.Limited {
				t.Fatal(err)
			}
		}
		if own > 8 {
			t.Fatalf("one caller has %d places", own)
		}
	}
	if len(leaves) != 250 {
		t.Errorf("one organization has %d places", len(leaves))
	}
	if _, err := b.host.Park(person(other)); err != nil {
		t.Errorf("another organization has none: %v", err)
	}
	for _, leave := range leaves[:8] {
		leave()
	}
	again := person(greedy)
	for range 8 {
		if _, err := b.host.Park(again); err != nil {
			t.Errorf("a place that was given back: %v", err)
		}
	}
	if _, err := b.host.Park(person(greedy)); fault.KindOf(err) != fault.Limited {
		t.Errorf("more than was given back: %v", err)
	}
}
