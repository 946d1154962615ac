package store

import (
	"context"
	"errors"

	"gorm.io/gorm"

	"gatehouse/internal/audit/platform"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/fault"
)

// PlatformLog implements platform.Reader.
func (db *DB) PlatformLog(ctx context.Context) (h platform.Head, err error) {
	err = db.outside(ctx, func(tx *gorm.DB) error {
		var row platformLogRow
		err := tx.Raw(readPlatformLog).Scan(&row).Error
		h = row.head()
		return err
	})
	return h, err
}

// PlatformLogKeys implements platform.Reader.
func (db *DB) PlatformLogKeys(ctx context.Context) (keys []seal.LogKey, err error) {
	err = db.outside(ctx, func(tx *gorm.DB) (err error) {
		keys, err = platformKeys(tx)
		return err
	})
	return keys, err
}

func platformKeys(tx *gorm.DB) (keys []seal.LogKey, err error) {
	err = tx.Raw("SELECT seq, key, NULLIF(signature, '') AS signature FROM platform_log_keys ORDER BY seq").Scan(&keys).Error
	return keys, err
}

// PlatformSubtrees implements platform.Reader. One that the tree does not have is
// NotFound.
func (db *DB) PlatformSubtrees(ctx context.Context, subtrees []proof.Subtree) (hashes []proof.Hash, err error) {
	err = db.outside(ctx, func(tx *gorm.DB) error {
		wanted := map[tileKey]seal.Tile{}
		for _, s := range subtrees {
			wanted[keyOf(seal.TileOf(s))] = seal.Tile{}
		}
		if err := readPlatformTiles(tx, wanted); err != nil {
			return err
		}
		for _, s := range subtrees {
			h, err := seal.SubtreeIn(wanted[keyOf(seal.TileOf(s))], s)
			if err != nil {
				return fault.Wrap(fault.NotFound, "the platform's log does not reach so far", err)
			}
			hashes = append(hashes, h)
		}
		return nil
	})
	return hashes, err
}

// readPlatformTiles is readTiles of the platform's log.
func readPlatformTiles(tx *gorm.DB, wanted map[tileKey]seal.Tile) error {
	levels, ns := make(numberArray, 0, len(wanted)), make(numberArray, 0, len(wanted))
	for key := range wanted {
		levels, ns = append(levels, int64(key.level)), append(ns, key.n)
	}
	rows, err := tx.Raw(`SELECT t.level, t.n, t.hashes FROM unnest(?::smallint[], ?::bigint[]) AS w (level, n)
		JOIN platform_tiles t ON t.level = w.level AND t.n = w.n`, levels, ns).Rows()
	if err != nil {
		return err
	}
	clear(wanted)
	for rows.Next() {
		var t seal.Tile
		var hashes []byte
		err := rows.Scan(&t.Level, &t.N, &hashes)
		if err == nil {
			t.Hashes, err = hashesOf(hashes)
		}
		if err != nil {
			return errors.Join(err, rows.Close())
		}
		wanted[keyOf(t)] = t
	}
	return errors.Join(rows.Err(), rows.Close())
}
