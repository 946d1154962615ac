package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
	"gorm.io/gorm"

	"gatehouse/internal/audit/usage"
	"gatehouse/internal/tenants"
)

// usageKept is for how long it is known how tools were used.
const usageKept = 400 * 24 * time.Hour

// addUsage adds to what is known what was added to the log. It belongs into the
// transaction that does that: what is sealed once is counted once.
func addUsage(tx *gorm.DB, c usage.Counts) error {
	if len(c.Hours)+len(c.People)+len(c.Clients) == 0 {
		return nil
	}
	n := len(c.Hours)
	hours, tools, took := make([]time.Time, n), make([]string, n), make([]string, n)
	calls, failures, refusals := make([]int64, n), make([]int64, n), make([]int64, n)
	for i, h := range c.Hours {
		hours[i], tools[i], took[i] = h.At, h.Tool, arrayOf(h.Took)
		calls[i], failures[i], refusals[i] = h.Calls, h.Failures, h.Refusals
	}
	days, people, their := make([]time.Time, len(c.People)), make([]int32, len(c.People)), make([]int32, len(c.People))
	for i, p := range c.People {
		days[i], people[i], their[i] = p.Day, p.Number, p.Hours
	}
	dates, clients, its := make([]time.Time, len(c.Clients)), make([]string, len(c.Clients)), make([]int32, len(c.Clients))
	for i, a := range c.Clients {
		dates[i], clients[i], its[i] = a.Day, a.ID, a.Hours
	}
	return insert(tx, upsertUsage,
		pgtype.FlatArray[time.Time](hours), pgtype.FlatArray[string](tools), pgtype.FlatArray[int64](calls), pgtype.FlatArray[int64](failures), pgtype.FlatArray[int64](refusals), pgtype.FlatArray[string](took),
		pgtype.FlatArray[time.Time](days), pgtype.FlatArray[int32](people), pgtype.FlatArray[int32](their),
		pgtype.FlatArray[time.Time](dates), pgtype.FlatArray[string](clients), pgtype.FlatArray[int32](its))
}

const upsertUsage = `WITH counted AS (
		INSERT INTO usage_hours AS h (hour, tool, calls, failures, refusals, took)
		SELECT hour, tool, calls, failures, refusals, took::integer[]
			FROM unnest($1::timestamptz[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[]) AS n (hour, tool, calls, failures, refusals, took)
		ON CONFLICT (org_id, hour, tool) DO UPDATE SET calls = h.calls + EXCLUDED.calls, failures = h.failures + EXCLUDED.failures, refusals = h.refusals + EXCLUDED.refusals,
			took = ARRAY(SELECT coalesce(a, 0) + coalesce(b, 0) FROM unnest(h.took, EXCLUDED.took) WITH ORDINALITY AS added (a, b, i) ORDER BY i)
	), present AS (
		INSERT INTO usage_people AS p (day, person, hours) SELECT * FROM unnest($7::date[], $8::integer[], $9::integer[])
		ON CONFLICT (org_id, day, person) DO UPDATE SET hours = p.hours | EXCLUDED.hours WHERE p.hours | EXCLUDED.hours <> p.hours
	)
	INSERT INTO usage_clients AS c (day, client, hours) SELECT * FROM unnest($10::date[], $11::text[], $12::integer[])
	ON CONFLICT (org_id, day, client) DO UPDATE SET hours = c.hours | EXCLUDED.hours WHERE c.hours | EXCLUDED.hours <> c.hours`

// Usage returns how an organization's tools were used in a window, as far as its log is
// sealed. What registered clients are, and what people have connected, counts once for
// each software.
func (db *DB) Usage(ctx context.Context, org tenants.ID, w usage.Window) (*usage.Report, error) {
	r := usage.NewReport(w)
	err := db.in(ctx, org, func(tx *gorm.DB) error {
		if err := readHours(tx, r); err != nil {
			return err
		}
		if err := readActive(tx, r, activePeople, func(u *usage.Use, n int) { u.People = n }); err != nil {
			return err
		}
		return readActive(tx, r, activeClients, func(u *usage.Use, n int) { u.Clients = n })
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}

func readHours(tx *gorm.DB, r *usage.Report) error {
	rows, err := tx.Raw("SELECT hour, tool, calls, failures, refusals, took::text FROM usage_hours WHERE hour >= ? AND hour < ?", r.Window.From, r.Window.To()).Rows()
	if err != nil {
		return err
	}
	for rows.Next() {
		var h usage.Hour
		var took string
		err := rows.Scan(&h.At, &h.Tool, &h.Calls, &h.Failures, &h.Refusals, &took)
		if err == nil {
			h.Took, err = histogramOf(took)
		}
		if err != nil {
			return errors.Join(err, rows.Close())
		}
		r.Add(h)
	}
	return errors.Join(rows.Err(), rows.Close())
}

// Who was active, and in which hours of which days.
const (
	activePeople  = "SELECT person AS who, day, hours FROM usage_people"
	activeClients = `SELECT coalesce(s.software, u.client) AS who, u.day, u.hours FROM usage_clients u LEFT JOIN (
		SELECT id, min(software) AS software FROM (SELECT id, software FROM registered_clients WHERE software <> '' UNION SELECT client_id, software FROM connections) AS known GROUP BY id
	) AS s ON s.id = u.client`
)

// readActive counts different ones: of each stretch, and without a stretch of all.
func readActive(tx *gorm.DB, r *usage.Report, active string, found func(*usage.Use, int)) error {
	unit := "hour"
	if r.Window.Stretch > time.Hour {
		unit = "day"
	}
	rows, err := tx.Raw(`SELECT date_trunc(@unit, at, 'UTC') AS stretch, count(DISTINCT who) FROM (
			SELECT who, (day + make_interval(hours => h)) AT TIME ZONE 'UTC' AS at FROM (`+active+`) AS days
			CROSS JOIN generate_series(0, 23) AS h WHERE day >= CAST(@first AS date) AND hours & (1 << h) <> 0) AS present
		WHERE at >= @from AND at < @to GROUP BY GROUPING SETS ((stretch), ())`,
		map[string]any{"unit": unit, "first": r.Window.From.Format(time.DateOnly), "from": r.Window.From, "to": r.Window.To()}).Rows()
	if err != nil {
		return err
	}
	for rows.Next() {
		var stretch *time.Time
		var n int
		if err := rows.Scan(&stretch, &n); err != nil {
			return errors.Join(err, rows.Close())
		}
		if stretch == nil {
			found(&r.Total, n)
		} else if u := r.At(*stretch); u != nil {
			found(u, n)
		}
	}
	return errors.Join(rows.Err(), rows.Close())
}

// forgetUsage drops what is older than anybody is told.
func forgetUsage(tx *gorm.DB, now time.Time) error {
	before := now.UTC().Add(-usageKept)
	for _, statement := range []string{"DELETE FROM usage_hours WHERE hour < ?", "DELETE FROM usage_people WHERE day < ?", "DELETE FROM usage_clients WHERE day < ?"} {
		if err := tx.Exec(statement, before).Error; err != nil {
			return err
		}
	}
	return nil
}

func arrayOf(h usage.Histogram) string {
	text := append(make([]byte, 0, 2+2*len(h)), '{')
	for i, n := range h {
		if i > 0 {
			text = append(text, ',')
		}
		text = strconv.AppendInt(text, n, 10)
	}
	return string(append(text, '}'))
}

func histogramOf(array string) (h usage.Histogram, err error) {
	inner := strings.Trim(array, "{}")
	if inner == "" {
		return nil, nil
	}
	h = slices.Grow(h, strings.Count(inner, ",")+1)
	for part := range strings.SplitSeq(inner, ",") {
		n, err := strconv.ParseInt(part, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("read histogram: %w", err)
		}
		h = append(h, n)
	}
	return h, nil
}
