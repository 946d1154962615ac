package mcphost_test

import (
	"errors"
	"strings"
	"testing"

	"gatehouse/internal/fault"
	"gatehouse/internal/mcphost"
	"gatehouse/internal/tools"
)

func TestLetterTellsThatAnOutcomeIsUnknown(t *testing.T) {
	t.Parallel()
	for _, open := range []bool{true, false} {
		cause := errors.New("secret detail")
		if open {
			cause = errors.Join(cause, tools.ErrUnsettled)
		}
		read := mcphost.InALetter(fault.Wrap(fault.Upstream, "look", cause).RetryAfter(3e9))
		if errors.Is(read, tools.ErrUnsettled) != open || fault.Public(read) != "look" || fault.KindOf(read) != fault.Upstream || fault.RetryAfter(read) != 3e9 || strings.Contains(read.Error(), "secret") {
			t.Errorf("unsettled %v: another replica reads %v", open, read)
		}
	}
}

// TestAnotherReplicaHearsWhatASignInLacks: it leads the person on.
func TestAnotherReplicaHearsWhatASignInLacks(t *testing.T) {
	t.Parallel()
	why := tools.NewChallengeError(wantsMFA, "more is wanted", nil)
	read := mcphost.InALetter(fault.Wrap(fault.Unauthenticated, "notes: more is wanted", why))
	if demanded, ok := errors.AsType[*tools.ChallengeError](read); !ok || demanded.Claims() != wantsMFA || fault.Public(read) != "notes: more is wanted" || fault.KindOf(read) != fault.Unauthenticated {
		t.Errorf("another replica reads %v", read)
	}
}
