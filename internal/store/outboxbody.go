package store

import (
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"gatehouse/internal/audit"
)

// appendBodies is appendRows with bodies beside them, in the same statement: all of it
// is stored, or none.
const appendBodies = `WITH kept AS (INSERT INTO audit_bodies (org_id, call, part, at, person, body)
	SELECT * FROM unnest($6::uuid[], $7::uuid[], $8::text[], $9::timestamptz[], $10::integer[], $11::bytea[]))
	` + appendRows

// bodiesOf are the arguments of appendBodies that follow those of appendRows; nil where
// no row has a body.
func bodiesOf(batch []audit.Row) []any {
	n := 0
	for i := range batch {
		n += len(batch[i].Bodies)
	}
	if n == 0 {
		return nil
	}
	orgs, calls, parts := make([][16]byte, 0, n), make([][16]byte, 0, n), make([]string, 0, n)
	ats, people, bodies := make([]time.Time, 0, n), make([]int32, 0, n), make([][]byte, 0, n)
	for _, row := range batch {
		for _, b := range row.Bodies {
			orgs, calls, parts = append(orgs, row.Org.Bytes()), append(calls, b.Call), append(parts, string(b.Part))
			ats, people, bodies = append(ats, row.At), append(people, b.Person), append(bodies, b.Encrypted)
		}
	}
	return []any{
		pgtype.FlatArray[[16]byte](orgs), pgtype.FlatArray[[16]byte](calls), pgtype.FlatArray[string](parts),
		pgtype.FlatArray[time.Time](ats), pgtype.FlatArray[int32](people), pgtype.FlatArray[[]byte](bodies),
	}
}
