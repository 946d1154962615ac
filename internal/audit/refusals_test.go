package audit_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// count runs refusal counters in a bubble and returns a function that ends them.
func count(t *testing.T, log *audit.Log, limits audit.RefusalLimits) (*audit.Refusals, func()) {
	t.Helper()
	refusals, err := audit.NewRefusals(log, limits)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- refusals.Run(ctx) }()
	return refusals, func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// summaries returns the counts stored, by reason, source and minute.
func summaries(t *testing.T, store *outbox) map[string]int64 {
	t.Helper()
	counts := map[string]int64{}
	for _, r := range store.records(t) {
		if r.Kind != audit.RefusalSummary || r.Outcome != audit.Refused || r.Actor.Kind != "nobody" {
			t.Errorf("record %+v", r)
		}
		counts[fmt.Sprintf("%s %s %s", r.Reason, r.Source, r.Minute.Format("15:04"))] += r.Count
	}
	return counts
}

func wantCounts(t *testing.T, got, want map[string]int64) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("\n got %v\nwant %v", got, want)
	}
}

var generous = audit.RefusalLimits{Counters: 100, Organization: 100}

func TestRefusalsBecomeOneRecordPerReasonSourceAndMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store, org := &outbox{}, tenants.NewID()
		log := start(t, store, options())
		refusals, stop := count(t, log, generous)
		for range 1000 {
			refusals.Count(org, "expired", netip.MustParseAddr("192.0.2.7"))
		}
		refusals.Count(org, "expired", netip.MustParseAddr("::ffff:192.0.2.99"))
		refusals.Count(org, "wrong_issuer", netip.MustParseAddr("192.0.2.7"))
		refusals.Count(org, "expired", netip.MustParseAddr("2001:db8:1:2::1%eth0"))
		refusals.Count(org, "expired", netip.MustParseAddr("2001:db8:1:ffff::1"))
		refusals.Count(org, "expired", netip.Addr{})
		<-time.After(59 * time.Second)
		if n := store.appends(); n != 0 {
			t.Errorf("%d commits within the minute", n)
		}
		<-time.After(2 * time.Second)
		refusals.Count(org, "expired", netip.MustParseAddr("192.0.2.7"))
		synctest.Wait()
		want := map[string]int64{
			"expired 192.0.2.0/24 00:00": 1001, "wrong_issuer 192.0.2.0/24 00:00": 1,
			"expired 2001:db8:1::/48 00:00": 2, "expired other 00:00": 1,
		}
		wantCounts(t, summaries(t, store), want)
		if n := len(store.records(t)); n != 4 {
			t.Errorf("%d records, want 4", n)
		}
		stop()
		want["expired 192.0.2.0/24 00:01"] = 1
		wantCounts(t, summaries(t, store), want)
	})
}

func TestRefusalsFromEverywhereStayBounded(t *testing.T) {
	t.Parallel()
	for name, limits := range map[string]audit.RefusalLimits{
		"of one organization": {Counters: 1000, Organization: 10},
		"of all":              {Counters: 10, Organization: 1000},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store, org := &outbox{}, tenants.NewID()
				log := start(t, store, options())
				refusals, stop := count(t, log, limits)
				for i := range 5000 {
					refusals.Count(org, "bad_signature", netip.AddrFrom4([4]byte{10, byte(i >> 8), byte(i), 1}))
				}
				stop()
				got := summaries(t, store)
				if len(got) != 11 || got["bad_signature other 00:00"] != 4990 {
					t.Errorf("%d counters, %d of them other; want 11 and 4990", len(got), got["bad_signature other 00:00"])
				}
			})
		})
	}
}

func TestRefusalsOfAFloodedOrganizationLeaveRoomForOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store, flooded, other := &outbox{}, tenants.NewID(), tenants.NewID()
		log := start(t, store, options())
		refusals, stop := count(t, log, audit.RefusalLimits{Counters: 100, Organization: 10})
		for i := range 500 {
			refusals.Count(flooded, "expired", netip.AddrFrom4([4]byte{10, byte(i >> 8), byte(i), 1}))
		}
		refusals.Count(other, "expired", netip.MustParseAddr("192.0.2.7"))
		stop()
		for _, r := range store.records(t) {
			if r.Org == other && r.Source != "192.0.2.0/24" {
				t.Errorf("the other organization's refusal is from %s", r.Source)
			}
		}
	})
}

func TestRefusalsOutliveAStoreThatFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var down atomic.Bool
		down.Store(true)
		store := &outbox{before: func(context.Context, []audit.Row) error {
			if down.Load() {
				return errors.New("connection refused")
			}
			return nil
		}}
		org := tenants.NewID()
		log := start(t, store, options())
		refusals, stop := count(t, log, audit.RefusalLimits{Counters: 1000, Organization: 1000})
		want := map[string]int64{}
		for i := range 200 {
			refusals.Count(org, "expired", netip.AddrFrom4([4]byte{10, 0, byte(i), 1}))
			want[fmt.Sprintf("expired 10.0.%d.0/24 00:00", i)] = 1
		}
		<-time.After(90 * time.Second)
		if n := len(store.records(t)); n != 0 {
			t.Fatalf("%d records in a store that fails", n)
		}
		down.Store(false)
		<-time.After(time.Minute)
		wantCounts(t, summaries(t, store), want)
		stop()
		wantCounts(t, summaries(t, store), want)
	})
}

func TestMinuteThatIsNotOverIsNotWritten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var ahead atomic.Int64
		now := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
		store := &outbox{}
		log, err := audit.NewLog(store, options(), audit.NewScribe(now), slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- log.Run(context.Background()) }()
		refusals, stop := count(t, log, generous)
		synctest.Wait()
		ahead.Store(int64(time.Minute))
		refusals.Count(tenants.NewID(), "expired", netip.MustParseAddr("192.0.2.7"))
		ahead.Store(0)
		<-time.After(time.Minute + time.Second)
		wantCounts(t, summaries(t, store), map[string]int64{})
		<-time.After(time.Minute)
		wantCounts(t, summaries(t, store), map[string]int64{"expired 192.0.2.0/24 00:01": 1})
		stop()
		if err := errors.Join(log.Close(t.Context()), <-ended); err != nil {
			t.Error(err)
		}
	})
}

func TestRefusalLimitsAreRequired(t *testing.T) {
	t.Parallel()
	log := start(t, &outbox{}, options())
	for _, limits := range []audit.RefusalLimits{{}, {Counters: 1}, {Organization: 1}} {
		if _, err := audit.NewRefusals(log, limits); err == nil || fault.KindOf(err) != fault.Invalid {
			t.Errorf("%+v: %v, want Invalid", limits, err)
		}
	}
}
