package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"gatehouse/internal/audit/reconcile"
)

var reconciling = command{"reconcile", "compare evidence with an export of Entra's sign-ins, offline: gatehouse audit reconcile EVIDENCE ENTRA_EXPORT… --from DAY --to DAY --app ID", runReconcile}

func runReconcile(ctx context.Context, p process, args []string) error {
	var apps listed
	set := p.flags("audit reconcile")
	set.Var(&apps, "app", "application (client) ID of Gatehouse's app registration; again for another")
	from := set.String("from", "", "since when the sign-ins were asked for: 2026-03-01, or 2026-03-01T08:00:00Z")
	to := set.String("to", "", "up to when they were, this time not included")
	format := set.String("format", "text", "text, csv or json")
	files, err := parseAmong(set, args)
	if err != nil {
		return err
	}
	if len(files) < 2 {
		return errors.New("two files are needed: the evidence, and the sign-ins as the Entra admin center exports them; more files of sign-ins may follow")
	}
	write, ok := map[string]func(reconcile.Result, io.Writer) error{
		"text": reconcile.Result.WriteText, "csv": reconcile.Result.WriteCSV, "json": reconcile.Result.WriteJSON,
	}[*format]
	if !ok {
		return fmt.Errorf("--format: %q is none; use text, csv or json", *format)
	}
	scope := reconcile.Scope{Apps: apps}
	if scope.From, err = instant(*from); err != nil {
		return fmt.Errorf("--from: %w", err)
	}
	if scope.To, err = instant(*to); err != nil {
		return fmt.Errorf("--to: %w", err)
	}
	uses, err := read(ctx, p, files[0], reconcile.ReadEvidence)
	if err != nil {
		return fmt.Errorf("%s: %w", files[0], err)
	}
	var signIns []reconcile.SignIn
	for _, name := range files[1:] {
		more, err := read(ctx, p, name, reconcile.ReadSignIns)
		if err == nil {
			err = scope.Check(more)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		signIns = append(signIns, more...)
	}
	result := reconcile.Compare(uses, signIns, scope)
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
