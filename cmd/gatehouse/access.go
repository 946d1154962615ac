package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"gatehouse/internal/manage"
	"gatehouse/internal/tenants"
)

var accessAsOf = command{"access", "tell who could use what, as of any instant", runAccess}

func runAccess(ctx context.Context, p process, args []string) error {
	var o organization
	var q manage.AccessQuestion
	var people listed
	set := p.flags("audit access")
	o.register(set)
	at := set.String("at", "", "the instant, such as 2026-03-31T17:00:00Z, or a day, at its end by UTC; left out: now")
	set.StringVar(&q.Tool, "tool", "", "only this tool, or those that a pattern such as payroll_* matches")
	set.StringVar(&q.Client, "client", "", "as if through this AI app: its maximum permissions count")
	set.Var(&people, "person", "only this person, by object ID; again for another")
	format := set.String("format", "table", "table, csv or json")
	if err := parse(set, args); err != nil {
		return err
	}
	var err error
	if q.At, err = instantOf(*at, time.Now()); err != nil {
		return err
	}
	for _, text := range people {
		id, err := tenants.ParseGUID(text)
		if err != nil {
			return fmt.Errorf("--person: %w", err)
		}
		q.People = append(q.People, id)
	}
	write, ok := map[string]func(manage.AccessReport, io.Writer) error{
		"table": manage.AccessReport.WriteTable, "csv": manage.AccessReport.WriteCSV, "json": manage.AccessReport.WriteJSON,
	}[*format]
	if !ok {
		return fmt.Errorf("--format: %q is none; use table, csv or json", *format)
	}
	client, err := o.client(p)
	if err != nil {
		return err
	}
	report, err := client.Access(ctx, q)
	if err != nil {
		return err
	}
	return write(report, p.out)
}

// instantOf reads an instant or a day, which stands for its end, or for now if that
// is earlier. Nothing is the zero time.
func instantOf(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return time.Time{}, errors.New("--at: give a day such as 2026-03-31, or an instant with its zone such as 2026-03-31T17:00:00Z")
	}
	if end := day.AddDate(0, 0, 1).Add(-time.Microsecond); end.Before(now) {
		return end, nil
	}
	if day.After(now) {
		return time.Time{}, errors.New("--at: the day is in the future, of which nobody knows")
	}
	return time.Time{}, nil
}
