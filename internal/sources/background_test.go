package sources_test

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/sources"
	"gatehouse/internal/tenants"
)

// counting gives no claim and counts who wanted one.
type counting struct {
	sources.Store
	claims atomic.Int64
	held   atomic.Bool
	gate   chan struct{} // claims wait for it; nil: they do not
}

func (c *counting) ClaimRefresh(context.Context, authz.Caller, sources.Claim) (sources.Standing, error) {
	c.claims.Add(1)
	if c.gate != nil {
		<-c.gate
	}
	return sources.Standing{Held: c.held.Load()}, nil
}

// empty is a replica that serves nobody.
type empty struct{}

func (empty) Of(context.Context, tenants.ID) (*snapshot.Snapshot, error) {
	return nil, fault.New(fault.NotFound, "there is no such organization")
}
func (empty) Heard(snapshot.Change)          {}
func (empty) InUse(func(*snapshot.Snapshot)) {}

// TestASourceThatKeepsTellingIsAskedOnceInAWhile: what it tells too soon is looked
// at later, and then once.
func TestASourceThatKeepsTellingIsAskedOnceInAWhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &counting{}
		r, err := sources.New(sources.Options{Store: store, Views: empty{}, Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
		must(t, err)
		org, source := tenants.NewID(), tenants.NewGUID()
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- r.Run(ctx) }()
		for want := range int64(3) {
			for range 100 {
				r.Changed(ctx, org, source)
				synctest.Wait()
			}
			if got := store.claims.Load(); got != want+1 {
				t.Errorf("asked %d times, want %d", got, want+1)
			}
			time.Sleep(31 * time.Second)
		}
		synctest.Wait()
		if got := store.claims.Load(); got != 4 {
			t.Errorf("asked %d times in the end", got)
		}
		time.Sleep(time.Hour)
		if got := store.claims.Load(); got != 4 {
			t.Errorf("asked %d times though nothing was told", got)
		}
		store.held.Store(true)
		r.Changed(ctx, org, source)
		time.Sleep(5 * time.Minute)
		if got := store.claims.Load(); got < 6 {
			t.Errorf("a change told while another replica asks is forgotten after %d", got)
		}
		stop()
		must(t, <-ended)
	})
}

// TestAChangeDuringASlowRefreshIsNotForgotten: that refresh may have asked before
// the change.
func TestAChangeDuringASlowRefreshIsNotForgotten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &counting{gate: make(chan struct{})}
		r, err := sources.New(sources.Options{Store: store, Views: empty{}, Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
		must(t, err)
		org, source := tenants.NewID(), tenants.NewGUID()
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- r.Run(ctx) }()
		r.Changed(ctx, org, source)
		time.Sleep(time.Minute)
		r.Changed(ctx, org, source)
		synctest.Wait()
		if got := store.claims.Load(); got != 1 {
			t.Errorf("asked %d times at once", got)
		}
		close(store.gate)
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := store.claims.Load(); got != 2 {
			t.Errorf("asked %d times, want once more after the change", got)
		}
		stop()
		must(t, <-ended)
	})
}

// TestHangingSourcesOfOneOrganizationKeepNoOtherWaiting: whatever one has that
// does not answer, it has its own share.
func TestHangingSourcesOfOneOrganizationKeepNoOtherWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &counting{gate: make(chan struct{})}
		r, err := sources.New(sources.Options{Store: store, Views: empty{}, Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
		must(t, err)
		hostile := tenants.NewID()
		for range 50 {
			r.Changed(t.Context(), hostile, tenants.NewGUID())
		}
		synctest.Wait()
		if got := store.claims.Load(); got != 2 {
			t.Errorf("%d sources of one organization are asked at a time, want 2", got)
		}
		r.Changed(t.Context(), tenants.NewID(), tenants.NewGUID())
		synctest.Wait()
		if got := store.claims.Load(); got != 3 {
			t.Errorf("%d sources are asked, want that of another organization too", got)
		}
		for range 50 {
			r.Changed(t.Context(), tenants.NewID(), tenants.NewGUID())
		}
		synctest.Wait()
		if got := store.claims.Load(); got != 16 {
			t.Errorf("%d sources are asked at a time by one process, want 16", got)
		}
		close(store.gate)
	})
}

// hanging is a store whose sources take a minute and a half to fail, until they do
// not.
type hanging struct {
	sources.Store
	claims atomic.Int64
	well   atomic.Bool
}

func (h *hanging) ClaimRefresh(context.Context, authz.Caller, sources.Claim) (sources.Standing, error) {
	h.claims.Add(1)
	if h.well.Load() {
		return sources.Standing{}, nil
	}
	time.Sleep(90 * time.Second) // nothing else happens at the end of it
	return sources.Standing{}, fault.New(fault.Unavailable, "did not answer in time")
}

// TestASourceThatHangsIsAskedLaterEachTime: and as before once it has answered.
func TestASourceThatHangsIsAskedLaterEachTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &hanging{}
		r, err := sources.New(sources.Options{Store: store, Views: empty{}, Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
		must(t, err)
		org, source := tenants.NewID(), tenants.NewGUID()
		during := func(minutes int) int64 {
			before := store.claims.Load()
			for range minutes {
				r.Changed(t.Context(), org, source)
				time.Sleep(time.Minute)
			}
			synctest.Wait()
			return store.claims.Load() - before
		}
		if got := during(25); got != 2 { // at 0 and 12; the next is at 34
			t.Errorf("asked %d times in 25 minutes", got)
		}
		if got := during(300); got > 5 {
			t.Errorf("asked %d times in the five hours after", got)
		}
		store.well.Store(true)
		during(100)
		if got := during(10); got != 10 {
			t.Errorf("asked %d times in ten minutes though it answers again", got)
		}
	})
}
