package chaos_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/store"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/tools/builtin"
)

// slowSource is the store, but for one read of an organization, which it holds
// after it has seen the rows and before it says so.
type slowSource struct {
	*store.DB
	read    chan struct{} // says that the rows have been seen
	release chan struct{}
}

// LoadAfter implements snapshot.Source.
func (s *slowSource) LoadAfter(ctx context.Context, org tenants.ID, has func(tools.Approval) bool) (snapshot.Data, error) {
	data, err := s.DB.LoadAfter(ctx, org, has)
	select {
	case s.read <- struct{}{}:
		<-s.release
	default: // nobody waits any more: later reads go through
	}
	return data, err
}

// TestReadUnderWayDoesNotOutliveAChange lets a change be heard of while the view
// is being read: what was read before the change must not be served after it.
func TestReadUnderWayDoesNotOutliveAChange(t *testing.T) {
	t.Parallel()
	w, source, leases := slowWorld(t)
	ctx := t.Context()
	type answer struct {
		snap *snapshot.Snapshot
		err  error
	}
	got := make(chan answer, 1)
	go func() {
		snap, err := leases.Get(ctx, "contoso")
		got <- answer{snap, err}
	}()
	<-source.read
	must(t, setState(tenants.Suspended)(ctx, w))
	now, _, err := w.store.Changes(ctx, "")
	must(t, err)
	for _, c := range now {
		leases.Heard(c)
	}
	close(source.release)
	if a := <-got; a.err != nil || a.snap.Organization.State != tenants.Suspended {
		t.Errorf("the view is from before the change: %+v", a)
	}
}

// TestWhoeverLeavesDoesNotTakeTheReadAway lets the first to ask for an
// organization hang up while it is being read: they hear so at once, and who
// asked after them still gets what was read.
func TestWhoeverLeavesDoesNotTakeTheReadAway(t *testing.T) {
	t.Parallel()
	_, source, leases := slowWorld(t)
	first, leave := context.WithCancel(t.Context())
	left, stayed := make(chan error, 1), make(chan error, 1)
	go func() {
		_, err := leases.Get(first, "contoso")
		left <- err
	}()
	<-source.read
	go func() {
		_, err := leases.Get(t.Context(), "contoso")
		stayed <- err
	}()
	leave()
	if err := <-left; fault.KindOf(err) != fault.Unavailable {
		t.Errorf("who left hears %v", err)
	}
	close(source.release)
	must(t, <-stayed)
}

// slowWorld is a world whose first view is held while it is read.
func slowWorld(t *testing.T) (*world, *slowSource, *snapshot.Leases) {
	t.Helper()
	w := newWorld(t)
	source := &slowSource{DB: w.store, read: make(chan struct{}), release: make(chan struct{})}
	leases := snapshot.NewLeases(source, w.builder(t), time.Now)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- leases.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		must(t, <-ended)
	})
	eventually(t, replicaLimit, "a first poll", func() bool { return leases.Fresh() == nil })
	return w, source, leases
}

// builder builds views as a replica of the world does.
func (w *world) builder(t *testing.T) snapshot.Builder {
	t.Helper()
	registry, err := tools.NewRegistry(builtin.Tools(builtin.Deps{}))
	must(t, err)
	authority, err := entra.LoopbackAuthority(w.places.Entra, w.places.Graph)
	must(t, err)
	return snapshot.Builder{
		Tools: registry, Secrets: w.box(t), Logger: slog.New(slog.DiscardHandler),
		Authority: func(tenants.Cloud) entra.Authority { return authority },
	}
}
