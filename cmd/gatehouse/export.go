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
	grants := set.Bool("role-grants", false, "write who administers the organization too, which apply cannot change")
	if err := parse(set, args); err != nil {
		return err
	}
	client, err := o.client(p)
	if err != nil {
		return err
	}
	extent := manage.Changeable
	if *grants {
		extent = manage.WithGrants
	}
	return manage.Export(ctx, client, extent, p.out)
}
