package mcphost_test

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"gatehouse/internal/authz"
	"gatehouse/internal/mcphost"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

// refreshed counts whose token sources were asked with.
type refreshed struct {
	noMail
	with atomic.Int64
}

func (r *refreshed) StaleFor(context.Context, authz.Caller, authz.Assertion, *snapshot.Snapshot) {
	r.with.Add(1)
}

func TestSuspendedOrganizationSendsNobodysTokenAnywhere(t *testing.T) {
	t.Parallel()
	for state, want := range map[tenants.State]int64{tenants.Active: 1, tenants.Suspended: 0} {
		b, s := federate(t)
		r := &refreshed{}
		b.rebuild(func(o *mcphost.Options) { o.Refresher = r })
		snap := *b.snap
		snap.Organization.State = state
		b.snap = &snap
		w := b.modern(t, search(ask{}))
		if suspended := w.Code == http.StatusForbidden && strings.Contains(w.Body.String(), "suspended"); suspended != (want == 0) {
			t.Errorf("%s: %d %s", state, w.Code, w.Body)
		}
		if r.with.Load() != want || int64(s.asked()) != want {
			t.Errorf("%s: sources are refreshed %d times and asked %d times with a token", state, r.with.Load(), s.asked())
		}
	}
}
