package store

import (
	"context"

	"gorm.io/gorm"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
)

// change names what a write does, for its audit record.
type change struct {
	kind   audit.Kind // ConfigChange unless it says otherwise
	what   string
	detail string // never a value that could be a secret

	session string // MCP session it is about, if any
	decides
}

// decides says whether a change can alter who may do what. What is remembered of
// verified tokens is good until the next one that can.
type decides uint8

const (
	decidesAnything decides = iota // the zero value is the careful one
	decidesNothing
)

// write runs a change of configuration: in one transaction the organization
// reaches its next version, under its row's lock, fn writes, and the record of
// it is stored. Then the other replicas are told. Creating an organization is
// the one change that finds no row to lock.
func (db *DB) write(ctx context.Context, by authz.Caller, c change, fn func(tx *gorm.DB) error) error {
	if c.kind == "" {
		c.kind = audit.ConfigChange
	}
	row, err := db.scribe.Row(by, audit.Event{Kind: c.kind, Target: c.what, Detail: c.detail, Session: c.session, Outcome: audit.OK})
	if err != nil {
		return err
	}
	err = db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		bumped := tx.Exec("UPDATE organizations SET version = version + 1, version_xid = pg_current_xact_id(), "+
			"decisions = CASE WHEN ? THEN decisions ELSE version + 1 END", c.decides == decidesNothing)
		if bumped.Error != nil {
			return bumped.Error
		}
		if err := fn(tx); err != nil {
			return err
		}
		if err := db.mustExist(tx, bumped.RowsAffected); err != nil {
			return err
		}
		return tx.Exec("INSERT INTO audit_outbox (id, org_id, at, kind, payload) VALUES (?, ?, ?, ?, ?)",
			row.ID.String(), row.Org, row.At, string(row.Kind), row.Payload).Error
	})
	if err != nil {
		return err
	}
	db.announce(ctx, by.Org())
	return nil
}

// mustExist refuses a change of an organization that is not there: row level
// security would otherwise let it touch nothing and succeed.
func (db *DB) mustExist(tx *gorm.DB, bumped int64) error {
	if bumped > 0 {
		return nil
	}
	var count int64
	if err := tx.Model(&organizationRow{}).Count(&count).Error; err != nil {
		return err
	}
	if count == 0 {
		return fault.New(fault.NotFound, "there is no such organization")
	}
	return nil
}
