package store

import (
	"bytes"
	"context"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// How long an answer is remembered, and how long whoever works on one outside of
// organizations may take before somebody else may.
const (
	idempotencyLife = 24 * time.Hour
	reservationLife = 30 * time.Second
)

// Answer is what a request with an idempotency key was answered; the zero Answer
// is none. It has no type of its own, so that interfaces can name it from afar.
type Answer = struct {
	Status int
	Body   []byte
}

type idempotencyRow struct {
	OrgID       tenants.ID `gorm:"primaryKey"`
	Actor       string     `gorm:"primaryKey"`
	Key         string     `gorm:"primaryKey"`
	Digest      []byte
	Reservation tenants.GUID
	Status      int
	Body        []byte
}

func (idempotencyRow) TableName() string { return "idempotency_keys" }

// reserve makes the row of a request, or takes it over: from a request that is
// older than answers live, or from one of the same content that was given up.
const reserve = `INSERT INTO idempotency_keys (org_id, actor, key, digest, reservation, reserved_until, created_at)
	VALUES (@org, @actor, @key, @digest, @reservation, @until, @now)
	ON CONFLICT (org_id, actor, key) DO UPDATE SET digest = EXCLUDED.digest, reservation = EXCLUDED.reservation,
		reserved_until = EXCLUDED.reserved_until, created_at = EXCLUDED.created_at, status = 0, body = ''
	WHERE idempotency_keys.created_at < @dead
	   OR idempotency_keys.status = 0 AND idempotency_keys.reserved_until < @now AND idempotency_keys.digest = EXCLUDED.digest`

// Recall returns what the caller's request with an idempotency key was answered
// within the last day. Where nothing was, it reserves the request for this call,
// which does the work and then calls Remember, or Forget if there is nothing to
// remember; the answer is then zero. Of two at once one reserves, and the other
// gets a Conflict until there is an answer; once the reservation has lasted for as
// long as it was to, the next one takes over. A key of another request, by its digest, is a Conflict too. Keys of
// different callers have nothing to do with each other.
func (db *DB) Recall(ctx context.Context, by authz.Caller, key string, digest [32]byte, lasts time.Duration) (reservation tenants.GUID, answer Answer, err error) {
	now, fresh := db.now(), tenants.NewGUID()
	err = db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		if err := sweep(tx, sweepIdempotencyKeys, now.Add(-idempotencyLife)); err != nil {
			return err
		}
		reserved := tx.Exec(reserve, map[string]any{
			"org": by.Org(), "actor": actor(by), "key": key, "digest": digest[:], "reservation": fresh,
			"now": now, "until": now.Add(lasts), "dead": now.Add(-idempotencyLife),
		})
		if reserved.Error != nil {
			return reserved.Error
		}
		if reserved.RowsAffected > 0 {
			reservation = fresh
			return nil
		}
		var row idempotencyRow
		if err := tx.Where("actor = ? AND key = ?", actor(by), key).Take(&row).Error; err != nil {
			return err
		}
		if !bytes.Equal(row.Digest, digest[:]) {
			return fault.Newf(fault.Conflict, "Idempotency-Key %.64q was used for another request; use a new key for this one", key)
		}
		if row.Status == 0 {
			return fault.Newf(fault.Conflict, "the request with Idempotency-Key %.64q is under way, or was cut off; try again shortly", key).RetryAfter(time.Second)
		}
		answer = Answer{Status: row.Status, Body: row.Body}
		return nil
	})
	return reservation, answer, err
}

// Remember stores what a reserved request was answered. A reservation that somebody else has taken over remembers nothing.
func (db *DB) Remember(ctx context.Context, by authz.Caller, reservation tenants.GUID, answer Answer) error {
	if answer.Status == 0 {
		return fault.New(fault.Internal, "an answer without status is none; forget the reservation")
	}
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		return tx.Exec("UPDATE idempotency_keys SET status = ?, body = ? WHERE reservation = ? AND actor = ? AND status = 0",
			answer.Status, notNil(answer.Body), reservation, actor(by)).Error
	})
}

// Forget gives a reservation back, so that the same request can be made again
// at once.
func (db *DB) Forget(ctx context.Context, by authz.Caller, reservation tenants.GUID) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		return tx.Exec("DELETE FROM idempotency_keys WHERE reservation = ? AND actor = ? AND status = 0", reservation, actor(by)).Error
	})
}

// actor names a caller among all of an organization's.
func actor(by authz.Caller) string {
	id := by.Identity()
	if id.Kind == authz.System {
		return "job " + id.Name
	}
	return id.TID.String() + " " + id.OID.String()
}
