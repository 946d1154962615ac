package demo

import (
	"context"
	"fmt"
	"io"
	"slices"

	"gatehouse/internal/audit"
	"gatehouse/internal/devstack"
	"gatehouse/internal/store"
)

// What is tampered with is copied first, into a schema that nothing else knows. A copy
// that is there already is of what was there before, and stays.

// keeping makes the tables of the copies.
func keeping() []string {
	all := []string{"CREATE SCHEMA IF NOT EXISTS tampering"}
	for _, table := range logTables {
		all = append(all, "CREATE TABLE IF NOT EXISTS tampering."+table+" (LIKE public."+table+" INCLUDING INDEXES)")
	}
	return all
}

// keepRecord copies one record.
func (t *tampering) keepRecord(ctx context.Context, seq int64) error {
	if _, err := devstack.Exec(ctx, t.owner, keeping()); err != nil {
		return err
	}
	const one = "INSERT INTO tampering.audit_records SELECT * FROM public.audit_records WHERE org_id = $1 AND seq = $2 ON CONFLICT DO NOTHING"
	_, err := devstack.Exec(ctx, t.owner, []string{one}, t.org.String(), seq)
	return err
}

// keepLog copies a log that is about to be rewritten, unless that happened before. The
// head is what tells so, and comes last.
func keepLog() (all []string) {
	for _, table := range slices.Backward(logTables) {
		all = append(all, "INSERT INTO tampering."+table+" SELECT * FROM public."+table+
			" WHERE org_id = $1 AND NOT EXISTS (SELECT FROM tampering.audit_heads WHERE org_id = $1) ON CONFLICT DO NOTHING")
	}
	return all
}

// undo puts back what was there before. What was sealed into a rewritten log since then
// waits to be sealed into the old one.
func (t *tampering) undo(ctx context.Context, out io.Writer) error {
	if _, err := devstack.Exec(ctx, t.owner, keeping()); err != nil {
		return err
	}
	const rewritten = "SELECT FROM tampering.audit_heads WHERE org_id = $1"
	heads, err := devstack.Exec(ctx, t.owner, []string{rewritten}, t.org.String())
	if err != nil {
		return err
	}
	if heads > 0 {
		err = t.restoreLog(ctx)
	} else {
		err = t.restoreRecords(ctx)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, "the log is as it was")
	return err
}

func (t *tampering) restoreRecords(ctx context.Context) error {
	const records = "UPDATE public.audit_records r SET own = k.own FROM tampering.audit_records k WHERE r.org_id = $1 AND k.org_id = $1 AND k.seq = r.seq"
	_, err := devstack.Exec(ctx, t.owner, append([]string{records}, dropCopies()...), t.org.String())
	return err
}

// restoreLog gives the log back as it was.
func (t *tampering) restoreLog(ctx context.Context) error {
	ids := make([]string, len(t.all))
	for i, r := range t.all {
		ids[i] = r.row.ID.String()
	}
	const unknown = "SELECT id::text FROM unnest($2::uuid[]) AS now (id) WHERE id NOT IN (SELECT id FROM tampering.audit_records WHERE org_id = $1)"
	added, err := devstack.Texts(ctx, t.owner, unknown, t.org.String(), ids)
	if err != nil {
		return err
	}
	statements := append([]string{holdLog}, forget()...)
	for _, table := range logTables {
		statements = append(statements, "INSERT INTO public."+table+" SELECT * FROM tampering."+table+" WHERE org_id = $1")
	}
	if _, err := devstack.Exec(ctx, t.owner, append(statements, dropCopies()...), t.org.String()); err != nil {
		return err
	}
	return t.wait(ctx, added)
}

// wait has the records with these ids wait to be sealed.
func (t *tampering) wait(ctx context.Context, ids []string) error {
	var rows []audit.Row
	for _, r := range t.all {
		if slices.Contains(ids, r.row.ID.String()) {
			rows = append(rows, r.row)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	writer, err := t.as("gatehouse_audit_writer", "audit password")
	if err != nil {
		return err
	}
	outbox, err := store.OpenOutbox(ctx, writer)
	if err != nil {
		return err
	}
	defer outbox.Close()
	return outbox.Append(ctx, rows)
}

func dropCopies() (all []string) {
	for _, table := range logTables {
		all = append(all, "DELETE FROM tampering."+table+" WHERE org_id = $1")
	}
	return all
}
