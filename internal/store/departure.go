package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"gatehouse/internal/audit/keep"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// BeginDeparture implements keep.Store.
func (db *DB) BeginDeparture(ctx context.Context, by authz.Caller, d keep.Departure) (begun bool, err error) {
	err = db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		var wrapped []byte
		err := tx.Raw("SELECT wrapped_key FROM organizations FOR UPDATE").Row().Scan(&wrapped)
		if errors.Is(err, sql.ErrNoRows) { // a tombstone without an organization has been heeded
			return nil
		}
		if err != nil {
			return err
		}
		if len(wrapped) == 0 { // it has begun, and was interrupted
			begun = true
			return nil
		}
		if goes, err := db.departs(tx, d); err != nil || !goes {
			return err
		}
		for _, statement := range []string{"UPDATE audit_people SET key = ''", "UPDATE organizations SET wrapped_key = ''", "DELETE FROM audit_outbox"} {
			if err := tx.Exec(statement).Error; err != nil {
				return err
			}
		}
		begun = true
		return addTombstones(tx, []keep.Buried{d.Tombstone})
	})
	return begun, err
}

// departs reports whether an organization is to be erased.
func (db *DB) departs(tx *gorm.DB, d keep.Departure) (bool, error) {
	if d.Again {
		return true, nil
	}
	o, err := readOrganization(tx)
	if err != nil || o.State != tenants.Deleted || o.Restorable(db.now()) {
		return false, err
	}
	holds, err := db.readHolds(tx)
	return len(holds) == 0, err
}

// EmptyLog implements keep.Store.
func (db *DB) EmptyLog(ctx context.Context, by authz.Caller, most int) (removed int64, err error) {
	err = db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		if err := checkKeyless(tx); err != nil {
			return err
		}
		gone := tx.Exec("DELETE FROM audit_records WHERE seq IN (SELECT seq FROM audit_records ORDER BY seq LIMIT ?)", most)
		removed = gone.RowsAffected
		return gone.Error
	})
	return removed, err
}

// checkKeyless refuses to remove anything of an organization that still has its key.
func checkKeyless(tx *gorm.DB) error {
	var keyless bool
	err := noRowIsNotFound(tx.Raw("SELECT octet_length(wrapped_key) = 0 FROM organizations FOR UPDATE").Row().Scan(&keyless))
	if err == nil && !keyless {
		return fault.New(fault.Conflict, "the organization has its key, so nothing of it is removed")
	}
	return err
}

// remains are the tables that keep rows of an organization that was erased: the tree
// and the head of its log, which keys have signed it, and tombstones.
const remains = "'audit_heads', 'audit_keys', 'audit_tiles', 'tombstones'"

// departing finds the tables of which nothing is left: whatever has organizations' rows,
// and organizations last. What refers to others goes with them, or is looked at when the
// transaction ends.
const departing = `SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname NOT IN (` + remains + `)
	AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'org_id' AND NOT a.attisdropped)
	ORDER BY c.relname = 'organizations', c.relname`

// ForgetOrganization implements keep.Store.
func (db *DB) ForgetOrganization(ctx context.Context, by authz.Caller) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		if err := checkKeyless(tx); err != nil {
			return err
		}
		var slug string
		if err := tx.Raw("SELECT slug FROM organizations").Row().Scan(&slug); err != nil {
			return err
		}
		digest := sha256.Sum256([]byte(slug))
		if err := tx.Exec("INSERT INTO spent_slugs (digest) SELECT ?::bytea ON CONFLICT DO NOTHING", digest[:]).Error; err != nil {
			return err
		}
		var tables []string
		if err := tx.Raw(departing).Scan(&tables).Error; err != nil {
			return err
		}
		for _, table := range tables {
			if err := tx.Exec(`DELETE FROM "` + table + `"`).Error; err != nil {
				return fmt.Errorf("empty %s: %w", table, err)
			}
		}
		return tx.Exec("UPDATE audit_heads SET first = size, gone_until = sealed_at").Error
	})
}

// checkSpent refuses, as Conflict, the slug of an organization that was erased.
func checkSpent(tx *gorm.DB, slug tenants.Slug) error {
	digest := sha256.Sum256([]byte(slug.String()))
	var spent bool
	err := tx.Raw("SELECT EXISTS (SELECT FROM spent_slugs WHERE digest = ?)", digest[:]).Row().Scan(&spent)
	if err == nil && spent {
		return fault.New(fault.Conflict, constraintTexts["organizations_slug_key"])
	}
	return err
}
