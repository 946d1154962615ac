package store

import (
	"context"
	"crypto/sha256"
	"slices"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/watch"
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
	DueAt      *time.Time
	Named      []byte `gorm:"default:'{}'"`
}

func (erasureRow) TableName() string { return "erasures" }

func (r erasureRow) erasure() tenants.Erasure {
	return tenants.Erasure{
		ID: r.ID, Who: r.Who, AskedAt: r.AskedAt.UTC(), AskedBy: r.AskedBy, ApprovedAt: orZero(r.ApprovedAt), ApprovedBy: idOrZero(r.ApprovedBy),
		Scanned: r.Scanned, Records: r.Records, Fields: r.Fields, DoneAt: orZero(r.DoneAt), DueAt: orZero(r.DueAt),
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
		return tx.Raw("SELECT EXISTS (SELECT FROM erasures WHERE due_at <= ? AND (done_at IS NULL OR done_at >= ?))", instant(db.now()), instant(t)).Row().Scan(&erased)
	})
	return erased, err
}

// AskErasure notes that a person is to be erased from the log, whom who names to the
// one who can decrypt it. Under a hold it is Conflict, and so it is if the same person
// waits to be erased already. The record does not say who.
func (db *DB) AskErasure(ctx context.Context, by authz.Caller, id tenants.GUID, person tenants.GUID, who []byte) error {
	digest := sha256.Sum256([]byte("gatehouse erasure " + by.Org().String() + " " + person.String()))
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		if err := db.checkUnheld(tx, noErasing); err != nil {
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
		if err := db.weakened(tx, by, watch.Weakening{Act: watch.ErasureAsked, Of: id.String()}); err != nil {
			return err
		}
		return db.recordErasure(tx, by, "erasure of a person asked for", id)
	})
}

// ApproveErasure has a person erased that somebody has asked to erase. Under a hold it
// is Conflict, and so is what has been approved already; what is not there is NotFound.
// Whoever asked is Forbidden while there is another owner who is not the person; where
// there is none, it is done tenants.ErasureAlone later.
func (db *DB) ApproveErasure(ctx context.Context, by authz.Caller, id, person tenants.GUID) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		if err := db.checkUnheld(tx, noErasing); err != nil {
			return err
		}
		row, err := db.waitingErasure(tx, id)
		if err != nil {
			return err
		}
		if row.ApprovedAt != nil {
			return errErasing
		}
		now := db.now().UTC().Truncate(time.Microsecond)
		due, effect := now, time.Time{}
		if row.AskedBy == by.Identity().OID {
			grants, err := readGrants(tx)
			if err != nil {
				return err
			}
			if anotherOwner(grants, now, row.AskedBy, person) {
				return fault.New(fault.Forbidden, "who has asked for an erasure does not approve it; another owner has to, who reads whom and which names it is about")
			}
			due = now.Add(tenants.ErasureAlone)
			effect = due
		}
		if err := tx.Exec("UPDATE erasures SET approved_at = ?, approved_by = ?, due_at = ? WHERE id = ?", now, by.Identity().OID, due, id).Error; err != nil {
			return err
		}
		if err := choreNow(tx, EraseChore, due); err != nil {
			return err
		}
		if err := db.weakened(tx, by, watch.Weakening{Act: watch.ErasureApproved, Of: id.String(), Effect: effect}); err != nil {
			return err
		}
		return db.recordErasure(tx, by, "erasure of a person approved", id)
	})
}

// anotherOwner reports whether there is an owner now besides these people.
func anotherOwner(grants []tenants.RoleGrant, now time.Time, besides ...tenants.GUID) bool {
	return slices.ContainsFunc(grants, func(g tenants.RoleGrant) bool {
		return g.Role == tenants.Owner && (g.EndsAt.IsZero() || g.EndsAt.After(now)) && !slices.Contains(besides, g.Grantee.ID)
	})
}

// WithdrawErasure takes a request back. One that is being done, or was, is Conflict.
func (db *DB) WithdrawErasure(ctx context.Context, by authz.Caller, id tenants.GUID) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		row, err := db.waitingErasure(tx, id)
		if err != nil {
			return err
		}
		if row.ApprovedAt != nil && !row.DueAt.After(db.now()) {
			return errErasing
		}
		if err := tx.Exec("DELETE FROM erasures WHERE id = ?", id).Error; err != nil {
			return err
		}
		for _, act := range []watch.Act{watch.ErasureAsked, watch.ErasureApproved} {
			if err := db.takenBack(tx, watch.Weakening{Act: act, Of: id.String()}); err != nil {
				return err
			}
		}
		return db.recordErasure(tx, by, "erasure of a person withdrawn", id)
	})
}

var errErasing = fault.New(fault.Conflict, "the erasure was approved, and is being done or has been done")

// waitingErasure locks a request that has not been forgotten.
func (db *DB) waitingErasure(tx *gorm.DB, id tenants.GUID) (row erasureRow, err error) {
	found := tx.Raw("SELECT * FROM erasures WHERE id = ? AND (approved_at IS NOT NULL OR asked_at > ?) FOR UPDATE", id, instant(db.now().Add(-tenants.ErasureWait))).Scan(&row)
	if found.Error == nil && found.RowsAffected == 0 {
		return row, errNoErasure
	}
	return row, found.Error
}

func (db *DB) recordErasure(tx *gorm.DB, by authz.Caller, what string, id tenants.GUID) error {
	return db.recordEvent(tx, by, audit.Event{Kind: audit.Erasure, Target: what, Detail: id.String(), Outcome: audit.OK})
}

// KnowsPerson reports whether an organization's log, its directory as far as it was asked,
// or who may do what in its console has a person. Of anybody else there is nothing to
// erase.
func (db *DB) KnowsPerson(ctx context.Context, org tenants.ID, person tenants.GUID) (known bool, err error) {
	err = db.in(ctx, org, func(tx *gorm.DB) error {
		return tx.Raw(`SELECT EXISTS (SELECT FROM audit_people WHERE oid = @person AND octet_length(key) > 0) OR EXISTS (SELECT FROM seen_people WHERE person = @person)
			OR EXISTS (SELECT FROM memberships WHERE person = @person) OR EXISTS (SELECT FROM role_grants WHERE grantee_kind = 'person' AND grantee_id = @person)`,
			map[string]any{"person": person}).Row().Scan(&known)
	})
	return known, err
}
