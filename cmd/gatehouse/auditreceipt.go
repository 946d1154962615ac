package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/evidence"
	"gatehouse/internal/manage"
)

var receipt = command{"receipt", "prove that the record of a reply is in the log: gatehouse audit receipt ID --key KEY", runReceipt}

func runReceipt(ctx context.Context, p process, args []string) error {
	var (
		o organization
		b brought
	)
	set := p.flags("audit receipt")
	o.register(set)
	b.register(set)
	file := set.String("out", "", "file to keep the evidence in, which gatehouse audit verify takes; left out: none")
	named, err := parseOne(set, args, "record")
	if err != nil {
		return noVerdict(err)
	}
	id, err := audit.ParseID(named)
	if err != nil {
		return noVerdict(err)
	}
	trust, err := p.trusted(b, set)
	if err != nil {
		return noVerdict(err)
	}
	client, err := o.client(p)
	if err != nil {
		return noVerdict(err)
	}
	text, err := manage.Receipt(ctx, client, id.String())
	if err != nil {
		return noVerdict(err)
	}
	report, err := manage.CheckReceipt(text, id.String(), trust)
	if err != nil {
		return noVerdict(err)
	}
	if *file != "" {
		err = p.write(*file, func(out io.Writer) error {
			_, err := out.Write(text)
			return err
		})
	}
	if report.Wrong == nil {
		_, said := fmt.Fprintf(p.out, "record:   %s is number %d of the log\n", id, report.From)
		err = errors.Join(err, said)
		if *file != "" {
			_, said = fmt.Fprintf(p.out, "file:     %s; whoever has your key and your checkpoint checks it with gatehouse audit verify and --from %d --to %d\n", *file, report.From, report.From+1)
			err = errors.Join(err, said)
		}
	}
	if _, said := io.WriteString(p.out, report.String()); errors.Join(err, said) != nil {
		return noVerdict(errors.Join(err, said))
	}
	return verdictOf(&report)
}

// verdictOf is what a report comes to, as an error.
func verdictOf(r finding) error {
	switch r.Verdict() {
	case evidence.Wronged:
		return errWrong
	case evidence.Unchecked:
		return errUnchecked
	case evidence.Proven:
	}
	return nil
}
