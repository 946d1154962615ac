package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// rowsAtOnce and bytesAtOnce are how much one transaction reads of records: as many, and
// no more once they say so much.
const (
	rowsAtOnce  = 2000
	bytesAtOnce = 4 << 20
)

// rowColumns are what scanRow scans.
const rowColumns = "seq, uuid_send(id), at, sealed_at, coalesce(person, 0), coalesce(subject, 0), own, personal, concerning"

// SealedRows calls each with the rows of an organization's log that are asked for, and
// their leaves, ascending. No transaction is open meanwhile, so that each may take its
// time; rows that are gone are left out.
func (db *DB) SealedRows(ctx context.Context, org tenants.ID, q seal.Query, each func(seal.Row, proof.Hash) error) error {
	return db.sealed(ctx, org, q, ascending, each)
}

// SealedBackwards is SealedRows, the last first.
func (db *DB) SealedBackwards(ctx context.Context, org tenants.ID, q seal.Query, each func(seal.Row, proof.Hash) error) error {
	return db.sealed(ctx, org, q, descending, each)
}

type direction string

const (
	ascending  direction = "ASC"
	descending direction = "DESC"
)

func (db *DB) sealed(ctx context.Context, org tenants.ID, q seal.Query, d direction, each func(seal.Row, proof.Hash) error) error {
	for page := 50; q.From < q.To; page = min(4*page, rowsAtOnce) { // whoever wants a few gets them soon
		rows, leaves, err := db.sealedPage(ctx, org, q, d, page)
		if err != nil {
			return err
		}
		bytes := 0
		for i, r := range rows {
			if err := each(r, leaves[i]); err != nil {
				return err
			}
			bytes += len(r.Own) + len(r.Personal) + len(r.Concerning)
		}
		if len(rows) < page && bytes < bytesAtOnce {
			return nil
		}
		if last := rows[len(rows)-1].Seq; d == ascending {
			q.From = last + 1
		} else {
			q.To = last
		}
	}
	return nil
}

func (db *DB) sealedPage(ctx context.Context, org tenants.ID, q seal.Query, d direction, most int) (rows []seal.Row, leaves []proof.Hash, err error) {
	err = db.in(ctx, org, func(tx *gorm.DB) error {
		if rows, err = scanRows(pageQuery(tx, q, d, most)); err != nil {
			return err
		}
		leaves, err = leavesOf(tx, rows)
		return err
	}, oneView)
	return rows, leaves, err
}

// pageQuery asks for a page. The records of people are found by the index of each, and
// read once they are known. What lies beyond the page's bytes is measured where it lies,
// and not read.
func pageQuery(tx *gorm.DB, q seal.Query, d direction, most int) *gorm.DB {
	arguments := map[string]any{"from": q.From, "to": q.To, "most": most, "bytes": bytesAtOnce}
	wanted := "SELECT * FROM audit_records WHERE seq >= @from AND seq < @to ORDER BY seq " + string(d) + " LIMIT @most"
	if q.People != nil {
		arguments["people"] = numbersOf(q.People)
		of := func(column string) string {
			return `SELECT f.seq FROM unnest(CAST(@people AS integer[])) AS p (number) CROSS JOIN LATERAL (
				SELECT seq FROM audit_records WHERE ` + column + ` = p.number AND seq >= @from AND seq < @to ORDER BY seq ` + string(d) + ` LIMIT @most) AS f`
		}
		wanted = "SELECT * FROM audit_records WHERE seq IN (SELECT seq FROM (" + of("person") + " UNION " + of("subject") +
			") AS found ORDER BY seq " + string(d) + " LIMIT @most)"
	}
	return tx.Raw("SELECT "+rowColumns+` FROM (SELECT *, sum(length) OVER (ORDER BY seq `+string(d)+` ROWS UNBOUNDED PRECEDING) - length AS before
			FROM (SELECT *, octet_length(own) + coalesce(octet_length(personal), 0) + coalesce(octet_length(concerning), 0) AS length FROM (`+wanted+`) AS wanted) AS measured) AS page
		WHERE before < CAST(@bytes AS bigint) ORDER BY seq `+string(d), arguments)
}

func numbersOf(people []int32) numberArray {
	all := make(numberArray, len(people))
	for i, p := range people {
		all[i] = int64(p)
	}
	return all
}

func scanRows(query *gorm.DB) ([]seal.Row, error) {
	rows, err := query.Rows()
	if err != nil {
		return nil, err
	}
	var all []seal.Row
	for rows.Next() {
		var r seal.Row
		if err := scanRow(rows, &r); err != nil {
			return nil, errors.Join(err, rows.Close())
		}
		all = append(all, r)
	}
	return all, errors.Join(rows.Err(), rows.Close())
}

func scanRow(rows *sql.Rows, r *seal.Row, more ...any) error {
	var id []byte
	var at, sealedAt time.Time
	if err := rows.Scan(append([]any{&r.Seq, &id, &at, &sealedAt, &r.Person, &r.Subject, &r.Own, &r.Personal, &r.Concerning}, more...)...); err != nil {
		return err
	}
	r.ID, r.At, r.SealedAt = audit.ID(id), at.UTC(), sealedAt.UTC()
	return nil
}

// leavesOf reads the leaves of rows from the tiles they are in.
func leavesOf(tx *gorm.DB, rows []seal.Row) ([]proof.Hash, error) {
	tiles := map[tileKey]seal.Tile{}
	for _, r := range rows {
		tiles[tileKey{n: r.Seq / seal.TileWidth}] = seal.Tile{}
	}
	if err := readTiles(tx, tiles); err != nil {
		return nil, err
	}
	leaves := make([]proof.Hash, len(rows))
	for i, r := range rows {
		tile := tiles[tileKey{n: r.Seq / seal.TileWidth}].Hashes
		if r.Seq%seal.TileWidth >= int64(len(tile)) {
			return nil, fault.Newf(fault.Internal, "record %d has no leaf in the tree", r.Seq)
		}
		leaves[i] = tile[r.Seq%seal.TileWidth]
	}
	return leaves, nil
}

// ErrWaiting is in the chain of FindSealed's error for a record that is not sealed yet.
var ErrWaiting = errors.New("the record waits to be sealed")

// FindSealed returns the row of an organization's log that has an id, and its leaf. One
// that is not there is NotFound; if it waits to be sealed, ErrWaiting is in the chain.
func (db *DB) FindSealed(ctx context.Context, org tenants.ID, id audit.ID) (row seal.Row, leaf proof.Hash, err error) {
	err = db.in(ctx, org, func(tx *gorm.DB) error {
		rows, err := scanRows(tx.Raw("SELECT "+rowColumns+" FROM audit_records WHERE id = ?", id.String()))
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return waitsOrNot(tx, id)
		}
		leaves, err := leavesOf(tx, rows)
		if err == nil {
			row, leaf = rows[0], leaves[0]
		}
		return err
	}, oneView)
	return row, leaf, err
}

func waitsOrNot(tx *gorm.DB, id audit.ID) error {
	var waits bool
	if err := tx.Raw("SELECT EXISTS (SELECT FROM audit_outbox WHERE id = ?)", id.String()).Row().Scan(&waits); err != nil {
		return err
	}
	if waits {
		return fault.Wrap(fault.NotFound, "the record is not sealed yet; try again in a few seconds", ErrWaiting)
	}
	return fault.New(fault.NotFound, "the log has no such record")
}

// IsWaiting reports whether FindSealed says that a record waits to be sealed.
func IsWaiting(err error) bool { return errors.Is(err, ErrWaiting) }
