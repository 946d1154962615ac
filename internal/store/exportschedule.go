package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/exports"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/watch"
)

type exportScheduleRow struct {
	OrgID        tenants.ID   `gorm:"primaryKey"`
	ID           tenants.GUID `gorm:"primaryKey"`
	Name         string
	Every        tenants.Every
	SinkID       tenants.GUID
	Sink         string
	Receiver     string
	Format       string
	Completeness string
	Filter       string
	MadeAt       time.Time
	MadeBy       tenants.GUID
	Maker        string
	Period       time.Time
	DueAt        time.Time
	FailingSince *time.Time
	Trouble      string
	LastExport   *tenants.GUID
}

func (exportScheduleRow) TableName() string { return "export_schedules" }

func (r exportScheduleRow) schedule() tenants.ExportSchedule {
	return tenants.ExportSchedule{
		ID: r.ID, Name: r.Name, Every: r.Every, Sink: r.SinkID, SinkName: r.Sink, Receiver: r.Receiver, Format: r.Format, Completeness: r.Completeness, Filter: r.Filter,
		MadeAt: r.MadeAt.UTC(), MadeBy: tenants.Person{OID: r.MadeBy, Name: r.Maker}, From: r.Period.UTC(), NextAt: r.DueAt.UTC(),
		FailingSince: orZero(r.FailingSince), Trouble: r.Trouble, Last: idOrZero(r.LastExport),
	}
}

// item is what the log says of a schedule.
func (r *exportScheduleRow) item() (item, error) {
	shown := map[string]any{"name": r.Name, "every": string(r.Every), "sink": r.Sink, "format": r.Format, "completeness": r.Completeness, "filter": r.Filter}
	return newItem("export schedule "+r.Name, shown, r)
}

// AddExportSchedule implements exports.Store.
func (db *DB) AddExportSchedule(ctx context.Context, by authz.Caller, s tenants.ExportSchedule) error {
	what := change{what: "export schedule created", decides: decidesNothing, keeps: keepsNothing}
	return db.write(ctx, by, what, func(tx *gorm.DB) (difference, error) {
		all, err := readExportSchedules(tx)
		if err != nil {
			return difference{}, err
		}
		if len(all) >= tenants.MostExportSchedules {
			return difference{}, fault.Newf(fault.Conflict, "there are %d schedules already, which is the most; cancel one that nobody needs", len(all))
		}
		for _, other := range all {
			if other.Name == s.Name {
				return difference{}, fault.New(fault.Conflict, "name: there is a schedule of this name already; cancel that one first, or choose another name")
			}
		}
		row := exportScheduleRow{
			OrgID: by.Org(), ID: s.ID, Name: s.Name, Every: s.Every, SinkID: s.Sink, Sink: s.SinkName, Receiver: s.Receiver, Format: s.Format, Completeness: s.Completeness, Filter: s.Filter,
			MadeAt: *instant(s.MadeAt), MadeBy: s.MadeBy.OID, Maker: s.MadeBy.Name, Period: *instant(s.From), DueAt: *instant(s.NextAt),
		}
		shown, err := row.item()
		d := difference{added: []item{shown}}
		if err != nil {
			return d, err
		}
		return d, d.write(tx)
	})
}

// ExportSchedules implements exports.Store.
func (db *DB) ExportSchedules(ctx context.Context, org tenants.ID) (all []tenants.ExportSchedule, err error) {
	err = db.in(ctx, org, func(tx *gorm.DB) error {
		all, err = readStanding(tx)
		return err
	})
	return all, err
}

// readStanding reads schedules with what is known already of those whose sinks take
// nothing of theirs any more.
func readStanding(tx *gorm.DB) ([]tenants.ExportSchedule, error) {
	rows, err := readExportSchedules(tx)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	var found []sinkRow
	if err := tx.Find(&found).Error; err != nil {
		return nil, err
	}
	sinks := map[tenants.GUID]tenants.Sink{}
	for _, r := range found {
		sinks[r.ID] = r.sink()
	}
	all := make([]tenants.ExportSchedule, len(rows))
	for i, r := range rows {
		s := r.schedule()
		if refusal := s.Refuses(sinks[s.Sink]); refusal != nil {
			s.Trouble = fault.Public(refusal)
		}
		all[i] = s
	}
	return all, nil
}

func readExportSchedules(tx *gorm.DB) (rows []exportScheduleRow, err error) {
	err = tx.Order("name").Find(&rows).Error
	return rows, err
}

var errNoExportSchedule = fault.New(fault.NotFound, "there is no such schedule; list the schedules for those that there are")

// RemoveExportSchedule implements exports.Store.
func (db *DB) RemoveExportSchedule(ctx context.Context, by authz.Caller, name string) error {
	what := change{what: "export schedule cancelled", decides: decidesNothing, keeps: keepsNothing}
	return db.write(ctx, by, what, func(tx *gorm.DB) (difference, error) {
		var rows []exportScheduleRow
		if err := tx.Where("name = ?", name).Find(&rows).Error; err != nil {
			return difference{}, err
		}
		if len(rows) == 0 {
			return difference{}, errNoExportSchedule
		}
		shown, err := rows[0].item()
		d := difference{removed: []item{shown}}
		if err != nil {
			return d, err
		}
		return d, d.write(tx)
	})
}

// DueExportSchedules implements exports.Store. Only the worker's role may.
func (db *DB) DueExportSchedules(ctx context.Context, now time.Time, most int) ([]exports.Due, error) {
	return db.due(ctx, "SELECT org_id, schedule AS id FROM due_export_schedules(?, ?)", now, most)
}

// due asks a function for what is due in any organization.
func (db *DB) due(ctx context.Context, sql string, now time.Time, most int) ([]exports.Due, error) {
	ctx, cancel := context.WithTimeout(ctx, transactionLimit)
	defer cancel()
	var rows []struct {
		OrgID tenants.ID
		ID    tenants.GUID
	}
	if err := db.gorm.WithContext(ctx).Raw(sql, instant(now), most).Scan(&rows).Error; err != nil {
		return nil, translate(err)
	}
	due := make([]exports.Due, len(rows))
	for i, row := range rows {
		due[i] = exports.Due{Org: row.OrgID, ID: row.ID}
	}
	return due, nil
}

// ExportSchedule implements exports.Store.
func (db *DB) ExportSchedule(ctx context.Context, org tenants.ID, id tenants.GUID) (p exports.Planned, err error) {
	err = db.in(ctx, org, func(tx *gorm.DB) error {
		var rows []exportScheduleRow
		if err := tx.Where("id = ?", id).Find(&rows).Error; err != nil {
			return err
		}
		if len(rows) == 0 {
			return errNoExportSchedule
		}
		p = exports.Planned{Schedule: rows[0].schedule()}
		var found []sinkRow
		if err := tx.Where("id = ?", rows[0].SinkID).Find(&found).Error; err != nil || len(found) == 0 {
			return err
		}
		p.Sink = found[0].sink()
		return nil
	})
	return p, err
}

// Settled implements exports.Store.
func (db *DB) Settled(ctx context.Context, org tenants.ID, at time.Time) (settled bool, err error) {
	err = db.in(ctx, org, func(tx *gorm.DB) error {
		return tx.Raw("SELECT clock_timestamp() >= ? AND NOT EXISTS (SELECT FROM audit_outbox WHERE at < ?)", instant(at), instant(at)).Row().Scan(&settled)
	})
	return settled, err
}

// AddPlannedExport implements exports.Store.
func (db *DB) AddPlannedExport(ctx context.Context, by authz.Caller, period time.Time, s tenants.ExportSchedule, n exports.New) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		if err := putExportSchedule(tx, period, s); err != nil {
			return err
		}
		return db.addExport(tx, by, n)
	})
}

// PutExportSchedule implements exports.Store.
func (db *DB) PutExportSchedule(ctx context.Context, by authz.Caller, period time.Time, s tenants.ExportSchedule, e audit.Event) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		if err := putExportSchedule(tx, period, s); err != nil || e.Kind == "" {
			return err
		}
		return db.recordEvent(tx, by, e)
	})
}

func putExportSchedule(tx *gorm.DB, period time.Time, s tenants.ExportSchedule) error {
	var last *tenants.GUID
	if !s.Last.IsZero() {
		last = &s.Last
	}
	put := tx.Exec("UPDATE export_schedules SET period = ?, due_at = ?, failing_since = ?, trouble = ?, last_export = ? WHERE id = ? AND period = ?",
		instant(s.From), instant(s.NextAt), instant(s.FailingSince), s.Trouble, last, s.ID, instant(period))
	if put.Error == nil && put.RowsAffected == 0 {
		return errNoExportSchedule
	}
	return put.Error
}

// observeExportSchedules looks at the schedules that could not be carried out, or cannot
// when it is time.
func observeExportSchedules(tx *gorm.DB) (seen []watch.Export, err error) {
	all, err := readStanding(tx)
	for _, s := range all {
		if s.Trouble != "" {
			seen = append(seen, watch.Export{ID: s.ID, Schedule: s.Name, Sink: s.SinkName, Failing: s.Trouble, Since: s.FailingSince})
		}
	}
	return seen, err
}
