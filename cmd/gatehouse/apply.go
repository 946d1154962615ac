package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"gatehouse/internal/manage"
	"gatehouse/internal/orgfile"
)

var apply = command{"apply", "make an organization what org.yaml says", runApply}

// application is the flags of apply.
type application struct {
	organization
	file                      string
	dryRun, prune, credential bool
}

func (a *application) register(set *flag.FlagSet) {
	a.organization.register(set)
	set.StringVar(&a.file, "f", "", "the file to apply; - is the standard input")
	set.BoolVar(&a.dryRun, "dry-run", false, "only show and check what would change; exit code 2 when something would")
	set.BoolVar(&a.prune, "prune", false, "remove what the file's sections do not mention")
	set.BoolVar(&a.credential, "credential", false, "send the credential's secret even though its kind stays")
}

func runApply(ctx context.Context, p process, args []string) error {
	var a application
	set := p.flags("apply")
	a.register(set)
	if err := parse(set, args); err != nil {
		return err
	}
	file, err := a.read(p.in)
	if err != nil {
		return err
	}
	client, err := a.client(p)
	if err != nil {
		return err
	}
	outcome, err := manage.Apply(ctx, client, a.of(file, p), p.out)
	if err == nil && outcome == manage.Pending {
		return errPending
	}
	return err
}

func (a *application) read(in io.Reader) (*orgfile.File, error) {
	switch a.file {
	case "":
		return nil, errors.New("no file is named; give -f org.yaml, or -f - for the standard input")
	case "-":
		return orgfile.Read("stdin", in)
	}
	f, err := os.Open(a.file)
	if err != nil {
		return nil, fmt.Errorf("-f: %w", err)
	}
	defer func() { _ = f.Close() }()
	return orgfile.Read(a.file, f)
}

func (a *application) of(file *orgfile.File, p process) manage.Application {
	out := manage.Application{File: file, Secrets: manage.Secrets{Value: p.source.Value, ReadFile: p.source.ReadFile}}
	if a.prune {
		out.Mode = orgfile.Prune
	}
	if a.dryRun {
		out.Effort = manage.Try
	}
	if a.credential {
		out.Renewal = manage.Always
	}
	return out
}
