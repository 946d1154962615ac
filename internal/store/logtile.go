package store

import (
	"errors"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/fault"
)

// tileKey names a tile.
type tileKey struct {
	level int
	n     int64
}

func keyOf(t seal.Tile) tileKey { return tileKey{t.Level, t.N} }

// readTiles reads the tiles that are wanted, by their keys; those that are not there it
// takes away.
func readTiles(tx *gorm.DB, wanted map[tileKey]seal.Tile) error {
	levels, ns := make(numberArray, 0, len(wanted)), make(numberArray, 0, len(wanted))
	for key := range wanted {
		levels, ns = append(levels, int64(key.level)), append(ns, key.n)
	}
	rows, err := tx.Raw(`SELECT t.level, t.n, t.hashes, t.sealed_from FROM unnest(?::smallint[], ?::bigint[]) AS w (level, n)
		JOIN audit_tiles t ON t.level = w.level AND t.n = w.n`, levels, ns).Rows()
	if err != nil {
		return err
	}
	clear(wanted)
	for rows.Next() {
		var t seal.Tile
		var hashes []byte
		var from *time.Time
		err := rows.Scan(&t.Level, &t.N, &hashes, &from)
		if err == nil {
			t.Hashes, err = hashesOf(hashes)
		}
		if err != nil {
			return errors.Join(err, rows.Close())
		}
		if from != nil {
			t.SealedFrom = from.UTC()
		}
		wanted[keyOf(t)] = t
	}
	return errors.Join(rows.Err(), rows.Close())
}

func hashesOf(raw []byte) ([]proof.Hash, error) {
	if len(raw)%len(proof.Hash{}) != 0 {
		return nil, fault.Newf(fault.Internal, "a tile has %d bytes", len(raw))
	}
	hashes := make([]proof.Hash, 0, seal.TileWidth)
	for ; len(raw) > 0; raw = raw[len(proof.Hash{}):] {
		hashes = append(hashes, proof.Hash(raw[:len(proof.Hash{})]))
	}
	return hashes, nil
}

func bytesOf(hashes []proof.Hash) []byte {
	raw := make([]byte, 0, len(hashes)*len(proof.Hash{}))
	for _, h := range hashes {
		raw = append(raw, h[:]...)
	}
	return raw
}
