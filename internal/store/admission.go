package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// invitationRest is how long an invitation that has expired is still shown.
const invitationRest = 30 * 24 * time.Hour

type invitationRow struct {
	ID          tenants.GUID `gorm:"primaryKey"`
	Code        []byte
	OperatorTid tenants.TID
	OperatorOid tenants.GUID
	Operator    string
	CreatedAt   time.Time
	ExpiresAt   time.Time
	TakenBy     *tenants.TID
	TakenAt     *time.Time
}

func (invitationRow) TableName() string { return "invitations" }

func (r invitationRow) invitation() tenants.Invitation {
	i := tenants.Invitation{
		ID: r.ID, By: tenants.Operator{TID: r.OperatorTid, OID: r.OperatorOid, Name: r.Operator},
		CreatedAt: r.CreatedAt.UTC(), ExpiresAt: r.ExpiresAt.UTC(), TakenAt: orZero(r.TakenAt),
	}
	if r.TakenBy != nil {
		i.TakenBy = *r.TakenBy
	}
	return i
}

// AddInvitation stores an operator's invitation with the SHA-256 of its code,
// which can be taken until it expires. An id that is there already is a Conflict.
// Those that expired a month ago go at the same time.
func (db *DB) AddInvitation(ctx context.Context, by tenants.Operator, i tenants.Invitation, code [32]byte) (tenants.Invitation, error) {
	now := db.now()
	row := invitationRow{
		ID: i.ID, Code: code[:], OperatorTid: by.TID, OperatorOid: by.OID, Operator: by.Name,
		CreatedAt: *instant(now), ExpiresAt: *instant(i.ExpiresAt),
	}
	err := db.outside(ctx, func(tx *gorm.DB) error {
		if err := sweep(tx, sweepInvitations, now.Add(-invitationRest)); err != nil {
			return err
		}
		return tx.Create(&row).Error
	})
	if err != nil {
		return tenants.Invitation{}, err
	}
	return row.invitation(), nil
}

// Invitations returns every invitation, those included that are taken or have
// expired.
func (db *DB) Invitations(ctx context.Context) ([]tenants.Invitation, error) {
	var rows []invitationRow
	err := db.outside(ctx, func(tx *gorm.DB) error { return tx.Omit("code").Order("created_at, id").Find(&rows).Error })
	list := make([]tenants.Invitation, len(rows))
	for n, r := range rows {
		list[n] = r.invitation()
	}
	return list, err
}

// DeleteInvitation takes an invitation back: nobody can take it any more. An
// organization that it let in stays.
func (db *DB) DeleteInvitation(ctx context.Context, id tenants.GUID) error {
	return db.outside(ctx, func(tx *gorm.DB) error {
		return deleted(tx.Exec("DELETE FROM invitations WHERE id = ?", id), "there is no such invitation")
	})
}

// deleted is NotFound where nothing was.
func deleted(tx *gorm.DB, missing string) error {
	if tx.Error == nil && tx.RowsAffected == 0 {
		return fault.New(fault.NotFound, missing)
	}
	return tx.Error
}

// TakeInvitation binds an invitation to an Entra tenant and returns it. The same
// tenant may take it again, so that a claim which failed afterwards can be
// repeated. One that is unknown, over, taken back, or taken by another tenant is
// NotFound.
func (db *DB) TakeInvitation(ctx context.Context, tid tenants.TID, code [32]byte) (tenants.Invitation, error) {
	var rows []invitationRow
	now := db.now()
	err := db.outside(ctx, func(tx *gorm.DB) error {
		return tx.Raw(`UPDATE invitations SET taken_by = @tid, taken_at = coalesce(taken_at, @now)
			WHERE code = @code AND expires_at > @now AND (taken_by IS NULL OR taken_by = @tid) RETURNING *`,
			map[string]any{"tid": tid, "code": hash(code), "now": now}).Scan(&rows).Error
	})
	switch {
	case err != nil:
		return tenants.Invitation{}, err
	case len(rows) == 0:
		return tenants.Invitation{}, fault.New(fault.NotFound, "there is no such invitation, or it is used or over")
	}
	return rows[0].invitation(), nil
}

type approvedSlugRow struct {
	Slug        tenants.Slug `gorm:"primaryKey"`
	EntraTid    tenants.TID
	OperatorTid tenants.TID
	OperatorOid tenants.GUID
	Operator    string
	ApprovedAt  time.Time
}

func (approvedSlugRow) TableName() string { return "approved_slugs" }

func (r approvedSlugRow) approval() tenants.SlugApproval {
	return tenants.SlugApproval{
		Slug: r.Slug, TID: r.EntraTid, By: tenants.Operator{TID: r.OperatorTid, OID: r.OperatorOid, Name: r.Operator}, ApprovedAt: r.ApprovedAt.UTC(),
	}
}

// ApproveSlug lets an Entra tenant take a slug that is no label of its domains. A
// slug that is approved for another tenant is a Conflict; for the same one it
// stays as the first operator approved it.
func (db *DB) ApproveSlug(ctx context.Context, by tenants.Operator, tid tenants.TID, slug tenants.Slug) (tenants.SlugApproval, error) {
	if tid.IsZero() || slug.IsZero() {
		return tenants.SlugApproval{}, fault.New(fault.Invalid, "slug and directory (tenant) ID are both needed")
	}
	var rows []approvedSlugRow
	err := db.outside(ctx, func(tx *gorm.DB) error {
		return tx.Raw(`INSERT INTO approved_slugs (slug, entra_tid, operator_tid, operator_oid, operator, approved_at) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (slug) DO UPDATE SET entra_tid = excluded.entra_tid WHERE approved_slugs.entra_tid = excluded.entra_tid RETURNING *`,
			slug, tid, by.TID, by.OID, by.Name, instant(db.now())).Scan(&rows).Error
	})
	switch {
	case err != nil:
		return tenants.SlugApproval{}, err
	case len(rows) == 0:
		return tenants.SlugApproval{}, fault.New(fault.Conflict, "slug is approved for another directory; choose another, or take that approval back")
	}
	return rows[0].approval(), nil
}

// SlugApprovals returns every approval.
func (db *DB) SlugApprovals(ctx context.Context) ([]tenants.SlugApproval, error) {
	return db.approvals(ctx, func(tx *gorm.DB) *gorm.DB { return tx })
}

// ApprovedSlugs returns the approvals of one Entra tenant.
func (db *DB) ApprovedSlugs(ctx context.Context, tid tenants.TID) ([]tenants.SlugApproval, error) {
	return db.approvals(ctx, func(tx *gorm.DB) *gorm.DB { return tx.Where("entra_tid = ?", tid) })
}

func (db *DB) approvals(ctx context.Context, of func(*gorm.DB) *gorm.DB) ([]tenants.SlugApproval, error) {
	var rows []approvedSlugRow
	err := db.outside(ctx, func(tx *gorm.DB) error { return of(tx).Order("slug").Find(&rows).Error })
	list := make([]tenants.SlugApproval, len(rows))
	for n, r := range rows {
		list[n] = r.approval()
	}
	return list, err
}

// DeleteSlugApproval takes an approval back. An organization that has the slug
// keeps it.
func (db *DB) DeleteSlugApproval(ctx context.Context, slug tenants.Slug) error {
	return db.outside(ctx, func(tx *gorm.DB) error {
		return deleted(tx.Exec("DELETE FROM approved_slugs WHERE slug = ?", slug), "no such slug is approved")
	})
}
