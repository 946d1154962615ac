package store

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
	"gorm.io/gorm"

	"gatehouse/internal/audit/platform"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/audit/witness"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

var _ platform.Store = (*DB)(nil)

// MovedLogs implements platform.Store. Only the role of the worker may ask.
func (db *DB) MovedLogs(ctx context.Context, after tenants.ID, most int) (orgs []tenants.ID, err error) {
	err = db.outside(ctx, func(tx *gorm.DB) error {
		return tx.Raw("SELECT * FROM moved_logs(?, ?)", after, pageOf(most)).Scan(&orgs).Error
	})
	return orgs, err
}

// TakeCheckpoint implements platform.Store. Only the role of the worker may.
func (db *DB) TakeCheckpoint(ctx context.Context, by authz.Caller, t platform.Taken) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		taken := tx.Exec("INSERT INTO logged_checkpoints (size, salt, note, leaf) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", t.Size, t.Salt[:], t.Note, t.Leaf[:])
		if taken.Error != nil || taken.RowsAffected == 0 {
			return taken.Error
		}
		return tx.Exec("INSERT INTO platform_leaves (leaf) SELECT ?::bytea", t.Leaf[:]).Error
	})
}

// LoggedCheckpoint implements platform.Store.
func (db *DB) LoggedCheckpoint(ctx context.Context, org tenants.ID, atLeast int64) (l platform.Logged, err error) {
	order := "size"
	if atLeast <= 0 {
		order = "size DESC"
	}
	err = db.in(ctx, org, func(tx *gorm.DB) error {
		var row struct {
			Size, Seq        int64
			Salt, Note, Leaf []byte
		}
		found := tx.Raw(`SELECT c.size, c.salt, c.note, c.leaf, l.seq FROM logged_checkpoints c JOIN platform_leaves l ON l.leaf = c.leaf
			WHERE c.size >= ? AND l.seq IS NOT NULL ORDER BY c.`+order+` LIMIT 1`, atLeast).Scan(&row)
		if found.Error == nil && found.RowsAffected == 0 {
			return fault.New(fault.NotFound, "no checkpoint of so many records is in the platform's log yet; it grows once an hour")
		}
		if found.Error != nil {
			return found.Error
		}
		if len(row.Salt) != len(witness.Salt{}) || len(row.Leaf) != len(proof.Hash{}) {
			return fault.New(fault.Internal, "an entry of the platform's log cannot be read")
		}
		l = platform.Logged{Taken: platform.Taken{Size: row.Size, Salt: witness.Salt(row.Salt), Note: row.Note, Leaf: proof.Hash(row.Leaf)}, Seq: row.Seq}
		return nil
	})
	return l, err
}

// GrowPlatformLog implements platform.Store. The one row is the fence. Only the role of
// the worker may.
func (db *DB) GrowPlatformLog(ctx context.Context, origin string, most int, fn func(context.Context, platform.Batch) (platform.Grown, error)) error {
	return db.outside(ctx, func(tx *gorm.DB) error {
		head, err := lockPlatformLog(tx, origin)
		if err != nil {
			return err
		}
		b := platform.Batch{Head: head}
		if b.Leaves, err = waitingLeaves(tx, most); err != nil {
			return err
		}
		wanted := map[tileKey]seal.Tile{}
		for _, t := range seal.LastTiles(head.Size) {
			wanted[keyOf(t)] = t
		}
		if err := readPlatformTiles(tx, wanted); err != nil {
			return err
		}
		for _, t := range wanted {
			b.Tiles = append(b.Tiles, t)
		}
		if b.Keys, err = platformKeys(tx); err != nil {
			return err
		}
		out, err := fn(ctx, b)
		if err != nil || out.Head.Size == head.Size {
			return err
		}
		return storeGrown(tx, b, out)
	})
}

func lockPlatformLog(tx *gorm.DB, origin string) (platform.Head, error) {
	var row platformLogRow
	for range 2 {
		locked := tx.Raw(readPlatformLog + " FOR UPDATE SKIP LOCKED").Scan(&row)
		if locked.Error != nil || locked.RowsAffected > 0 {
			return row.head(), locked.Error
		}
		added := tx.Exec("INSERT INTO platform_log (origin) VALUES (?) ON CONFLICT DO NOTHING", origin)
		if added.Error != nil {
			return platform.Head{}, added.Error
		}
		if added.RowsAffected == 0 {
			break
		}
	}
	return platform.Head{}, fault.New(fault.NotFound, "somebody else adds to the platform's log")
}

// waitingLeaves reads leaves that wait in an order that says nothing of whose they are.
func waitingLeaves(tx *gorm.DB, most int) (leaves []proof.Hash, err error) {
	rows, err := tx.Raw("SELECT leaf FROM platform_leaves WHERE seq IS NULL ORDER BY leaf LIMIT ?", most).Rows()
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		var raw []byte
		if err := rows.Scan(&raw); err != nil {
			return nil, errors.Join(err, rows.Close())
		}
		leaves = append(leaves, proof.Hash(raw))
	}
	return leaves, errors.Join(rows.Err(), rows.Close())
}

func storeGrown(tx *gorm.DB, b platform.Batch, out platform.Grown) error {
	h := out.Head
	if err := tx.Exec("UPDATE platform_log SET size = ?, grown_at = ?, key = ?, checkpoint = ?", h.Size, instant(h.GrownAt), h.Key, h.Checkpoint).Error; err != nil {
		return err
	}
	for _, k := range out.Keys {
		if err := tx.Exec("INSERT INTO platform_log_keys (seq, key, signature) VALUES (?, ?, ?)", k.Seq, k.Key, notNil(k.Signature)).Error; err != nil {
			return err
		}
	}
	leaves, seqs := make([][]byte, len(b.Leaves)), make([]int64, len(b.Leaves))
	for i, leaf := range b.Leaves {
		leaves[i], seqs[i] = leaf[:], b.Head.Size+int64(i)
	}
	if err := insert(tx, "UPDATE platform_leaves l SET seq = n.seq FROM unnest($1::bytea[], $2::bigint[]) AS n (leaf, seq) WHERE l.leaf = n.leaf",
		pgtype.FlatArray[[]byte](leaves), pgtype.FlatArray[int64](seqs)); err != nil {
		return err
	}
	n := len(out.Tiles)
	levels, ns, hashes := make([]int16, n), make([]int64, n), make([][]byte, n)
	for i, t := range out.Tiles {
		levels[i], ns[i], hashes[i] = int16(t.Level), t.N, bytesOf(t.Hashes) //nolint:gosec // there are eight levels
	}
	return insert(tx, `INSERT INTO platform_tiles (level, n, hashes) SELECT * FROM unnest($1::smallint[], $2::bigint[], $3::bytea[])
		ON CONFLICT (level, n) DO UPDATE SET hashes = EXCLUDED.hashes`,
		pgtype.FlatArray[int16](levels), pgtype.FlatArray[int64](ns), pgtype.FlatArray[[]byte](hashes))
}

// PlatformLogSent implements platform.Store.
func (db *DB) PlatformLogSent(ctx context.Context, size int64) error {
	return db.outside(ctx, func(tx *gorm.DB) error {
		return tx.Exec("UPDATE platform_log SET sent = greatest(sent, ?)", size).Error
	})
}

// platformLogRow is the one row of platform_log.
type platformLogRow struct {
	Origin     string
	Size       int64
	GrownAt    *time.Time
	Key        string
	Checkpoint []byte
	Sent       int64
}

func (r platformLogRow) head() platform.Head {
	return platform.Head{Origin: r.Origin, Size: r.Size, GrownAt: orZero(r.GrownAt), Key: r.Key, Checkpoint: r.Checkpoint, Sent: r.Sent}
}

const readPlatformLog = "SELECT origin, size, grown_at, key, checkpoint, sent FROM platform_log"
