package demo

import (
	"context"

	"gatehouse/internal/devstack"
	"gatehouse/internal/store"
)

// databaseName is the demo's own database on whatever server it uses.
const databaseName = "gatehouse_dev"

// database is how the roles of the processes reach the demo's database.
type database struct{ owner, api, audit, operator, worker string }

// openDatabase starts or reaches PostgreSQL, makes the demo's database, and
// lets the roles of the processes in.
func (s *Stack) openDatabase(ctx context.Context, key Key) (err error) {
	s.postgres, err = devstack.StartPostgres(ctx, devstack.PostgresOptions{
		ServerURL: s.settings.DatabaseURL, Data: s.settings.Data, Progress: s.settings.Progress,
	})
	if err != nil {
		return err
	}
	owner := s.postgres.URL(databaseName)
	if err := s.postgres.EnsureDatabase(ctx, databaseName); err != nil {
		return err
	}
	if _, err := store.Migrate(ctx, owner); err != nil {
		return err
	}
	api := devstack.Role{Name: "gatehouse_api", Password: key.Text("api password")}
	writer := devstack.Role{Name: "gatehouse_audit_writer", Password: key.Text("audit password")}
	operator := devstack.Role{Name: "gatehouse_operator", Password: key.Text("operator password")}
	worker := devstack.Role{Name: "gatehouse_worker", Password: key.Text("worker password")}
	s.database = database{
		owner: owner, api: s.postgres.URLAs(api, databaseName), audit: s.postgres.URLAs(writer, databaseName), operator: s.postgres.URLAs(operator, databaseName),
		worker: s.postgres.URLAs(worker, databaseName),
	}
	return s.postgres.Admit(ctx, api, writer, operator, worker)
}
