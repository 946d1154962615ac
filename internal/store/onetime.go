package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/fault"
)

// PutOneTime stores what can be taken once, under the SHA-256 of what its
// bearer will show, until it expires. A key that is there already is a
// Conflict. Expired ones go at the same time, a hundred at most.
func (db *DB) PutOneTime(ctx context.Context, key [32]byte, expires time.Time, ciphertext []byte) error {
	return db.outside(ctx, func(tx *gorm.DB) error {
		if err := sweep(tx, sweepOneTime, db.now()); err != nil {
			return err
		}
		return tx.Exec("INSERT INTO one_time (key, expires_at, ciphertext) VALUES (?, ?, ?)", hash(key), expires, notNil(ciphertext)).Error
	})
}

// TakeOneTime returns what was put under a key and removes it. However many ask
// at once, one gets it: for the others, and once it has expired, it is NotFound.
func (db *DB) TakeOneTime(ctx context.Context, key [32]byte) ([]byte, error) {
	var taken []byte
	err := db.outside(ctx, func(tx *gorm.DB) error {
		err := tx.Raw("DELETE FROM one_time WHERE key = ? AND expires_at > ? RETURNING ciphertext", hash(key), db.now()).Row().Scan(&taken)
		if errors.Is(err, sql.ErrNoRows) {
			return fault.New(fault.NotFound, "this step was taken already or is too old; start again")
		}
		return err
	})
	return taken, err
}

// HasOneTime reports whether something lies under a key, and leaves it there.
func (db *DB) HasOneTime(ctx context.Context, key [32]byte) (there bool, err error) {
	err = db.outside(ctx, func(tx *gorm.DB) error {
		return tx.Raw("SELECT EXISTS (SELECT FROM one_time WHERE key = ? AND expires_at > ?)", hash(key), db.now()).Scan(&there).Error
	})
	return there, err
}
