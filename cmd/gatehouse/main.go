// Command gatehouse is the operator's and the organization's tool: it brings the
// database schema to the newest version, rotates the key-encryption key, keeps an
// organization as code, examines its connection, and cuts off who must not go on.
// docs/configuration.md lists the variables it reads.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"gatehouse/internal/config"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, process{in: os.Stdin, out: os.Stdout, err: os.Stderr, source: config.FromEnvironment()}, os.Args[1:])
	stop()
	os.Exit(code)
}
