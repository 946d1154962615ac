package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
	"gatehouse/internal/watch"
)

var _ watch.Store = (*DB)(nil)

type alertRow struct {
	OrgID      tenants.ID   `gorm:"primaryKey"`
	ID         tenants.GUID `gorm:"primaryKey"`
	Kind       watch.Kind
	Subject    string
	Stage      int
	Facts      []byte
	OpenedAt   time.Time
	ResolvedAt *time.Time
	GoneAt     *time.Time
	Told       watch.Told
	ToldStage  int
	ToldAt     *time.Time
}

func (alertRow) TableName() string { return "alerts" }

func (r alertRow) alert() (watch.Alert, error) {
	a := watch.Alert{
		ID: r.ID, Cause: watch.Cause{Kind: r.Kind, Subject: r.Subject, Stage: r.Stage}, OpenedAt: r.OpenedAt.UTC(), ResolvedAt: orZero(r.ResolvedAt),
		GoneAt: orZero(r.GoneAt), Told: r.Told, ToldStage: r.ToldStage, ToldAt: orZero(r.ToldAt),
	}
	if err := json.Unmarshal(r.Facts, &a.Facts); err != nil {
		return a, fmt.Errorf("read facts of alert %s: %w", r.ID, err)
	}
	return a, nil
}

// digested is for how long what is resolved can matter to what is told: a digest looks
// back a day, and may be a day late.
const digested = 48 * time.Hour

// SettleAlerts implements watch.Store. The fence is the organization's row. Alerts
// are no configuration: no version rises. The log has when one is raised, comes nearer,
// and is over.
func (db *DB) SettleAlerts(ctx context.Context, by authz.Caller, now time.Time, settle func(watch.State) (watch.Changes, error)) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		locked := tx.Exec("SELECT FROM organizations FOR NO KEY UPDATE")
		if locked.Error == nil && locked.RowsAffected == 0 {
			return errNoOrganization
		}
		if locked.Error != nil {
			return locked.Error
		}
		var s watch.State
		var err error
		if s.Alerts, err = readAlerts(tx.Where("resolved_at IS NULL OR resolved_at > ?", now.Add(-digested))); err != nil {
			return err
		}
		if s.Contacts, err = readContacts(tx); err != nil {
			return err
		}
		if err := tx.Raw("SELECT count(*) FROM deliveries WHERE kind = 'digest' AND made_at > ?", instant(now.Add(-24*time.Hour))).Row().Scan(&s.Digests); err != nil {
			return err
		}
		c, err := settle(s)
		if err != nil {
			return err
		}
		if err := putAlerts(tx, c.Alerts); err != nil {
			return err
		}
		if err := db.recordAlerts(tx, by, s.Alerts, c.Alerts); err != nil {
			return err
		}
		if err := putDeliveries(tx, by.Org(), c.Deliveries); err != nil {
			return err
		}
		return forgetAlerts(tx, now.Add(-watch.Kept))
	})
}

func readAlerts(tx *gorm.DB) ([]watch.Alert, error) {
	var rows []alertRow
	if err := tx.Order("opened_at, id").Find(&rows).Error; err != nil {
		return nil, err
	}
	all := make([]watch.Alert, len(rows))
	for i, r := range rows {
		var err error
		if all[i], err = r.alert(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func putAlerts(tx *gorm.DB, all []watch.Alert) error {
	for _, a := range all {
		facts, err := encodeText(a.Facts)
		if err != nil {
			return err
		}
		err = tx.Exec(`INSERT INTO alerts (id, kind, subject, stage, facts, opened_at, resolved_at, gone_at, told, told_stage, told_at)
			VALUES (?, ?, ?, ?, ?::jsonb, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (org_id, id) DO UPDATE SET stage = EXCLUDED.stage, facts = EXCLUDED.facts, resolved_at = EXCLUDED.resolved_at,
				gone_at = EXCLUDED.gone_at, told = EXCLUDED.told, told_stage = EXCLUDED.told_stage, told_at = EXCLUDED.told_at`,
			a.ID, a.Kind, a.Subject, a.Stage, facts, instant(a.OpenedAt), instant(a.ResolvedAt), instant(a.GoneAt), a.Told, a.ToldStage, instant(a.ToldAt)).Error
		if err != nil {
			return err
		}
	}
	return nil
}

func forgetAlerts(tx *gorm.DB, before time.Time) error {
	if err := tx.Exec("DELETE FROM alerts WHERE resolved_at < ?", before).Error; err != nil {
		return err
	}
	return tx.Exec("DELETE FROM deliveries WHERE made_at < ? AND due_at IS NULL", before).Error
}

// Alerts returns what is noticed about an organization, or was within watch.Kept,
// with what contacts were told of it: what is open first, and of that and the rest
// the last noticed.
func (db *DB) Alerts(ctx context.Context, org tenants.ID) ([]watch.Noticed, error) {
	var list []watch.Noticed
	err := db.in(ctx, org, func(tx *gorm.DB) error {
		var rows []alertRow
		if err := tx.Order("resolved_at IS NOT NULL, opened_at DESC, id").Find(&rows).Error; err != nil {
			return err
		}
		var sent []deliveryRow
		if err := tx.Omit("message").Order("made_at DESC, contact, id").Find(&sent).Error; err != nil {
			return err
		}
		for _, r := range rows {
			a, err := r.alert()
			if err != nil {
				return err
			}
			list = append(list, watch.Noticed{Alert: a, Deliveries: deliveriesOf(sent, a.ID)})
		}
		return nil
	}, oneView)
	return list, err
}

// deliveriesOf returns the deliveries of an alert.
func deliveriesOf(sent []deliveryRow, alert tenants.GUID) (list []watch.Delivery) {
	for _, d := range sent {
		for _, id := range d.Alerts {
			if id == alert {
				list = append(list, d.delivery())
			}
		}
	}
	return list
}
