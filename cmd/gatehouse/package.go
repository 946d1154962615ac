package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"gatehouse/internal/audit/parcel"
	"gatehouse/internal/manage"
)

var packing = command{"package", "write an evidence package, for an auditor without an account: gatehouse audit package --from DAY --to DAY -o FILE.zip", runPackage}

func runPackage(ctx context.Context, p process, args []string) error {
	var (
		o           organization
		which       conditions
		checkpoints listed
		asked       manage.Package
		file        string
	)
	set := p.flags("audit package")
	o.register(set)
	which.register(set)
	at := set.String("at", "", "as of when the report of access is: an instant, or a day, at its end by UTC; left out: that of --to")
	set.StringVar(&asked.Access.Tool, "access-tool", "", "report access to this tool only, or to those that a pattern such as payroll_* matches")
	set.Var(&checkpoints, "checkpoint", "file with a checkpoint that the organization holds and the auditor will compare with; again for another")
	set.StringVar(&file, "out", "", "file to write, such as march.zip")
	set.StringVar(&file, "o", "", "the same")
	err := parse(set, args)
	if err != nil {
		return err
	}
	if file == "" || file == "-" {
		return errors.New("no file is named; give -o, such as -o march.zip")
	}
	if asked.Export.Filter, err = which.filter(); err != nil {
		return err
	}
	if asked.Export.Checkpoints, err = sizes(checkpoints); err != nil {
		return err
	}
	if asked.Access.At, err = asOf(*at, asked.Export.Filter.To, time.Now()); err != nil {
		return err
	}
	asked.Files = known.Files
	client, err := o.client(p)
	if err != nil {
		return err
	}
	var made manage.Exported
	err = writeWhole(file, func(out io.WriteSeeker) (err error) {
		made, err = manage.WritePackage(ctx, client, asked, out)
		return err
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.err, "%s: records %d to %d, sealed up to %s; %d files, which %s explains\n",
		file, made.From, made.To-1, made.SealedAt.UTC().Format(time.RFC3339), len(parcel.Members()), parcel.Readme)
	return err
}

// asOf is the instant of a report: as it is given, or the end of what is asked about.
func asOf(given string, to, now time.Time) (time.Time, error) {
	if given == "" && !to.IsZero() && to.Before(now) {
		return to.Add(-time.Microsecond), nil
	}
	return instantOf(given, now)
}

// writeWhole has a file written, which has its name when it is whole and not before.
func writeWhole(name string, fill func(io.WriteSeeker) error) (err error) {
	part, err := os.OpenFile(name+".part", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600) //nolint:gosec // whoever runs this names it
	if err != nil {
		return err
	}
	if err = errors.Join(fill(part), part.Close()); err != nil {
		return errors.Join(err, os.Remove(part.Name()))
	}
	return os.Rename(part.Name(), name)
}
