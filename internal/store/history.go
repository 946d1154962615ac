package store

import (
	"bytes"
	"compress/flate"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/access"
	"gatehouse/internal/asof"
	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// KeepHistory has every change of a configuration keep what it leads to, under the
// organization's key. Each process that writes configurations calls it before the
// first one; a process that does not leaves changes out of the history, although
// never out of the log.
func (db *DB) KeepHistory(box *secrets.Box) { db.box = box }

// recordKept records a change and keeps the configuration that it leads to.
func (db *DB) recordKept(ctx context.Context, tx *gorm.DB, by authz.Caller, c change, d difference) error {
	if db.box == nil {
		return db.record(tx, by, c, d)
	}
	e := c.event(by, d)
	text, digest, err := present(tx)
	if err != nil {
		return err
	}
	e.Configuration = audit.Digest(digest)
	row, err := db.recorded(tx, by, e)
	if err != nil {
		return err
	}
	if err := db.partFrom(tx, by, d.lessened, row.ID); err != nil {
		return err
	}
	return db.keep(ctx, tx, by.Org(), kept{text, digest, row})
}

// present returns the canonical bytes of the configuration that a transaction sees.
func present(tx *gorm.DB) ([]byte, asof.Digest, error) {
	w, err := readWhole(tx)
	if err != nil {
		return nil, asof.Digest{}, err
	}
	c, err := configurationOf(tx, w)
	if err != nil {
		return nil, asof.Digest{}, err
	}
	return c.Encode()
}

// configurationOf is the configuration of an organization, with what is served in the
// transaction.
func configurationOf(tx *gorm.DB, w access.Whole) (asof.Configuration, error) {
	pinned, err := readPinned(tx)
	if err != nil {
		return asof.Configuration{}, err
	}
	approved := make([]tools.Approval, len(pinned))
	for i, p := range pinned {
		approved[i] = p.Approval
	}
	return asof.Of(w, approved), nil
}

// kept is a configuration and the record of the change that led to it.
type kept struct {
	text   []byte
	digest asof.Digest
	record audit.Row
}

// keep stores a configuration unless it is the last one already.
func (db *DB) keep(ctx context.Context, tx *gorm.DB, org tenants.ID, k kept) error {
	var last []byte
	err := tx.Raw("SELECT digest FROM configurations ORDER BY version DESC LIMIT 1").Row().Scan(&last)
	if err != nil && !errors.Is(err, sql.ErrNoRows) || bytes.Equal(last, k.digest[:]) {
		return err
	}
	var there bool
	if err := tx.Raw("SELECT EXISTS (SELECT FROM configuration_documents WHERE digest = ?)", definitionHash(k.digest)).Row().Scan(&there); err != nil {
		return err
	}
	if !there {
		ciphertext, err := db.lock(ctx, tx, org, k)
		if err != nil {
			return err
		}
		if err := tx.Exec("INSERT INTO configuration_documents (digest, ciphertext) VALUES (?, ?)", definitionHash(k.digest), ciphertext).Error; err != nil {
			return err
		}
	}
	return tx.Exec("INSERT INTO configurations (version, at, record, digest) SELECT version, ?, ?, ? FROM organizations",
		k.record.At, k.record.ID.String(), definitionHash(k.digest)).Error
}

// configurationLabel is what the ciphertext of a configuration is bound to besides
// its organization.
func configurationLabel(d asof.Digest) secrets.Label {
	return secrets.Label{Kind: "configuration", ID: fmt.Sprintf("%x", d[:])}
}

// orgKey opens the key of the organization that a transaction is about.
func (db *DB) orgKey(ctx context.Context, tx *gorm.DB, org tenants.ID) (*secrets.OrgKey, error) {
	var wrapped []byte
	if err := tx.Raw("SELECT wrapped_key FROM organizations").Row().Scan(&wrapped); err != nil {
		return nil, err
	}
	return db.box.Open(ctx, org, wrapped)
}

// lock compresses and encrypts a configuration.
func (db *DB) lock(ctx context.Context, tx *gorm.DB, org tenants.ID, k kept) ([]byte, error) {
	key, err := db.orgKey(ctx, tx, org)
	if err != nil {
		return nil, err
	}
	var small bytes.Buffer
	w, err := flate.NewWriter(&small, flate.DefaultCompression)
	if err != nil {
		return nil, err
	}
	_, err = w.Write(k.text)
	if err := errors.Join(err, w.Close()); err != nil {
		return nil, err
	}
	return key.Encrypt(configurationLabel(k.digest), small.Bytes())
}

// maxConfiguration bounds what a configuration is decompressed to.
const maxConfiguration = 64 << 20

func (db *DB) unlock(ctx context.Context, tx *gorm.DB, org tenants.ID, row configurationRow) (asof.Configuration, error) {
	digest := asof.Digest(row.Digest)
	key, err := db.orgKey(ctx, tx, org)
	if err != nil {
		return asof.Configuration{}, err
	}
	small, err := key.Decrypt(configurationLabel(digest), row.Ciphertext)
	if err != nil {
		return asof.Configuration{}, err
	}
	text, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(small)), maxConfiguration))
	if err != nil {
		return asof.Configuration{}, fmt.Errorf("read configuration on record: %w", err)
	}
	return asof.Decode(text, digest)
}

type configurationRow struct {
	Version    int64
	At         time.Time
	Record     string
	Digest     []byte
	Ciphertext []byte
}

// ConfigurationAt returns what an organization had decided about access at an
// instant. The fault is NotFound where its history does not reach back so far; it
// says since when it does.
func (db *DB) ConfigurationAt(ctx context.Context, org tenants.ID, at time.Time) (asof.Kept, error) {
	return db.configuration(ctx, org, "c.at <= ?", *instant(at))
}

// ConfigurationOf returns what an organization had decided about access when it had a
// version. It fails as ConfigurationAt does.
func (db *DB) ConfigurationOf(ctx context.Context, org tenants.ID, version int64) (asof.Kept, error) {
	return db.configuration(ctx, org, "c.version <= ?", version)
}

// configuration returns the last configuration of which a condition holds.
func (db *DB) configuration(ctx context.Context, org tenants.ID, holds string, of any) (asof.Kept, error) {
	var k asof.Kept
	err := db.in(ctx, org, func(tx *gorm.DB) error {
		if db.box == nil {
			return fault.New(fault.Internal, "this process keeps no configurations")
		}
		var row configurationRow
		found := tx.Raw(`SELECT c.version, c.at, c.record, c.digest, d.ciphertext FROM configurations c JOIN configuration_documents d USING (org_id, digest)
			WHERE `+holds+` ORDER BY c.version DESC LIMIT 1`, of).Scan(&row)
		if found.Error != nil {
			return found.Error
		}
		if found.RowsAffected == 0 {
			return beforeHistory(tx)
		}
		c, err := db.unlock(ctx, tx, org, row)
		if err != nil {
			return err
		}
		record, err := audit.ParseID(row.Record)
		k = asof.Kept{Configuration: c, Version: row.Version, Since: row.At.UTC(), Record: record.String(), Digest: asof.Digest(row.Digest)}
		return err
	}, oneView)
	return k, err
}

// beforeHistory is the fault of asking about an instant that the history does not
// reach back to.
func beforeHistory(tx *gorm.DB) error {
	var first *time.Time
	if err := tx.Raw("SELECT min(at) FROM configurations").Row().Scan(&first); err != nil {
		return err
	}
	if first == nil {
		return fault.New(fault.NotFound, "the organization's configuration has not been kept yet; it is with the next change of it")
	}
	return fault.Newf(fault.NotFound, "what the organization had decided then is not on record; the history of its configuration begins at %s", first.UTC().Format(time.RFC3339))
}

// ForgetConfigurations drops the configurations that had been replaced before an
// instant: the one that held then stays, and whatever came after it.
func (db *DB) ForgetConfigurations(ctx context.Context, by authz.Caller, before time.Time) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error { return forgetConfigurations(tx, before) })
}

func forgetConfigurations(tx *gorm.DB, before time.Time) error {
	gone := tx.Exec("DELETE FROM configurations WHERE version < (SELECT max(version) FROM configurations WHERE at <= ?)", *instant(before))
	if gone.Error != nil || gone.RowsAffected == 0 {
		return gone.Error
	}
	return tx.Exec("DELETE FROM configuration_documents d WHERE NOT EXISTS (SELECT FROM configurations c WHERE (c.org_id, c.digest) = (d.org_id, d.digest))").Error
}

// forgetHistory drops what the history has of the time before an instant.
func forgetHistory(tx *gorm.DB, before time.Time) error {
	if err := forgetConfigurations(tx, before); err != nil {
		return err
	}
	return forgetSpans(tx, before)
}
