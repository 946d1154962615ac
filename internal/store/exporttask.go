package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/authz"
	"gatehouse/internal/exports"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/watch"
)

var _ exports.Store = (*DB)(nil)

// DueExports implements exports.Store. Only the worker's role may.
func (db *DB) DueExports(ctx context.Context, now time.Time, most int) ([]exports.Due, error) {
	return db.due(ctx, "SELECT org_id, export AS id FROM due_exports(?, ?)", now, most)
}

// errExportTaken is of an export that is somebody else's.
var errExportTaken = fault.New(fault.NotFound, "there is no such export, or it is not its turn")

// TakeExport implements exports.Store.
func (db *DB) TakeExport(ctx context.Context, by authz.Caller, id tenants.GUID, now, until time.Time) (t exports.Task, err error) {
	err = db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		var row exportRow
		taken := tx.Raw("UPDATE exports SET due_at = ? WHERE id = ? AND due_at <= ? RETURNING *", instant(until), id, instant(now)).Scan(&row)
		if taken.Error == nil && taken.RowsAffected == 0 {
			return errExportTaken
		}
		if taken.Error != nil {
			return taken.Error
		}
		t = exports.Task{Job: row.job(), Receiver: row.Receiver, Decision: row.Decision, Progress: row.Progress, Parts: row.Parts, Complete: row.Complete, Upload: row.Upload}
		return sinkOfExport(tx, row.SinkID, &t)
	})
	return t, err
}

// sinkOfExport reads where an export goes; a sink that is gone is left out.
func sinkOfExport(tx *gorm.DB, id tenants.GUID, t *exports.Task) error {
	var found []sinkRow
	if err := tx.Where("id = ?", id).Find(&found).Error; err != nil || len(found) == 0 {
		return err
	}
	t.Sink.Sink = found[0].sink()
	if t.Sink.Sink.Secret.IsZero() {
		return nil
	}
	var secret sinkSecretRow
	if err := tx.Where("id = ?", t.Sink.Sink.Secret).Take(&secret).Error; err != nil {
		return err
	}
	t.Sink.Ciphertext = secret.Ciphertext
	return nil
}

// PutExport implements exports.Store.
func (db *DB) PutExport(ctx context.Context, by authz.Caller, taken time.Time, t exports.Turn) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		j := t.Task.Job
		put := tx.Exec(`UPDATE exports SET state = ?, progress = ?, next_seq = ?, records = ?, bytes = ?, parts = ?, complete = ?, upload = ?, digest = ?, due_at = ?,
			failures = ?, failing_since = ?, trouble = ?, tried_at = ?, ended_at = ? WHERE id = ? AND due_at = ?`,
			string(j.State), t.Task.Progress, j.Next, j.Records, j.Bytes, t.Task.Parts, t.Task.Complete, t.Task.Upload, j.SHA256, instant(j.NextAt),
			j.Failures, instant(j.FailingSince), j.Trouble, instant(j.TriedAt), instant(j.EndedAt), j.ID, instant(taken))
		if put.Error == nil && put.RowsAffected == 0 {
			return errExportTaken
		}
		if put.Error != nil {
			return put.Error
		}
		if err := putParts(tx, t); err != nil {
			return err
		}
		if t.Event.Kind == "" {
			return nil
		}
		return db.recordEvent(tx, by, t.Event)
	})
}

// putParts keeps a part that is new, and forgets those that are of no use.
func putParts(tx *gorm.DB, t exports.Turn) error {
	if t.Anew || !t.Task.Job.EndedAt.IsZero() {
		return tx.Exec("DELETE FROM export_parts WHERE export_id = ?", t.Task.Job.ID).Error
	}
	if t.Part == "" {
		return nil
	}
	return tx.Exec("INSERT INTO export_parts (export_id, n, tag) VALUES (?, ?, ?)", t.Task.Job.ID, t.Task.Parts, t.Part).Error
}

// ExportParts implements exports.Store.
func (db *DB) ExportParts(ctx context.Context, org tenants.ID, id tenants.GUID) (tags []string, err error) {
	err = db.in(ctx, org, func(tx *gorm.DB) error {
		return tx.Raw("SELECT tag FROM export_parts WHERE export_id = ? ORDER BY n", id).Scan(&tags).Error
	})
	return tags, err
}

// givenUpTold is for how long it is told that an export was given up.
const givenUpTold = 3 * 24 * time.Hour

// observeExports looks at the exports that fail.
func observeExports(tx *gorm.DB, now time.Time) ([]watch.Export, error) {
	var rows []exportRow
	err := tx.Select(shownExport).Where("failing_since IS NOT NULL AND (due_at IS NOT NULL OR state = 'failed' AND ended_at > ?)", instant(now.Add(-givenUpTold))).Order("asked_at").Find(&rows).Error
	seen := make([]watch.Export, len(rows))
	for i, r := range rows {
		seen[i] = watch.Export{ID: r.ID, Sink: r.Sink, Failing: r.Trouble, Since: orZero(r.FailingSince), GivenUp: r.State == tenants.ExportFailed}
	}
	return seen, err
}
