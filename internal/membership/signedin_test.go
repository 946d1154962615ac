package membership_test

import (
	"context"
	"errors"
	"testing"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
)

// TestWhoHasJustSignedInBringsATokenOfGraph: there is nothing to exchange yet.
func TestWhoHasJustSignedInBringsATokenOfGraph(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.graph.put(b.groups[0], true)
	q, given := b.overage(), 0
	q.Assertion = authz.Assertion{}
	q.Token = func(context.Context) (string, error) {
		given++
		return "token of Graph", nil
	}
	m, _ := b.ask(t, q)
	expect(t, m, b.groups[0], authz.Member, authz.SourceGraph, b.clock())
	expect(t, m, b.groups[1], authz.NotMember, authz.SourceGraph, b.clock())
	if given == 0 || len(b.tokens.seen) != 0 {
		t.Errorf("given %d times, exchanged %d", given, len(b.tokens.seen))
	}
}

func TestTokenThatIsNotToBeHadLeavesMembershipUnknown(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	q := b.overage()
	q.Token = func(context.Context) (string, error) { return "", errors.New("none") }
	if m, _, err := b.Resolve(t.Context(), q); err == nil || m.Of(b.groups[0]) != authz.Unknown || fault.Public(err) == "none" {
		t.Errorf("%v, %v", m.Groups, err)
	}
}
