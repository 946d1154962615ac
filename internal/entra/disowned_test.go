package entra_test

import (
	"testing"

	"gatehouse/internal/entra"
)

// TestPoliciesAreNoWordOnThePerson: what Conditional Access refuses throws nothing away
// that is kept for somebody.
func TestPoliciesAreNoWordOnThePerson(t *testing.T) {
	t.Parallel()
	for _, number := range []int{50105, 50129, 53001, 53002, 53003, 53004, 53005, 53009, 53011, 530021, 530031, 530032} {
		if got := entra.ClassOf("invalid_grant", number); got == entra.Reauth {
			t.Errorf("AADSTS%d is read as %s", number, got)
		}
	}
}

// TestOnlyDisabledGoneOrSignedOutIsDisowned: an expired sign-in is of one token, and a
// number of tomorrow is of nobody knows what.
func TestOnlyDisabledGoneOrSignedOutIsDisowned(t *testing.T) {
	t.Parallel()
	for number, want := range map[int]bool{
		50020: true, 50034: true, 50057: true, 50173: true, 51004: true,
		0: false, 50053: false, 50055: false, 70000: false, 70008: false, 70043: false, 700082: false, 700084: false, 99999: false,
	} {
		e := &entra.TokenError{Class: entra.ClassOf("invalid_grant", number), Code: number}
		if e.Class != entra.Reauth || e.Disowns() != want {
			t.Errorf("AADSTS%d: %s, disowned %t", number, e.Class, e.Disowns())
		}
	}
	if (&entra.TokenError{Class: entra.Misconfigured, Code: 50057}).Disowns() {
		t.Error("a refusal of the app disowns a person")
	}
}
