package main

import (
	"context"
	"errors"
	"flag"
	"io"

	"gatehouse/internal/demo"
)

// printLog prints an organization's log while the platform runs, the newest record
// last.
func printLog(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("gatehouse-dev audit", flag.ContinueOnError)
	var q demo.LogQuery
	flags.StringVar(&q.Data, "data", ".dev", "`directory` that the running gatehouse-dev keeps things in")
	flags.IntVar(&q.Last, "last", 0, "how `many` of the last records; 0 is all of them")
	flags.BoolVar(&q.Whole, "json", false, "print each record as it is kept, in JSON")
	err := flags.Parse(args)
	name := flags.Arg(0)
	if err == nil && name != "" { // flags may stand behind it, too
		err = flags.Parse(flags.Args()[1:])
	}
	if err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	if name == "" || flags.NArg() > 0 {
		return errors.New("name one organization, for example: gatehouse-dev audit contoso")
	}
	q.Slug = name
	return demo.PrintLog(ctx, q, out)
}
