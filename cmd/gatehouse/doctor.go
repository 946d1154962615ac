package main

import (
	"context"
	"errors"

	"gatehouse/internal/manage"
)

var doctor = command{"doctor", "examine an organization's connection to Entra", runDoctor}

// errFindings is how doctor says that something found is an error.
var errFindings = errors.New("the doctor has found errors")

func runDoctor(ctx context.Context, p process, args []string) error {
	var o organization
	set := p.flags("doctor")
	o.register(set)
	if err := parse(set, args); err != nil {
		return err
	}
	client, err := o.client(p)
	if err != nil {
		return err
	}
	c, err := p.source.Manage()
	if err != nil {
		return err
	}
	healthy, err := manage.Doctor(ctx, client, c.GraphToken.Reveal(), p.out)
	if err == nil && !healthy {
		return errFindings
	}
	return err
}
