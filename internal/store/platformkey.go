package store

import (
	"context"
	"database/sql"
	"errors"

	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
)

var _ secrets.PlatformKeys = (*DB)(nil)

// PlatformKey returns the platform's wrapped key, or a fault of kind NotFound.
func (db *DB) PlatformKey(ctx context.Context) ([]byte, error) {
	var wrapped []byte
	err := db.gorm.WithContext(ctx).Raw("SELECT wrapped FROM platform_keys").Row().Scan(&wrapped)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "the platform has no key yet")
	}
	return wrapped, translate(err)
}

// CreatePlatformKey stores the platform's wrapped key unless there is one, and
// returns the one that is stored then.
func (db *DB) CreatePlatformKey(ctx context.Context, wrapped []byte) (winner []byte, err error) {
	err = db.gorm.WithContext(ctx).Exec("INSERT INTO platform_keys (wrapped) SELECT ?::bytea ON CONFLICT DO NOTHING", wrapped).Error
	if err != nil {
		return nil, translate(err)
	}
	return db.PlatformKey(ctx)
}

// RewrapPlatformKey replaces the platform's wrapped key if it still is old,
// otherwise it fails with Conflict.
func (db *DB) RewrapPlatformKey(ctx context.Context, old, wrapped []byte) error {
	result := db.gorm.WithContext(ctx).Exec("UPDATE platform_keys SET wrapped = ? WHERE wrapped = ?", wrapped, old)
	if result.Error == nil && result.RowsAffected == 0 {
		return fault.New(fault.Conflict, "the platform's key has changed; read it again")
	}
	return translate(result.Error)
}
