package tour

import (
	"bufio"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace/noop"

	"gatehouse/internal/audit/evidence"
	"gatehouse/internal/audit/filter"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/demo"
	"gatehouse/internal/egress"
	"gatehouse/internal/localca"
	"gatehouse/internal/manage"
	"gatehouse/internal/tenants"
)

// file is one that the tour writes.
func (t *tour) file(name string) string { return filepath.Join(t.Data, "tour", name) }

// tampering is the command that does something to the log, and what the auditor does
// then.
func (t *tour) tampering(how, name, against string) string {
	return fmt.Sprintf("go run ./cmd/gatehouse-dev tamper --data %s %s contoso; gatehouse audit export --org contoso --out %s; gatehouse audit verify %s --key %s%s",
		t.Data, how, t.file(name+".ndjson"), t.file(name+".ndjson"), t.file("log-key.txt"), against)
}

// tamper does to Contoso's log what whoever runs the platform could, or undoes it.
// It returns what was done in words.
func (t *tour) tamper(ctx context.Context, how demo.Tampering) (string, error) {
	var said strings.Builder
	err := demo.Tamper(ctx, t.Data, how, tenants.MustSlug("contoso"), &said)
	return said.String(), err
}

// auditor is a client of the management API for Dan, who audits Contoso.
func (t *tour) auditor(ctx context.Context) (*manage.Client, error) {
	cookie, err := t.session(ctx, "dan")
	if err != nil {
		return nil, err
	}
	base, err := url.Parse(t.at.BaseURL)
	if err != nil {
		return nil, err
	}
	var trust []*x509.Certificate
	if base.Scheme == "https" {
		authority, err := localca.Open(t.Data)
		if err != nil {
			return nil, err
		}
		trust = append(trust, authority.Certificate())
	}
	out, err := egress.New(egress.Options{Loopback: egress.AllowLoopback, Timeout: limit, MaxResponseBytes: 64 << 20, Tracer: noop.NewTracerProvider().Tracer("gatehouse"), Trust: trust})
	if err != nil {
		return nil, err
	}
	return &manage.Client{Base: *base, Org: tenants.MustSlug("contoso"), HTTP: out, Tokens: manage.Session(cookie)}, nil
}

// hold keeps the newest checkpoint of the log where its operator cannot change it, and
// its key, when everything of this tour is sealed.
func (t *tour) hold(ctx context.Context) error {
	client, err := t.auditor(ctx)
	if err != nil {
		return err
	}
	for {
		head, err := manage.ReadLogHead(ctx, client)
		if err != nil {
			return err
		}
		if head.Waiting == 0 && head.Size > 0 {
			err := os.MkdirAll(filepath.Dir(t.file("x")), 0o700)
			return errors.Join(err, os.WriteFile(t.file("checkpoint.txt"), []byte(head.Checkpoint), 0o600), os.WriteFile(t.file("log-key.txt"), []byte(head.KeyLines()), 0o600))
		}
		select {
		case <-ctx.Done():
			return errors.New("what has happened is not sealed; does the worker run?")
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// verified exports the log as Dan and verifies it against the key, and perhaps against
// the checkpoint that was held.
func (t *tour) verified(ctx context.Context, name string, against ...string) (report evidence.Report, err error) {
	client, err := t.auditor(ctx)
	if err != nil {
		return report, err
	}
	var trust evidence.Trust
	keys, err := os.ReadFile(t.file("log-key.txt"))
	if err != nil {
		return report, err
	}
	for line := range strings.Lines(string(keys)) {
		key, err := proof.ParseKey(strings.TrimSpace(line))
		if err != nil {
			return report, err
		}
		trust.Keys = append(trust.Keys, key)
	}
	if len(against) > 0 {
		if trust.Checkpoint, err = os.ReadFile(t.file(against[0])); err != nil {
			return report, err
		}
	}
	into, err := os.OpenFile(t.file(name+".ndjson"), os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, into.Close()) }()
	x := manage.LogExport{Filter: filter.Filter{}, Format: "evidence"}
	if trust.Checkpoint != nil {
		held, err := proof.ReadCheckpoint(trust.Checkpoint)
		if err != nil {
			return report, err
		}
		x.Checkpoints = []int64{held.Size}
	}
	if _, err := manage.ExportLog(ctx, client, x, into); err != nil {
		return report, fmt.Errorf("export the log: %w", err)
	}
	if _, err := into.Seek(0, io.SeekStart); err != nil {
		return report, err
	}
	return evidence.Verify(bufio.NewReader(into), trust)
}

func (t *tour) editRow(ctx context.Context) (string, error) {
	if err := t.hold(ctx); err != nil {
		return "", err
	}
	t.later(t.undo)
	said, err := t.tamper(ctx, demo.EditRow)
	if err != nil {
		return "", err
	}
	found, err := t.verified(ctx, "edited")
	if err != nil {
		return "", err
	}
	if found.Wrong == nil || found.Wrong.Seq < 0 {
		return "", fmt.Errorf("verify does not name the record: %s", found.String())
	}
	return said + found.String(), t.undo(ctx)
}

func (t *tour) rewriteLog(ctx context.Context) (string, error) {
	said, err := t.tamper(ctx, demo.RewriteLog)
	if err != nil {
		return "", err
	}
	alone, err := t.verified(ctx, "rewritten")
	if err != nil {
		return "", err
	}
	if alone.Wrong != nil {
		return "", fmt.Errorf("the log that was sealed anew is not even sound: %s", alone.String())
	}
	found, err := t.verified(ctx, "rewritten", "checkpoint.txt")
	if err != nil {
		return "", err
	}
	if found.Wrong == nil || !strings.Contains(found.Wrong.Error(), "the log was rewritten") {
		return "", fmt.Errorf("verify does not notice: %s", found.String())
	}
	return said + found.String(), nil
}

func (t *tour) restoreLog(ctx context.Context) (string, error) {
	if err := t.undo(ctx); err != nil {
		return "", err
	}
	found, err := t.verified(ctx, "whole", "checkpoint.txt")
	if err != nil {
		return "", err
	}
	var proven []string
	for line := range strings.Lines(found.String()) {
		if strings.HasPrefix(line, "completeness: proven") || strings.HasPrefix(line, "anchored since ") {
			proven = append(proven, line)
		}
	}
	if found.Wrong != nil || len(proven) != 2 { // what is younger than the checkpoint is not anchored yet
		return "", fmt.Errorf("it is not proven: %s", found.String())
	}
	return strings.Join(proven, ""), nil
}

// undo gives Contoso its log back.
func (t *tour) undo(ctx context.Context) error {
	_, err := t.tamper(ctx, demo.UndoAll)
	return err
}
