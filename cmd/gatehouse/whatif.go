package main

import (
	"context"
	"errors"

	"gatehouse/internal/manage"
	"gatehouse/internal/orgfile"
)

var whatIf = command{"what-if", "tell whose calls a file would have decided otherwise", runWhatIf}

// aMonth is how many days of the log are replayed unless somebody says otherwise.
const aMonth = 30

func runWhatIf(ctx context.Context, p process, args []string) error {
	var a application
	set := p.flags("what-if")
	a.organization.register(set)
	set.StringVar(&a.file, "f", "", "the file that might be applied; - is the standard input")
	set.BoolVar(&a.prune, "prune", false, "as if what the file's sections do not mention were removed")
	days := set.Int("days", aMonth, "how many days of the log to replay")
	whole := set.Bool("json", false, "write one JSON object")
	if err := parse(set, args); err != nil {
		return err
	}
	if *days < 1 {
		return errors.New("--days: at least one")
	}
	file, err := a.read(p.in)
	if err != nil {
		return err
	}
	client, err := a.client(p)
	if err != nil {
		return err
	}
	asked := manage.WhatIf{File: file, Days: *days}
	if a.prune {
		asked.Mode = orgfile.Prune
	}
	f, err := manage.Foresee(ctx, client, asked)
	if err != nil {
		return err
	}
	write := f.WriteText
	if *whole {
		write = f.WriteJSON
	}
	if err := write(p.out); err != nil || f.None() {
		return err
	}
	return errPending
}
