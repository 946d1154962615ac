package store

import (
	"context"
	"database/sql/driver"
	"time"

	"gorm.io/gorm"
)

// outside runs fn in a transaction that names no organization: row level
// security shows it no row of any, so that it reaches the tables of the
// platform and nothing else. It takes transactionLimit at most.
func (db *DB) outside(ctx context.Context, fn func(tx *gorm.DB) error) error {
	ctx, cancel := context.WithTimeout(ctx, transactionLimit)
	defer cancel()
	return translate(db.gorm.WithContext(ctx).Transaction(fn))
}

// hash is a SHA-256 as a column holds it.
type hash [32]byte

// Value implements driver.Valuer.
func (h hash) Value() (driver.Value, error) { return h[:], nil }

// sweepLimit bounds what one writer does for those before it.
const sweepLimit = 100

// The sweeps delete rows that have expired, each by its table's door. A row that
// somebody else is about is left to them.
const (
	sweepSessions = `DELETE FROM console_sessions WHERE token IN (
		SELECT token FROM console_sessions WHERE expires_at < ? ORDER BY expires_at LIMIT ? FOR UPDATE SKIP LOCKED)`
	sweepOneTime = `DELETE FROM one_time WHERE key IN (
		SELECT key FROM one_time WHERE expires_at < ? ORDER BY expires_at LIMIT ? FOR UPDATE SKIP LOCKED)`
	sweepInvitations = `DELETE FROM invitations WHERE id IN (
		SELECT id FROM invitations WHERE expires_at < ? ORDER BY expires_at LIMIT ? FOR UPDATE SKIP LOCKED)`
	sweepPlatformAnswers = `DELETE FROM platform_answers WHERE key IN (
		SELECT key FROM platform_answers WHERE created_at < ? ORDER BY created_at LIMIT ? FOR UPDATE SKIP LOCKED)`
	sweepSigningKeys = `DELETE FROM signing_keys WHERE kid IN (
		SELECT kid FROM signing_keys WHERE retires_at < ? ORDER BY retires_at LIMIT ?)`
	sweepIdempotencyKeys = `DELETE FROM idempotency_keys WHERE (actor, key) IN (
		SELECT actor, key FROM idempotency_keys WHERE created_at < ? ORDER BY created_at LIMIT ? FOR UPDATE SKIP LOCKED)`
	sweepUpstreamSessions = `DELETE FROM upstream_sessions WHERE (session, source_id) IN (
		SELECT session, source_id FROM upstream_sessions WHERE expires_at < ? ORDER BY expires_at LIMIT ? FOR UPDATE SKIP LOCKED)`
)

func sweep(tx *gorm.DB, statement string, before time.Time) error {
	return tx.Exec(statement, before, sweepLimit).Error
}
