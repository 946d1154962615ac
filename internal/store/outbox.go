package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"gatehouse/internal/audit"
	"gatehouse/internal/fault"
)

// outboxConnections is small: one committer appends, and a second connection
// stands ready when the first breaks.
const outboxConnections = 2

// Outbox appends audit records under the role gatehouse_audit_writer, which may
// do nothing else. It has a pool of its own, so that no other work of the
// process can keep a record waiting.
type Outbox struct{ pool *pgxpool.Pool }

var _ audit.Outbox = (*Outbox)(nil)

// OpenOutbox connects with a URL or keyword string of PostgreSQL.
func OpenOutbox(ctx context.Context, url string) (*Outbox, error) {
	base, err := connConfig(url)
	if err != nil {
		return nil, err
	}
	conf, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "audit database URL cannot be read", err)
	}
	conf.ConnConfig.RuntimeParams, conf.ConnConfig.ConnectTimeout = base.RuntimeParams, base.ConnectTimeout
	conf.MaxConns, conf.MinConns = outboxConnections, 1
	pool, err := pgxpool.NewWithConfig(ctx, conf)
	if err != nil {
		return nil, fmt.Errorf("open outbox: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("reach outbox: %w", err)
	}
	return &Outbox{pool}, nil
}

// Close ends the connections.
func (o *Outbox) Close() { o.pool.Close() }

// appendRows inserts rows of many organizations in one statement. It names no
// conflict target and returns nothing: the role could not read them back.
const appendRows = `INSERT INTO audit_outbox (id, org_id, at, kind, payload)
	SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[], $5::bytea[])`

// Append stores all rows or none. See audit.Outbox.
func (o *Outbox) Append(ctx context.Context, batch []audit.Row) error {
	n := len(batch)
	ids, orgs, ats := make([][16]byte, n), make([][16]byte, n), make([]time.Time, n)
	kinds, payloads := make([]string, n), make([][]byte, n)
	for i, row := range batch {
		ids[i], orgs[i], ats[i], kinds[i], payloads[i] = row.ID, row.Org.Bytes(), row.At, string(row.Kind), row.Payload
	}
	statement, arguments := appendRows, []any{
		pgtype.FlatArray[[16]byte](ids), pgtype.FlatArray[[16]byte](orgs),
		pgtype.FlatArray[time.Time](ats), pgtype.FlatArray[string](kinds), pgtype.FlatArray[[]byte](payloads),
	}
	if bodies := bodiesOf(batch); bodies != nil {
		statement, arguments = appendBodies, append(arguments, bodies...)
	}
	_, err := o.pool.Exec(ctx, statement, arguments...)
	if err == nil {
		return nil
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && (pg.Code[:2] == "22" || pg.Code[:2] == "23") {
		return &audit.PoisonError{Code: pg.Code, Cause: err}
	}
	return fmt.Errorf("append audit records: %w", err)
}
