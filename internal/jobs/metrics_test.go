package jobs_test

import (
	"context"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"gatehouse/internal/membership"
	"gatehouse/internal/telemetry"
)

// measured returns what a reader has of one metric.
func measured(t *testing.T, reader sdkmetric.Reader, name string) metricdata.Aggregation {
	t.Helper()
	var all metricdata.ResourceMetrics
	must(t, reader.Collect(t.Context(), &all))
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			if m.Name == name {
				return m.Data
			}
		}
	}
	t.Fatalf("nothing is measured as %s", name)
	return nil
}

// answers is a Refresher that has each person come to an outcome of the test's.
type answers func(who membership.Due) (membership.Outcome, error)

// Refresh implements jobs.Refresher.
func (a answers) Refresh(_ context.Context, who membership.Due) (membership.Outcome, error) {
	return a(who)
}

func TestRefreshesAreMeasured(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	reader := sdkmetric.NewManualReader()
	r.meter = sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)).Meter("test")
	r.stuck = make(chan struct{})
	r.add(2)
	r.run(t, r.worker(t, r.options()))
	eventually(t, "they are under way", func() bool { return r.under() == 2 })
	running, _ := measured(t, reader, telemetry.ActiveJobs).(metricdata.Sum[int64])
	want := attribute.NewSet(telemetry.JobKey.String("membership:refresh"))
	found := false
	for _, p := range running.DataPoints {
		if p.Attributes.Equals(&want) {
			found = true
			if p.Value != 2 {
				t.Errorf("%d tasks are under way", p.Value)
			}
		}
	}
	if !found {
		t.Errorf("tasks under way are %+v", running.DataPoints)
	}
	close(r.stuck)
	eventually(t, "they are done", func() bool { return r.left() == 0 })
	r.wantNothingKept(t)
	for name, sum := range map[string]float64{telemetry.RefreshLag: 6, telemetry.MembershipAge: 480} {
		h, _ := measured(t, reader, name).(metricdata.Histogram[float64])
		if len(h.DataPoints) != 1 || h.DataPoints[0].Count != 2 || h.DataPoints[0].Sum != sum {
			t.Errorf("%s is %+v", name, h.DataPoints)
		}
	}
}

func TestOutcomesAreCountedByClass(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	reader := sdkmetric.NewManualReader()
	r.meter = sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)).Meter("test")
	org := r.add(1)
	o := r.options()
	next := make(chan membership.Outcome, 4)
	next <- membership.Outcome{Result: membership.Delayed, Class: "throttled"}
	next <- membership.Outcome{Result: membership.NotDue}
	next <- membership.Outcome{Result: membership.Unchanged}
	next <- membership.Outcome{}
	o.Refresher = answers(func(who membership.Due) (membership.Outcome, error) {
		if who.Org != org {
			t.Errorf("asked about %v", who)
		}
		select {
		case outcome := <-next:
			if outcome.Result == "" {
				return outcome, context.DeadlineExceeded
			}
			return outcome, nil
		default:
			return membership.Outcome{Result: membership.NotDue}, nil
		}
	})
	w := r.worker(t, o)
	r.run(t, w)
	for range 3 {
		w.SweepForTest(t.Context())
		r.wantNothingKept(t)
	}
	eventually(t, "each has come", func() bool { return len(next) == 0 })
	counts := map[string]int64{}
	eventually(t, "each is counted", func() bool {
		ends, _ := measured(t, reader, telemetry.Refreshes).(metricdata.Sum[int64])
		for _, p := range ends.DataPoints {
			result, _ := p.Attributes.Value(telemetry.RefreshOutcomeKey)
			class, _ := p.Attributes.Value(telemetry.ErrorType)
			counts[result.AsString()+" "+class.AsString()] = p.Value
		}
		return len(counts) == 4
	})
	for _, of := range []string{"put off throttled", "unchanged ", "failed "} {
		if counts[of] != 1 {
			t.Errorf("%s: %d, of %v", of, counts[of], counts)
		}
	}
	lags, _ := measured(t, reader, telemetry.RefreshLag).(metricdata.Histogram[float64])
	if len(lags.DataPoints) != 1 || lags.DataPoints[0].Count != 2 {
		t.Errorf("the lag of what was not due is measured: %+v", lags.DataPoints)
	}
}
