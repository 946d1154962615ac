package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/audit/seal"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/sinks"
	"gatehouse/internal/tenants"
	"gatehouse/internal/watch"
)

var _ sinks.Store = (*DB)(nil)

type sinkStateRow struct {
	OrgID        tenants.ID   `gorm:"primaryKey"`
	SinkID       tenants.GUID `gorm:"primaryKey"`
	NextSeq      int64
	Most         int
	Anchored     int64
	Checkpoint   []byte
	AnchoredAt   *time.Time
	AnchorDueAt  time.Time
	DueAt        time.Time
	Failures     int
	FailingSince *time.Time
	Slow         bool
	Trouble      string
	TriedAt      *time.Time
	ArrivedAt    *time.Time
	Delivered    int64
}

func (sinkStateRow) TableName() string { return "sink_states" }

func (r sinkStateRow) state() sinks.State {
	return sinks.State{
		Next: r.NextSeq, Most: r.Most, Anchored: r.Anchored, Checkpoint: r.Checkpoint, AnchoredAt: orZero(r.AnchoredAt), AnchorDue: r.AnchorDueAt.UTC(), Due: r.DueAt.UTC(),
		Failures: r.Failures, FailingSince: orZero(r.FailingSince), Slow: r.Slow, Trouble: r.Trouble, TriedAt: orZero(r.TriedAt), ArrivedAt: orZero(r.ArrivedAt), Delivered: r.Delivered,
	}
}

// beginSinks gives every sink that is new a state, from what is sealed next on, and
// has every sink that was changed tried at once. What lies somewhere else now has
// no checkpoint there.
func beginSinks(tx *gorm.DB, before, after []tenants.Sink) error {
	was := map[tenants.GUID]tenants.Sink{}
	for _, s := range before {
		was[s.ID] = s
	}
	for _, s := range after {
		old, known := was[s.ID]
		var err error
		switch {
		case !known:
			err = tx.Exec(`INSERT INTO sink_states (sink_id, next_seq, most, anchor_due_at, due_at)
				VALUES (?, COALESCE((SELECT size FROM audit_heads), 0), ?, now(), now())`, s.ID, sinks.MostRecords).Error
		case old != s:
			moved := old.Destination() != s.Destination() || old.Email != s.Email
			err = tx.Exec(`UPDATE sink_states SET due_at = now(), anchor_due_at = now(), failures = 0, slow = false, most = @most,
				anchored = CASE WHEN @moved THEN 0 ELSE anchored END, checkpoint = CASE WHEN @moved THEN NULL ELSE checkpoint END,
				anchored_at = CASE WHEN @moved THEN NULL ELSE anchored_at END WHERE sink_id = @sink`,
				map[string]any{"most": sinks.MostRecords, "moved": moved, "sink": s.ID}).Error
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// DueSinks implements sinks.Store. Only the worker's role may.
func (db *DB) DueSinks(ctx context.Context, now time.Time, r sinks.Room) ([]sinks.Due, error) {
	ctx, cancel := context.WithTimeout(ctx, transactionLimit)
	defer cancel()
	var rows []struct {
		OrgID tenants.ID
		Sink  tenants.GUID
		Slow  bool
	}
	if err := db.gorm.WithContext(ctx).Raw("SELECT * FROM due_sinks(?, ?, ?, ?)", instant(now), r.Each, r.Fast, r.Slow).Scan(&rows).Error; err != nil {
		return nil, translate(err)
	}
	due := make([]sinks.Due, len(rows))
	for i, row := range rows {
		due[i] = sinks.Due{Org: row.OrgID, Sink: row.Sink, Slow: row.Slow}
	}
	return due, nil
}

// TakeSink implements sinks.Store.
func (db *DB) TakeSink(ctx context.Context, by authz.Caller, sink tenants.GUID, now, until time.Time) (t sinks.Task, err error) {
	err = db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		var state sinkStateRow
		taken := tx.Raw("UPDATE sink_states SET due_at = ? WHERE sink_id = ? AND due_at <= ? RETURNING *", instant(until), sink, instant(now)).Scan(&state)
		if taken.Error == nil && taken.RowsAffected == 0 {
			return errNoSink
		}
		if taken.Error != nil {
			return taken.Error
		}
		var row sinkRow
		if err := tx.Where("id = ?", sink).Take(&row).Error; err != nil {
			return err
		}
		t.Sink, t.State = row.sink(), state.state()
		if t.Sink.Secret.IsZero() {
			return nil
		}
		var secret sinkSecretRow
		if err := tx.Where("id = ?", t.Sink.Secret).Take(&secret).Error; err != nil {
			return err
		}
		t.Ciphertext = secret.Ciphertext
		return nil
	})
	return t, err
}

var errNoSink = fault.New(fault.NotFound, "there is no such sink, or it is not its turn")

// PutSinkState implements sinks.Store.
func (db *DB) PutSinkState(ctx context.Context, by authz.Caller, sink tenants.GUID, taken time.Time, s sinks.State) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		put := tx.Exec(`UPDATE sink_states SET next_seq = ?, most = ?, anchored = ?, checkpoint = ?, anchored_at = ?, anchor_due_at = ?, due_at = ?, failures = ?,
			failing_since = ?, slow = ?, trouble = ?, tried_at = ?, arrived_at = ?, delivered = ? WHERE sink_id = ? AND due_at = ?`,
			s.Next, s.Most, s.Anchored, s.Checkpoint, instant(s.AnchoredAt), instant(s.AnchorDue), instant(s.Due), s.Failures,
			instant(s.FailingSince), s.Slow, s.Trouble, instant(s.TriedAt), instant(s.ArrivedAt), s.Delivered, sink, instant(taken))
		if put.Error == nil && put.RowsAffected == 0 {
			return errNoSink
		}
		return put.Error
	})
}

// LogReach is LogHead without what waits to be sealed. A log in which nothing is sealed
// yet has size 0.
func (db *DB) LogReach(ctx context.Context, org tenants.ID) (h seal.Head, err error) {
	err = db.in(ctx, org, func(tx *gorm.DB) error {
		var row headRow
		err := tx.Raw(readHead).Scan(&row).Error
		h = row.head()
		return err
	})
	return h, err
}

// SinkSecret returns the ciphertext of a sink's secret, by the secret's id. One that is
// not there is NotFound.
func (db *DB) SinkSecret(ctx context.Context, org tenants.ID, id tenants.GUID) ([]byte, error) {
	var row sinkSecretRow
	err := db.in(ctx, org, func(tx *gorm.DB) error { return tx.Where("id = ?", id).Take(&row).Error })
	return row.Ciphertext, err
}

// SinkStates returns how far the sinks of an organization have come, by their ids.
func (db *DB) SinkStates(ctx context.Context, org tenants.ID) (map[tenants.GUID]sinks.State, error) {
	states := map[tenants.GUID]sinks.State{}
	err := db.in(ctx, org, func(tx *gorm.DB) error {
		var rows []sinkStateRow
		if err := tx.Find(&rows).Error; err != nil {
			return err
		}
		for _, r := range rows {
			states[r.SinkID] = r.state()
		}
		return nil
	})
	return states, err
}

// observeSinks looks at where the log goes.
func observeSinks(tx *gorm.DB) ([]watch.Sink, error) {
	var rows []struct {
		ID       tenants.GUID
		Name     string
		Failures int
		Since    *time.Time
		Trouble  string
		Lag      int64
	}
	err := tx.Raw(`SELECT s.id, s.name, t.failures, t.failing_since AS since, t.trouble, CASE WHEN s.records THEN GREATEST(coalesce(h.size, 0) - t.next_seq, 0) ELSE 0 END AS lag
		FROM sinks s JOIN sink_states t ON (t.org_id, t.sink_id) = (s.org_id, s.id) LEFT JOIN audit_heads h ON h.org_id = s.org_id ORDER BY s.name`).Scan(&rows).Error
	seen := make([]watch.Sink, len(rows))
	for i, r := range rows {
		seen[i] = watch.Sink{ID: r.ID, Name: r.Name, Lag: r.Lag}
		if r.Since != nil {
			seen[i].Failing, seen[i].Since = r.Trouble, r.Since.UTC()
		}
	}
	return seen, err
}
