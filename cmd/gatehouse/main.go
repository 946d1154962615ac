// Command gatehouse is the operator's tool. It brings the database schema to the
// newest version and wraps every key anew under the current key-encryption key;
// docs/configuration.md lists the variables it reads.
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
	"time"

	"gatehouse/internal/app"
	"gatehouse/internal/config"
)

const usage = `usage: gatehouse <command>

  migrate      bring the database schema to the newest version (GATEHOUSE_MIGRATE_DATABASE_URL)
  rotate-kek   wrap every organization's key under the current key-encryption key (the variables of the api process)
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
	switch strings.Join(args, " ") {
	case "migrate":
		c, err := config.FromEnvironment().Migrate()
		if err != nil {
			return err
		}
		return app.Migrate(ctx, c, out)
	case "rotate-kek":
		c, err := config.FromEnvironment().API()
		if err != nil {
			return err
		}
		return app.RotateKEK(ctx, c, out, time.Now)
	default:
		return fmt.Errorf("%q is no command\n\n%s", strings.Join(args, " "), usage)
	}
}
