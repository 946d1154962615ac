package store

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"gatehouse/internal/authz"
	"gatehouse/internal/notify"
	"gatehouse/internal/tenants"
	"gatehouse/internal/watch"
)

type deliveryRow struct {
	OrgID     tenants.ID   `gorm:"primaryKey"`
	ID        tenants.GUID `gorm:"primaryKey"`
	ContactID tenants.GUID
	Contact   string
	Kind      notify.Kind
	Cause     string
	Alerts    guidArray
	Message   []byte
	MadeAt    time.Time
	DueAt     *time.Time
	Attempts  int
	DoneAt    *time.Time
	Outcome   watch.Outcome
	Trouble   string
}

func (deliveryRow) TableName() string { return "deliveries" }

func (r deliveryRow) delivery() watch.Delivery {
	return watch.Delivery{
		ID: r.ID, Contact: r.ContactID, Name: r.Contact, Kind: r.Kind, Cause: r.Cause, Alerts: r.Alerts, Message: r.Message, MadeAt: r.MadeAt.UTC(),
		DueAt: orZero(r.DueAt), Attempts: r.Attempts, DoneAt: orZero(r.DoneAt), Outcome: r.Outcome, Trouble: r.Trouble,
	}
}

// putDeliveries adds what contacts were not told yet.
func putDeliveries(tx *gorm.DB, org tenants.ID, all []watch.Delivery) error {
	for _, d := range all {
		row := deliveryRow{
			OrgID: org, ID: d.ID, ContactID: d.Contact, Contact: d.Name, Kind: d.Kind, Cause: d.Cause, Alerts: d.Alerts, Message: notNil(d.Message),
			MadeAt: d.MadeAt, DueAt: instant(d.DueAt), Outcome: d.Outcome,
		}
		err := tx.Clauses(clause.OnConflict{
			Columns: []clause.Column{{Name: "org_id"}, {Name: "contact_id"}, {Name: "cause"}}, DoNothing: true,
		}).Create(&row).Error
		if err != nil {
			return err
		}
	}
	return nil
}

// DueDeliveries implements watch.Store.
func (db *DB) DueDeliveries(ctx context.Context, by authz.Caller, now, until time.Time, most int) ([]watch.Delivery, error) {
	var rows []deliveryRow
	err := db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		return tx.Raw(`UPDATE deliveries SET due_at = ?, attempts = attempts + 1
			WHERE id IN (SELECT id FROM deliveries WHERE due_at <= ? ORDER BY due_at, id LIMIT ? FOR UPDATE SKIP LOCKED) RETURNING *`,
			instant(until), instant(now), most).Scan(&rows).Error
	})
	list := make([]watch.Delivery, len(rows))
	for i, r := range rows {
		list[i] = r.delivery()
	}
	return list, err
}

// PutDelivery implements watch.Store.
func (db *DB) PutDelivery(ctx context.Context, by authz.Caller, d watch.Delivery) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		return tx.Exec("UPDATE deliveries SET due_at = ?, done_at = ?, outcome = ?, trouble = ? WHERE id = ? AND due_at IS NOT NULL",
			instant(d.DueAt), instant(d.DoneAt), d.Outcome, d.Trouble, d.ID).Error
	})
}

// NextDelivery implements watch.Store.
func (db *DB) NextDelivery(ctx context.Context, org tenants.ID) (time.Time, error) {
	var next *time.Time
	err := db.in(ctx, org, func(tx *gorm.DB) error {
		return tx.Raw("SELECT min(due_at) FROM deliveries WHERE due_at IS NOT NULL").Row().Scan(&next)
	})
	return orZero(next), err
}
