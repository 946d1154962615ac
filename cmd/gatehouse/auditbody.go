package main

import (
	"context"
	"errors"

	"gatehouse/internal/audit"
	"gatehouse/internal/manage"
	"gatehouse/internal/tenants"
)

var readBody = command{"body", "read the bodies of a call, which needs a permission: gatehouse audit body ID --reason WHY", runReadBody}

// errBodyAltered is the end of a command that has shown what no record proves.
var errBodyAltered = errors.New("what is shown is not what the record commits to")

func runReadBody(ctx context.Context, p process, args []string) error {
	var o organization
	set := p.flags("audit body")
	o.register(set)
	reason := set.String("reason", "", "what they are read for, in one line; the log keeps it")
	named, err := parseOne(set, args, "record")
	if err != nil {
		return err
	}
	id, err := audit.ParseID(named)
	if err != nil {
		return err
	}
	if err := tenants.CheckBodyReason(*reason); err != nil {
		return err
	}
	client, err := o.client(p)
	if err != nil {
		return err
	}
	proven, err := manage.Body(ctx, client, id.String(), *reason, p.out)
	if err != nil {
		return err
	}
	if !proven {
		return errBodyAltered
	}
	return nil
}
