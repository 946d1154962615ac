package store

import (
	"bytes"
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/tenants"
)

// StoredRecord is a record of an organization's log, sealed or not.
type StoredRecord struct {
	ID       tenants.GUID
	At       time.Time
	Payload  []byte    // as it was recorded
	Seq      int64     // where it is in the log; -1: it waits to be sealed
	SealedAt time.Time // zero: it waits
}

// Unlock opens an organization's key.
type Unlock func(ctx context.Context, org tenants.ID, wrapped []byte) (*secrets.OrgKey, error)

// Records calls each with every record of one organization in order of id, after a
// given one, whether it is sealed or waits; the zero GUID stands for the beginning.
// What has been erased is left out of the payload. The organization's key is opened
// for the first record that is sealed.
func (db *DB) Records(ctx context.Context, unlock Unlock, org tenants.ID, after tenants.GUID, each func(StoredRecord) error) error {
	var opener *seal.Opener
	for {
		page, err := db.recordsAfter(ctx, org, after)
		if err != nil {
			return err
		}
		for _, r := range page {
			if r.Seq >= 0 {
				if opener == nil {
					if opener, err = db.opener(ctx, unlock, org); err != nil {
						return err
					}
				}
				if r.Payload, err = reopened(opener, r.row); err != nil {
					return err
				}
			}
			if err := each(r.StoredRecord); err != nil {
				return err
			}
			after = r.ID
		}
		if len(page) < rowsAtOnce {
			return nil
		}
	}
}

// opener returns what opens an organization's log.
func (db *DB) opener(ctx context.Context, unlock Unlock, org tenants.ID) (*seal.Opener, error) {
	wrapped, err := db.WrappedKey(ctx, org)
	if err != nil {
		return nil, err
	}
	if unlock == nil {
		return nil, fault.New(fault.Internal, "the record is sealed, and nothing is given to open it with")
	}
	key, err := unlock(ctx, org, wrapped)
	if err != nil {
		return nil, err
	}
	return seal.NewOpener(key, func(number int32) (seal.Person, error) { return db.LogPerson(ctx, org, number) }), nil
}

type recordRow struct {
	StoredRecord
	row seal.Row
}

func (db *DB) recordsAfter(ctx context.Context, org tenants.ID, after tenants.GUID) (page []recordRow, err error) {
	err = db.in(ctx, org, func(tx *gorm.DB) error {
		rows, err := tx.Raw("SELECT "+rowColumns+`, ''::bytea AS payload, id FROM (SELECT * FROM audit_records WHERE id > @after ORDER BY id LIMIT @most) AS sealed
			UNION ALL SELECT -1, uuid_send(id), at, at, 0, 0, ''::bytea, NULL, NULL, payload, id FROM (SELECT * FROM audit_outbox WHERE id > @after ORDER BY id LIMIT @most) AS waiting
			ORDER BY id LIMIT @most`, map[string]any{"after": after, "most": rowsAtOnce}).Rows()
		if err != nil {
			return err
		}
		for rows.Next() {
			var r recordRow
			if err := scanRow(rows, &r.row, &r.Payload, &r.ID); err != nil {
				return errors.Join(err, rows.Close())
			}
			r.At, r.Seq = r.row.At, r.row.Seq
			if r.Seq >= 0 {
				r.SealedAt = r.row.SealedAt
			}
			page = append(page, r)
		}
		return errors.Join(rows.Err(), rows.Close())
	})
	return page, err
}

// reopened returns a sealed record as it was recorded.
func reopened(o *seal.Opener, row seal.Row) ([]byte, error) {
	record, err := o.Values(row, proof.Hash{})
	if err != nil {
		return nil, err
	}
	text := bytes.NewBufferString("{")
	for _, f := range record.Fields {
		if f.Value == nil || f.Name == seal.SealedAt {
			continue
		}
		if text.Len() > 1 {
			text.WriteByte(',')
		}
		text.WriteString(`"` + f.Name + `":`)
		text.Write(f.Value)
	}
	text.WriteByte('}')
	return text.Bytes(), nil
}
