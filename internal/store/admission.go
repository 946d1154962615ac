package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// AddInvitation stores an invitation under the SHA-256 of its code until it
// expires. Expired ones go at the same time.
func (db *DB) AddInvitation(ctx context.Context, code [32]byte, expires time.Time) error {
	return db.outside(ctx, func(tx *gorm.DB) error {
		if err := sweep(tx, sweepInvitations, db.now()); err != nil {
			return err
		}
		return tx.Exec("INSERT INTO invitations (code, expires_at) VALUES (?, ?)", hash(code), expires).Error
	})
}

// TakeInvitation binds an invitation to an Entra tenant. The same tenant may take
// it again, so that a claim which failed afterwards can be repeated. One that is
// unknown, over, or taken by another tenant is NotFound.
func (db *DB) TakeInvitation(ctx context.Context, tid tenants.TID, code [32]byte) error {
	return db.outside(ctx, func(tx *gorm.DB) error {
		taken := tx.Exec("UPDATE invitations SET taken_by = ? WHERE code = ? AND expires_at > ? AND (taken_by IS NULL OR taken_by = ?)",
			tid, hash(code), db.now(), tid)
		if taken.Error == nil && taken.RowsAffected == 0 {
			return fault.New(fault.NotFound, "there is no such invitation, or it is used or over")
		}
		return taken.Error
	})
}

// ApproveSlug lets an Entra tenant take a slug that is no label of its domains. A
// slug that is approved for another tenant is a Conflict.
func (db *DB) ApproveSlug(ctx context.Context, tid tenants.TID, slug tenants.Slug) error {
	if tid.IsZero() || slug.IsZero() {
		return fault.New(fault.Invalid, "slug and Entra tenant id are both needed")
	}
	return db.outside(ctx, func(tx *gorm.DB) error {
		approved := tx.Exec("INSERT INTO approved_slugs (slug, entra_tid) VALUES (?, ?) "+
			"ON CONFLICT (slug) DO UPDATE SET entra_tid = excluded.entra_tid WHERE approved_slugs.entra_tid = excluded.entra_tid", slug, tid)
		if approved.Error == nil && approved.RowsAffected == 0 {
			return fault.New(fault.Conflict, "slug is approved for another directory; choose another")
		}
		return approved.Error
	})
}

// ApprovedSlugs returns the slugs that a tenant may take besides those of its
// domains.
func (db *DB) ApprovedSlugs(ctx context.Context, tid tenants.TID) ([]tenants.Slug, error) {
	var slugs []tenants.Slug
	err := db.outside(ctx, func(tx *gorm.DB) error {
		return tx.Raw("SELECT slug FROM approved_slugs WHERE entra_tid = ? ORDER BY slug", tid).Scan(&slugs).Error
	})
	return slugs, err
}
