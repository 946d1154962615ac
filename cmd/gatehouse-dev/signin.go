package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"strings"

	"gatehouse/internal/demo"
)

// signIn signs somebody in to the console of the running platform and prints
// the cookie, for requests without a browser.
func signIn(ctx context.Context, args []string, out io.Writer) error {
	var v demo.Visit
	flags := flag.NewFlagSet("gatehouse-dev sign-in", flag.ContinueOnError)
	flags.StringVar(&v.Data, "data", ".dev", "`directory` that the running gatehouse-dev keeps things in")
	flags.StringVar(&v.Scopes, "scopes", "", "what to ask consent for besides signing in, `names` with spaces between: "+strings.Join(demo.Scopes, ", "))
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	if flags.NArg() != 1 {
		return errors.New("name one person, for example: gatehouse-dev sign-in ada@adatum.example")
	}
	v.Username = flags.Arg(0)
	return demo.SignIn(ctx, v, out)
}
