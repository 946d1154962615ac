package telemetry

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// series is one time series of the histogram.
type series struct{ method, tool, errorType string }

// maxSeries bounds the time series of a process. Tools have names that
// organizations choose, so past this number tools are no longer told apart;
// methods and error types still are, for another maxWithoutTool series. The sum
// stays below the SDK's own limit of 2000, which would drop all attributes.
const (
	maxSeries      = 1000
	maxWithoutTool = 500
)

// durations is the operation histogram with its attribute sets built once. The
// table is copied when a series is added, which happens a bounded number of
// times, so that reading it takes neither lock nor allocation.
type durations struct {
	histogram metric.Float64Histogram
	adding    sync.Mutex
	known     atomic.Pointer[map[series][]metric.RecordOption]
}

func newDurations(meter metric.Meter) (*durations, error) {
	histogram, err := meter.Float64Histogram(OperationDuration,
		metric.WithUnit("s"),
		metric.WithDescription("Duration of an MCP request or notification as observed by the server."),
		metric.WithExplicitBucketBoundaries(operationBuckets...))
	if err != nil {
		return nil, fmt.Errorf("create histogram %s: %w", OperationDuration, err)
	}
	d := &durations{histogram: histogram}
	d.known.Store(&map[series][]metric.RecordOption{})
	return d, nil
}

func (d *durations) record(ctx context.Context, s series, took time.Duration) {
	if !d.histogram.Enabled(ctx) {
		return
	}
	options, ok := (*d.known.Load())[s]
	if !ok {
		options = d.add(s)
	}
	d.histogram.Record(ctx, took.Seconds(), options...)
}

// add returns the attributes of a series that is not known yet. When the table
// is full it returns those of the series without its tool, and when even that
// one is new, those of the one series for everything else.
func (d *durations) add(s series) []metric.RecordOption {
	d.adding.Lock()
	defer d.adding.Unlock()
	known := *d.known.Load()
	if len(known) >= maxSeries {
		s.tool = ""
	}
	if options, ok := known[s]; ok {
		return options
	}
	if len(known) >= maxSeries+maxWithoutTool {
		return series{method: other}.options()
	}
	options := s.options()
	extended := maps.Clone(known)
	extended[s] = options
	d.known.Store(&extended)
	return options
}

func (s series) options() []metric.RecordOption {
	attributes := []attribute.KeyValue{MCPMethod.String(s.method)}
	if s.tool != "" {
		attributes = append(attributes, GenAITool.String(s.tool), GenAIOperation.String("execute_tool"))
	}
	if s.errorType != "" {
		attributes = append(attributes, ErrorType.String(s.errorType))
	}
	return []metric.RecordOption{metric.WithAttributeSet(attribute.NewSet(attributes...))}
}
