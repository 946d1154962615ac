package store

import (
	"context"
	"crypto/sha256"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

type erasureRow struct {
	OrgID      tenants.ID   `gorm:"primaryKey"`
	ID         tenants.GUID `gorm:"primaryKey"`
	Who        []byte
	Digest     []byte
	AskedAt    time.Time
	AskedBy    tenants.GUID
	ApprovedAt *time.Time
	ApprovedBy *tenants.GUID
	Scanned    int64
	Records    int64
	Fields     int64
	DoneAt     *time.Time
}

func (erasureRow) TableName() string { return "erasures" }

func (r erasureRow) erasure() tenants.Erasure {
	return tenants.Erasure{
		ID: r.ID, Who: r.Who, AskedAt: r.AskedAt.UTC(), AskedBy: r.AskedBy, ApprovedAt: orZero(r.ApprovedAt), ApprovedBy: idOrZero(r.ApprovedBy),
		Scanned: r.Scanned, Records: r.Records, Fields: r.Fields, DoneAt: orZero(r.DoneAt),
	}
}

// EraseChore is the name of the chore that erases people.
const EraseChore = "erase_people"

const (
	noErasing = "nobody is erased from the log"
	maxAsked  = 100 // erasures that wait at once
)

var errNoErasure = fault.New(fault.NotFound, "there is no such erasure; one that nobody approves for thirty days is forgotten")

// Erasures returns who is to be erased from an organization's log, or was, the first
// asked for first. Requests that have waited too long are not among them.
func (db *DB) Erasures(ctx context.Context, org tenants.ID) (all []tenants.Erasure, err error) {
	err = db.in(ctx, org, func(tx *gorm.DB) error {
		var rows []erasureRow
		err := tx.Where("approved_at IS NOT NULL OR asked_at > ?", instant(db.now().Add(-tenants.ErasureWait))).Order("asked_at, id").Find(&rows).Error
		for _, r := range rows {
			all = append(all, r.erasure())
		}
		return err
	})
	return all, err
}

// ErasedSince reports whether anybody has been erased from an organization's log since an
// instant, or is being erased.
func (db *DB) ErasedSince(ctx context.Context, org tenants.ID, t time.Time) (erased bool, err error) {
	err = db.in(ctx, org, func(tx *gorm.DB) error {
		return tx.Raw("SELECT EXISTS (SELECT FROM erasures WHERE approved_at IS NOT NULL AND (done_at IS NULL OR done_at >= ?))", instant(t)).Row().Scan(&erased)
	})
	return erased, err
}

// AskErasure notes that a person is to be erased from the log, whom who names to the
// one who can decrypt it. Under a hold it is Conflict, and so it is if the same person
// waits to be erased already. The record does not say who.
func (db *DB) AskErasure(ctx context.Context, by authz.Caller, id tenants.GUID, person tenants.GUID, who []byte) error {
	digest := sha256.Sum256([]byte("gatehouse erasure " + by.Org().String() + " " + person.String()))
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		if err := checkUnheld(tx, noErasing); err != nil {
			return err
		}
		if err := tx.Exec("DELETE FROM erasures WHERE approved_at IS NULL AND asked_at <= ?", instant(db.now().Add(-tenants.ErasureWait))).Error; err != nil {
			return err
		}
		var waiting int
		if err := tx.Raw("SELECT count(*) FROM erasures WHERE done_at IS NULL").Row().Scan(&waiting); err != nil {
			return err
		}
		if waiting >= maxAsked {
			return fault.Newf(fault.Conflict, "%d erasures wait already, which is the most; have an owner approve them, or withdraw some", waiting)
		}
		row := erasureRow{OrgID: by.Org(), ID: id, Who: who, Digest: digest[:], AskedAt: *instant(db.now()), AskedBy: by.Identity().OID}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		return db.recordErasure(tx, by, "erasure of a person asked for", id)
	})
}

// ApproveErasure has a person erased that somebody has asked to erase. Under a hold it
// is Conflict, and so is what has been approved already; what is not there is NotFound.
func (db *DB) ApproveErasure(ctx context.Context, by authz.Caller, id tenants.GUID) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		if err := checkUnheld(tx, noErasing); err != nil {
			return err
		}
		if err := db.waitingErasure(tx, id); err != nil {
			return err
		}
		if err := tx.Exec("UPDATE erasures SET approved_at = ?, approved_by = ? WHERE id = ?", instant(db.now()), by.Identity().OID, id).Error; err != nil {
			return err
		}
		if err := tx.Exec(`INSERT INTO chores (chore, due_at) VALUES (?, ?) ON CONFLICT (org_id, chore) DO UPDATE SET due_at = EXCLUDED.due_at, failures = 0`,
			EraseChore, instant(db.now())).Error; err != nil {
			return err
		}
		return db.recordErasure(tx, by, "erasure of a person approved", id)
	})
}

// WithdrawErasure takes a request back. One that was approved is Conflict.
func (db *DB) WithdrawErasure(ctx context.Context, by authz.Caller, id tenants.GUID) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		if err := db.waitingErasure(tx, id); err != nil {
			return err
		}
		if err := tx.Exec("DELETE FROM erasures WHERE id = ?", id).Error; err != nil {
			return err
		}
		return db.recordErasure(tx, by, "erasure of a person withdrawn", id)
	})
}

// waitingErasure locks a request that waits for an owner, and says what else it is if it does not.
func (db *DB) waitingErasure(tx *gorm.DB, id tenants.GUID) error {
	var row erasureRow
	found := tx.Raw("SELECT * FROM erasures WHERE id = ? AND (approved_at IS NOT NULL OR asked_at > ?) FOR UPDATE", id, instant(db.now().Add(-tenants.ErasureWait))).Scan(&row)
	switch {
	case found.Error != nil:
		return found.Error
	case found.RowsAffected == 0:
		return errNoErasure
	case row.ApprovedAt != nil:
		return fault.New(fault.Conflict, "the erasure was approved, and is being done or has been done")
	}
	return nil
}

func (db *DB) recordErasure(tx *gorm.DB, by authz.Caller, what string, id tenants.GUID) error {
	return db.recordEvent(tx, by, audit.Event{Kind: audit.Erasure, Target: what, Detail: id.String(), Outcome: audit.OK})
}
