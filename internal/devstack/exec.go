package devstack

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Exec runs statements on a database one after the other, in one transaction, each with
// the same arguments, and returns how many rows they have changed.
func Exec(ctx context.Context, url string, statements []string, arguments ...any) (rows int64, err error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return 0, fmt.Errorf("reach database: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		for _, s := range statements {
			done, err := tx.Exec(ctx, s, arguments...)
			if err != nil {
				return fmt.Errorf("%s: %w", s, err)
			}
			rows += done.RowsAffected()
		}
		return nil
	})
	return rows, err
}

// Texts returns the only column of what a query returns, as whoever a connection string
// names.
func Texts(ctx context.Context, url, query string, arguments ...any) (all []string, err error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("reach database: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	rows, err := conn.Query(ctx, query, arguments...)
	if err == nil {
		all, err = pgx.CollectRows(rows, pgx.RowTo[string])
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", query, err)
	}
	return all, nil
}
