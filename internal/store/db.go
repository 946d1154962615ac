// Package store is PostgreSQL: the only SQL and the only GORM of the module. It
// satisfies the Store interfaces that the packages above it declare.
//
// The way to an organization's data is DB.in, a transaction that names the
// organization; row level security refuses the rest. Beside it stand four doors
// and no other: tables without organization data (DB.outside), the audit outbox
// (Outbox), what operators see (Operators), and the SECURITY DEFINER functions
// that return ids, versions, instants and ends of sessions.
// Reads name an organization, writes name a caller; a configuration change
// writes its audit record in the same transaction.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"gatehouse/internal/audit"
	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/tenants"
)

// DB is the connection of one process, under the role gatehouse_api.
type DB struct {
	gorm   *gorm.DB
	conf   *pgx.ConnConfig
	scribe *audit.Scribe
	turns  *turns
	clock  *clock
	now    func() time.Time // of the clock

	box      *secrets.Box // nil: no configurations are kept
	letters  *bells       // of letters
	streams  *bells       // of sessions' subscriptions
	lookouts sync.Mutex
	looking  bool // somebody looks for letters
}

// Pool bounds one process's share of the database's connections.
const (
	maxConnections  = 12
	statementLimit  = 5 * time.Second
	connectionLife  = 30 * time.Minute
	connectionRest  = 30 * time.Second // idle longer than this it is closed: fewer to find dead after a network that went silent
	connectDeadline = 5 * time.Second

	// transactionLimit is the client's own bound: a server that has vanished
	// never reports that its statement_timeout has passed. It leaves a living
	// one the time to do so.
	transactionLimit = statementLimit + time.Second
)

// Open connects with a URL or keyword string of PostgreSQL, and learns how far the
// machine's clock is off. It does not check the role; Guard does.
func Open(ctx context.Context, url string, now func() time.Time) (*DB, error) {
	conf, err := connConfig(url)
	if err != nil {
		return nil, err
	}
	return open(ctx, conf, newClock(now, time.Now))
}

func open(ctx context.Context, conf *pgx.ConnConfig, c *clock) (*DB, error) {
	pool := stdlib.OpenDB(*conf)
	pool.SetMaxOpenConns(maxConnections)
	pool.SetMaxIdleConns(maxConnections)
	pool.SetConnMaxLifetime(connectionLife)
	pool.SetConnMaxIdleTime(connectionRest)
	db, err := gorm.Open(postgres.New(postgres.Config{Conn: pool}), &gorm.Config{
		TranslateError: true, SkipDefaultTransaction: true, NowFunc: c.now, Logger: logger.Discard, PrepareStmt: false,
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open database: %w", err), pool.Close())
	}
	if err := pool.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("reach database: %w", err), pool.Close())
	}
	if err := c.learn(ctx, db); err != nil {
		return nil, errors.Join(fmt.Errorf("ask database for the time: %w", err), pool.Close())
	}
	return &DB{gorm: db, conf: conf, scribe: audit.NewScribe(c.now), turns: newTurns(), clock: c, now: c.now, letters: newBells(), streams: newBells()}, nil
}

// connConfig bounds every statement, so that no transaction outlives the
// request or poll it was made for by much.
func connConfig(url string) (*pgx.ConnConfig, error) {
	conf, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "database URL cannot be read; use postgres://user:password@host:port/database", err)
	}
	conf.ConnectTimeout = connectDeadline
	limit := fmt.Sprint(statementLimit.Milliseconds())
	for _, setting := range []string{"statement_timeout", "idle_in_transaction_session_timeout"} {
		if conf.RuntimeParams[setting] == "" {
			conf.RuntimeParams[setting] = limit
		}
	}
	return conf, nil
}

// Close ends the connections.
func (db *DB) Close() error {
	pool, err := db.gorm.DB()
	if err != nil {
		return err
	}
	return pool.Close()
}

// in runs fn in a transaction that sees and touches one organization only. The
// setting ends with the transaction (set_config's third argument): anything
// else would stay on the pooled connection. It takes transactionLimit at most.
func (db *DB) in(ctx context.Context, org tenants.ID, fn func(tx *gorm.DB) error, opts ...*sql.TxOptions) error {
	if org.IsZero() {
		return fault.New(fault.Internal, "no organization named")
	}
	ctx, cancel := context.WithTimeout(ctx, transactionLimit)
	defer cancel()
	err := db.gorm.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := tx.Exec("SELECT set_config('app.org_id', ?, true)", org.String()).Error; err != nil {
			return err
		}
		return fn(tx)
	}, opts...)
	return translate(err)
}

// oneView makes all reads of a transaction see one instant.
var oneView = &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}

// translate turns what the database says into a fault: SQLSTATE decides its kind,
// the constraint's name its text; message texts decide nothing.
func translate(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err
	}
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return fault.Wrap(fault.NotFound, "there is no such thing", err)
	}
	pg, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return fault.Wrap(fault.Unavailable, unreachable, err)
	}
	kind := kindOf(pg)
	if kind == fault.Unavailable {
		return fault.Wrap(kind, unreachable, err)
	}
	return fault.Wrap(kind, publicText(pg), err)
}

// unreachable is what callers are told while the database does not serve.
const unreachable = "the database cannot be reached; try again shortly"

func kindOf(pg *pgconn.PgError) fault.Kind {
	switch {
	case pg.Code == "23505":
		return fault.Conflict
	case pg.Code == "23503" || pg.Code == "23514" || pg.Code == "23502" || pg.Code[:2] == "22":
		return fault.Invalid
	case pg.Code[:2] == "08" || pg.Code[:2] == "53" || pg.Code[:2] == "57" || pg.Code == "40001" || pg.Code == "40P01":
		return fault.Unavailable
	default:
		return fault.Internal
	}
}

func publicText(pg *pgconn.PgError) string {
	if text, ok := constraintTexts[pg.ConstraintName]; ok {
		return text
	}
	if pg.ConstraintName != "" {
		return "the value breaks the rule " + pg.ConstraintName
	}
	return "the database refused the value"
}
