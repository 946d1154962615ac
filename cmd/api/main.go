// Command api serves the MCP endpoints of every organization. Its configuration
// is the environment; docs/configuration.md lists every variable.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"gatehouse/internal/app"
	"gatehouse/internal/config"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "api:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	c, err := config.FromEnvironment().API()
	if err != nil {
		return err
	}
	return app.RunAPI(ctx, c, os.Stderr, time.Now)
}
