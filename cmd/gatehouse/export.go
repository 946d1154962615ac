package main

import (
	"context"

	"gatehouse/internal/manage"
)

var export = command{"export", "write an organization's configuration as org.yaml", runExport}

func runExport(ctx context.Context, p process, args []string) error {
	var o organization
	set := p.flags("export")
	o.register(set)
	if err := parse(set, args); err != nil {
		return err
	}
	client, err := o.client(p)
	if err != nil {
		return err
	}
	return manage.Export(ctx, client, p.out)
}
