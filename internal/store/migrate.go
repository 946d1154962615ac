package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	_ "github.com/jackc/pgx/v5/stdlib" // registers the driver "pgx"
	"github.com/pressly/goose/v3"

	"gatehouse/migrations"
)

// Migrate brings the schema to the newest version, under a role that may create
// tables and roles, and returns the names of the migrations it applied. Several
// at once take turns.
func Migrate(ctx context.Context, url string) (applied []string, err error) {
	db, err := sql.Open("pgx", url)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	release, err := takeTurn(ctx, db)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, release()) }()
	provider, err := goose.NewProvider(goose.DialectPostgres, db, migrations.Files)
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	results, err := provider.Up(ctx)
	for _, r := range results {
		if r.Error == nil {
			applied = append(applied, r.Source.Path)
		}
	}
	if err != nil {
		return applied, fmt.Errorf("apply migrations: %w", err)
	}
	return applied, nil
}

// turn is the key of the advisory lock under which migrations run.
const turn = 0x6761746568 // "gateh"

// takeTurn waits until nobody else migrates the database. Without it two
// migrations at once would end with one of them refused, and nothing broken:
// each is a transaction. The lock ends with its transaction, because a session's
// would stay on a pooled connection.
func takeTurn(ctx context.Context, db *sql.DB) (release func() error, err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("reach database: %w", err)
	}
	if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", int64(turn)); err != nil {
		return nil, errors.Join(fmt.Errorf("wait for other migrations: %w", err), tx.Rollback())
	}
	return tx.Rollback, nil
}
