package store

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

var _ seal.BodyStore = (*DB)(nil)

// keyInUse is for how long after a process has asked for a person's key that person is
// not forgotten, though no record is about them yet.
const keyInUse = 24 * time.Hour

// noteUse is how exactly is noted when a key was asked for last.
const noteUse = time.Hour

// MeetPerson implements seal.BodyStore. Only for somebody new it waits for whoever
// seals.
func (db *DB) MeetPerson(ctx context.Context, org tenants.ID, id seal.PersonID, choose func(there []seal.Person, next int32) (seal.Person, error)) error {
	return db.in(ctx, org, func(tx *gorm.DB) error {
		there, err := knownPeople(tx, []seal.PersonID{id})
		if err != nil {
			return err
		}
		p, err := choose(byNumber(there), 0)
		if err != nil || p.Number != 0 {
			return errors.Join(err, db.noteKeyUse(tx, p.Number))
		}
		var people int32
		err = tx.Raw("SELECT people FROM audit_heads FOR UPDATE").Row().Scan(&people)
		if errors.Is(err, errNoRows) {
			return fault.New(fault.Unavailable, "nothing is sealed yet of this log, and bodies cannot be kept before; try again shortly").RetryAfter(5 * time.Second)
		}
		if err != nil {
			return err
		}
		if there, err = knownPeople(tx, []seal.PersonID{id}); err != nil { // whoever held the lock may have met them
			return err
		}
		if p, err = choose(byNumber(there), people+1); err != nil {
			return err
		}
		if p.Number != people+1 {
			return db.noteKeyUse(tx, p.Number)
		}
		if err := tx.Exec("UPDATE audit_heads SET people = ?", p.Number).Error; err != nil {
			return err
		}
		return tx.Exec("INSERT INTO audit_people (person, tid, oid, key, asked_at) VALUES (?, ?, ?, ?, ?)", p.Number, p.TID, p.OID, p.Key, instant(db.now())).Error
	})
}

func byNumber(people []seal.Person) []seal.Person {
	slices.SortFunc(people, func(a, b seal.Person) int { return cmp.Compare(a.Number, b.Number) })
	return people
}

func (db *DB) noteKeyUse(tx *gorm.DB, person int32) error {
	now := db.now()
	return tx.Exec("UPDATE audit_people SET asked_at = ? WHERE person = ? AND (asked_at IS NULL OR asked_at < ?)", instant(now), person, instant(now.Add(-noteUse))).Error
}

// CallBodies returns what is kept of a call, encrypted.
func (db *DB) CallBodies(ctx context.Context, org tenants.ID, call audit.ID) (bodies []audit.Body, err error) {
	err = db.in(ctx, org, func(tx *gorm.DB) error {
		rows, err := tx.Raw("SELECT part, person, body FROM audit_bodies WHERE call = ? ORDER BY part", call.String()).Rows()
		if err != nil {
			return err
		}
		for rows.Next() {
			b := audit.Body{Call: call}
			if err := rows.Scan(&b.Part, &b.Person, &b.Encrypted); err != nil {
				return errors.Join(err, rows.Close())
			}
			bodies = append(bodies, b)
		}
		return errors.Join(rows.Err(), rows.Close())
	})
	return bodies, err
}

// RemoveBodies removes up to so many bodies whose time is over and that no hold keeps,
// the oldest first. When fewer are left, what was removed is recorded, with what was so
// far. Only the role of the worker may.
func (db *DB) RemoveBodies(ctx context.Context, by authz.Caller, most int, sofar int64) (removed int64, err error) {
	err = db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		limit, err := db.removableBodies(tx)
		if err != nil || limit.IsZero() {
			return err
		}
		gone := tx.Exec(`DELETE FROM audit_bodies WHERE (call, part) IN (
			SELECT call, part FROM audit_bodies WHERE at < ? ORDER BY at LIMIT ?)`, instant(limit), most)
		removed = gone.RowsAffected
		if gone.Error != nil || removed == int64(most) || removed+sofar == 0 {
			return gone.Error
		}
		return db.recordEvent(tx, by, audit.Event{
			Kind: audit.Retention, Target: "bodies removed", Detail: "recorded before " + limit.Format(time.RFC3339), Count: removed + sofar, Outcome: audit.OK,
		})
	})
	return removed, err
}

// removableBodies locks what decides, and returns up to where bodies may go.
func (db *DB) removableBodies(tx *gorm.DB) (limit time.Time, err error) {
	if err := tx.Exec("SELECT FROM organizations FOR SHARE").Error; err != nil {
		return limit, err
	}
	var oldest *time.Time
	if err := tx.Raw("SELECT (SELECT at FROM audit_bodies ORDER BY at LIMIT 1)").Row().Scan(&oldest); err != nil || oldest == nil {
		return limit, err
	}
	o, err := readOrganization(tx)
	if err != nil {
		return limit, err
	}
	holds, err := db.readHolds(tx)
	return tenants.HeldFrom(holds, oldest.UTC(), o.BodyCutoff(db.now()).Truncate(time.Microsecond)), err
}
