package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"gatehouse/internal/audit/reconcile"
)

var reconciling = command{"reconcile", "compare evidence with an export of Entra's sign-ins, offline: gatehouse audit reconcile EVIDENCE ENTRA_EXPORT --app ID", runReconcile}

func runReconcile(ctx context.Context, p process, args []string) error {
	var apps listed
	set := p.flags("audit reconcile")
	set.Var(&apps, "app", "application (client) ID of Gatehouse's app registration; again for another")
	format := set.String("format", "text", "text, csv or json")
	if err := set.Parse(args); err != nil {
		return err
	}
	files := set.Args()
	if len(files) < 2 {
		return errors.New("two files are needed: the evidence, and the sign-ins as the Entra admin center exports them")
	}
	if err := parse(set, files[2:]); err != nil {
		return err
	}
	write, ok := map[string]func(reconcile.Result, io.Writer) error{
		"text": reconcile.Result.WriteText, "csv": reconcile.Result.WriteCSV, "json": reconcile.Result.WriteJSON,
	}[*format]
	if !ok {
		return fmt.Errorf("--format: %q is none; use text, csv or json", *format)
	}
	uses, err := read(ctx, p, files[0], reconcile.ReadEvidence)
	if err != nil {
		return fmt.Errorf("%s: %w", files[0], err)
	}
	signIns, err := read(ctx, p, files[1], reconcile.ReadSignIns)
	if err != nil {
		return fmt.Errorf("%s: %w", files[1], err)
	}
	result := reconcile.Compare(uses, signIns, reconcile.Scope{Apps: apps})
	if err := write(result, p.out); err != nil {
		return err
	}
	if result.Unexplained() > 0 {
		return errPending
	}
	return nil
}

// read reads all of a file.
func read[T any](ctx context.Context, p process, name string, with func(io.Reader) (T, error)) (T, error) {
	in, err := p.open(name)
	if err != nil {
		var none T
		return none, err
	}
	all, err := with(interruptible{ctx, in})
	return all, errors.Join(err, in.Close())
}
