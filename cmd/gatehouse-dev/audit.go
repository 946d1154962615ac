package main

import (
	"context"
	"errors"
	"flag"
	"io"

	"gatehouse/internal/demo"
)

// printLog prints an organization's log while the platform runs, oldest first.
func printLog(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("gatehouse-dev audit", flag.ContinueOnError)
	data := flags.String("data", ".dev", "`directory` that the running gatehouse-dev keeps things in")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	if flags.NArg() != 1 {
		return errors.New("name one organization, for example: gatehouse-dev audit contoso")
	}
	return demo.PrintLog(ctx, *data, flags.Arg(0), out)
}
