package telemetry

import (
	"context"
	"net/http"

	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Parent is a W3C trace context as it stands in a request's _meta (SEP-414:
// traceparent, tracestate and baggage, without a prefix). Empty fields are
// absent ones; malformed ones count as absent (W3C Trace Context §3.3).
type Parent struct{ TraceParent, TraceState, Baggage string }

// join returns ctx with p as its remote span, and whether p names one.
func (p Parent) join(ctx context.Context) (context.Context, bool) {
	// Not through the propagator: it reports what a stranger misspells to the
	// process's error handler.
	if bag, err := baggage.Parse(p.Baggage); err == nil && bag.Len() > 0 {
		ctx = baggage.ContextWithBaggage(ctx, bag)
	}
	if p.TraceParent == "" {
		return ctx, false
	}
	carrier := propagation.MapCarrier{"traceparent": p.TraceParent, "tracestate": p.TraceState}
	// The extraction starts from a context without a span: a malformed
	// traceparent must not be mistaken for the span that is there already.
	remote := trace.SpanContextFromContext(propagation.TraceContext{}.Extract(context.Background(), carrier))
	if !remote.IsValid() {
		return ctx, false
	}
	return trace.ContextWithRemoteSpanContext(ctx, remote), true
}

// FromHeaders returns ctx with the trace context of an HTTP request's headers,
// or ctx itself if they name none.
func FromHeaders(ctx context.Context, h http.Header) context.Context {
	parent := Parent{
		TraceParent: h.Get("Traceparent"),
		TraceState:  h.Get("Tracestate"),
		Baggage:     h.Get("Baggage"),
	}
	ctx, _ = parent.join(ctx)
	return ctx
}
