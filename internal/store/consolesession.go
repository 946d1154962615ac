package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/fault"
)

// errNoSession is what is said of a console session that never was, has ended
// or has expired.
var errNoSession = fault.New(fault.NotFound, "the session has ended; sign in again")

// SaveSession stores a console session under the SHA-256 of its token until it
// expires, in place of what stood there. One that has been deleted stays
// deleted: a request that was under way then does not bring it back, and saving
// is NotFound. Expired sessions go at the same time, a hundred at most.
func (db *DB) SaveSession(ctx context.Context, token [32]byte, expires time.Time, ciphertext []byte) error {
	return db.outside(ctx, func(tx *gorm.DB) error {
		if err := sweep(tx, sweepSessions, db.now()); err != nil {
			return err
		}
		saved := tx.Exec(`INSERT INTO console_sessions (token, expires_at, ciphertext) VALUES (?, ?, ?)
			ON CONFLICT (token) DO UPDATE SET expires_at = EXCLUDED.expires_at, ciphertext = EXCLUDED.ciphertext
			WHERE console_sessions.ciphertext IS NOT NULL`, hash(token), expires, notNil(ciphertext))
		if saved.Error == nil && saved.RowsAffected == 0 {
			return errNoSession
		}
		return saved.Error
	})
}

// FindSession returns a console session that has neither ended nor expired with
// when it expires, or a fault of kind NotFound.
func (db *DB) FindSession(ctx context.Context, token [32]byte) (ciphertext []byte, expires time.Time, err error) {
	err = db.outside(ctx, func(tx *gorm.DB) error {
		const query = "SELECT ciphertext, expires_at FROM console_sessions WHERE token = ? AND expires_at > ? AND ciphertext IS NOT NULL"
		err := tx.Raw(query, hash(token), db.now()).Row().Scan(&ciphertext, &expires)
		if errors.Is(err, sql.ErrNoRows) {
			return errNoSession
		}
		return err
	})
	return ciphertext, expires.UTC(), err
}

// TouchSession moves the expiry of a console session that has neither ended nor
// expired. Others stay as they are.
func (db *DB) TouchSession(ctx context.Context, token [32]byte, expires time.Time) error {
	return db.outside(ctx, func(tx *gorm.DB) error {
		return tx.Exec("UPDATE console_sessions SET expires_at = ? WHERE token = ? AND expires_at > ? AND ciphertext IS NOT NULL",
			expires, hash(token), db.now()).Error
	})
}

// DeleteSession ends a console session. What remains until it would have
// expired is that it has ended.
func (db *DB) DeleteSession(ctx context.Context, token [32]byte) error {
	return db.outside(ctx, func(tx *gorm.DB) error {
		return tx.Exec("UPDATE console_sessions SET ciphertext = NULL WHERE token = ?", hash(token)).Error
	})
}

// notNil is bytes as a column that may not be NULL holds them.
func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
