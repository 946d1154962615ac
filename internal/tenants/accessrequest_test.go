package tenants_test

import (
	"strings"
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

func TestARequestWaitsUntilItIsAnsweredOrOver(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for state, waits := range map[tenants.AccessRequestState]bool{
		tenants.AccessAsked: true, tenants.AccessApproved: false, tenants.AccessDismissed: false, tenants.AccessWithdrawn: false,
	} {
		r := tenants.AccessRequest{State: state, ExpiresAt: now}
		if r.Waits(now.Add(-1)) != waits || r.Waits(now) {
			t.Errorf("%s: %t, %t", state, r.Waits(now.Add(-1)), r.Waits(now))
		}
	}
}

func TestTextsOfRequestsAreOneLine(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"I do payroll now", strings.Repeat("ü", 500), "<b>bold</b>"} {
		if err := tenants.CheckRequestText("reason", good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, bad := range []string{"", strings.Repeat("ü", 501), "two\nlines", "turned \u202e round"} {
		if err := tenants.CheckRequestText("reason", bad); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
