package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"gatehouse/internal/devstack"
	"gatehouse/internal/store"
)

// databases makes migrated databases on one PostgreSQL that waits for the disk.
type databases struct {
	server              *devstack.Postgres
	api, writer, worker devstack.Role
	about               string // one line for the heading of the table
}

// database is one of them, by role.
type database struct {
	api, audit, worker string
	owner              string // bound by nothing; for what the product may not do
}

func openDatabases(ctx context.Context) (*databases, error) {
	server, err := devstack.StartPostgres(ctx, devstack.PostgresOptions{Durability: devstack.Durable})
	if err != nil {
		return nil, err
	}
	d := &databases{
		server: server,
		api:    devstack.Role{Name: "gatehouse_api", Password: rand.Text()},
		writer: devstack.Role{Name: "gatehouse_audit_writer", Password: rand.Text()},
		worker: devstack.Role{Name: "gatehouse_worker", Password: rand.Text()},
	}
	if d.about, err = describe(ctx, server.URL("postgres")); err != nil {
		return nil, errors.Join(err, server.Stop())
	}
	return d, nil
}

// describe names the server's version, and refuses one that confirms what it
// may forget: nothing measured on it would mean anything.
func describe(ctx context.Context, url string) (_ string, err error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return "", fmt.Errorf("reach PostgreSQL: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	var version, fsync, commit string
	row := conn.QueryRow(ctx, "SELECT current_setting('server_version'), current_setting('fsync'), current_setting('synchronous_commit')")
	if err := row.Scan(&version, &fsync, &commit); err != nil {
		return "", fmt.Errorf("read settings of PostgreSQL: %w", err)
	}
	if fsync != "on" || commit != "on" {
		return "", fmt.Errorf("PostgreSQL runs with fsync=%s and synchronous_commit=%s; both must be on", fsync, commit)
	}
	return fmt.Sprintf("PostgreSQL %s, fsync %s", version, fsync), nil
}

// make creates a database with the schema and lets the roles of the processes
// into it.
func (d *databases) make(ctx context.Context, name string) (database, error) {
	if err := d.server.CreateDatabase(ctx, name); err != nil {
		return database{}, err
	}
	owner := d.server.URL(name)
	if _, err := store.Migrate(ctx, owner); err != nil {
		return database{}, err
	}
	if err := d.server.Admit(ctx, d.api, d.writer, d.worker); err != nil {
		return database{}, err
	}
	return database{api: d.server.URLAs(d.api, name), audit: d.server.URLAs(d.writer, name), worker: d.server.URLAs(d.worker, name), owner: owner}, nil
}

func (d *databases) close() error { return d.server.Stop() }
