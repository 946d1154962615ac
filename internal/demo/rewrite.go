package demo

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"slices"
	"time"

	"gatehouse/internal/app"
	"gatehouse/internal/audit"
	"gatehouse/internal/config"
	"gatehouse/internal/devstack"
	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// logTables are what a log consists of, and what it comes to in numbers: those first
// that others need.
var logTables = []string{"audit_heads", "audit_keys", "audit_people", "audit_tiles", "audit_records", "usage_hours", "usage_people", "usage_clients"}

// holdLog keeps everybody from sealing until a transaction ends: whoever seals holds the
// head, too.
const holdLog = "SELECT FROM public.audit_heads WHERE org_id = $1 FOR UPDATE"

// forget is what goes when a log is rewritten.
func forget() (all []string) {
	for _, table := range slices.Backward(logTables) {
		all = append(all, "DELETE FROM "+table+" WHERE org_id = $1")
	}
	return all
}

// rewrite makes another log, in which nobody was ever refused.
func (t *tampering) rewrite(ctx context.Context, out io.Writer) error {
	var rows []audit.Row
	refused := 0
	for _, r := range t.all {
		if r.record.Outcome == audit.Refused {
			refused++
			r.row.Payload = bytes.Replace(r.row.Payload, []byte(`"outcome":"refused"`), []byte(`"outcome":"ok"`), 1)
		}
		rows = append(rows, r.row)
	}
	if refused == 0 {
		return errors.New("nobody was refused; there is nothing to hide")
	}
	if _, err := devstack.Exec(ctx, t.owner, keeping()); err != nil {
		return err
	}
	if _, err := devstack.Exec(ctx, t.owner, slices.Concat([]string{holdLog}, keepLog(), forget()), t.org.String()); err != nil {
		return err
	}
	if err := t.sealAgain(ctx, rows); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "the log is written anew, sealed and signed with the platform's own key: in %d of its %d records somebody was refused, and now nobody was\n", refused, len(rows))
	return err
}

// sealAgain seals records as if each had been sealed in its time.
func (t *tampering) sealAgain(ctx context.Context, rows []audit.Row) error {
	worker, err := t.as("gatehouse_worker", "worker password")
	if err != nil {
		return err
	}
	writer, err := t.as("gatehouse_audit_writer", "audit password")
	if err != nil {
		return err
	}
	c, err := t.configuration(worker)
	if err != nil {
		return err
	}
	tel, err := telemetry.Setup(ctx, telemetry.Options{Service: "gatehouse-dev", LogWriter: io.Discard, LogLevel: slog.LevelError})
	if err != nil {
		return err
	}
	clock := &pastClock{at: rows[0].At}
	past, err := app.OpenPast(ctx, app.WorkerOptions{Config: c, Telemetry: tel, Now: clock.Now})
	if err != nil {
		return err
	}
	outbox, err := store.OpenOutbox(ctx, writer)
	if err != nil {
		return errors.Join(err, past.Close())
	}
	defer outbox.Close()
	for len(rows) > 0 {
		n := 1
		for n < len(rows) && rows[n].At.Sub(rows[0].At) < time.Hour {
			n++
		}
		clock.reach(rows[n-1].At.Add(time.Second))
		err := outbox.Append(ctx, rows[:n])
		if err == nil {
			err = sealPatiently(ctx, past, t.org)
		}
		if err != nil {
			return errors.Join(err, past.Close())
		}
		rows = rows[n:]
	}
	return errors.Join(past.Close(), tel.Shutdown(ctx))
}

// configuration is the worker's, as far as sealing needs it.
func (t *tampering) configuration(worker string) (config.Worker, error) {
	kek := t.key.bytes("key-encryption key")
	return config.Source{ReadFile: os.ReadFile, Environ: append(sharedApp(t.key),
		"GATEHOUSE_ENVIRONMENT=development", "GATEHOUSE_BASE_URL=http://"+t.host, "GATEHOUSE_REDIS_URL=redis://localhost:1",
		"GATEHOUSE_KEK="+base64.StdEncoding.EncodeToString(kek[:]), "GATEHOUSE_ENTRA_URL="+t.file.EntraURL, "GATEHOUSE_GRAPH_URL="+t.file.GraphURL,
		"GATEHOUSE_ALLOW_LOOPBACK_EGRESS=true", "GATEHOUSE_DATABASE_URL="+worker, "GATEHOUSE_WORKER_LISTEN=localhost:0",
	)}.Worker()
}

// sealPatiently seals; the worker that runs may be about to find that it cannot.
func sealPatiently(ctx context.Context, past *app.Past, org tenants.ID) error {
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for range 250 {
		err := past.Seal(ctx, org)
		if fault.KindOf(err) != fault.NotFound || err == nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-again.C:
		}
	}
	return errors.New("the worker does not let go of the log; try again")
}

// as is the connection string of another role of the platform's.
func (t *tampering) as(role, password string) (string, error) {
	u, err := url.Parse(t.api)
	if err != nil {
		return "", fmt.Errorf("read database URL: %w", err)
	}
	u.User = url.UserPassword(role, t.key.Text(password))
	return u.String(), nil
}
