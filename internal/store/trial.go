package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/access"
	"gatehouse/internal/asof"
	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

// trial is what an edit that was only tried would have changed about access.
type trial struct {
	whole     access.Whole // as it is
	is, would asof.Configuration
}

// TryConfiguration does what TryWhole does, and returns the configuration as it is and
// as it would be, what would be served among it.
func (db *DB) TryConfiguration(ctx context.Context, by authz.Caller, edit func(*access.Whole) error) (asof.Configuration, asof.Configuration, access.Whole, error) {
	var t trial
	_, err := db.editWhole(ctx, by, wholeEdition{edit: edit, undone: true, trial: &t})
	return t.is, t.would, t.whole, err
}

// after reads the configuration that a trial has come to, in its transaction.
func (t *trial) after(tx *gorm.DB) error {
	if t == nil {
		return nil
	}
	w, err := readWhole(tx)
	if err != nil {
		return err
	}
	t.would, err = configurationOf(tx, w)
	return err
}

// SpansOf returns what was said of somebody's groups at any time between two instants,
// in the order of time.
func (db *DB) SpansOf(ctx context.Context, org tenants.ID, person tenants.GUID, from, to time.Time) ([]asof.Said, error) {
	var rows []spanRow
	err := db.in(ctx, org, func(tx *gorm.DB) error {
		return tx.Raw("SELECT person, since, until, source, last_source, member, not_member FROM membership_spans WHERE person = ? AND until >= ? AND since <= ? ORDER BY since",
			person, *instant(from), *instant(to)).Scan(&rows).Error
	})
	list := make([]asof.Said, len(rows))
	for i, r := range rows {
		list[i] = *r.said()
	}
	return list, err
}
