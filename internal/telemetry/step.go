package telemetry

import (
	"context"

	"go.opentelemetry.io/otel/trace"
)

// StartStep begins a span for one step of a recorded operation: a Graph call,
// an audit append. When the span in ctx is not recorded it returns ctx and that
// span's context unchanged, at the price of a look into ctx. The returned span
// must be ended; ending it never ends the span around it.
func StartStep(ctx context.Context, tracer trace.Tracer, name string, options ...trace.SpanStartOption) (context.Context, trace.Span) {
	if around := trace.SpanFromContext(ctx); !around.IsRecording() {
		return ctx, trace.SpanFromContext(context.Background())
	}
	return tracer.Start(ctx, name, options...) //nolint:spancheck // the caller ends it
}
