package app

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/metric"

	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/keys"
	"gatehouse/internal/store"
	"gatehouse/internal/telemetry"
)

// newSealer builds what makes logs of what waits.
func newSealer(f *foundation, db *store.DB, every time.Duration) (*seal.Sealer, error) {
	p := f.process
	meter, err := logMetrics(p.telemetry.Meter, p.now)
	if err != nil {
		return nil, err
	}
	host := p.config.BaseURL.Host
	return seal.New(seal.Options{
		Store: db, Keys: checkpointKeys{f.checkpoints, host}, Unlock: f.box.Open, Host: host, Now: p.now,
		Clock: func() proof.Clock { return proof.Clock{Source: "database", Ahead: db.ClockAhead()} },
		Every: every, Logger: p.telemetry.Logger, Meter: meter,
	})
}

// checkpointKeys satisfies seal.Keys: keys are named after the deployment's host. One
// that has signed under another name does so once more.
type checkpointKeys struct {
	keys *keys.CheckpointSigner
	host string
}

// Current implements seal.Keys.
func (k checkpointKeys) Current(ctx context.Context, last proof.Key) (proof.Signer, error) {
	private, err := k.keys.Current(ctx, last.Public())
	return named(k.host, private, err)
}

// Former implements seal.Keys.
func (k checkpointKeys) Former(ctx context.Context, key proof.Key) (proof.Signer, error) {
	private, err := k.keys.Former(ctx, key.Public())
	return named(key.Name(), private, err)
}

func named(name string, private crypto.Signer, err error) (proof.Signer, error) {
	if err != nil {
		return proof.Signer{}, err
	}
	return proof.NewSigner(name, private)
}

// sealed satisfies seal.Meter.
type sealed struct {
	records metric.Int64Counter
	failed  metric.Int64Counter
	batches metric.Float64Histogram

	waiting atomic.Int64 // organizations
	since   atomic.Int64 // in nanoseconds since 1970; 0: none waits
}

func logMetrics(meter metric.Meter, now func() time.Time) (*sealed, error) {
	s, errs := &sealed{}, [5]error{}
	s.records, errs[0] = meter.Int64Counter(telemetry.LogSealed, metric.WithUnit("{record}"), metric.WithDescription("Records sealed into organizations' logs"))
	s.failed, errs[1] = meter.Int64Counter(telemetry.LogFailures, metric.WithUnit("{attempt}"), metric.WithDescription("Attempts to seal that failed"))
	s.batches, errs[2] = meter.Float64Histogram(telemetry.LogBatch, metric.WithUnit("s"), metric.WithDescription("How long it took to seal a batch of an organization"))
	_, errs[3] = meter.Int64ObservableGauge(telemetry.LogWaiting, metric.WithUnit("{organization}"), metric.WithDescription("Organizations of which records waited at the last look"),
		metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error {
			o.Observe(s.waiting.Load())
			return nil
		}))
	_, errs[4] = meter.Float64ObservableGauge(telemetry.LogLag, metric.WithUnit("s"), metric.WithDescription("How long the oldest record that waits has waited"),
		metric.WithFloat64Callback(func(_ context.Context, o metric.Float64Observer) error {
			o.Observe(s.lag(now()).Seconds())
			return nil
		}))
	if err := errors.Join(errs[:]...); err != nil {
		return nil, fmt.Errorf("make metrics of logs: %w", err)
	}
	return s, nil
}

func (s *sealed) lag(now time.Time) time.Duration {
	since := s.since.Load()
	if since == 0 {
		return 0
	}
	return max(now.Sub(time.Unix(0, since)), 0)
}

// Sealed implements seal.Meter.
func (s *sealed) Sealed(ctx context.Context, records int, took time.Duration) {
	s.records.Add(ctx, int64(records))
	s.batches.Record(ctx, took.Seconds())
}

// Failed implements seal.Meter.
func (s *sealed) Failed(ctx context.Context) { s.failed.Add(ctx, 1) }

// Waiting implements seal.Meter.
func (s *sealed) Waiting(organizations int, since time.Time) {
	s.waiting.Store(int64(organizations))
	s.since.Store(0)
	if !since.IsZero() {
		s.since.Store(since.UnixNano())
	}
}
