package jobs

import (
	"context"
	"errors"
	"fmt"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"gatehouse/internal/membership"
	"gatehouse/internal/telemetry"
)

// metrics are those of the worker. Their names are telemetry's.
type metrics struct {
	lag     metric.Float64Histogram
	age     metric.Float64Histogram
	ends    metric.Int64Counter
	chores  metric.Int64Counter
	running metric.Int64UpDownCounter
}

// The boundaries, in seconds: of a lag around the interval of sweeps, of an age
// around the limits that organizations choose.
var (
	lagBuckets = []float64{0.5, 1, 2, 5, 10, 30, 60, 120, 300, 900, 3600}
	ageBuckets = []float64{10, 30, 60, 120, 240, 300, 600, 900, 1800, 3600, 7200, 14400, 86400}
)

func newMetrics(meter metric.Meter) (*metrics, error) {
	m := &metrics{}
	var errs [5]error
	m.lag, errs[0] = meter.Float64Histogram(telemetry.RefreshLag, metric.WithUnit("s"), metric.WithExplicitBucketBoundaries(lagBuckets...),
		metric.WithDescription("How long after it was due a membership refresh began"))
	m.age, errs[1] = meter.Float64Histogram(telemetry.MembershipAge, metric.WithUnit("s"), metric.WithExplicitBucketBoundaries(ageBuckets...),
		metric.WithDescription("How old what was known of a membership was when its refresh began"))
	m.ends, errs[2] = meter.Int64Counter(telemetry.Refreshes, metric.WithUnit("{refresh}"),
		metric.WithDescription("Membership refreshes by what became of them"))
	m.running, errs[3] = meter.Int64UpDownCounter(telemetry.ActiveJobs, metric.WithUnit("{task}"),
		metric.WithDescription("Tasks under way"))
	m.chores, errs[4] = meter.Int64Counter(telemetry.Chores, metric.WithUnit("{chore}"),
		metric.WithDescription("Chores of organizations by what became of them"))
	if err := errors.Join(errs[:]...); err != nil {
		return nil, fmt.Errorf("make metrics of the worker: %w", err)
	}
	return m, nil
}

// underWay counts a task until the function it returns is called.
func (m *metrics) underWay(ctx context.Context, task string) func() {
	of := metric.WithAttributeSet(attribute.NewSet(telemetry.JobKey.String(task)))
	m.running.Add(ctx, 1, of)
	return func() { m.running.Add(ctx, -1, of) }
}

// refreshed measures a refresh by what has come of it.
func (m *metrics) refreshed(ctx context.Context, o membership.Outcome) {
	if o.Result != membership.NotDue {
		m.lag.Record(ctx, max(0, o.Lag.Seconds()))
	}
	if o.Age > 0 {
		m.age.Record(ctx, o.Age.Seconds())
	}
	of := []attribute.KeyValue{telemetry.RefreshOutcomeKey.String(string(o.Result))}
	if o.Class != "" {
		of = append(of, telemetry.ErrorType.String(o.Class))
	}
	m.ends.Add(ctx, 1, metric.WithAttributeSet(attribute.NewSet(of...)))
}

// broken counts a refresh that a failure of our own ended.
func (m *metrics) broken(ctx context.Context) {
	m.ends.Add(ctx, 1, metric.WithAttributeSet(attribute.NewSet(telemetry.RefreshOutcomeKey.String("failed"))))
}

// chored counts a chore by what has come of it.
func (m *metrics) chored(ctx context.Context, chore, outcome string) {
	m.chores.Add(ctx, 1, metric.WithAttributeSet(attribute.NewSet(telemetry.ChoreKey.String(chore), telemetry.ChoreOutcomeKey.String(outcome))))
}
