package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"gatehouse/internal/audit/proof"
	"gatehouse/internal/manage"
)

var exportLog = command{"export", "write records of the log to a file that anybody can verify", runExportLog}

func runExportLog(ctx context.Context, p process, args []string) error {
	var (
		o           organization
		which       conditions
		x           manage.LogExport
		checkpoints listed
		repeated    schedule
	)
	set := p.flags("audit export")
	o.register(set)
	which.register(set)
	set.StringVar(&x.Format, "format", "evidence", "evidence, csv or ocsf")
	set.StringVar(&x.Completeness, "completeness", "", "of evidence: proven, or none to tell nothing of records that do not match; left out: proven")
	set.Var(&checkpoints, "checkpoint", "file with a checkpoint that you hold and want the evidence compared with; again for another")
	file := set.String("out", "", "file to write; - is the standard output")
	set.StringVar(&x.Sink, "sink", "", "instead of --out: name of a sink of kind storage that the deployment brings the export to")
	set.StringVar(&repeated.every, "every", "", "with --sink: day, week or month; the deployment then exports each one, of UTC, once it is over")
	set.StringVar(&repeated.name, "name", "", "with --every: name of the schedule, which gatehouse audit schedules lists and cancels")
	err := parse(set, args)
	if err != nil {
		return err
	}
	switch {
	case *file == "" && x.Sink == "":
		return errors.New("no file is named; give --out, such as --out march.ndjson, or --sink")
	case *file != "" && x.Sink != "":
		return errors.New("an export goes to a file or to a sink; give --out or --sink")
	}
	if err := repeated.check(x.Sink, checkpoints); err != nil {
		return err
	}
	if x.Filter, err = which.filter(); err != nil {
		return err
	}
	if x.Checkpoints, err = sizes(checkpoints); err != nil {
		return err
	}
	client, err := o.client(p)
	if err != nil {
		return err
	}
	if repeated.every != "" {
		return manage.ScheduleExport(ctx, client, repeated.of(x), p.out)
	}
	if x.Sink != "" {
		return manage.BringExport(ctx, client, x, p.out)
	}
	var made manage.Exported
	err = p.write(*file, func(out io.Writer) (err error) {
		made, err = manage.ExportLog(ctx, client, x, out)
		return err
	})
	if err != nil {
		return err
	}
	if made.To <= made.From {
		_, err = fmt.Fprintf(p.err, "export %s: the log has no record of that time, sealed up to %s\n", made.ID, made.SealedAt.UTC().Format(time.RFC3339))
		return err
	}
	_, err = fmt.Fprintf(p.err, "export %s: records %d to %d, sealed up to %s\n", made.ID, made.From, made.To-1, made.SealedAt.UTC().Format(time.RFC3339))
	return err
}

// sizes are those of the log in the checkpoints that files hold.
func sizes(files []string) (all []int64, err error) {
	for _, name := range files {
		signed, err := os.ReadFile(name) //nolint:gosec // whoever runs this names it
		if err != nil {
			return nil, fmt.Errorf("--checkpoint: %w", err)
		}
		c, err := proof.ReadCheckpoint(signed)
		if err != nil {
			return nil, fmt.Errorf("--checkpoint %s: %w", name, err)
		}
		all = append(all, c.Size)
	}
	return all, nil
}

// write has a file written, which has its name when it is whole and not before.
func (p process) write(name string, fill func(io.Writer) error) (err error) {
	if name == "-" {
		return fill(p.out)
	}
	part, err := os.OpenFile(name+".part", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600) //nolint:gosec // whoever runs this names it
	if err != nil {
		return err
	}
	buffered := bufio.NewWriter(part)
	if err = fill(buffered); err == nil {
		err = buffered.Flush()
	}
	if err = errors.Join(err, part.Close()); err != nil {
		return errors.Join(err, os.Remove(part.Name()))
	}
	if err := os.Rename(part.Name(), name); err != nil {
		return errors.Join(err, os.Remove(part.Name()))
	}
	return nil
}
