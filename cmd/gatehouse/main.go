// Command gatehouse is the operator's tool. It brings the database schema to the
// newest version; docs/configuration.md lists the variables it reads.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"gatehouse/internal/app"
	"gatehouse/internal/config"
)

const usage = `usage: gatehouse <command>

  migrate   bring the database schema to the newest version (GATEHOUSE_MIGRATE_DATABASE_URL)
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "gatehouse:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) != 1 || args[0] != "migrate" {
		return fmt.Errorf("%q is no command\n\n%s", strings.Join(args, " "), usage)
	}
	c, err := config.FromEnvironment().Migrate()
	if err != nil {
		return err
	}
	return app.Migrate(ctx, c, out)
}
