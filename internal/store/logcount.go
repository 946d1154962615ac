package store

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/audit/seal"
	"gatehouse/internal/tenants"
)

// CountSealed counts the rows of an organization's log that are asked for, and of which
// the records were made from an instant on and before another (zero: whenever), by the
// beginnings of the stretches that they were made in: units of PostgreSQL's date_trunc,
// in UTC. No row is read whole.
func (db *DB) CountSealed(ctx context.Context, org tenants.ID, q seal.Query, during [2]time.Time, unit string) (map[time.Time]int64, error) {
	counts := map[time.Time]int64{}
	arguments := map[string]any{"from": q.From, "to": q.To, "unit": unit, "since": instant(during[0]), "until": instant(during[1])}
	where := `seq >= @from AND seq < @to AND (CAST(@since AS timestamptz) IS NULL OR at >= @since) AND (CAST(@until AS timestamptz) IS NULL OR at < @until)`
	if q.People != nil {
		arguments["people"] = numbersOf(q.People)
		where += " AND (person = ANY (CAST(@people AS integer[])) OR subject = ANY (CAST(@people AS integer[])))"
	}
	err := db.in(ctx, org, func(tx *gorm.DB) error {
		rows, err := tx.Raw("SELECT date_trunc(@unit, at, 'UTC') AS stretch, count(*) FROM audit_records WHERE "+where+" GROUP BY stretch", arguments).Rows()
		if err != nil {
			return err
		}
		for rows.Next() {
			var stretch time.Time
			var n int64
			if err := rows.Scan(&stretch, &n); err != nil {
				return errors.Join(err, rows.Close())
			}
			counts[stretch.UTC()] = n
		}
		return errors.Join(rows.Err(), rows.Close())
	})
	if err != nil {
		return nil, err
	}
	return counts, nil
}

// LogPeopleNumbered returns those of the people of an organization's log that have one
// of the numbers.
func (db *DB) LogPeopleNumbered(ctx context.Context, org tenants.ID, numbers ...int32) (people []seal.Person, err error) {
	err = db.in(ctx, org, func(tx *gorm.DB) (err error) {
		people, err = scanPeople(tx.Raw(readPeople+"WHERE person = ANY (?::integer[])", numbersOf(numbers)))
		return err
	})
	return people, err
}
