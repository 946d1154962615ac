package main

import (
	"context"
	"errors"

	"gatehouse/internal/manage"
)

var searchLog = command{"search", "find records of the log, the newest first", runSearch}

func runSearch(ctx context.Context, p process, args []string) error {
	var (
		o     organization
		which conditions
	)
	set := p.flags("audit search")
	o.register(set)
	which.register(set)
	most := set.Int("limit", 50, "how many records at most")
	whole := set.Bool("json", false, "write whole records, one a line in JSON")
	if err := parse(set, args); err != nil {
		return err
	}
	if *most < 1 {
		return errors.New("--limit: at least one")
	}
	asked, err := which.filter()
	if err != nil {
		return err
	}
	client, err := o.client(p)
	if err != nil {
		return err
	}
	s := manage.Search{Filter: asked, Most: *most}
	if *whole {
		s.Form = manage.JSON
	}
	return manage.SearchLog(ctx, client, s, p.out, p.err)
}
