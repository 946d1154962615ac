package telemetry

import (
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"golang.org/x/time/rate"
)

// followedPerSecond is how many traces a process records only because a caller
// marked them as sampled.
const followedPerSecond = 20

// newSampler keeps ratio of the traces that begin here. A trace that a client
// began follows the client's mark, but the mark is a stranger's wish: no more
// than followedPerSecond are followed, or any client could make this process
// record everything. A ratio of one records every marked trace.
func newSampler(ratio float64) sdktrace.Sampler {
	marked := sdktrace.AlwaysSample()
	if ratio < 1 {
		marked = &capped{limit: rate.NewLimiter(followedPerSecond, followedPerSecond)}
	}
	return sdktrace.ParentBased(
		sdktrace.TraceIDRatioBased(ratio),
		sdktrace.WithRemoteParentSampled(marked),
	)
}

// capped samples until its limit is reached.
type capped struct{ limit *rate.Limiter }

func (c *capped) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	result := sdktrace.SamplingResult{
		Decision:   sdktrace.Drop,
		Tracestate: trace.SpanContextFromContext(p.ParentContext).TraceState(),
	}
	if c.limit.Allow() {
		result.Decision = sdktrace.RecordAndSample
	}
	return result
}

func (c *capped) Description() string { return "CappedRemoteParent" }
