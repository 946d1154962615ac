package store

import (
	"database/sql"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
	"gorm.io/gorm"

	"gatehouse/internal/audit/seal"
)

var errNoRows = sql.ErrNoRows

// insert runs a statement with arrays, which GORM would take for lists of arguments.
func insert(tx *gorm.DB, statement string, arguments ...any) error {
	_, err := tx.Statement.ConnPool.ExecContext(tx.Statement.Context, statement, arguments...)
	return err
}

func insertPeople(tx *gorm.DB, people []seal.Person) error {
	n := len(people)
	if n == 0 {
		return nil
	}
	numbers, tids, oids, keys := make([]int32, n), make([][16]byte, n), make([][16]byte, n), make([][]byte, n)
	for i, p := range people {
		numbers[i], tids[i], oids[i], keys[i] = p.Number, p.TID.Bytes(), p.OID.Bytes(), p.Key
	}
	return insert(tx, "INSERT INTO audit_people (person, tid, oid, key) SELECT * FROM unnest($1::integer[], $2::uuid[], $3::uuid[], $4::bytea[])",
		pgtype.FlatArray[int32](numbers), pgtype.FlatArray[[16]byte](tids), pgtype.FlatArray[[16]byte](oids), pgtype.FlatArray[[]byte](keys))
}

func insertSealedRows(tx *gorm.DB, rows []seal.Row) error {
	n := len(rows)
	seqs, ids, ats, sealed := make([]int64, n), make([][16]byte, n), make([]time.Time, n), make([]time.Time, n)
	people, subjects := make([]int32, n), make([]int32, n)
	own, personal, concerning := make([][]byte, n), make([][]byte, n), make([][]byte, n)
	for i, r := range rows {
		seqs[i], ids[i], ats[i], sealed[i] = r.Seq, r.ID, micros(r.At), micros(r.SealedAt)
		people[i], subjects[i], own[i], personal[i], concerning[i] = r.Person, r.Subject, r.Own, r.Personal, r.Concerning
	}
	return insert(tx, `INSERT INTO audit_records (seq, id, at, sealed_at, person, subject, own, personal, concerning)
		SELECT seq, id, at, sealed_at, NULLIF(person, 0), NULLIF(subject, 0), own, personal, concerning
		FROM unnest($1::bigint[], $2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::integer[], $6::integer[], $7::bytea[], $8::bytea[], $9::bytea[])
			AS r (seq, id, at, sealed_at, person, subject, own, personal, concerning)`,
		pgtype.FlatArray[int64](seqs), pgtype.FlatArray[[16]byte](ids), pgtype.FlatArray[time.Time](ats), pgtype.FlatArray[time.Time](sealed),
		pgtype.FlatArray[int32](people), pgtype.FlatArray[int32](subjects), pgtype.FlatArray[[]byte](own), pgtype.FlatArray[[]byte](personal), pgtype.FlatArray[[]byte](concerning))
}

// upsertTiles adds tiles, and replaces those that have grown.
func upsertTiles(tx *gorm.DB, tiles []seal.Tile) error {
	n := len(tiles)
	levels, ns, hashes, from := make([]int16, n), make([]int64, n), make([][]byte, n), make([]*time.Time, n)
	for i, t := range tiles {
		levels[i], ns[i], hashes[i], from[i] = int16(t.Level), t.N, bytesOf(t.Hashes), instant(t.SealedFrom) //nolint:gosec // there are eight levels
	}
	return insert(tx, `INSERT INTO audit_tiles (level, n, hashes, sealed_from) SELECT * FROM unnest($1::smallint[], $2::bigint[], $3::bytea[], $4::timestamptz[])
		ON CONFLICT (org_id, level, n) DO UPDATE SET hashes = EXCLUDED.hashes`,
		pgtype.FlatArray[int16](levels), pgtype.FlatArray[int64](ns), pgtype.FlatArray[[]byte](hashes), pgtype.FlatArray[*time.Time](from))
}
