package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"

	"gatehouse/internal/demo/tour"
)

// takeTour shows what the running platform does, in half a minute.
func takeTour(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("gatehouse-dev tour", flag.ContinueOnError)
	data := flags.String("data", ".dev", "`directory` that the running gatehouse-dev keeps things in")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q; the tour takes none", flags.Arg(0))
	}
	return tour.Run(ctx, tour.Options{Data: *data, Out: out})
}
