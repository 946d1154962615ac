package store

import (
	"bytes"
	"context"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

type platformAnswerRow struct {
	Digest      []byte
	Reservation tenants.GUID
	Ciphertext  []byte
}

// reserveOutside is reserve for what is made in no organization.
const reserveOutside = `INSERT INTO platform_answers (key, digest, reservation, reserved_at, created_at)
	VALUES (@key, @digest, @reservation, @now, @now)
	ON CONFLICT (key) DO UPDATE SET digest = EXCLUDED.digest, reservation = EXCLUDED.reservation,
		reserved_at = EXCLUDED.reserved_at, created_at = EXCLUDED.created_at, ciphertext = NULL
	WHERE platform_answers.created_at < @dead
	   OR platform_answers.ciphertext IS NULL AND platform_answers.reserved_at < @abandoned AND platform_answers.digest = EXCLUDED.digest`

// RecallOutside is Recall for a request that is made in no organization. The key
// and the digest are SHA-256 of what only whoever asks knows, and the answer is
// encrypted: this table says nothing of anybody.
func (db *DB) RecallOutside(ctx context.Context, key, digest [32]byte) (reservation tenants.GUID, ciphertext []byte, err error) {
	now, fresh := db.now(), tenants.NewGUID()
	err = db.outside(ctx, func(tx *gorm.DB) error {
		if err := sweep(tx, sweepPlatformAnswers, now.Add(-idempotencyLife)); err != nil {
			return err
		}
		reserved := tx.Exec(reserveOutside, map[string]any{
			"key": hash(key), "digest": hash(digest), "reservation": fresh,
			"now": now, "dead": now.Add(-idempotencyLife), "abandoned": now.Add(-reservationLife),
		})
		if reserved.Error != nil {
			return reserved.Error
		}
		if reserved.RowsAffected > 0 {
			reservation = fresh
			return nil
		}
		var row platformAnswerRow
		if err := tx.Table("platform_answers").Where("key = ?", hash(key)).Take(&row).Error; err != nil {
			return err
		}
		ciphertext, err = row.answer(digest)
		return err
	})
	return reservation, ciphertext, err
}

func (r platformAnswerRow) answer(digest [32]byte) ([]byte, error) {
	if !bytes.Equal(r.Digest, digest[:]) {
		return nil, fault.New(fault.Conflict, "Idempotency-Key was used for another request; use a new key for this one")
	}
	if r.Ciphertext == nil {
		return nil, fault.New(fault.Conflict, "the request with this Idempotency-Key is under way; try again shortly").RetryAfter(time.Second)
	}
	return r.Ciphertext, nil
}

// RememberOutside stores what a request reserved with RecallOutside was answered.
// A reservation that somebody else has taken over remembers nothing.
func (db *DB) RememberOutside(ctx context.Context, reservation tenants.GUID, ciphertext []byte) error {
	return db.outside(ctx, func(tx *gorm.DB) error {
		return tx.Exec("UPDATE platform_answers SET ciphertext = ? WHERE reservation = ? AND ciphertext IS NULL", notNil(ciphertext), reservation).Error
	})
}

// ForgetOutside gives such a reservation back, so that the same request can be
// made again at once.
func (db *DB) ForgetOutside(ctx context.Context, reservation tenants.GUID) error {
	return db.outside(ctx, func(tx *gorm.DB) error {
		return tx.Exec("DELETE FROM platform_answers WHERE reservation = ? AND ciphertext IS NULL", reservation).Error
	})
}
