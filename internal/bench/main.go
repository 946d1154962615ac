package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// pipes are a process's standard streams.
type pipes struct {
	in       io.Reader
	out, err io.Writer
}

func main() {
	ctx, release := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], pipes{os.Stdin, os.Stdout, os.Stderr})
	release()
	os.Exit(code)
}

// run is the program: a child's life, or the benchmark. It returns the exit
// status.
func run(ctx context.Context, args []string, std pipes) int {
	err := dispatch(ctx, args, std)
	if err != nil {
		_, _ = fmt.Fprintf(std.err, "bench: %v\n", err)
		return 1
	}
	return 0
}

func dispatch(ctx context.Context, args []string, std pipes) error {
	role := ""
	if len(args) > 0 {
		role = args[0]
	}
	// An interrupt at the terminal reaches children too; their parent ends them.
	alive := context.WithoutCancel(ctx)
	switch role {
	case floorRole:
		return serve(alive, std.in, std.out, newFloor)
	case upstreamRole:
		return serve(alive, std.in, std.out, newUpstream)
	case proxyRole:
		return serve(alive, std.in, std.out, newProxy)
	case productRole:
		return serve(alive, std.in, std.out, newProduct)
	case workerRole:
		return serve(alive, std.in, std.out, newWorker)
	case serveRole:
		return serveOutside(ctx, args[1:], std)
	}
	s, err := parse(args, std.err)
	if err != nil {
		return err
	}
	return benchmark(ctx, s, std.out, std.err)
}
