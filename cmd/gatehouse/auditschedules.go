package main

import (
	"context"
	"errors"
	"time"

	"gatehouse/internal/manage"
)

var exportSchedules = command{"schedules", "list what audit export --every has set up; cancel NAME ends one", runSchedules}

// runSchedules lists, or cancels the one that is named.
func runSchedules(ctx context.Context, p process, args []string) error {
	var o organization
	set := p.flags("audit schedules")
	o.register(set)
	words, err := parseAmong(set, args)
	if err != nil {
		return err
	}
	if len(words) > 0 && (words[0] != "cancel" || len(words) != 2) {
		return errors.New("say nothing to list the schedules, or cancel and the name of one")
	}
	client, err := o.client(p)
	if err != nil {
		return err
	}
	if len(words) == 0 {
		return manage.ListExportSchedules(ctx, client, p.out)
	}
	return manage.CancelExportSchedule(ctx, client, words[1])
}

// schedule is what audit export has set up with --every and --name.
type schedule struct{ every, name string }

// check says what a schedule lacks, or has too much.
func (s schedule) check(sink string, checkpoints []string) error {
	switch {
	case s.every == "" && s.name == "":
		return nil
	case s.every == "" || s.name == "":
		return errors.New("a schedule has both; give --every, such as --every month, and --name")
	case sink == "":
		return errors.New("what is exported by itself goes to a sink; give --sink")
	case len(checkpoints) > 0:
		return errors.New("a schedule knows no checkpoints of yours; leave --checkpoint out, and compare with gatehouse audit verify")
	}
	return nil
}

func (s schedule) of(x manage.LogExport) manage.NewExportSchedule {
	n := manage.NewExportSchedule{Name: s.name, Every: s.every, Filter: x.Filter, Format: x.Format, Completeness: x.Completeness, Sink: x.Sink}
	if from := x.Filter.From; !from.IsZero() {
		n.From, n.Filter.From = &from, time.Time{}
	}
	return n
}
