package store_test

import (
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
)

func TestWorkOutsideAnOrganizationIsDoneOnceForOneKey(t *testing.T) {
	t.Parallel()
	d, c := storetest.New(t), newClock()
	db := openAt(t, d, c)
	recall := func(digest byte) (tenants.GUID, []byte, error) {
		return db.RecallOutside(t.Context(), [32]byte{1}, [32]byte{digest})
	}
	slow, answer, err := recall(1)
	if err != nil || slow.IsZero() || answer != nil {
		t.Fatalf("%s %q %v", slow, answer, err)
	}
	_, _, err = recall(1)
	refused(t, err, fault.Conflict, "is under way")
	_, _, err = recall(2)
	refused(t, err, fault.Conflict, "was used for another request")
	c.advance(31 * time.Second)
	_, _, err = recall(2)
	refused(t, err, fault.Conflict, "was used for another request")
	second, _, err := recall(1)
	if err != nil || second.IsZero() || second == slow {
		t.Fatalf("%s %v", second, err)
	}
	must(t, db.RememberOutside(t.Context(), slow, []byte("late")))
	must(t, db.RememberOutside(t.Context(), second, []byte("made")))
	must(t, db.ForgetOutside(t.Context(), second))
	must(t, db.RememberOutside(t.Context(), second, []byte("made again")))
	if again, answer, err := recall(1); err != nil || !again.IsZero() || string(answer) != "made" {
		t.Errorf("%s %q %v", again, answer, err)
	}
	if other, answer, err := db.RecallOutside(t.Context(), [32]byte{2}, [32]byte{2}); err != nil || other.IsZero() || answer != nil {
		t.Errorf("another key: %s %q %v", other, answer, err)
	}
	c.advance(24*time.Hour + time.Second)
	if again, answer, err := recall(2); err != nil || again.IsZero() || answer != nil {
		t.Errorf("after a day: %s %q %v", again, answer, err)
	}
	if n := count(t, d, "platform_answers"); n != "1" {
		t.Errorf("%s keys are left", n)
	}
}

func TestForgottenRequestOutsideCanBeMadeAgain(t *testing.T) {
	t.Parallel()
	db := storetest.New(t).Open(t)
	first, _, err := db.RecallOutside(t.Context(), [32]byte{1}, [32]byte{1})
	must(t, err)
	must(t, db.ForgetOutside(t.Context(), first))
	if second, _, err := db.RecallOutside(t.Context(), [32]byte{1}, [32]byte{2}); err != nil || second.IsZero() {
		t.Errorf("%s %v", second, err)
	}
}
