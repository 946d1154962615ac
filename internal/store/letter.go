package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// letterLooks is how often those who wait look for their letters by themselves,
// all of a process at once: a notification only makes it sooner.
const letterLooks = 300 * time.Millisecond

const sweepLetters = `DELETE FROM letters WHERE id IN (
	SELECT id FROM letters WHERE expires_at < ? ORDER BY expires_at LIMIT ? FOR UPDATE SKIP LOCKED)`

// The ways in which a letter is not delivered.
var (
	errNobodyWaits = fault.New(fault.NotFound, "nobody waits for this answer any more; repeat the request that led to the question")
	errAnswered    = fault.New(fault.Conflict, "the question has been answered already")
)

// OpenLetters opens letters that somebody waits for or has promised, until they
// expire.
func (db *DB) OpenLetters(ctx context.Context, by authz.Caller, until time.Time, ids ...tenants.GUID) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		if err := sweep(tx, sweepLetters, db.now()); err != nil {
			return err
		}
		return tx.Exec("INSERT INTO letters (id, expires_at) SELECT unnest(?::uuid[]), ? ON CONFLICT DO NOTHING", guidArray(ids), until).Error
	})
}

// KeepLetter keeps a letter open until a later instant: as long as somebody does,
// whoever waits for it may hope. It is NotFound when it was closed or filled.
func (db *DB) KeepLetter(ctx context.Context, by authz.Caller, id tenants.GUID, until time.Time) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		kept := tx.Exec("UPDATE letters SET expires_at = ? WHERE id = ? AND filled_at IS NULL", until, id)
		if kept.Error == nil && kept.RowsAffected == 0 {
			return errNobodyWaits
		}
		return kept.Error
	})
}

// CloseLetter closes a letter that is no longer waited for, whatever it holds.
func (db *DB) CloseLetter(ctx context.Context, by authz.Caller, id tenants.GUID) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		return tx.Exec("DELETE FROM letters WHERE id = ?", id).Error
	})
}

// PutLetter fills an open letter, which then lies there until it expires; nil
// fills it with nothing but the fact. One that is not open, or no longer, is
// NotFound, and one that has been filled a Conflict: of however many at once, one
// fills it.
func (db *DB) PutLetter(ctx context.Context, by authz.Caller, id tenants.GUID, ciphertext []byte, until time.Time) error {
	err := db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		now := db.now()
		filled := tx.Exec("UPDATE letters SET ciphertext = ?, filled_at = ?, expires_at = ? WHERE id = ? AND filled_at IS NULL AND expires_at > ?",
			ciphertext, now, until, id, now)
		if filled.Error != nil || filled.RowsAffected > 0 {
			return filled.Error
		}
		var again bool
		if err := tx.Raw("SELECT EXISTS (SELECT FROM letters WHERE id = ? AND filled_at IS NOT NULL)", id).Row().Scan(&again); err != nil {
			return err
		}
		if again {
			return errAnswered
		}
		return errNobodyWaits
	})
	if err == nil {
		db.letters.ring(place{by.Org(), id})
		db.notify(ctx, letterChannel, by.Org().String()+" "+id.String())
	}
	return err
}

// TakeLetter waits until a letter has been filled and takes it. One that is not
// open, expires, or has been taken is NotFound; when ctx ends first, it is
// Unavailable. Nobody gets it twice.
func (db *DB) TakeLetter(ctx context.Context, org tenants.ID, id tenants.GUID) ([]byte, error) {
	rings, leave := db.await(ctx, place{org, id})
	defer leave()
	for {
		ciphertext, open, err := db.takeLetter(ctx, org, id)
		if !open && (err == nil || fault.KindOf(err) != fault.Unavailable) {
			return ciphertext, err
		}
		select {
		case <-ctx.Done():
			return nil, fault.Wrap(fault.Unavailable, "the answer has not come in time; repeat the request", ctx.Err())
		case <-rings:
		}
	}
}

// takeLetter takes a letter if it is there, and reports whether it still may come.
func (db *DB) takeLetter(ctx context.Context, org tenants.ID, id tenants.GUID) (ciphertext []byte, open bool, err error) {
	err = db.in(ctx, org, func(tx *gorm.DB) error {
		var expires time.Time
		err := tx.Raw("SELECT ciphertext, filled_at IS NULL, expires_at FROM letters WHERE id = ? FOR UPDATE", id).Row().Scan(&ciphertext, &open, &expires)
		gone := errors.Is(err, sql.ErrNoRows)
		if err != nil && !gone {
			return err
		}
		if gone || !expires.After(db.now()) || !open && ciphertext == nil {
			open = false
			return errNobodyWaits
		}
		if open {
			return nil
		}
		return tx.Exec("UPDATE letters SET ciphertext = NULL WHERE id = ?", id).Error
	})
	if err != nil {
		return nil, false, err
	}
	return ciphertext, open, nil
}

// await hangs a bell for a letter and sees to it that somebody looks for it.
func (db *DB) await(ctx context.Context, at place) (rings <-chan struct{}, leave func()) {
	rings, down := db.letters.hang(at)
	db.lookouts.Lock()
	defer db.lookouts.Unlock()
	if !db.looking {
		db.looking = true
		go db.lookOut(context.WithoutCancel(ctx))
	}
	return rings, down
}

// lookOut looks for the letters that this process waits for, until it waits for
// none.
func (db *DB) lookOut(ctx context.Context) {
	tick := time.NewTicker(letterLooks)
	defer tick.Stop()
	for range tick.C {
		if db.atRest() {
			return
		}
		for org, ids := range db.letters.waiting() {
			db.look(ctx, org, ids)
		}
	}
}

// atRest notes that nobody looks any more, if nobody waits.
func (db *DB) atRest() bool {
	db.lookouts.Lock()
	defer db.lookouts.Unlock()
	db.looking = len(db.letters.waiting()) > 0
	return !db.looking
}

// look wakes those of an organization whose letters are no longer open. That it
// could not be asked changes nothing: they wait on.
func (db *DB) look(ctx context.Context, org tenants.ID, ids []tenants.GUID) {
	still := make(map[tenants.GUID]bool, len(ids))
	err := db.in(ctx, org, func(tx *gorm.DB) error {
		var open []tenants.GUID
		err := tx.Raw("SELECT id FROM letters WHERE id = ANY(?) AND filled_at IS NULL AND expires_at > ?", guidArray(ids), db.now()).Scan(&open).Error
		for _, id := range open {
			still[id] = true
		}
		return err
	})
	if err != nil {
		return
	}
	for _, id := range ids {
		if !still[id] {
			db.letters.ring(place{org, id})
		}
	}
}
