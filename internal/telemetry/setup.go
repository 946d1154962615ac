package telemetry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/metric"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// scope names this module as the source of its spans and instruments.
const scope = "gatehouse"

// Options is what a process knows about itself and where its signals go.
type Options struct {
	Service string // service.name: gatehouse-api, gatehouse-worker; required
	Version string // service.version

	LogWriter io.Writer    // required
	LogLevel  slog.Leveler // nil means info

	// OTLPEndpoint is the base URL of an OpenTelemetry collector that speaks
	// OTLP over HTTP: http://collector:4318. Traces go to /v1/traces below it,
	// metrics to /v1/metrics. Empty sends nothing.
	OTLPEndpoint string

	// SampleRatio is the share of traces kept, 0 to 1.
	SampleRatio float64

	// SpanProcessor and MetricReader receive the signals besides OTLP; nil
	// for none. Tests read spans and metrics through them.
	SpanProcessor sdktrace.SpanProcessor
	MetricReader  sdkmetric.Reader
}

// Telemetry is what Setup made. All fields are set, whatever the options.
type Telemetry struct {
	Logger     *slog.Logger
	Tracer     trace.Tracer
	Meter      metric.Meter
	Operations *Operations

	shutdown []func(context.Context) error
}

// Setup builds the logger, tracer, meter and operation recorder of a process.
// Without a destination nothing is recorded or exported, yet spans still have
// ids, so that log lines of one request can be found by its trace id. It fails
// on missing or contradictory options; an unreachable collector is no failure:
// it is logged as a warning whenever an export fails.
func Setup(ctx context.Context, o Options) (*Telemetry, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	t := &Telemetry{Logger: slog.New(newHandler(o.LogWriter, o.level()))}
	if err := t.build(ctx, o); err != nil {
		return nil, errors.Join(err, t.Shutdown(ctx))
	}
	if o.OTLPEndpoint != "" {
		reportExportErrors(ctx, t.Logger)
	}
	return t, nil
}

func (t *Telemetry) build(ctx context.Context, o Options) error {
	about := resource.NewSchemaless(
		semconv.ServiceName(o.Service),
		semconv.ServiceVersion(o.Version),
		semconv.ServiceInstanceID(uuid.NewString()), // two replicas must not write one time series
	)
	tracing, err := t.tracerProvider(ctx, o, about)
	if err != nil {
		return err
	}
	t.Tracer = tracing.Tracer(scope)
	metering, err := t.meterProvider(ctx, o, about)
	if err != nil {
		return err
	}
	t.Meter = metering.Meter(scope)
	t.Operations, err = newOperations(t.Tracer, t.Meter)
	return err
}

// Shutdown sends what is still queued and stops exporting. It waits for the
// collector no longer than ctx allows.
func (t *Telemetry) Shutdown(ctx context.Context) error {
	errs := make([]error, 0, len(t.shutdown))
	for _, stop := range t.shutdown {
		errs = append(errs, stop(ctx))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("shut down telemetry: %w", err)
	}
	return nil
}

func (t *Telemetry) tracerProvider(ctx context.Context, o Options, about *resource.Resource) (trace.TracerProvider, error) {
	options := []sdktrace.TracerProviderOption{sdktrace.WithResource(about)}
	if o.OTLPEndpoint == "" && o.SpanProcessor == nil {
		options = append(options, sdktrace.WithSampler(sdktrace.NeverSample()))
	} else {
		options = append(options, sdktrace.WithSampler(newSampler(o.SampleRatio)))
	}
	if o.SpanProcessor != nil {
		options = append(options, sdktrace.WithSpanProcessor(o.SpanProcessor))
	}
	if o.OTLPEndpoint != "" {
		exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(o.signal("v1/traces")))
		if err != nil {
			return nil, fmt.Errorf("start trace export: %w", err)
		}
		options = append(options, sdktrace.WithBatcher(exporter))
	}
	provider := sdktrace.NewTracerProvider(options...)
	t.shutdown = append(t.shutdown, provider.Shutdown)
	return provider, nil
}

func (t *Telemetry) meterProvider(ctx context.Context, o Options, about *resource.Resource) (metric.MeterProvider, error) {
	if o.OTLPEndpoint == "" && o.MetricReader == nil {
		return metricnoop.NewMeterProvider(), nil
	}
	options := []sdkmetric.Option{sdkmetric.WithResource(about)}
	if o.MetricReader != nil {
		options = append(options, sdkmetric.WithReader(o.MetricReader))
	}
	if o.OTLPEndpoint != "" {
		exporter, err := otlpmetrichttp.New(ctx, otlpmetrichttp.WithEndpointURL(o.signal("v1/metrics")))
		if err != nil {
			return nil, fmt.Errorf("start metric export: %w", err)
		}
		options = append(options, sdkmetric.WithReader(sdkmetric.NewPeriodicReader(exporter)))
	}
	provider := sdkmetric.NewMeterProvider(options...)
	t.shutdown = append(t.shutdown, provider.Shutdown)
	return provider, nil
}

// check reports every complaint about the options at once.
func (o Options) check() error {
	var errs []error
	if o.Service == "" {
		errs = append(errs, errors.New("telemetry: Service is empty; name the process"))
	}
	if o.LogWriter == nil {
		errs = append(errs, errors.New("telemetry: LogWriter is nil; say where logs go"))
	}
	if !(o.SampleRatio >= 0 && o.SampleRatio <= 1) { // written so that NaN fails too
		errs = append(errs, fmt.Errorf("telemetry: SampleRatio %v is not between 0 and 1", o.SampleRatio))
	}
	if u, err := url.Parse(o.OTLPEndpoint); o.OTLPEndpoint != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		errs = append(errs, fmt.Errorf("telemetry: OTLPEndpoint %q is not an http or https URL", o.OTLPEndpoint))
	}
	return errors.Join(errs...)
}

func (o Options) level() slog.Leveler {
	if o.LogLevel == nil {
		return slog.LevelInfo
	}
	return o.LogLevel
}

// signal returns the URL of one signal below the collector's base URL.
func (o Options) signal(path string) string {
	u, err := url.Parse(o.OTLPEndpoint)
	if err != nil {
		return o.OTLPEndpoint // check has refused it
	}
	return u.JoinPath(path).String()
}
