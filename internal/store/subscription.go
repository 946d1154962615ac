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

const sweepSubscriptions = `DELETE FROM subscriptions WHERE session IN (
	SELECT session FROM subscriptions WHERE expires_at < ? ORDER BY expires_at LIMIT ? FOR UPDATE SKIP LOCKED)`

// What is kept of one person's sessions: so many of the newest, and of those so many
// bytes. A session that loses its subscriptions ends its stream, and begins anew.
const (
	keptSubscriptions      = 100
	keptSubscriptionsBytes = 2 << 20
)

const pruneSubscriptions = `DELETE FROM subscriptions WHERE session IN (
	SELECT session FROM subscriptions WHERE session IN (
		SELECT session FROM (
			SELECT session, row_number() OVER newest AS n, sum(octet_length(ciphertext)) OVER newest AS bytes
			FROM subscriptions WHERE person = ? WINDOW newest AS (ORDER BY put_at DESC, session)) AS own
		WHERE n > ? OR bytes > ?)
	ORDER BY session FOR UPDATE SKIP LOCKED)`

// Subscribed is what an MCP session has subscribed to, encrypted, and how often
// that has changed; the zero value is nothing. It has no type of its own, so that
// interfaces can name it from afar.
type Subscribed = struct {
	Revision   int64
	Ciphertext []byte
}

// Subscriptions returns what a session has subscribed to.
func (db *DB) Subscriptions(ctx context.Context, org tenants.ID, session tenants.GUID) (Subscribed, error) {
	var s Subscribed
	err := db.in(ctx, org, func(tx *gorm.DB) error {
		err := tx.Raw("SELECT revision, ciphertext FROM subscriptions WHERE session = ? AND expires_at > ?", session, db.now()).Row().Scan(&s.Revision, &s.Ciphertext)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	return s, err
}

// PutSubscriptions replaces what a session has subscribed to, and tells whoever
// has asked with Subscribing. The revision is the one after which was read: of two
// who read the same, one gets a Conflict and reads again. What the caller has too
// much of in older sessions goes.
func (db *DB) PutSubscriptions(ctx context.Context, by authz.Caller, session tenants.GUID, s Subscribed, expires time.Time) error {
	err := db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		now, person := db.now(), by.Identity().OID
		if err := sweep(tx, sweepSubscriptions, now); err != nil {
			return err
		}
		put := tx.Exec(`INSERT INTO subscriptions (session, person, put_at, revision, ciphertext, expires_at) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (org_id, session) DO UPDATE SET person = EXCLUDED.person, put_at = EXCLUDED.put_at,
				revision = EXCLUDED.revision, ciphertext = EXCLUDED.ciphertext, expires_at = EXCLUDED.expires_at
			WHERE subscriptions.revision = EXCLUDED.revision - 1 OR subscriptions.expires_at <= ?`,
			session, person, now, s.Revision, notNil(s.Ciphertext), expires, now)
		if put.Error == nil && put.RowsAffected == 0 {
			return fault.New(fault.Conflict, "the session's subscriptions have changed meanwhile; read them again")
		}
		if put.Error != nil {
			return put.Error
		}
		return tx.Exec(pruneSubscriptions, person, keptSubscriptions, keptSubscriptionsBytes).Error
	})
	if err == nil {
		db.streams.ring(place{by.Org(), session})
		db.notify(ctx, subscriptionChannel, by.Org().String()+" "+session.String())
	}
	return err
}

// Subscribing returns a channel that receives when a session's subscriptions may
// have changed, and what ends that. It is a hint: without notifications there is
// none.
func (db *DB) Subscribing(org tenants.ID, session tenants.GUID) (changed <-chan struct{}, end func()) {
	return db.streams.hang(place{org, session})
}
