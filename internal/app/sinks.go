package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"gatehouse/internal/admin"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/egress"
	"gatehouse/internal/entra"
	"gatehouse/internal/jobs"
	"gatehouse/internal/limit"
	"gatehouse/internal/notify"
	"gatehouse/internal/sinks"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/store"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// What bringing something to a sink may take; of its answer little matters. How often
// is looked for what is due.
const (
	sinkPatience = 30 * time.Second
	sinkReply    = 256 << 10
	sinkEvery    = time.Second
)

// syslogPorts are those at which receivers of syslog over TLS are reached: its own
// (RFC 5425 §4.1), and the one that every network lets out.
var syslogPorts = []uint16{6514, 443}

// newSinks builds what brings logs to sinks, and returns its way out, which the
// caller closes. The way is of its own: where it leads organizations choose.
func newSinks(f *foundation, db *store.DB, tests *limit.Visitors) (*admin.Sinks, *egress.Client, error) {
	p := f.process
	web, err := egress.New(egress.Options{
		Loopback: loopbackOf(p.config), Timeout: sinkPatience, MaxResponseBytes: sinkReply, Tracer: p.telemetry.Tracer, Trust: p.config.ExtraCA,
	})
	if err != nil {
		return nil, nil, err
	}
	server, err := mailServer(p.config)
	if err != nil {
		return nil, web, err
	}
	sender, err := notify.New(notify.Options{Web: web, Server: server, Host: p.config.BaseURL.Hostname(), Now: p.now})
	if err != nil {
		return nil, web, err
	}
	trust, err := egress.Authorities(p.config.ExtraCA)
	if err != nil {
		return nil, web, err
	}
	dialer, err := egress.NewPublicDialer(loopbackOf(p.config), syslogPorts...)
	if err != nil {
		return nil, web, err
	}
	return admin.NewSinks(admin.SinkParts{
		Store: db, Keys: f.box, Now: p.now, Tests: tests,
		Carriers: map[tenants.SinkKind]sinks.Carrier{
			tenants.WebhookSink:  sinks.Webhook{Sender: sender},
			tenants.MailboxSink:  sinks.Mailbox{Sender: sender},
			tenants.StorageSink:  sinks.Storage{Web: web},
			tenants.OTLPSink:     sinks.OTLP{Web: web},
			tenants.SentinelSink: sinks.Sentinel{Web: web, Tokens: appTokens{f.asking}},
			tenants.SyslogSink:   sinks.Syslog{Dial: dialer.Dial, Host: p.config.BaseURL.Hostname(), Trust: trust},
		},
	}), web, nil
}

// newShipper builds what brings them what is due.
func newShipper(f *foundation, db *store.DB, s *admin.Sinks) (*sinks.Shipper, error) {
	observe, err := sinkMetrics(f.process.telemetry.Meter)
	if err != nil {
		return nil, err
	}
	return sinks.New(sinks.Options{
		Event: eventOf,
		Store: db, Log: logOf{db, f.asking.views}, Carriers: s.Carriers, Observe: observe, Logger: f.process.telemetry.Logger, Now: f.process.now, Every: sinkEvery,
		Prepare: func(ctx context.Context, org tenants.ID, t sinks.Task) (sinks.For, error) {
			snap, err := f.asking.views(ctx, org)
			if err != nil {
				return sinks.For{}, err
			}
			return s.Prepare(ctx, snap.Organization, t)
		},
	})
}

// appTokens satisfies sinks.AppTokens.
type appTokens struct{ *asking }

// ForApp gets a token of an organization's own app.
func (a appTokens) ForApp(ctx context.Context, o tenants.Organization, scope, refused string) (string, error) {
	snap, err := a.views(ctx, o.ID)
	if err != nil {
		return "", err
	}
	c := snap.Organization.Connection
	app := entra.App{TID: o.TID, ClientID: c.ClientID, Credential: snap.Credential(), Authority: a.authority(c.Cloud)}
	token, err := a.tokens.OfApp(ctx, o.ID, app, scope, refused)
	return token.Reveal(), err
}

// logOf satisfies sinks.Log.
type logOf struct {
	db    *store.DB
	views func(ctx context.Context, org tenants.ID) (*snapshot.Snapshot, error)
}

// Head implements sinks.Log.
func (l logOf) Head(ctx context.Context, org tenants.ID) (sinks.Head, error) {
	h, err := l.db.LogReach(ctx, org)
	if err != nil {
		return sinks.Head{}, err
	}
	common, err := l.db.PlatformLog(ctx)
	out := sinks.Head{Origin: h.Origin, Size: h.Size, First: h.First, SealedAt: h.SealedAt, Checkpoint: h.Checkpoint}
	if common.Size > 0 {
		out.Platform, out.PlatformSize = common.Checkpoint, common.Size
	}
	return out, err
}

// Entries implements sinks.Log.
func (l logOf) Entries(ctx context.Context, org tenants.ID, from, to int64, each func(sinks.Entry) error) error {
	snap, err := l.views(ctx, org)
	if err != nil {
		return err
	}
	var rows []seal.Row
	var leaves []proof.Hash
	err = l.db.SealedRows(ctx, org, seal.Query{From: from, To: to}, func(row seal.Row, leaf proof.Hash) error {
		rows, leaves = append(rows, row), append(leaves, leaf)
		return nil
	})
	if err != nil {
		return err
	}
	opener := seal.NewOpener(snap.Key, func(number int32) (seal.Person, error) { return l.db.LogPerson(ctx, org, number) })
	for i, row := range rows { // people are read while no connection is held
		r, err := opener.Values(row, leaves[i])
		if err != nil && !errors.Is(err, seal.ErrUnreadable) {
			return err
		}
		e := sinks.Entry{Seq: row.Seq, Leaf: leaves[i]}
		if err != nil { // what stands behind it goes on
			e = sinks.Unreadable(row.Seq, leaves[i], row.At)
		}
		for _, field := range r.Fields {
			if field.Value != nil {
				e.Fields = append(e.Fields, sinks.Member{Name: field.Name, Value: field.Value})
			}
		}
		if err := each(e); err != nil {
			return err
		}
	}
	return nil
}

// shipped satisfies sinks.Observer.
type shipped struct {
	attempts metric.Int64Counter
	lag      metric.Float64Histogram
}

func sinkMetrics(meter metric.Meter) (*shipped, error) {
	o, errs := &shipped{}, [2]error{}
	o.attempts, errs[0] = meter.Int64Counter(telemetry.SinkDeliveries, metric.WithUnit("{attempt}"), metric.WithDescription("Attempts to bring records or checkpoints to sinks, by what became of them"))
	o.lag, errs[1] = meter.Float64Histogram(telemetry.SinkLag, metric.WithUnit("s"), metric.WithDescription("How long ago the oldest was sealed of what has arrived at a sink"),
		metric.WithExplicitBucketBoundaries(1, 2, 5, 10, 30, 60, 300, 900, 3600, 7200, 21600, 86400))
	if err := errors.Join(errs[:]...); err != nil {
		return nil, fmt.Errorf("make metrics of sinks: %w", err)
	}
	return o, nil
}

// Brought implements sinks.Observer.
func (o *shipped) Brought(ctx context.Context, kind tenants.SinkKind, outcome sinks.Outcome, late time.Duration) {
	of := telemetry.SinkKindKey.String(string(kind))
	o.attempts.Add(ctx, 1, metric.WithAttributeSet(attribute.NewSet(of, telemetry.SinkOutcomeKey.String(string(outcome)))))
	if outcome == sinks.Arrived {
		o.lag.Record(ctx, late.Seconds(), metric.WithAttributeSet(attribute.NewSet(of)))
	}
}

// farewellChore brings sinks that get no more the record that says so.
func farewellChore(s *sinks.Shipper, db *store.DB) jobs.Chore {
	return jobs.Chore{Name: store.FarewellChore, Every: time.Hour, Do: func(ctx context.Context, org tenants.ID) (time.Duration, error) {
		again, err := s.SayFarewell(ctx, org, db)
		return again, gone(err)
	}}
}
