package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
)

var auditing = command{"audit", "read, export and verify the log of an organization", runAudit}

// audits is what gatehouse audit does.
var audits = []command{showLog, searchLog, exportLog, exportsToSinks, exportSchedules, receipt, accessAsOf, reconciling, verify, platformLog, packing, readBody, erasePerson}

func runAudit(ctx context.Context, p process, args []string) error {
	if len(args) > 0 {
		if at := slices.IndexFunc(audits, func(c command) bool { return c.name == args[0] }); at >= 0 {
			return audits[at].run(ctx, p, args[1:])
		}
	}
	if len(args) == 1 && slices.Contains([]string{"help", "-h", "--help"}, args[0]) {
		_, _ = io.WriteString(p.out, auditUsage())
		return nil
	}
	return fmt.Errorf("%q is no command of audit\n\n%s", strings.Join(args, " "), auditUsage())
}

func auditUsage() string {
	var b strings.Builder
	b.WriteString("usage: gatehouse audit <command>\n\n")
	for _, c := range audits {
		fmt.Fprintf(&b, "  %-12s %s\n", c.name, c.summary)
	}
	b.WriteString("\ngatehouse audit <command> --help lists the flags of a command.\n")
	return b.String()
}

// parseOne reads the arguments of a command that takes one thing beside flags, which may
// come before or after it.
func parseOne(set *flag.FlagSet, args []string, what string) (string, error) {
	if err := set.Parse(args); err != nil {
		return "", err
	}
	one := set.Arg(0)
	if one == "" {
		return "", errors.New("no " + what + " is named; " + set.Name() + " --help lists what there is to say")
	}
	return one, parse(set, set.Args()[1:])
}

// parseAtMostOne reads the arguments of a command that may take one thing beside flags.
func parseAtMostOne(set *flag.FlagSet, args []string) (string, error) {
	if err := set.Parse(args); err != nil || set.NArg() == 0 {
		return "", err
	}
	one := set.Arg(0)
	return one, parse(set, set.Args()[1:])
}
