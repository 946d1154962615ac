package app

import (
	"context"
	"errors"
	"fmt"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"gatehouse/internal/notify"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/watch"
)

// observed satisfies watch.Observer.
type observed struct{ alerts, deliveries metric.Int64Counter }

func watchMetrics(meter metric.Meter) (*observed, error) {
	o, errs := &observed{}, [2]error{}
	o.alerts, errs[0] = meter.Int64Counter(telemetry.Alerts, metric.WithUnit("{alert}"), metric.WithDescription("Alerts of organizations by kind, raised and resolved"))
	o.deliveries, errs[1] = meter.Int64Counter(telemetry.Deliveries, metric.WithUnit("{attempt}"), metric.WithDescription("Attempts to tell contacts by what became of them"))
	if err := errors.Join(errs[:]...); err != nil {
		return nil, fmt.Errorf("make metrics of alerts: %w", err)
	}
	return o, nil
}

// Alerted implements watch.Observer.
func (o *observed) Alerted(ctx context.Context, kind watch.Kind, became watch.Told) {
	o.alerts.Add(ctx, 1, metric.WithAttributeSet(attribute.NewSet(telemetry.AlertKey.String(string(kind)), telemetry.AlertChangeKey.String(string(became)))))
}

// Delivered implements watch.Observer.
func (o *observed) Delivered(ctx context.Context, kind notify.Kind, outcome watch.Outcome) {
	word := string(outcome)
	if outcome == watch.Waiting {
		word = "again"
	}
	o.deliveries.Add(ctx, 1, metric.WithAttributeSet(attribute.NewSet(telemetry.MessageKey.String(string(kind)), telemetry.DeliveryOutcomeKey.String(word))))
}
