package store

import (
	"cmp"
	"context"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/exports"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

type exportRow struct {
	OrgID        tenants.ID   `gorm:"primaryKey"`
	ID           tenants.GUID `gorm:"primaryKey"`
	State        tenants.ExportState
	SinkID       tenants.GUID
	Sink         string
	Receiver     string
	Format       string
	FirstSeq     int64
	EndSeq       int64
	AskedAt      time.Time
	Decision     []byte
	Progress     []byte
	NextSeq      int64
	Records      int64
	Bytes        int64
	Parts        int
	Complete     bool
	Object       string
	Upload       string
	Digest       []byte
	DueAt        *time.Time
	Failures     int
	FailingSince *time.Time
	Trouble      string
	TriedAt      *time.Time
	EndedAt      *time.Time
}

func (exportRow) TableName() string { return "exports" }

// shownExport are the columns that are shown; of the others some are long.
const shownExport = "id, state, sink_id, sink, format, first_seq, end_seq, asked_at, next_seq, records, bytes, object, digest, due_at, failures, failing_since, trouble, tried_at, ended_at"

func (r exportRow) job() tenants.ExportJob {
	return tenants.ExportJob{
		ID: r.ID, State: r.State, Sink: r.SinkID, SinkName: r.Sink, Format: r.Format, From: r.FirstSeq, To: r.EndSeq,
		AskedAt: r.AskedAt.UTC(), Next: r.NextSeq, Records: r.Records, Bytes: r.Bytes, Object: r.Object, SHA256: r.Digest, Failures: r.Failures,
		FailingSince: orZero(r.FailingSince), Trouble: r.Trouble, TriedAt: orZero(r.TriedAt), NextAt: orZero(r.DueAt), EndedAt: orZero(r.EndedAt),
	}
}

func exportRowOf(org tenants.ID, j tenants.ExportJob) exportRow {
	return exportRow{
		OrgID: org, ID: j.ID, State: j.State, SinkID: j.Sink, Sink: j.SinkName, Format: j.Format, FirstSeq: j.From, EndSeq: j.To,
		AskedAt: *instant(j.AskedAt), NextSeq: j.Next, Object: j.Object, DueAt: instant(j.NextAt),
	}
}

var errNoExport = fault.New(fault.NotFound, "there is no such export; list the exports for those that there are")

// AddExport implements exports.Store.
func (db *DB) AddExport(ctx context.Context, by authz.Caller, n exports.New) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error { return db.addExport(tx, by, n) })
}

func (db *DB) addExport(tx *gorm.DB, by authz.Caller, n exports.New) error {
	if err := roomForExport(tx); err != nil {
		return err
	}
	row := exportRowOf(by.Org(), n.Job)
	row.Decision, row.Receiver = n.Decision, n.Receiver
	if err := tx.Create(&row).Error; err != nil {
		return err
	}
	return db.recordEvent(tx, by, n.Event)
}

// roomForExport refuses one too many, and forgets those that ended long ago. Nobody adds
// another meanwhile.
func roomForExport(tx *gorm.DB) error {
	if found := tx.Exec("SELECT FROM organizations FOR NO KEY UPDATE"); found.Error != nil || found.RowsAffected == 0 {
		return cmp.Or(found.Error, error(errNoOrganization))
	}
	if err := tx.Exec("DELETE FROM exports WHERE ended_at < now() - make_interval(secs => ?)", tenants.ExportsKept.Seconds()).Error; err != nil {
		return err
	}
	var many int
	if err := tx.Raw("SELECT count(*) FROM exports WHERE due_at IS NOT NULL").Row().Scan(&many); err != nil {
		return err
	}
	if many >= tenants.MostExports {
		return fault.Newf(fault.Limited, "%d exports to sinks are under way, which is the most at a time; wait until one has ended, or cancel one", many).RetryAfter(time.Minute)
	}
	return nil
}

// Exports implements exports.Store.
func (db *DB) Exports(ctx context.Context, org tenants.ID) (all []tenants.ExportJob, err error) {
	err = db.in(ctx, org, func(tx *gorm.DB) error {
		var rows []exportRow
		if err := tx.Select(shownExport).Order("asked_at DESC, id").Find(&rows).Error; err != nil {
			return err
		}
		for _, r := range rows {
			all = append(all, r.job())
		}
		return nil
	})
	return all, err
}

// Export implements exports.Store.
func (db *DB) Export(ctx context.Context, org tenants.ID, id tenants.GUID) (j tenants.ExportJob, err error) {
	err = db.in(ctx, org, func(tx *gorm.DB) error {
		j, err = readExport(tx, id)
		return err
	})
	return j, err
}

func readExport(tx *gorm.DB, id tenants.GUID) (tenants.ExportJob, error) {
	var rows []exportRow
	if err := tx.Select(shownExport).Where("id = ?", id).Find(&rows).Error; err != nil {
		return tenants.ExportJob{}, err
	}
	if len(rows) == 0 {
		return tenants.ExportJob{}, errNoExport
	}
	return rows[0].job(), nil
}

// CancelExport implements exports.Store.
func (db *DB) CancelExport(ctx context.Context, by authz.Caller, id tenants.GUID, now time.Time) (j tenants.ExportJob, err error) {
	err = db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		done := tx.Exec("UPDATE exports SET state = 'cancelling', due_at = ?, failures = 0, failing_since = NULL, trouble = '' WHERE id = ? AND state = 'running' AND NOT complete", instant(now), id)
		if done.Error != nil {
			return done.Error
		}
		if j, err = readExport(tx, id); err != nil {
			return err
		}
		if done.RowsAffected == 1 {
			return db.recordEvent(tx, by, audit.Event{Kind: audit.Export, Target: "export " + id.String(), Detail: j.Format + " cancelled", Outcome: audit.OK})
		}
		switch j.State {
		case tenants.ExportRunning:
			return fault.New(fault.Conflict, "everything of the export has arrived at the sink, and it is about to end; it cannot be cancelled any more")
		case tenants.ExportCancelling:
			return nil
		case tenants.ExportDone, tenants.ExportFailed, tenants.ExportCancelled:
		}
		return fault.Newf(fault.Conflict, "the export has ended: it is %s", j.State)
	})
	return j, err
}
