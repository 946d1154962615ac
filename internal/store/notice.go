package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

type noticeRow struct {
	OrgID  tenants.ID   `gorm:"primaryKey"`
	ID     tenants.GUID `gorm:"primaryKey"`
	Kind   tenants.NoticeKind
	At     time.Time
	ByTid  tenants.TID
	ByOid  tenants.GUID
	ByName string
	Reason string
}

func (noticeRow) TableName() string { return "notices" }

func (r noticeRow) notice() tenants.Notice {
	return tenants.Notice{
		ID: r.ID, Kind: r.Kind, At: r.At.UTC(), ByTID: r.ByTid, By: tenants.Person{OID: r.ByOid, Name: r.ByName}, Reason: r.Reason,
	}
}

// noticeLimit bounds how many notices are read.
const noticeLimit = 100

// Notices returns what an organization's owners and admins have not dismissed,
// the newest first, a hundred at most.
func (db *DB) Notices(ctx context.Context, org tenants.ID) ([]tenants.Notice, error) {
	var rows []noticeRow
	err := db.in(ctx, org, func(tx *gorm.DB) error { return tx.Order("at DESC, id").Limit(noticeLimit).Find(&rows).Error })
	list := make([]tenants.Notice, len(rows))
	for n, r := range rows {
		list[n] = r.notice()
	}
	return list, err
}

// DismissNotice removes a notice, which the organization's log records. Whoever
// did what it tells of is Forbidden.
func (db *DB) DismissNotice(ctx context.Context, by authz.Caller, id tenants.GUID) error {
	return db.write(ctx, by, change{what: "notice dismissed", decides: decidesNothing, keeps: keepsNothing}, func(tx *gorm.DB) (difference, error) {
		var row noticeRow
		if err := tx.Where("id = ?", id).Take(&row).Error; err != nil {
			return difference{}, err
		}
		who := by.Identity()
		if err := row.notice().Dismissible(who.TID, who.OID); err != nil {
			return difference{}, err
		}
		shown := map[string]any{"kind": row.Kind, "at": row.At.UTC(), "by": row.ByName, "byTenant": row.ByTid, "byId": row.ByOid, "reason": row.Reason}
		i, err := newItem("notice "+row.ID.String(), shown, &row)
		if err != nil {
			return difference{}, err
		}
		d := difference{removed: []item{i}}
		return d, d.write(tx)
	})
}

// tell leaves a notice of what the caller does in this transaction, whose record
// tells the rest.
func (db *DB) tell(tx *gorm.DB, by authz.Caller, kind tenants.NoticeKind, reason string) error {
	id := by.Identity()
	return tx.Create(&noticeRow{
		OrgID: by.Org(), ID: tenants.NewGUID(), Kind: kind, At: *instant(db.now()), ByTid: id.TID, ByOid: id.OID, ByName: id.Name, Reason: reason,
	}).Error
}
