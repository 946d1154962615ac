package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/keep"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

var _ keep.Store = (*DB)(nil)

// DueKeeping returns for which organizations, served or not, a chore is due. See
// DueChores.
func (db *DB) DueKeeping(ctx context.Context, chore string, before time.Time, most int) (due []tenants.ID, err error) {
	err = db.outside(ctx, func(tx *gorm.DB) error {
		return tx.Raw("SELECT org_id FROM due_keeping(?, ?, ?)", chore, instant(before), most).Scan(&due).Error
	})
	return due, err
}

// RemovePast implements keep.Store. Whoever seals waits meanwhile, and no hold is set.
func (db *DB) RemovePast(ctx context.Context, by authz.Caller, most int, sofar int64) (removed int64, err error) {
	err = db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		if err := forgetUsage(tx, db.now()); err != nil {
			return err
		}
		limit, err := db.removable(tx)
		if err != nil || limit.IsZero() {
			return err
		}
		var next *int64
		var until *time.Time
		if err := tx.Raw(`WITH gone AS (DELETE FROM audit_records WHERE seq IN (
				SELECT seq FROM (SELECT seq, sealed_at FROM audit_records ORDER BY seq LIMIT ?) AS oldest WHERE sealed_at < ?)
			RETURNING seq, sealed_at) SELECT count(*), max(seq) + 1, max(sealed_at) FROM gone`, most, instant(limit)).Row().Scan(&removed, &next, &until); err != nil {
			return err
		}
		if next != nil {
			if err := tx.Exec("UPDATE audit_heads SET first = ?, gone_until = ?", *next, until).Error; err != nil {
				return err
			}
		}
		if removed == int64(most) || removed+sofar == 0 {
			return nil
		}
		if err := tx.Exec(`DELETE FROM audit_people p WHERE NOT EXISTS (SELECT FROM audit_records r WHERE r.person = p.person)
			AND NOT EXISTS (SELECT FROM audit_records r WHERE r.subject = p.person) AND NOT EXISTS (SELECT FROM audit_bodies b WHERE b.person = p.person)
			AND (p.asked_at IS NULL OR p.asked_at < ?)`, instant(db.now().Add(-keyInUse))).Error; err != nil {
			return err
		}
		if err := forgetHistory(tx, limit); err != nil {
			return err
		}
		return db.recordEvent(tx, by, audit.Event{
			Kind: audit.Retention, Target: "records removed", Detail: "sealed before " + limit.Format(time.DateOnly), Count: removed + sofar, Outcome: audit.OK,
		})
	})
	return removed, err
}

// removable locks what decides, and returns up to where records may go; the zero time
// if there is nothing to look at.
func (db *DB) removable(tx *gorm.DB) (limit time.Time, err error) {
	if err := tx.Exec("SELECT FROM organizations FOR SHARE").Error; err != nil {
		return limit, err
	}
	if err := tx.Exec("SELECT FROM audit_heads FOR UPDATE").Error; err != nil {
		return limit, err
	}
	var oldest sql.NullTime
	if err := tx.Raw("SELECT (SELECT sealed_at FROM audit_records ORDER BY seq LIMIT 1)").Row().Scan(&oldest); err != nil || !oldest.Valid {
		return limit, err
	}
	o, err := readOrganization(tx)
	if err != nil {
		return limit, err
	}
	holds, err := db.readHolds(tx)
	return tenants.HeldFrom(holds, oldest.Time.UTC(), o.Retention.Cutoff(db.now())), err
}

// CheckKept refuses, as Conflict and in words, records that reach below the first that
// is still there: by their numbers, and by when they were sealed.
func (db *DB) CheckKept(ctx context.Context, org tenants.ID, from int64, since time.Time) error {
	return db.in(ctx, org, func(tx *gorm.DB) error {
		var first int64
		var until *time.Time
		if err := tx.Raw("SELECT coalesce(max(first), 0), max(gone_until) FROM audit_heads").Row().Scan(&first, &until); err != nil {
			return err
		}
		if until == nil || from >= first && !since.IsZero() && since.After(*until) || from >= first && since.IsZero() {
			return nil
		}
		return fault.Newf(fault.Conflict, "the log begins with record %d: what was sealed until %s has been removed, because its time was over; ask for what is newer",
			first, until.UTC().Format(time.RFC3339))
	})
}

// StoreErased implements keep.Store.
func (db *DB) StoreErased(ctx context.Context, by authz.Caller, s keep.Step) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		if !s.Again {
			if err := db.checkUnheld(tx, noErasing); err != nil {
				return err
			}
		}
		for _, r := range s.Rows {
			if err := tx.Exec("UPDATE audit_records SET own = ?, personal = ?, concerning = ? WHERE seq = ?", r.Own, r.Personal, r.Concerning, r.Seq).Error; err != nil {
				return err
			}
		}
		if err := addTombstones(tx, s.Tombstones); err != nil || s.Again {
			return err
		}
		if s.Who != nil {
			return tx.Exec("UPDATE erasures SET who = ? WHERE id = ? AND done_at IS NULL", s.Who, s.Erasure).Error
		}
		return addNamed(tx, s)
	})
}

// addNamed adds what a step has erased to what is known of its erasure.
func addNamed(tx *gorm.DB, s keep.Step) error {
	var row erasureRow
	if err := tx.Raw("SELECT * FROM erasures WHERE id = ? AND done_at IS NULL FOR UPDATE", s.Erasure).Scan(&row).Error; err != nil || row.ID.IsZero() {
		return err
	}
	named, err := namedOf(row)
	if err != nil {
		return err
	}
	var fields int64
	for name, n := range s.Named {
		named[name] += n
		fields += n
	}
	text, err := encodeText(named)
	if err != nil {
		return err
	}
	return tx.Exec("UPDATE erasures SET scanned = ?, records = records + ?, fields = fields + ?, named = ?::jsonb WHERE id = ?", s.Scanned, s.Records, fields, text, s.Erasure).Error
}

// namedOf returns how many fields an erasure has taken of each name.
func namedOf(r erasureRow) (named map[string]int64, err error) {
	if err := json.Unmarshal(r.Named, &named); err != nil {
		return nil, fmt.Errorf("read what was erased: %w", err)
	}
	return named, nil
}

// FinishErasure implements keep.Store: the last step, in which the keys go. It reports
// whether there was nothing more to look through.
func (db *DB) FinishErasure(ctx context.Context, by authz.Caller, s keep.Step) (done bool, err error) {
	err = db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		if err := db.checkUnheld(tx, noErasing); err != nil {
			return err
		}
		var complete bool
		if err := tx.Exec("SELECT FROM audit_heads FOR UPDATE").Error; err != nil {
			return err
		}
		if err := tx.Raw(`SELECT coalesce((SELECT size FROM audit_heads), 0) <= ? AND NOT EXISTS (
			SELECT FROM audit_outbox WHERE at <= (SELECT approved_at FROM erasures WHERE id = ?))`, s.Scanned, s.Erasure).Row().Scan(&complete); err != nil || !complete {
			return err
		}
		if err := destroyKeys(tx, s.People); err != nil {
			return err
		}
		if err := addTombstones(tx, s.Tombstones); err != nil {
			return err
		}
		var row erasureRow
		finished := tx.Raw("UPDATE erasures SET who = NULL, digest = NULL, done_at = ? WHERE id = ? AND done_at IS NULL RETURNING *", instant(db.now()), s.Erasure).Scan(&row)
		if finished.Error != nil || finished.RowsAffected == 0 {
			return finished.Error
		}
		named, err := namedOf(row)
		if err != nil {
			return err
		}
		fields, err := newItem("fields", named, nil)
		if err != nil {
			return err
		}
		done = true
		return db.recordEvent(tx, by, audit.Event{
			Kind: audit.Erasure, Target: "person erased", Detail: s.Erasure.String(), After: bounded([]item{fields}), Count: row.Records, Outcome: audit.OK,
		})
	})
	return done, err
}

// WaitsFrom implements keep.Store.
func (db *DB) WaitsFrom(ctx context.Context, org tenants.ID, before time.Time) (waits bool, err error) {
	err = db.in(ctx, org, func(tx *gorm.DB) error {
		return tx.Raw("SELECT EXISTS (SELECT FROM audit_outbox WHERE at < ?)", instant(before)).Row().Scan(&waits)
	})
	return waits, err
}

// DestroyKeys implements keep.Store.
func (db *DB) DestroyKeys(ctx context.Context, by authz.Caller, people []int32) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error { return destroyKeys(tx, people) })
}

// destroyKeys leaves the numbers of people, and nothing that says whose they were.
func destroyKeys(tx *gorm.DB, people []int32) error {
	for _, p := range people {
		var whose tenants.GUID
		err := noRowIsNotFound(tx.Raw("SELECT oid FROM audit_people WHERE person = ?", p).Row().Scan(&whose))
		if err == nil {
			err = forgetPerson(tx, whose) // of the history, too
		}
		if err == nil {
			err = forgetWishes(tx, whose)
		}
		if err != nil && fault.KindOf(err) != fault.NotFound {
			return err
		}
		for _, statement := range []string{"DELETE FROM audit_bodies WHERE person = ?", "DELETE FROM usage_people WHERE person = ?"} {
			if err := tx.Exec(statement, p).Error; err != nil {
				return err
			}
		}
		if err := tx.Exec("UPDATE audit_people SET key = '', tid = ?, oid = ? WHERE person = ?", tenants.GUID{}, tenants.GUID{}, p).Error; err != nil {
			return err
		}
	}
	return nil
}

// LogPeopleAfter implements keep.Store.
func (db *DB) LogPeopleAfter(ctx context.Context, org tenants.ID, after int32, most int) (people []seal.Person, err error) {
	err = db.in(ctx, org, func(tx *gorm.DB) error {
		people, err = scanPeople(tx.Raw(readPeople+"WHERE person > ? AND octet_length(key) > 0 ORDER BY person LIMIT ?", after, most))
		return err
	})
	return people, err
}

func addTombstones(tx *gorm.DB, all []keep.Buried) error {
	for _, t := range all {
		if err := tx.Exec("INSERT INTO tombstones (id, line, applied) VALUES (?, ?, ?) ON CONFLICT (org_id, id) DO NOTHING", t.ID, t.Line, t.Applied).Error; err != nil {
			return fmt.Errorf("add tombstone: %w", err)
		}
	}
	return nil
}
