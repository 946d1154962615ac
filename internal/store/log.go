package store

import (
	"context"
	"database/sql"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// headRow is an organization's row of audit_heads.
type headRow struct {
	Origin     string
	Size       int64
	First      int64
	People     int32
	SealedAt   *time.Time
	Key        string
	Checkpoint []byte
}

func (r headRow) head() seal.Head {
	h := seal.Head{Origin: r.Origin, Size: r.Size, First: r.First, People: r.People, Key: r.Key, Checkpoint: r.Checkpoint}
	if r.SealedAt != nil {
		h.SealedAt = r.SealedAt.UTC()
	}
	return h
}

const readHead = "SELECT origin, size, first, people, sealed_at, key, checkpoint FROM audit_heads"

// LogHead returns how far an organization's log reaches, and what waits to be sealed.
func (db *DB) LogHead(ctx context.Context, org tenants.ID) (h seal.Head, err error) {
	err = db.in(ctx, org, func(tx *gorm.DB) error {
		var row headRow
		if err := tx.Raw(readHead).Scan(&row).Error; err != nil {
			return err
		}
		h = row.head()
		var since *time.Time
		if err := tx.Raw("SELECT (SELECT count(*) FROM (SELECT FROM audit_outbox LIMIT ?) AS counted), (SELECT "+clampedAt+" FROM audit_outbox ORDER BY id LIMIT 1)",
			seal.MostCounted).Row().Scan(&h.Waiting.Records, &since); err != nil {
			return err
		}
		if since != nil {
			h.Waiting.Since = since.UTC()
		}
		return nil
	}, oneView)
	return h, err
}

// LogKeys returns the keys of an organization's checkpoints, the first one first.
func (db *DB) LogKeys(ctx context.Context, org tenants.ID) (keys []seal.LogKey, err error) {
	err = db.in(ctx, org, func(tx *gorm.DB) (err error) {
		keys, err = logKeys(tx)
		return err
	})
	return keys, err
}

func logKeys(tx *gorm.DB) (keys []seal.LogKey, err error) {
	err = tx.Raw("SELECT seq, key, NULLIF(signature, '') AS signature FROM audit_keys ORDER BY seq").Scan(&keys).Error
	return keys, err
}

// LogSubtrees returns the hashes of subtrees of an organization's log, in the order in
// which they are asked for. One that the tree does not have is NotFound.
func (db *DB) LogSubtrees(ctx context.Context, org tenants.ID, subtrees []proof.Subtree) (hashes []proof.Hash, err error) {
	err = db.in(ctx, org, func(tx *gorm.DB) (err error) {
		hashes, err = subtreesIn(tx, subtrees)
		return err
	}, oneView)
	return hashes, err
}

// subtreesIn is LogSubtrees within a transaction.
func subtreesIn(tx *gorm.DB, subtrees []proof.Subtree) ([]proof.Hash, error) {
	wanted := map[tileKey]seal.Tile{}
	for _, s := range subtrees {
		wanted[keyOf(seal.TileOf(s))] = seal.Tile{}
	}
	if err := readTiles(tx, wanted); err != nil {
		return nil, err
	}
	hashes := make([]proof.Hash, len(subtrees))
	for i, s := range subtrees {
		h, err := seal.SubtreeIn(wanted[keyOf(seal.TileOf(s))], s)
		if err != nil {
			return nil, fault.Wrap(fault.NotFound, "the log does not reach so far", err)
		}
		hashes[i] = h
	}
	return hashes, nil
}

// SeqAt returns the first of an organization's records that was sealed at an instant or
// later and is still there, or the log's size.
func (db *DB) SeqAt(ctx context.Context, org tenants.ID, t time.Time) (seq int64, err error) {
	err = db.in(ctx, org, func(tx *gorm.DB) error {
		var size int64
		if err := tx.Raw("SELECT coalesce(max(size), 0) FROM audit_heads").Row().Scan(&size); err != nil {
			return err
		}
		// The tile before the first that begins at t or later is the one t may fall into.
		var tile int64
		if err := tx.Raw("SELECT coalesce((SELECT n FROM audit_tiles WHERE level = 0 AND sealed_from < ? ORDER BY sealed_from DESC, n DESC LIMIT 1), 0)",
			instant(t)).Row().Scan(&tile); err != nil {
			return err
		}
		var found sql.NullInt64
		err := tx.Raw("SELECT (SELECT seq FROM audit_records WHERE seq >= ? AND sealed_at >= ? ORDER BY seq LIMIT 1)", tile*seal.TileWidth, instant(t)).Row().Scan(&found)
		seq = size
		if found.Valid {
			seq = found.Int64
		}
		return err
	}, oneView)
	return seq, err
}
