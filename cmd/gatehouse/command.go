package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"gatehouse/internal/config"
)

// command is one thing that gatehouse does, in a file of its own.
type command struct {
	name    string
	summary string
	run     func(ctx context.Context, p process, args []string) error
}

// commands is the table of contents, in the order of the usage text.
var commands = []command{migrate, rotateKEK, export, apply, whatIf, doctor, revoke, auditing}

// process is what a command has of the process it runs in.
type process struct {
	in       io.Reader
	out, err io.Writer
	source   config.Source
}

// The exit codes. A command that has done what was asked exits with 0.
const (
	exitDone    = 0
	exitFailed  = 1
	exitPending = 2 // a dry run found something to do, a proposal something that it changes, the doctor an error, or a verification what it could not check
	exitUnknown = 3 // a verification did not come to a verdict
)

// errPending is how a command says exitPending.
var errPending = errors.New("there is something to do")

// run finds the command and runs it, and returns the exit code.
func run(ctx context.Context, p process, args []string) int {
	if len(args) > 0 {
		at := slices.IndexFunc(commands, func(c command) bool { return c.name == args[0] })
		if at >= 0 {
			return p.report(commands[at].run(ctx, p, args[1:]))
		}
	}
	if len(args) == 1 && slices.Contains([]string{"help", "-h", "--help"}, args[0]) {
		_, _ = io.WriteString(p.out, usage())
		return exitDone
	}
	return p.report(fmt.Errorf("%q is no command\n\n%s", strings.Join(args, " "), usage()))
}

// report writes what went wrong and returns the exit code.
func (p process) report(err error) int {
	if _, unknown := errors.AsType[noVerdictError](err); unknown {
		_, _ = fmt.Fprintln(p.err, "gatehouse: no verdict:", err)
		return exitUnknown
	}
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return exitDone
	case errors.Is(err, errWrong): // told already
		return exitFailed
	case errors.Is(err, context.Canceled): // whoever interrupts knows why; a pipeline must not take it for done
		return exitFailed
	case errors.Is(err, errPending), errors.Is(err, errFindings), errors.Is(err, errUnchecked):
		return exitPending
	default:
		_, _ = fmt.Fprintln(p.err, "gatehouse:", err)
		return exitFailed
	}
}

func usage() string {
	var b strings.Builder
	b.WriteString("usage: gatehouse <command>\n\n")
	for _, c := range commands {
		fmt.Fprintf(&b, "  %-10s %s\n", c.name, c.summary)
	}
	b.WriteString("\ngatehouse <command> --help lists the flags of a command.\n")
	return b.String()
}

// flags returns an empty set of flags of a command, which writes its help to the
// error stream.
func (p process) flags(name string) *flag.FlagSet {
	set := flag.NewFlagSet("gatehouse "+name, flag.ContinueOnError)
	set.SetOutput(p.err)
	return set
}

// parse reads the arguments of a command that takes flags only.
func parse(set *flag.FlagSet, args []string) error {
	if err := set.Parse(args); err != nil {
		return err
	}
	if set.NArg() > 0 {
		return fmt.Errorf("%q is not understood; everything is a flag, and %s --help lists them", set.Arg(0), set.Name())
	}
	return nil
}
