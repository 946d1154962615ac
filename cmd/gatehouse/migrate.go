package main

import (
	"context"

	"gatehouse/internal/app"
)

var migrate = command{"migrate", "bring the database schema to the newest version (GATEHOUSE_MIGRATE_DATABASE_URL)", runMigrate}

func runMigrate(ctx context.Context, p process, args []string) error {
	if err := parse(p.flags("migrate"), args); err != nil {
		return err
	}
	c, err := p.source.Migrate()
	if err != nil {
		return err
	}
	return app.Migrate(ctx, c, p.out)
}
