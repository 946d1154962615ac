package membership_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
	"gatehouse/internal/tenants"
)

// frugal has no room for what is asked in the background.
type frugal struct {
	*directory
	wait chan struct{} // before it says so
}

func (f frugal) CheckMemberGroups(ctx context.Context, as graph.Asking, groups []tenants.GUID) ([]tenants.GUID, error) {
	if as.Priority == graph.High {
		return f.directory.CheckMemberGroups(ctx, as, groups)
	}
	f.mu.Lock()
	f.calls, f.last = append(f.calls, "low"), as
	f.mu.Unlock()
	<-f.wait
	return nil, fault.Wrap(fault.Limited, "later", graph.ErrBudget).RetryAfter(time.Minute)
}

// TestBackgroundsBudgetHoldsBackNobodyWhoWaits: neither while it is found out that
// there is no room, nor afterwards.
func TestBackgroundsBudgetHoldsBackNobodyWhoWaits(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.org.TID, b.org.Connection.ClientID = somewhere(t), tenants.NewGUID()
	g := frugal{b.graph, make(chan struct{})}
	b.use(t, g, b.tokens)
	b.graph.put(b.groups[0], true)
	b.ask(t, b.overage())
	b.advance(soft + time.Second)
	b.ask(t, b.overage())
	poll(t, func() bool { return b.graph.asked() == 2 }) // in the background
	b.advance(hard)
	waits := make(chan authz.Membership)
	go func() {
		m, _, err := b.Resolve(t.Context(), b.overage())
		if err != nil {
			t.Error(err)
		}
		waits <- m
	}()
	time.Sleep(20 * time.Millisecond) // it may have joined the one in the background; either is right
	close(g.wait)
	if m := <-waits; m.Of(b.groups[0]) != authz.Member {
		t.Error("somebody who waits has no answer")
	}
	b.advance(soft + time.Second)
	b.ask(t, b.overage())
	poll(t, func() bool { return b.graph.asked() == 4 })
	more := b.overage()
	more.Mapped = append(more.Mapped, tenants.NewGUID()) // about which nobody has asked
	b.ask(t, more)
	want := graph.Account{TID: b.org.TID, App: b.org.Connection.ClientID}
	if b.graph.last.Priority != graph.High || b.graph.last.Account != want || b.graph.asked() != 5 {
		t.Errorf("asked %+v, %d times", b.graph.last, b.graph.asked())
	}
	if strings.Contains(b.log.String(), "not refreshed") {
		t.Errorf("the log says %s", b.log)
	}
}

func somewhere(t *testing.T) tenants.TID {
	t.Helper()
	tid, err := tenants.ParseTID(tenants.NewGUID().String())
	if err != nil {
		t.Fatal(err)
	}
	return tid
}
