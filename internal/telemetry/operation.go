package telemetry

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
)

// Operation describes one served MCP request or notification.
type Operation struct {
	// Method is a JSON-RPC method this server knows; "" for any other, which
	// is recorded as _OTHER. It becomes a metric's attribute, so it must come
	// from a closed set.
	Method string
	// Tool is a tool this caller may call; "" for anything else. A name that
	// only the caller vouches for must not become an attribute.
	Tool string

	Org             string // the organization's id
	RequestID       string // the JSON-RPC id, as text
	ProtocolVersion string
	SessionID       string // names the session; never the session token itself

	Parent Parent    // from _meta; the span already in ctx becomes a link
	Began  time.Time // when the request arrived; zero means now
}

// other stands for a value outside a closed set, in the words of the
// OpenTelemetry conventions.
const other = "_OTHER"

// Operations records served MCP operations: one span and one measurement each.
// It is safe for concurrent use.
type Operations struct {
	tracer    trace.Tracer
	durations *durations
}

func newOperations(tracer trace.Tracer, meter metric.Meter) (*Operations, error) {
	d, err := newDurations(meter)
	if err != nil {
		return nil, err
	}
	return &Operations{tracer: tracer, durations: d}, nil
}

// Start begins the span of an operation. The returned context carries it; the
// Span must be ended exactly once. If op.Parent names a span, that one is the
// parent and the span in ctx (the HTTP request's) is linked; otherwise the span
// in ctx is the parent.
func (o *Operations) Start(ctx context.Context, op Operation) (context.Context, Span) {
	if op.Method == "" {
		op.Method = other
	}
	around := trace.SpanContextFromContext(ctx)
	ctx, joined := op.Parent.join(ctx)
	ctx, span := o.tracer.Start(ctx, op.Method, startOptions(op.Began)...)
	if span.IsRecording() {
		describe(span, op)
		if joined && around.IsValid() {
			span.AddLink(trace.Link{SpanContext: around})
		}
	}
	if op.Began.IsZero() {
		op.Began = time.Now()
	}
	return ctx, Span{operations: o, span: span, method: op.Method, tool: op.Tool, began: op.Began}
}

var (
	withServerKind = trace.WithSpanKind(trace.SpanKindServer)
	serverKind     = []trace.SpanStartOption{withServerKind}
)

func startOptions(began time.Time) []trace.SpanStartOption {
	if began.IsZero() {
		return serverKind
	}
	return []trace.SpanStartOption{withServerKind, trace.WithTimestamp(began)}
}

// describe names a span that is recorded. Spans that are not cost nothing here.
func describe(span trace.Span, op Operation) {
	attributes := []attribute.KeyValue{MCPMethod.String(op.Method), NetTransport.String("tcp")}
	if op.Tool != "" {
		span.SetName(op.Method + " " + op.Tool)
		attributes = append(attributes, GenAITool.String(op.Tool), GenAIOperation.String("execute_tool"))
	}
	for _, optional := range []struct {
		key   attribute.Key
		value string
	}{
		{OrganizationKey, op.Org},
		{JSONRPCRequest, op.RequestID},
		{MCPProtocol, op.ProtocolVersion},
		{MCPSession, op.SessionID},
	} {
		if optional.value != "" {
			attributes = append(attributes, optional.key.String(optional.value))
		}
	}
	span.SetAttributes(attributes...)
}

// Span is an operation under way.
type Span struct {
	operations *Operations
	span       trace.Span
	method     string
	tool       string
	began      time.Time
}

// End records the operation's outcome and duration. The context must be the one
// Start returned.
func (s *Span) End(ctx context.Context, outcome Outcome) {
	if s.span.IsRecording() {
		outcome.mark(s.span)
	}
	s.span.End()
	s.operations.durations.record(ctx, series{s.method, s.tool, outcome.errorType()}, time.Since(s.began))
}
