package app

import (
	"context"
	"errors"
	"fmt"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"gatehouse/internal/graph"
	"gatehouse/internal/telemetry"
)

// graphMetrics returns what counts the resource units of Graph that are spent, and what
// was not asked or not answered for want of them.
func graphMetrics(meter metric.Meter) (func(graph.Observation), error) {
	var errs [2]error
	units, err := meter.Int64Counter(telemetry.GraphUnits, metric.WithUnit("{unit}"),
		metric.WithDescription("Resource units of Microsoft Graph spent on memberships"))
	errs[0] = err
	refusals, err := meter.Int64Counter(telemetry.GraphRefusals, metric.WithUnit("{question}"),
		metric.WithDescription("Questions about memberships that Microsoft Graph was not asked, or did not answer, to keep within its limits"))
	errs[1] = err
	if err := errors.Join(errs[:]...); err != nil {
		return nil, fmt.Errorf("make metrics of Graph: %w", err)
	}
	return func(o graph.Observation) {
		priority := telemetry.GraphPriorityKey.String(string(o.Priority))
		if o.Signal == graph.Spent {
			units.Add(context.Background(), o.Units, metric.WithAttributeSet(attribute.NewSet(priority)))
			return
		}
		refusals.Add(context.Background(), 1, metric.WithAttributeSet(attribute.NewSet(priority, telemetry.GraphRefusalKey.String(string(o.Signal)))))
	}, nil
}
