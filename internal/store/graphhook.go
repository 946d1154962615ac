package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/graphhook"
	"gatehouse/internal/tenants"
)

var (
	_ graphhook.Store = (*DB)(nil)
	_ graphhook.Book  = (*DB)(nil)
)

type graphHookRow struct {
	OrgID        tenants.ID `gorm:"primaryKey"`
	Resource     string     `gorm:"primaryKey"`
	ID           tenants.GUID
	StateHash    []byte
	Subscription *tenants.GUID
	RenewAt      *time.Time
}

func (graphHookRow) TableName() string { return "graph_hooks" }

func (r graphHookRow) hook() graphhook.Hook {
	h := graphhook.Hook{ID: r.ID, Resource: r.Resource, Subscription: idOrZero(r.Subscription), RenewAt: orZero(r.RenewAt)}
	copy(h.StateHash[:], r.StateHash)
	return h
}

// HookByID implements graphhook.Store. The same questions are asked whether there is
// one or not.
func (db *DB) HookByID(ctx context.Context, id tenants.GUID) (tenants.ID, graphhook.Hook, error) {
	org, err := db.find(ctx, "SELECT org_by_graph_hook(?)", id)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return tenants.ID{}, graphhook.Hook{}, err
	}
	if org.IsZero() {
		org = tenants.NewID() // nobody's
	}
	var row graphHookRow
	err = db.in(ctx, org, func(tx *gorm.DB) error { return tx.Where("id = ?", id).Take(&row).Error })
	if err != nil {
		return tenants.ID{}, graphhook.Hook{}, err
	}
	return org, row.hook(), nil
}

// AskRenewal implements graphhook.Store.
func (db *DB) AskRenewal(ctx context.Context, by authz.Caller, id tenants.GUID) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		return tx.Exec("UPDATE graph_hooks SET renew_at = NULL WHERE id = ?", id).Error
	})
}

// Hooks implements graphhook.Book.
func (db *DB) Hooks(ctx context.Context, org tenants.ID) ([]graphhook.Hook, error) {
	var rows []graphHookRow
	err := db.in(ctx, org, func(tx *gorm.DB) error { return tx.Order("resource").Find(&rows).Error })
	list := make([]graphhook.Hook, len(rows))
	for i, r := range rows {
		list[i] = r.hook()
	}
	return list, err
}

// PutHook implements graphhook.Book.
func (db *DB) PutHook(ctx context.Context, by authz.Caller, h graphhook.Hook) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		return tx.Exec(`INSERT INTO graph_hooks (id, resource, state_hash, subscription, renew_at) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (org_id, resource) DO UPDATE SET id = EXCLUDED.id, state_hash = EXCLUDED.state_hash,
				subscription = EXCLUDED.subscription, renew_at = EXCLUDED.renew_at`,
			h.ID, h.Resource, h.StateHash[:], idOrNull(h.Subscription), instant(h.RenewAt)).Error
	})
}

// KeepHook implements graphhook.Book.
func (db *DB) KeepHook(ctx context.Context, by authz.Caller, h graphhook.Hook) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		return tx.Exec("UPDATE graph_hooks SET subscription = ?, renew_at = ? WHERE id = ?", idOrNull(h.Subscription), instant(h.RenewAt), h.ID).Error
	})
}

// hookElsewhere has subscriptions looked at soon where an organization begins to be
// told of changes, ends that, or has another app registration.
func hookElsewhere(tx *gorm.DB, before, after tenants.Organization) error {
	was, now := before.Connection, after.Connection
	if was.IsTold() == now.IsTold() && was.ClientID == now.ClientID {
		return nil
	}
	return choreElsewhere(tx, graphhook.Chore)
}

// DropHooks implements graphhook.Book.
func (db *DB) DropHooks(ctx context.Context, by authz.Caller) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error { return tx.Exec("DELETE FROM graph_hooks").Error })
}
