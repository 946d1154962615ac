package store

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

var _ seal.Store = (*DB)(nil)

// WaitingLogs implements seal.Store. Only the role of the worker may ask.
func (db *DB) WaitingLogs(ctx context.Context, after tenants.ID, most int) (logs []seal.WaitingLog, err error) {
	err = db.outside(ctx, func(tx *gorm.DB) error {
		return tx.Raw("SELECT org_id AS org, since FROM waiting_logs(?, ?)", after, pageOf(most)).Scan(&logs).Error
	})
	return logs, err
}

// LogsUnderAnotherKey implements seal.Store. Only the role of the worker may ask.
func (db *DB) LogsUnderAnotherKey(ctx context.Context, key string, most int) (orgs []tenants.ID, err error) {
	err = db.outside(ctx, func(tx *gorm.DB) error {
		return tx.Raw("SELECT * FROM logs_under_another_key(?, ?)", key, most).Scan(&orgs).Error
	})
	return orgs, err
}

// WrappedKey returns an organization's own key as it is stored, or a fault of kind
// NotFound.
func (db *DB) WrappedKey(ctx context.Context, org tenants.ID) (wrapped []byte, err error) {
	err = db.in(ctx, org, func(tx *gorm.DB) error {
		return noRowIsNotFound(tx.Raw("SELECT wrapped_key FROM organizations").Row().Scan(&wrapped))
	})
	return wrapped, err
}

// SealLog implements seal.Store. The head's row is the fence: whoever holds it seals.
// Only the role of the worker may.
func (db *DB) SealLog(ctx context.Context, by authz.Caller, origin string, most seal.Limits, fn func(context.Context, seal.Batch) (seal.Sealed, error)) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		b := seal.Batch{
			People: func(_ context.Context, wanted []seal.PersonID) ([]seal.Person, error) { return knownPeople(tx, wanted) },
			Known:  func(_ context.Context, ids []audit.ID) ([]audit.ID, error) { return sealedOf(tx, ids) },
			Keys:   func(context.Context) ([]seal.LogKey, error) { return logKeys(tx) },

			Subtrees: func(_ context.Context, wanted []proof.Subtree) ([]proof.Hash, error) { return subtreesIn(tx, wanted) },
		}
		if err := lockHead(tx, origin, &b); err != nil {
			return err
		}
		var err error
		if b.Rows, err = takeWaiting(tx, by.Org(), most); err != nil {
			return err
		}
		if b.Tiles, err = lastTiles(tx, b.Head.Size); err != nil {
			return err
		}
		out, err := fn(ctx, b)
		if err != nil || len(out.Rows) == 0 {
			return err
		}
		return storeSealed(tx, b.Head, out)
	})
}

// lockHead takes the head's row, which the first who seals adds.
func lockHead(tx *gorm.DB, origin string, b *seal.Batch) error {
	if err := noRowIsNotFound(tx.Raw("SELECT entra_tid FROM organizations").Row().Scan(&b.TID.GUID)); err != nil {
		return err
	}
	var row headRow
	for range 2 {
		locked := tx.Raw(readHead + " FOR UPDATE SKIP LOCKED").Scan(&row)
		if locked.Error != nil || locked.RowsAffected > 0 {
			b.Head = row.head()
			return locked.Error
		}
		added := tx.Exec("INSERT INTO audit_heads (origin) VALUES (?) ON CONFLICT DO NOTHING", origin)
		if added.Error != nil {
			return added.Error
		}
		if added.RowsAffected == 0 {
			break
		}
	}
	return fault.New(fault.NotFound, "somebody else seals this log")
}

// clampedAt is when a waiting record was made, as an instant that can be read whatever
// the row holds: nobody's log waits for a row.
const clampedAt = "least(greatest(at, '1970-01-01 00:00:00+00'), '9999-12-31 00:00:00+00')"

// takeWaiting takes the next rows out of the outbox, by their ids.
func takeWaiting(tx *gorm.DB, org tenants.ID, most seal.Limits) ([]audit.Row, error) {
	rows, err := tx.Raw(`DELETE FROM audit_outbox WHERE id IN (
			SELECT id FROM (
				SELECT id, sum(octet_length(payload)) OVER (ORDER BY id) - octet_length(payload) AS before
				FROM (SELECT id, payload FROM audit_outbox ORDER BY id LIMIT @records) AS next) AS summed
			WHERE before < @bytes)
		RETURNING uuid_send(id), `+clampedAt+`, kind, payload`, map[string]any{"records": most.Records, "bytes": most.Bytes}).Rows()
	if err != nil {
		return nil, err
	}
	var all []audit.Row
	for rows.Next() {
		r := audit.Row{Org: org}
		var id []byte
		if err := rows.Scan(&id, &r.At, &r.Kind, &r.Payload); err != nil {
			return nil, errors.Join(err, rows.Close())
		}
		r.ID, r.At = audit.ID(id), r.At.UTC()
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b audit.Row) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	return all, errors.Join(rows.Err(), rows.Close())
}

func lastTiles(tx *gorm.DB, size int64) (tiles []seal.Tile, err error) {
	wanted := map[tileKey]seal.Tile{}
	for _, t := range seal.LastTiles(size) {
		wanted[keyOf(t)] = t
	}
	if len(wanted) == 0 {
		return nil, nil
	}
	err = readTiles(tx, wanted)
	for _, t := range wanted {
		tiles = append(tiles, t)
	}
	return tiles, err
}

// sealedOf returns which of some ids the log has. Each is looked up in the index.
func sealedOf(tx *gorm.DB, ids []audit.ID) (there []audit.ID, err error) {
	raw := make(guidArray, len(ids))
	for i, id := range ids {
		if raw[i], err = tenants.GUIDFromBytes(id[:]); err != nil {
			return nil, err
		}
	}
	rows, err := tx.Raw(`SELECT uuid_send(w.id) FROM unnest(?::uuid[]) AS w (id)
		CROSS JOIN LATERAL (SELECT FROM audit_records r WHERE r.id = w.id LIMIT 1) AS found`, raw).Rows()
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		var id []byte
		if err := rows.Scan(&id); err != nil {
			return nil, errors.Join(err, rows.Close())
		}
		there = append(there, audit.ID(id))
	}
	return there, errors.Join(rows.Err(), rows.Close())
}

// knownPeople returns those of whom the log says something already.
func knownPeople(tx *gorm.DB, wanted []seal.PersonID) ([]seal.Person, error) {
	tids, oids := make(guidArray, len(wanted)), make(guidArray, len(wanted))
	for i, id := range wanted {
		tids[i], oids[i] = id.TID.GUID, id.OID
	}
	return scanPeople(tx.Raw(`SELECT p.person, p.tid, p.oid, p.key FROM unnest(?::uuid[], ?::uuid[]) AS w (tid, oid)
		JOIN audit_people p ON p.tid = w.tid AND p.oid = w.oid AND octet_length(p.key) > 0`, tids, oids))
}

// storeSealed writes what has become of a batch.
func storeSealed(tx *gorm.DB, before seal.Head, out seal.Sealed) error {
	h := out.Head
	moved := tx.Exec("UPDATE audit_heads SET size = ?, people = ?, sealed_at = ?, key = ?, checkpoint = ? WHERE size = ?",
		h.Size, h.People, instant(h.SealedAt), h.Key, h.Checkpoint, before.Size)
	if moved.Error == nil && moved.RowsAffected != 1 {
		return fault.New(fault.Internal, "the log's head has moved while it was held")
	}
	if moved.Error != nil {
		return moved.Error
	}
	for _, k := range out.Keys {
		if err := tx.Exec("INSERT INTO audit_keys (seq, key, signature) VALUES (?, ?, ?)", k.Seq, k.Key, notNil(k.Signature)).Error; err != nil {
			return err
		}
	}
	if err := insertPeople(tx, out.People); err != nil {
		return err
	}
	if err := insertSealedRows(tx, out.Rows); err != nil {
		return err
	}
	if err := upsertTiles(tx, out.Tiles); err != nil {
		return err
	}
	return addUsage(tx, out.Usage)
}

// noRowIsNotFound is for what row level security does not show either.
func noRowIsNotFound(err error) error {
	if errors.Is(err, errNoRows) {
		return errNoOrganization
	}
	return err
}

func micros(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
