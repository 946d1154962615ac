package telemetry_test

import (
	"bytes"
	"context"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"gatehouse/internal/telemetry"
)

// setup fills in what a test leaves out and shuts down at its end.
func setup(tb testing.TB, o telemetry.Options) *telemetry.Telemetry {
	tb.Helper()
	o.Service = "gatehouse-test"
	if o.LogWriter == nil {
		o.LogWriter = io.Discard
	}
	tel, err := telemetry.Setup(tb.Context(), o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := tel.Shutdown(ctx); err != nil {
			tb.Error(err)
		}
	})
	return tel
}

// recorded is a set-up whose spans and metrics can be read.
type recorded struct {
	*telemetry.Telemetry
	spans  *tracetest.SpanRecorder
	reader *sdkmetric.ManualReader
}

func record(tb testing.TB) recorded {
	tb.Helper()
	spans, reader := tracetest.NewSpanRecorder(), sdkmetric.NewManualReader()
	return recorded{setup(tb, telemetry.Options{SampleRatio: 1, SpanProcessor: spans, MetricReader: reader}), spans, reader}
}

func TestUnusableOptionsAreAllNamed(t *testing.T) {
	t.Parallel()
	_, err := telemetry.Setup(t.Context(), telemetry.Options{SampleRatio: math.NaN(), OTLPEndpoint: "collector:4318"})
	for _, field := range []string{"Service", "LogWriter", "SampleRatio", "OTLPEndpoint"} {
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("error = %v, want one that names %s", err, field)
		}
	}
}

func TestWithoutADestinationNothingIsRecordedAndSpansHaveIDs(t *testing.T) {
	t.Parallel()
	tel := setup(t, telemetry.Options{SampleRatio: 1})
	ctx, span := tel.Operations.Start(t.Context(), telemetry.Operation{
		Method: "tools/call", Parent: telemetry.Parent{TraceParent: traceparent("01")},
	})
	defer span.End(ctx, telemetry.Succeeded())
	around := trace.SpanFromContext(ctx)
	if around.IsRecording() || !around.SpanContext().IsValid() || around.SpanContext().TraceID().String() != traceID {
		t.Errorf("recording = %v, span context = %+v", around.IsRecording(), around.SpanContext())
	}
}

func TestOneEndpointReceivesTracesAndMetrics(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	received := map[string][]byte{}
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		received[r.URL.Path] = append(received[r.URL.Path], body...)
	}))
	t.Cleanup(collector.Close)

	tel, err := telemetry.Setup(t.Context(), telemetry.Options{
		Service: "gatehouse-test", Version: "1.2.3", LogWriter: io.Discard, OTLPEndpoint: collector.URL + "/base", SampleRatio: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, span := tel.Operations.Start(t.Context(), telemetry.Operation{Method: "tools/call", Tool: "whoami"})
	span.End(ctx, telemetry.Succeeded())
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	for path, words := range map[string][]string{
		"/base/v1/traces":  {"tools/call whoami", "gatehouse-test", "1.2.3"},
		"/base/v1/metrics": {"mcp.server.operation.duration", "gatehouse-test", "service.instance.id"},
	} {
		for _, word := range words {
			if !bytes.Contains(received[path], []byte(word)) {
				t.Errorf("%s has not received %q", path, word)
			}
		}
	}
}

func TestFailedExportIsAWarningInTheLog(t *testing.T) {
	// Not parallel: the SDK's error handler belongs to the process.
	collector := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(collector.Close)
	var out bytes.Buffer
	tel, err := telemetry.Setup(t.Context(), telemetry.Options{
		Service: "gatehouse-test", LogWriter: &out, OTLPEndpoint: collector.URL, SampleRatio: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, span := tel.Operations.Start(t.Context(), telemetry.Operation{Method: "ping"})
	span.End(ctx, telemetry.Succeeded())
	_ = tel.Shutdown(t.Context())
	if got := out.String(); !strings.Contains(got, `"WARN"`) || !strings.Contains(got, "telemetry export failed") {
		t.Errorf("log = %q", got)
	}
}

func TestMarksOfStrangersAreFollowedUpToALimit(t *testing.T) {
	t.Parallel()
	spans := tracetest.NewSpanRecorder()
	tel := setup(t, telemetry.Options{SampleRatio: 0, SpanProcessor: spans})
	for range 500 {
		ctx, span := tel.Operations.Start(t.Context(), telemetry.Operation{
			Method: "ping", Parent: telemetry.Parent{TraceParent: traceparent("01")},
		})
		span.End(ctx, telemetry.Succeeded())
	}
	if got := len(spans.Ended()); got < 20 || got > 100 {
		t.Errorf("%d of 500 marked operations recorded, want about 20", got)
	}
}

func TestUnmarkedTraceIsNotRecorded(t *testing.T) {
	t.Parallel()
	r := record(t)
	ctx, span := r.Operations.Start(t.Context(), telemetry.Operation{
		Method: "ping", Parent: telemetry.Parent{TraceParent: traceparent("00")},
	})
	span.End(ctx, telemetry.Succeeded())
	if got := len(r.spans.Ended()); got != 0 {
		t.Errorf("%d spans recorded", got)
	}
}
