package store

import (
	"context"

	"gorm.io/gorm"

	"gatehouse/internal/audit/keep"
)

// Tombstones implements keep.Store. Only the role of the worker may ask.
func (db *DB) Tombstones(ctx context.Context, after keep.Buried, most int) (all []keep.Buried, err error) {
	err = db.outside(ctx, func(tx *gorm.DB) error {
		return tx.Raw("SELECT org_id AS org, id, line, applied FROM tombstones_after(?, ?, ?)", after.Org, after.ID, most).Scan(&all).Error
	})
	return all, err
}

// AddTombstone implements keep.Store.
func (db *DB) AddTombstone(ctx context.Context, b keep.Buried) error {
	b.Applied = false
	return db.in(ctx, b.Org, func(tx *gorm.DB) error { return addTombstones(tx, []keep.Buried{b}) })
}

// Applied implements keep.Store.
func (db *DB) Applied(ctx context.Context, b keep.Buried) error {
	return db.in(ctx, b.Org, func(tx *gorm.DB) error {
		return tx.Exec("UPDATE tombstones SET applied = true WHERE id = ?", b.ID).Error
	})
}
