package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/text"
)

var _ connections.Store = (*DB)(nil)

const sweepRegistrations = `DELETE FROM registered_clients WHERE id IN (
	SELECT id FROM registered_clients WHERE expires_at < ? ORDER BY expires_at LIMIT ? FOR UPDATE SKIP LOCKED)`

type registeredClientRow struct {
	OrgID     tenants.ID `gorm:"primaryKey"`
	ID        string     `gorm:"primaryKey"`
	Name      string
	Redirects textArray
	CreatedAt time.Time
	UsedAt    *time.Time
	ExpiresAt time.Time
	Software  string
}

func (registeredClientRow) TableName() string { return "registered_clients" }

func (r registeredClientRow) registered() connections.Registered {
	return connections.Registered{
		ID: r.ID, Name: r.Name, Redirects: r.Redirects, CreatedAt: r.CreatedAt.UTC(), UsedAt: orZero(r.UsedAt), ExpiresAt: r.ExpiresAt.UTC(),
	}
}

// Register implements connections.Store. Registrations of an organization take
// turns, so that those of one process are never too many.
func (db *DB) Register(ctx context.Context, by authz.Caller, c connections.Registered) error {
	end, err := db.turns.take(ctx, line{by.Org(), ofStrangers})
	if err != nil {
		return err
	}
	defer end()
	row := registeredClientRow{
		OrgID: by.Org(), ID: c.ID, Name: text.Storable(c.Name), Redirects: append(textArray{}, c.Redirects...),
		CreatedAt: c.CreatedAt, UsedAt: instant(c.UsedAt), ExpiresAt: c.ExpiresAt, Software: text.Storable(connections.SoftwareOf(c.Name, c.Redirects)),
	}
	shown, err := newItem("registration "+row.ID, map[string]any{"name": row.Name, "redirects": row.Redirects}, &row)
	if err != nil {
		return err
	}
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		if err := makeRoom(tx, db.now()); err != nil {
			return err
		}
		d := difference{added: []item{shown}}
		if err := d.write(tx); err != nil {
			return err
		}
		return db.record(tx, by, change{kind: audit.ClientRegistration, what: "client registered", detail: row.ID}, d)
	})
}

// oustRegistration makes room for one: nobody has agreed to it, and it has waited
// longest.
const oustRegistration = `DELETE FROM registered_clients WHERE id = (
	SELECT id FROM registered_clients WHERE used_at IS NULL AND expires_at > ? ORDER BY expires_at LIMIT 1 FOR UPDATE SKIP LOCKED)`

// makeRoom removes registrations that have expired. Where there are as many as may
// be, one that nobody has agreed to makes room: strangers who register in great
// numbers keep nobody else out for a day. Without any, one more is refused.
func makeRoom(tx *gorm.DB, now time.Time) error {
	if err := sweep(tx, sweepRegistrations, now); err != nil {
		return err
	}
	var there int
	err := tx.Raw("SELECT count(*) FROM (SELECT FROM registered_clients WHERE expires_at > ? LIMIT ?) AS living", now, connections.MaxRegistered).Row().Scan(&there)
	if err != nil || there < connections.MaxRegistered {
		return err
	}
	ousted := tx.Exec(oustRegistration, now)
	if ousted.Error == nil && ousted.RowsAffected == 0 {
		return errManyRegistered
	}
	return ousted.Error
}

// errManyRegistered is what the client after the last one is told.
var errManyRegistered = fault.New(fault.Limited, "too many clients have registered with this organization and are in use; use a client that has registered before, "+
	"or try again later").RetryAfter(time.Hour)

// Registered implements connections.Store.
func (db *DB) Registered(ctx context.Context, org tenants.ID, id string) (connections.Registered, error) {
	var row registeredClientRow
	err := db.in(ctx, org, func(tx *gorm.DB) error {
		return tx.Where("id = ? AND expires_at > ?", id, db.now()).Take(&row).Error
	})
	if err != nil {
		return connections.Registered{}, err
	}
	return row.registered(), nil
}

// liveOn lets a registration, if it is one, live on because somebody has agreed to
// it.
func liveOn(tx *gorm.DB, client string, now time.Time) error {
	return tx.Exec("UPDATE registered_clients SET used_at = ?, expires_at = ? WHERE id = ?", now, now.Add(connections.RegisteredLife), client).Error
}
