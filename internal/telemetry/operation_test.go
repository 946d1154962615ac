package telemetry_test

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"gatehouse/internal/telemetry"
)

const (
	traceID = "0af7651916cd43dd8448eb211c80319c"
	spanID  = "b7ad6b7169203331"
)

func traceparent(flags string) string { return "00-" + traceID + "-" + spanID + "-" + flags }

// run records one operation and returns its span.
func (r recorded) run(t *testing.T, op telemetry.Operation, outcome telemetry.Outcome) sdktrace.ReadOnlySpan {
	t.Helper()
	ctx, span := r.Operations.Start(t.Context(), op)
	span.End(ctx, outcome)
	ended := r.spans.Ended()
	return ended[len(ended)-1]
}

func wantSet(t *testing.T, got attribute.Set, want ...attribute.KeyValue) {
	t.Helper()
	if set := attribute.NewSet(want...); !got.Equals(&set) {
		t.Errorf("attributes = %s\n      want = %s", got.Encoded(attribute.DefaultEncoder()), set.Encoded(attribute.DefaultEncoder()))
	}
}

func TestSpanIsNamedAsTheConventionsSay(t *testing.T) {
	t.Parallel()
	span := record(t).run(t, telemetry.Operation{
		Method: "tools/call", Tool: "whoami", Org: "o", RequestID: "7", ProtocolVersion: "2026-07-28", SessionID: "s",
	}, telemetry.Succeeded())
	if span.Name() != "tools/call whoami" || span.SpanKind() != trace.SpanKindServer || span.Status().Code != codes.Unset {
		t.Errorf("span %q of kind %s with status %v", span.Name(), span.SpanKind(), span.Status())
	}
	wantSet(t, attribute.NewSet(span.Attributes()...),
		attribute.String("mcp.method.name", "tools/call"),
		attribute.String("gen_ai.tool.name", "whoami"),
		attribute.String("gen_ai.operation.name", "execute_tool"),
		attribute.String("gatehouse.org.id", "o"),
		attribute.String("jsonrpc.request.id", "7"),
		attribute.String("mcp.protocol.version", "2026-07-28"),
		attribute.String("mcp.session.id", "s"),
		attribute.String("network.transport", "tcp"),
	)
}

func TestUnknownMethodIsOther(t *testing.T) {
	t.Parallel()
	span := record(t).run(t, telemetry.Operation{}, telemetry.Refused(-32601))
	if span.Name() != "_OTHER" {
		t.Errorf("span name = %q", span.Name())
	}
}

func TestOutcomeDecidesErrorTypeAndStatus(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		outcome           telemetry.Outcome
		errorType, status string
		code              codes.Code
	}{
		"success":      {telemetry.Succeeded(), "", "", codes.Unset},
		"tool said no": {telemetry.ToolFailed(), "tool_error", "", codes.Unset},
		"refused":      {telemetry.Refused(-32602), "-32602", "-32602", codes.Unset},
		"failed":       {telemetry.Failed(-32603), "-32603", "-32603", codes.Error},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			span := record(t).run(t, telemetry.Operation{Method: "tools/call"}, row.outcome)
			set := attribute.NewSet(span.Attributes()...)
			errorType, _ := set.Value("error.type")
			status, _ := set.Value("rpc.response.status_code")
			if errorType.AsString() != row.errorType || status.AsString() != row.status || span.Status().Code != row.code {
				t.Errorf("error.type %q, status code %q, span status %v", errorType.AsString(), status.AsString(), span.Status())
			}
		})
	}
}

func TestParentComesFromMetaAndTheRequestIsLinked(t *testing.T) {
	t.Parallel()
	r := record(t)
	ctx, request := r.Tracer.Start(t.Context(), "POST")
	ctx, span := r.Operations.Start(ctx, telemetry.Operation{
		Method: "ping",
		Parent: telemetry.Parent{TraceParent: traceparent("01"), TraceState: "vendor=x", Baggage: "team=blue"},
	})
	if got := baggage.FromContext(ctx).Member("team").Value(); got != "blue" {
		t.Errorf("baggage = %q", got)
	}
	span.End(ctx, telemetry.Succeeded())
	ended := r.spans.Ended()[0]
	parent := ended.Parent()
	if parent.TraceID().String() != traceID || parent.SpanID().String() != spanID || !parent.IsRemote() || parent.TraceState().String() != "vendor=x" {
		t.Errorf("parent = %+v", parent)
	}
	if len(ended.Links()) != 1 || !ended.Links()[0].SpanContext.Equal(request.SpanContext()) {
		t.Errorf("links = %+v, want the request's span", ended.Links())
	}
}

func TestWithoutUsableMetaTheRequestIsTheParent(t *testing.T) {
	t.Parallel()
	for name, parent := range map[string]telemetry.Parent{
		"absent":           {},
		"malformed":        {TraceParent: "00-xyz"},
		"all zero":         {TraceParent: "00-00000000000000000000000000000000-0000000000000000-01"},
		"state without it": {TraceState: "vendor=x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := record(t)
			ctx, request := r.Tracer.Start(t.Context(), "POST")
			ctx, span := r.Operations.Start(ctx, telemetry.Operation{Method: "ping", Parent: parent})
			span.End(ctx, telemetry.Succeeded())
			ended := r.spans.Ended()[0]
			if !ended.Parent().Equal(request.SpanContext()) || len(ended.Links()) != 0 {
				t.Errorf("parent = %+v, links = %+v", ended.Parent(), ended.Links())
			}
		})
	}
}

func TestHeadersOfTheRequestAreLinkedLikeASpan(t *testing.T) {
	t.Parallel()
	r := record(t)
	header := http.Header{"Traceparent": {"00-" + traceID + "-00f067aa0ba902b7-01"}}
	ctx, span := r.Operations.Start(telemetry.FromHeaders(t.Context(), header), telemetry.Operation{
		Method: "ping", Parent: telemetry.Parent{TraceParent: traceparent("01")},
	})
	span.End(ctx, telemetry.Succeeded())
	ended := r.spans.Ended()[0]
	if ended.Parent().SpanID().String() != spanID {
		t.Errorf("parent = %+v", ended.Parent())
	}
	if len(ended.Links()) != 1 || ended.Links()[0].SpanContext.SpanID().String() != "00f067aa0ba902b7" {
		t.Errorf("links = %+v", ended.Links())
	}
	if ctx := t.Context(); telemetry.FromHeaders(ctx, http.Header{}) != ctx {
		t.Error("headers without a trace context changed the context")
	}
}

func TestHostileTraceContextIsHarmless(t *testing.T) {
	t.Parallel()
	long := make([]byte, 1<<20)
	for i := range long {
		long[i] = 'a'
	}
	for _, parent := range []telemetry.Parent{
		{TraceParent: string(long)},
		{TraceParent: traceparent("01"), TraceState: string(long), Baggage: string(long)},
		{TraceParent: "\x00\xff", TraceState: "\x00", Baggage: "\xff=;,\x00"},
	} {
		span := record(t).run(t, telemetry.Operation{Method: "ping", Parent: parent}, telemetry.Succeeded())
		if got := span.SpanContext().TraceState().Len(); got != 0 {
			t.Errorf("%d members of trace state", got)
		}
	}
}

func TestSpanCoversTheTimeFromTheArrival(t *testing.T) {
	t.Parallel()
	r := record(t)
	began := time.Now().Add(-3 * time.Second)
	span := r.run(t, telemetry.Operation{Method: "ping", Began: began}, telemetry.Succeeded())
	if !span.StartTime().Equal(began) {
		t.Errorf("start = %s, want %s", span.StartTime(), began)
	}
	if sum := r.points(t)[0].Sum; sum < 3 || sum > 60 {
		t.Errorf("duration = %v s, want a little over 3", sum)
	}
}

// points returns the histogram's time series.
func (r recorded) points(t *testing.T) []metricdata.HistogramDataPoint[float64] {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := r.reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			if m.Name == "mcp.server.operation.duration" && m.Unit == "s" {
				return m.Data.(metricdata.Histogram[float64]).DataPoints
			}
		}
	}
	t.Fatal("there is no histogram mcp.server.operation.duration in seconds")
	return nil
}

func TestDurationIsMeasuredPerMethodToolAndErrorType(t *testing.T) {
	t.Parallel()
	r := record(t)
	for range 3 {
		r.run(t, telemetry.Operation{Method: "tools/call", Tool: "whoami", RequestID: "1", Org: "o"}, telemetry.ToolFailed())
	}
	points := r.points(t)
	if len(points) != 1 || points[0].Count != 3 {
		t.Fatalf("points = %+v", points)
	}
	wantSet(t, points[0].Attributes,
		attribute.String("mcp.method.name", "tools/call"),
		attribute.String("gen_ai.tool.name", "whoami"),
		attribute.String("gen_ai.operation.name", "execute_tool"),
		attribute.String("error.type", "tool_error"),
	)
	want := []float64{0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300}
	if got := points[0].Bounds; len(got) != len(want) || got[0] != want[0] || got[13] != want[13] {
		t.Errorf("buckets = %v, want %v", got, want)
	}
}

func TestFloodOfToolNamesMakesABoundedNumberOfSeries(t *testing.T) {
	t.Parallel()
	r := record(t)
	for i := range 5000 {
		ctx, span := r.Operations.Start(t.Context(), telemetry.Operation{
			Method: "tools/call", Tool: "tool_" + strconv.Itoa(i),
			Parent: telemetry.Parent{TraceParent: traceparent("00")},
		})
		span.End(ctx, telemetry.Succeeded())
	}
	points := r.points(t)
	var total, untold uint64
	for _, p := range points {
		total += p.Count
		if _, told := p.Attributes.Value("gen_ai.tool.name"); !told {
			untold += p.Count
		}
	}
	if len(points) != 1001 || total != 5000 || untold != 4000 {
		t.Errorf("%d series of %d operations, %d of them without a tool", len(points), total, untold)
	}
}

func TestFloodOfEverythingMakesABoundedNumberOfSeries(t *testing.T) {
	t.Parallel()
	r := record(t)
	for i := range 3000 {
		ctx, span := r.Operations.Start(t.Context(), telemetry.Operation{
			Method: "method/" + strconv.Itoa(i), Parent: telemetry.Parent{TraceParent: traceparent("00")},
		})
		span.End(ctx, telemetry.Refused(i))
	}
	if got := len(r.points(t)); got != 1501 {
		t.Errorf("%d series, want 1500 and one for everything else", got)
	}
}

func TestStepIsBelowARecordedSpanOnly(t *testing.T) {
	t.Parallel()
	r := record(t)
	ctx, step := telemetry.StartStep(t.Context(), r.Tracer, "audit begin")
	step.End()
	if ctx != t.Context() || len(r.spans.Ended()) != 0 {
		t.Error("a step was recorded without a span around it")
	}
	ctx, around := r.Operations.Start(t.Context(), telemetry.Operation{Method: "ping"})
	_, step = telemetry.StartStep(ctx, r.Tracer, "audit begin")
	step.End()
	around.End(ctx, telemetry.Succeeded())
	ended := r.spans.Ended()
	if len(ended) != 2 || ended[0].Name() != "audit begin" || ended[0].Parent().SpanID() != ended[1].SpanContext().SpanID() {
		t.Errorf("spans = %v", ended)
	}
}

func TestStepWithinAnUnrecordedOperationKeepsItsIDs(t *testing.T) {
	t.Parallel()
	tel := setup(t, telemetry.Options{})
	ctx, around := tel.Operations.Start(t.Context(), telemetry.Operation{Method: "ping"})
	defer around.End(ctx, telemetry.Succeeded())
	stepped, step := telemetry.StartStep(ctx, tel.Tracer, "audit begin")
	step.End()
	if !trace.SpanContextFromContext(stepped).Equal(trace.SpanContextFromContext(ctx)) {
		t.Error("log lines of the step would lose the operation's ids")
	}
}

func TestUnrecordedOperationIsCheap(t *testing.T) {
	// Not parallel: AllocsPerRun counts for the whole process.
	tel := setup(t, telemetry.Options{})
	op := telemetry.Operation{Method: "tools/call", Tool: "whoami", Began: time.Now()}
	if got := testing.AllocsPerRun(1000, func() {
		ctx, span := tel.Operations.Start(t.Context(), op)
		span.End(ctx, telemetry.Succeeded())
	}); got > 8 {
		t.Errorf("%v allocations an operation, want at most 8", got)
	}
}

func BenchmarkOperation(b *testing.B) {
	for name, tel := range map[string]*telemetry.Telemetry{
		"nothing exported": setup(b, telemetry.Options{}),
		"recorded":         record(b).Telemetry,
	} {
		b.Run(name, func(b *testing.B) {
			op := telemetry.Operation{Method: "tools/call", Tool: "whoami", RequestID: "1"}
			b.ReportAllocs()
			for b.Loop() {
				ctx, span := tel.Operations.Start(b.Context(), op)
				span.End(ctx, telemetry.Succeeded())
			}
		})
	}
}
