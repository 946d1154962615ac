package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

// DueChores returns for which organizations a chore is due at an instant, the longest
// due first and those for which it has never been done before them; so many at most.
// Only the role of the worker may ask.
func (db *DB) DueChores(ctx context.Context, chore string, before time.Time, most int) ([]tenants.ID, error) {
	ctx, cancel := context.WithTimeout(ctx, transactionLimit)
	defer cancel()
	var due []tenants.ID
	err := db.gorm.WithContext(ctx).Raw("SELECT org_id FROM due_chores(?, ?, ?)", chore, instant(before), most).Scan(&due).Error
	return due, translate(err)
}

// TakeChore makes a chore that is due the caller's own until an instant, and returns
// how often in a row it has failed. It is NotFound if it is not due.
func (db *DB) TakeChore(ctx context.Context, by authz.Caller, chore string, now, until time.Time) (failures int, err error) {
	err = db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		taken := tx.Raw(`INSERT INTO chores AS c (chore, due_at) VALUES (?, ?)
			ON CONFLICT (org_id, chore) DO UPDATE SET due_at = EXCLUDED.due_at WHERE c.due_at <= ? RETURNING failures`,
			chore, instant(until), instant(now)).Scan(&failures)
		if taken.Error == nil && taken.RowsAffected == 0 {
			return fault.New(fault.NotFound, "the chore is not due")
		}
		return taken.Error
	})
	return failures, err
}

// EndChore says when a chore that was taken until an instant comes next, and whether
// it failed. Whoever hurried it meanwhile keeps that it is due.
func (db *DB) EndChore(ctx context.Context, by authz.Caller, chore string, taken, next time.Time, failed bool) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		return tx.Exec(`UPDATE chores SET due_at = CASE WHEN due_at = ? THEN ? ELSE due_at END, failures = CASE WHEN ? THEN failures + 1 ELSE 0 END
			WHERE chore = ?`, instant(taken), instant(next), failed, chore).Error
	})
}

// seenBy is when every process acts by what a transaction of now has written, or not at
// all: a view may be as old as its lease.
const seenBy = snapshot.LeaseLife + time.Second

// choreElsewhere makes a chore due because of what is being written, once whoever does
// it sees that. Who is at it has not.
func choreElsewhere(tx *gorm.DB, chore string) error {
	return tx.Exec(`INSERT INTO chores (chore, due_at) VALUES (@chore, clock_timestamp() + make_interval(secs => @after))
		ON CONFLICT (org_id, chore) DO UPDATE SET due_at = EXCLUDED.due_at, failures = 0`,
		map[string]any{"chore": chore, "after": seenBy.Seconds()}).Error
}

// HurryChore makes a chore due at an instant, unless it is due before.
func (db *DB) HurryChore(ctx context.Context, by authz.Caller, chore string, at time.Time) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		return tx.Exec(`INSERT INTO chores AS c (chore, due_at) VALUES (?, ?)
			ON CONFLICT (org_id, chore) DO UPDATE SET due_at = EXCLUDED.due_at WHERE c.due_at > EXCLUDED.due_at`, chore, instant(at)).Error
	})
}
