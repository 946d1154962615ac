package limit_test

import (
	"strings"
	"testing"

	"gatehouse/internal/fault"
	"gatehouse/internal/limit"
)

func TestPlacesAreEachOnesOwnAndComeBack(t *testing.T) {
	t.Parallel()
	p, err := limit.NewPlaces(2)
	if err != nil {
		t.Fatal(err)
	}
	enter := func(name string) func() {
		t.Helper()
		leave, err := p.Enter(name)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return leave
	}
	for range 100 {
		first, second, other := enter("ann"), enter("ann"), enter("bob")
		if _, err := p.Enter("ann"); fault.KindOf(err) != fault.Limited || fault.RetryAfter(err) <= 0 {
			t.Fatalf("a third place: %v", err)
		} else if got := fault.Public(err); got != "the limit of 2 under way at a time is reached; retry when some have ended" {
			t.Fatalf("whosever the places are, they are told %q", got)
		}
		first()
		third := enter("ann")
		second()
		third()
		other()
	}
	if _, err := limit.NewPlaces(0); err == nil || !strings.Contains(err.Error(), "Places 0") {
		t.Errorf("no place at all: %v", err)
	}
}
