package main

import (
	"context"
	"errors"
	"flag"
	"io"

	"gatehouse/internal/demo"
	"gatehouse/internal/tenants"
)

// tamper does to an organization's log what whoever runs a platform could do, so that
// one can see whether anybody notices.
func tamper(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("gatehouse-dev tamper", flag.ContinueOnError)
	data := flags.String("data", ".dev", "`directory` that the running gatehouse-dev keeps things in")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	if flags.NArg() != 2 {
		return errors.New("say what to do to whose log: gatehouse-dev tamper edit fabrikam, gatehouse-dev tamper rewrite fabrikam, or gatehouse-dev tamper undo fabrikam")
	}
	slug, err := tenants.ParseSlug(flags.Arg(1))
	if err != nil {
		return err
	}
	return demo.Tamper(ctx, *data, demo.Tampering(flags.Arg(0)), slug, out)
}
