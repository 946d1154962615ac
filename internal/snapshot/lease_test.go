package snapshot_test

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/snapshot"
)

// TestLeaseEndsWhereTheClockIsSetBack: what was polled an hour from now says nothing.
func TestLeaseEndsWhereTheClockIsSetBack(t *testing.T) {
	t.Parallel()
	var off atomic.Int64
	now := func() time.Time { return time.Now().Add(time.Duration(off.Load())) }
	leases := snapshot.NewLeases(&rows{}, snapshot.Builder{Logger: slog.New(slog.DiscardHandler)}, now)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = leases.Run(ctx)
	}()
	for leases.Fresh() != nil {
		time.Sleep(time.Millisecond)
	}
	stop()
	<-ended
	off.Store(int64(-snapshot.LeaseLife / 2))
	if err := leases.Fresh(); err != nil {
		t.Errorf("set back a little: %v", err)
	}
	off.Store(int64(-time.Hour))
	if leases.Fresh() == nil {
		t.Error("nobody has polled, and the lease goes on for an hour")
	}
}
