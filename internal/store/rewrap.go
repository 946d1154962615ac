package store

import (
	"context"
	"errors"

	"gorm.io/gorm"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// WrappedKey is the key that an organization's secrets are encrypted under,
// itself encrypted under the platform's.
type WrappedKey struct {
	Org     tenants.ID
	Wrapped []byte
}

// WrappedKeys returns the keys of up to limit organizations, 500 at most, in
// whatever state, in order of their ids after a given one; the zero ID is the
// beginning. Each is read in a transaction of its own organization. A page that
// is empty is the last.
func (db *DB) WrappedKeys(ctx context.Context, after tenants.ID, limit int) ([]WrappedKey, error) {
	ids, err := db.organizationsAfter(ctx, after, limit)
	if err != nil {
		return nil, err
	}
	var keys []WrappedKey
	for _, id := range ids {
		key := WrappedKey{Org: id}
		err := db.in(ctx, id, func(tx *gorm.DB) error {
			return tx.Raw("SELECT wrapped_key FROM organizations").Row().Scan(&key.Wrapped)
		})
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

func (db *DB) organizationsAfter(ctx context.Context, after tenants.ID, limit int) (ids []tenants.ID, err error) {
	err = db.outside(ctx, func(tx *gorm.DB) error {
		rows, err := tx.Raw("SELECT organizations_after(?, ?)", after, pageOf(limit)).Rows()
		if err != nil {
			return err
		}
		for rows.Next() {
			var id tenants.ID
			if err := rows.Scan(&id); err != nil {
				return errors.Join(err, rows.Close())
			}
			ids = append(ids, id)
		}
		return errors.Join(rows.Err(), rows.Close())
	})
	return ids, err
}

// Rewrapped replaces the caller's organization's key by the same key under
// another of the platform's. The organization reaches its next version, so that
// every replica reads the new one. The record names no key.
func (db *DB) Rewrapped(ctx context.Context, by authz.Caller, wrapped []byte) error {
	if len(wrapped) == 0 {
		return fault.New(fault.Invalid, "wrapped key is empty")
	}
	what := change{what: "organization key rewrapped", detail: "encrypted under the platform's current key", decides: decidesNothing, keeps: keepsNothing}
	return db.write(ctx, by, what, func(tx *gorm.DB) (difference, error) {
		return difference{}, tx.Exec("UPDATE organizations SET wrapped_key = ?", wrapped).Error
	})
}
