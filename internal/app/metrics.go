package app

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"gatehouse/internal/audit"
)

// auditMetrics returns what counts the observations of the audit log: how many
// records each signal concerned, and how long appends took.
func auditMetrics(meter metric.Meter) (func(audit.Observation), error) {
	records, err := meter.Int64Counter("gatehouse.audit.records", metric.WithUnit("{record}"),
		metric.WithDescription("Audit records by what became of them"))
	if err != nil {
		return nil, fmt.Errorf("make audit metrics: %w", err)
	}
	appends, err := meter.Float64Histogram("gatehouse.audit.append.duration", metric.WithUnit("s"),
		metric.WithDescription("Time to make a batch of audit records durable"))
	if err != nil {
		return nil, fmt.Errorf("make audit metrics: %w", err)
	}
	signals := map[audit.Signal]metric.MeasurementOption{}
	for _, s := range []audit.Signal{audit.Committed, audit.CommitFailed, audit.Poisoned, audit.Rejected, audit.Lost, audit.TurnedAway} {
		signals[s] = metric.WithAttributeSet(attribute.NewSet(attribute.String("gatehouse.audit.signal", string(s))))
	}
	return func(o audit.Observation) {
		ctx := context.Background()
		records.Add(ctx, int64(o.Rows), signals[o.Signal])
		if o.Took > 0 {
			appends.Record(ctx, o.Took.Seconds(), signals[o.Signal])
		}
	}, nil
}
