package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

// serveRole is the word that starts the product for others to load.
const serveRole = "serve"

// serveOutside runs the product under load by somebody else: it prints where it
// is and writes tokens, one a line, until ctx ends.
func serveOutside(ctx context.Context, args []string, std pipes) (err error) {
	flags := flag.NewFlagSet("bench serve", flag.ContinueOnError)
	flags.SetOutput(std.err)
	file := flags.String("token-file", "", "file for the tokens (default: a new one in the temporary directory)")
	count := flags.Int("tokens", people, "how many tokens to write")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *count < 1 || *count > 1_000_000 || flags.NArg() > 0 {
		return errors.New("bench serve takes -token-file and -tokens from 1 to 1000000, and nothing else")
	}
	l, err := openLab(ctx, settings{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	list, err := l.mint(l.around.worlds.plain).tokens(ctx, *count)
	if err != nil {
		return err
	}
	name, err := writeTokens(*file, list)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(name)) }() // its tokens end with the emulator
	return wait(ctx, std.out, fmt.Sprintf("base_url   http://%s\nendpoint   http://%s%s\ntool       %s\ntoken_file %s\nfloor      http://%s/SIZE\n",
		l.product.addr, l.product.addr, endpointOf(slug), calledTool, name, l.floor.addr))
}

// writeTokens writes one token a line, for this user only.
func writeTokens(name string, list []string) (string, error) {
	open := func() (*os.File, error) { return os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600) } //nolint:gosec // whoever runs it names the file
	if name == "" {
		open = func() (*os.File, error) { return os.CreateTemp("", "gatehouse-tokens-") }
	}
	f, err := open()
	if err != nil {
		return "", fmt.Errorf("create token file: %w", err)
	}
	_, err = io.WriteString(f, strings.Join(list, "\n")+"\n")
	return f.Name(), errors.Join(err, f.Close())
}

// wait says where everything is and returns when ctx ends.
func wait(ctx context.Context, out io.Writer, where string) error {
	if _, err := io.WriteString(out, where); err != nil {
		return fmt.Errorf("say where the product is: %w", err)
	}
	<-ctx.Done()
	return nil
}
