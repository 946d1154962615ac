package store

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// SigningKey is a key pair of the platform, its private half encrypted.
type SigningKey struct {
	KID        string
	Purpose    string
	Algorithm  string
	PublicKey  []byte
	Ciphertext []byte
	CreatedAt  time.Time
	NotBefore  time.Time // it is published at once and signs from here on
	RetiresAt  time.Time // it is gone at this instant, replaced or not
}

type signingKeyRow struct {
	KID        string `gorm:"column:kid;primaryKey"`
	Purpose    string
	Algorithm  string
	PublicKey  []byte
	Ciphertext []byte
	CreatedAt  time.Time
	NotBefore  time.Time
	RetiresAt  time.Time
}

func (signingKeyRow) TableName() string { return "signing_keys" }

// SigningKeys returns the keys of a purpose that are not retired, the one that
// signs last first.
func (db *DB) SigningKeys(ctx context.Context, purpose string) ([]SigningKey, error) {
	var rows []signingKeyRow
	err := db.outside(ctx, func(tx *gorm.DB) error {
		return tx.Where("purpose = ? AND retires_at > ?", purpose, db.now()).Order("not_before DESC, kid").Find(&rows).Error
	})
	keys := make([]SigningKey, len(rows))
	for n, r := range rows {
		keys[n] = SigningKey{
			KID: r.KID, Purpose: r.Purpose, Algorithm: r.Algorithm, PublicKey: r.PublicKey, Ciphertext: r.Ciphertext,
			CreatedAt: r.CreatedAt.UTC(), NotBefore: r.NotBefore.UTC(), RetiresAt: r.RetiresAt.UTC(),
		}
	}
	return keys, err
}

// AddSigningKey adds a key. A second one of its purpose that begins to sign at
// the same instant is a Conflict, so that replicas which replace a key at once
// end with one. Retired keys go at the same time.
func (db *DB) AddSigningKey(ctx context.Context, k SigningKey) error {
	row := signingKeyRow{
		KID: k.KID, Purpose: k.Purpose, Algorithm: k.Algorithm, PublicKey: notNil(k.PublicKey), Ciphertext: notNil(k.Ciphertext),
		CreatedAt: k.CreatedAt, NotBefore: k.NotBefore, RetiresAt: k.RetiresAt,
	}
	return db.outside(ctx, func(tx *gorm.DB) error {
		if err := sweep(tx, sweepSigningKeys, db.now()); err != nil {
			return err
		}
		return tx.Create(&row).Error
	})
}
