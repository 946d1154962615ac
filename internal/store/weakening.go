package store

import (
	"fmt"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
	"gatehouse/internal/watch"
)

// WatchChore is the name of the chore that tells contacts what is noticed.
const WatchChore = "watch"

// weakened has contacts told, soon, what the caller does in this transaction. Its record
// is that of the change.
func (db *DB) weakened(tx *gorm.DB, by authz.Caller, w watch.Weakening) error {
	now := db.now().UTC().Truncate(time.Microsecond)
	w.Who = called(by.Identity())
	if err := closeWeakening(tx, w.Subject(), "{}", now); err != nil {
		return err
	}
	if err := putAlerts(tx, []watch.Alert{w.Alert(now)}); err != nil {
		return err
	}
	return choreNow(tx, WatchChore, now)
}

// takenBack has contacts told that it is as it was.
func (db *DB) takenBack(tx *gorm.DB, w watch.Weakening) error {
	now := db.now().UTC().Truncate(time.Microsecond)
	if err := closeWeakening(tx, w.Subject(), `{"taken":"true"}`, now); err != nil {
		return err
	}
	return choreNow(tx, WatchChore, now)
}

func closeWeakening(tx *gorm.DB, subject, facts string, now time.Time) error {
	return tx.Exec("UPDATE alerts SET resolved_at = ?, facts = facts || ?::jsonb WHERE kind = ? AND subject = ? AND resolved_at IS NULL",
		now, facts, watch.LogWeakened, subject).Error
}

// choreNow makes a chore due.
func choreNow(tx *gorm.DB, chore string, now time.Time) error {
	return tx.Exec(`INSERT INTO chores (chore, due_at) VALUES (?, ?) ON CONFLICT (org_id, chore) DO UPDATE SET due_at = EXCLUDED.due_at, failures = 0`,
		chore, now).Error
}

// called is how contacts are told who did something.
func called(id authz.Identity) string {
	name := id.Name
	if name == "" {
		name = string(id.Kind)
	}
	if id.OID.IsZero() {
		return name
	}
	return fmt.Sprintf("%.200s (%s)", name, id.OID)
}

// logConcerned refuses, as Conflict, to delete an organization under a hold, and has
// contacts told of a shorter retention, and of one that is taken back.
func (db *DB) logConcerned(tx *gorm.DB, by authz.Caller, before, after tenants.Organization) error {
	if after.State == tenants.Deleted && before.State != tenants.Deleted {
		if err := db.checkUnheld(tx, "the organization cannot be deleted"); err != nil {
			return err
		}
	}
	now := db.now()
	was, is := before.Retention, after.Retention
	w := watch.Weakening{
		Act: watch.RetentionShortened, What: fmt.Sprintf("%d months instead of %d", is.Said(), is.At(now)), Effect: is.From,
	}
	switch {
	case is.Waits(now) && is != was:
		return db.weakened(tx, by, w)
	case was.Waits(now) && !is.Waits(now):
		return db.takenBack(tx, w)
	}
	return nil
}
