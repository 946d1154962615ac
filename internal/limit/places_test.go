package limit_test

import (
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
		}
		first()
		third := enter("ann")
		second()
		third()
		other()
	}
	if _, err := limit.NewPlaces(0); err == nil {
		t.Error("no place at all is taken for a limit")
	}
}
