package store

import (
	"context"
	"strings"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

type supportAccessRow struct {
	OrgID       tenants.ID   `gorm:"primaryKey"`
	ID          tenants.GUID `gorm:"primaryKey"`
	OperatorTid tenants.TID
	OperatorOid tenants.GUID
	Operator    string
	Reason      string
	RequestedAt time.Time
	ApprovedBy  *tenants.GUID
	Approver    string
	ApprovedAt  *time.Time
	EndsAt      *time.Time
	RevokedAt   *time.Time
}

func (supportAccessRow) TableName() string { return "support_accesses" }

func (r supportAccessRow) access() tenants.SupportAccess {
	a := tenants.SupportAccess{
		ID: r.ID, Operator: tenants.Operator{TID: r.OperatorTid, OID: r.OperatorOid, Name: r.Operator}, Reason: r.Reason,
		RequestedAt: r.RequestedAt.UTC(), ApprovedAt: orZero(r.ApprovedAt), EndsAt: orZero(r.EndsAt), RevokedAt: orZero(r.RevokedAt),
	}
	if r.ApprovedBy != nil {
		a.ApprovedBy = tenants.Person{OID: *r.ApprovedBy, Name: r.Approver}
	}
	return a
}

// become takes over what can change of a look inside.
func (r *supportAccessRow) become(a tenants.SupportAccess) {
	r.ApprovedBy, r.Approver = idOrNull(a.ApprovedBy.OID), a.ApprovedBy.Name
	r.ApprovedAt, r.EndsAt, r.RevokedAt = instant(a.ApprovedAt), instant(a.EndsAt), instant(a.RevokedAt)
}

// RequestSupport asks the caller's organization to let the caller, an operator
// of the platform, look inside, and leaves a notice of it. Nothing is open until
// the organization approves. An id that is there already is a Conflict.
func (db *DB) RequestSupport(ctx context.Context, by authz.Caller, access tenants.GUID, reason string) (tenants.SupportAccess, error) {
	id := by.Identity()
	row := supportAccessRow{
		OrgID: by.Org(), ID: access, OperatorTid: id.TID, OperatorOid: id.OID, Operator: id.Name,
		Reason: strings.TrimSpace(reason), RequestedAt: db.now().UTC().Truncate(time.Microsecond),
	}
	err := db.write(ctx, by, change{what: "support access requested", decides: decidesNothing, keeps: keepsNothing}, func(tx *gorm.DB) (difference, error) {
		d, err := supportDifference(nil, &row)
		if err != nil {
			return d, err
		}
		if err := d.write(tx); err != nil {
			return d, err
		}
		return d, db.tell(tx, by, tenants.SupportRequested, row.Reason)
	})
	if err != nil {
		return tenants.SupportAccess{}, err
	}
	return row.access(), nil
}

// ApproveSupport opens a requested look inside for a while, tenants.SupportLimit
// at most. Whoever asked cannot approve, nor can anybody of another Entra tenant
// than the organization's: both are Forbidden. One that was approved, refused or
// has ended is a Conflict.
func (db *DB) ApproveSupport(ctx context.Context, by authz.Caller, access tenants.GUID, lasts time.Duration) (tenants.SupportAccess, error) {
	now := db.now()
	return db.editSupport(ctx, by, "support access approved", access, func(tx *gorm.DB, a *tenants.SupportAccess) error {
		o, err := readOrganization(tx)
		if err != nil {
			return err
		}
		id := by.Identity()
		if id.TID != o.TID || id.OID == a.Operator.OID {
			return fault.New(fault.Forbidden, "support access is approved by somebody of the organization's own directory who did not ask for it")
		}
		return a.Approve(tenants.Approval{By: tenants.Person{OID: id.OID, Name: id.Name}, At: now, Lasts: lasts})
	})
}

// RevokeSupport ends a look inside, or refuses it, for good. Both sides may. What
// is over stays as it is.
func (db *DB) RevokeSupport(ctx context.Context, by authz.Caller, access tenants.GUID) (tenants.SupportAccess, error) {
	now := db.now()
	return db.editSupport(ctx, by, "support access revoked", access, func(_ *gorm.DB, a *tenants.SupportAccess) error {
		a.Revoke(now)
		return nil
	})
}

func (db *DB) editSupport(ctx context.Context, by authz.Caller, what string, access tenants.GUID, edit func(*gorm.DB, *tenants.SupportAccess) error) (tenants.SupportAccess, error) {
	var row supportAccessRow
	err := db.write(ctx, by, change{what: what, decides: decidesNothing, keeps: keepsNothing}, func(tx *gorm.DB) (difference, error) {
		if err := tx.Where("id = ?", access).Take(&row).Error; err != nil {
			return difference{}, err
		}
		was, next := row, row.access()
		if err := edit(tx, &next); err != nil {
			return difference{}, err
		}
		row.become(next)
		d, err := supportDifference(&was, &row)
		if err == nil && d.empty() {
			err = errUnchanged
		}
		if err != nil {
			return d, err
		}
		return d, d.write(tx)
	})
	if err != nil {
		return tenants.SupportAccess{}, err
	}
	return row.access(), nil
}

// SupportAccesses returns every look inside that was asked for, the newest
// first.
func (db *DB) SupportAccesses(ctx context.Context, org tenants.ID) ([]tenants.SupportAccess, error) {
	var rows []supportAccessRow
	err := db.in(ctx, org, func(tx *gorm.DB) error { return tx.Order("requested_at DESC, id").Find(&rows).Error })
	list := make([]tenants.SupportAccess, len(rows))
	for n, r := range rows {
		list[n] = r.access()
	}
	return list, err
}

func supportDifference(before, after *supportAccessRow) (difference, error) {
	var lists [2][]item
	for n, row := range []*supportAccessRow{before, after} {
		if row == nil {
			continue
		}
		shown := map[string]any{
			"operator": row.Operator, "operatorTenant": row.OperatorTid, "operatorId": row.OperatorOid, "reason": row.Reason,
			"approvedBy": row.Approver, "approvedById": row.ApprovedBy, "endsAt": row.EndsAt, "revokedAt": row.RevokedAt,
		}
		i, err := newItem("support access "+row.ID.String(), shown, row)
		if err != nil {
			return difference{}, err
		}
		lists[n] = []item{i}
	}
	return compare(lists[0], lists[1])
}
