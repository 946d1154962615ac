package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"go.opentelemetry.io/otel/trace/noop"

	"gatehouse/internal/config"
	"gatehouse/internal/secrets"
	"gatehouse/internal/store"
	"gatehouse/internal/telemetry"
)

// RotateKEK wraps the platform's key and every organization's under the current
// version of the configured key-encryption key and says what it did, also when it
// ends early: running it again goes on from there.
func RotateKEK(ctx context.Context, c config.API, out io.Writer, now func() time.Time) (err error) {
	tracer := noop.NewTracerProvider().Tracer("")
	outbound, err := newEgress(process{config: c.Process, telemetry: &telemetry.Telemetry{Tracer: tracer}, now: now})
	if err != nil {
		return err
	}
	defer outbound.Close()
	kek, err := vaults{c.Process, outbound, tracer}.newKEK(ctx)
	if err != nil {
		return err
	}
	box, err := secrets.NewBox(kek)
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, c.DatabaseURL.Reveal(), now)
	if err != nil {
		return about("GATEHOUSE_DATABASE_URL", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	report, err := secrets.Rotate(ctx, wrappedKeys{db}, box)
	printRotation(out, report)
	return err
}

func printRotation(out io.Writer, r secrets.Rotation) {
	_, _ = fmt.Fprintf(out, "key-encryption key  %s\n", r.Version)
	for _, line := range []struct {
		what  string
		count int
	}{{"wrapped anew", r.Rewrapped}, {"current already", r.Current}, {"changed meanwhile", r.Changed}, {"failed", r.Failed}} {
		_, _ = fmt.Fprintf(out, "%-18s  %d\n", line.what, line.count)
	}
}
