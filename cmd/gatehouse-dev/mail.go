package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"

	"gatehouse/internal/demo"
)

// printMail prints what the running platform has sent, the newest last.
func printMail(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("gatehouse-dev mail", flag.ContinueOnError)
	var q demo.MailQuery
	flags.StringVar(&q.Data, "data", ".dev", "`directory` that the running gatehouse-dev keeps things in")
	flags.IntVar(&q.Last, "last", 0, "how `many` of the last messages; 0 is all of them")
	flags.BoolVar(&q.Whole, "json", false, "print each message with its header fields and its HTML part, in JSON")
	flags.BoolVar(&q.HTML, "html", false, "print the HTML part of the newest mail alone")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q; what was sent is printed for all organizations", flags.Arg(0))
	}
	return demo.PrintMail(ctx, q, out)
}
