// Command worker does what is done without anybody asking: it keeps what is known of
// memberships true. Its configuration is the environment; docs/configuration.md lists
// every variable.
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
		fmt.Fprintln(os.Stderr, "worker:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	c, err := config.FromEnvironment().Worker()
	if err != nil {
		return err
	}
	return app.RunWorker(ctx, c, os.Stderr, time.Now)
}
