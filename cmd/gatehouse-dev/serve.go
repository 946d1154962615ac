package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"gatehouse/internal/config"
	"gatehouse/internal/demo"
	"gatehouse/internal/egress"
	"gatehouse/internal/telemetry"
)

// serve runs the platform until ctx ends.
func serve(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("gatehouse-dev", flag.ContinueOnError)
	flags.Usage = func() {
		_, _ = fmt.Fprint(flags.Output(), usage+"\n")
		flags.PrintDefaults()
	}
	settings := demo.Settings{Progress: os.Stderr, Logs: os.Stderr, LogLevel: slog.LevelWarn}
	flags.StringVar(&settings.Listen, "listen", "localhost:8080", "`address` of the MCP endpoints; port 0 means any free one")
	flags.StringVar(&settings.Entra, "entra", "localhost:8081", "`address` of the emulated login.microsoftonline.com")
	flags.StringVar(&settings.Graph, "graph", "localhost:8082", "`address` of the emulated graph.microsoft.com")
	flags.StringVar(&settings.Data, "data", ".dev", "`directory` of everything it keeps, or of a pointer to it")
	flags.BoolVar(&settings.TLS, "tls", false, "serve https everywhere, with a certificate authority of this machine's own, <data>/ca.pem")
	flags.StringVar(&settings.Conformance, "conformance-upstream", "", "`URL` of an MCP server on this machine; adds the organization conformance, which has its tools alone, under their own names, and whose Alice may use all of them")
	flags.BoolVar(&settings.Month, "history", true, "begin with a month of history, so that there is something to audit; --history=false begins with none")
	fresh := flags.Bool("fresh", false, "forget what an earlier run has kept")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q\n\n%s", flags.Arg(0), usage)
	}
	c, err := config.FromEnvironment().Dev()
	if err != nil {
		return err
	}
	settings.DatabaseURL = c.DatabaseURL.Reveal()
	if *fresh {
		if err := demo.Forget(ctx, settings); err != nil {
			return err
		}
	}
	return runStack(ctx, settings)
}

func runStack(ctx context.Context, settings demo.Settings) error {
	stack, err := demo.Start(ctx, settings)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- stack.Run(ctx) }()
	err = announce(ctx, stack, settings)
	if err != nil {
		stop()
	}
	return errors.Join(err, <-ended)
}

// announce waits until everything answers, writes dev.json, and says so.
func announce(ctx context.Context, stack *demo.Stack, settings demo.Settings) error {
	timed, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := answering(timed, stack); err != nil {
		return err
	}
	if err := stack.Connect(timed); err != nil {
		return err
	}
	if err := stack.WriteFile(settings.Data); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(os.Stdout, "gatehouse: ready %s\n", stack.Places.Base)
	if settings.TLS {
		_, _ = fmt.Fprintf(os.Stdout, "\nTrust %s: curl --cacert, NODE_EXTRA_CA_CERTS, SSL_CERT_FILE.\n", filepath.Join(settings.Data, "ca.pem"))
	}
	printCast(os.Stdout, stack.Describe(), settings.Data)
	return nil
}

// answering returns when all three servers answer.
func answering(ctx context.Context, stack *demo.Stack) error {
	tel, err := telemetry.Setup(ctx, telemetry.Options{Service: "gatehouse-dev", LogWriter: io.Discard})
	if err != nil {
		return err
	}
	client, err := egress.New(egress.Options{
		Loopback: egress.AllowLoopback, Timeout: 5 * time.Second, MaxResponseBytes: 1 << 20, Tracer: tel.Tracer, Trust: stack.Trust(),
	})
	if err != nil {
		return err
	}
	defer client.Close()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	p := stack.Places
	discovery := p.Entra + "/" + demo.Companies()[0].TID.String() + "/v2.0/.well-known/openid-configuration"
	for _, url := range []string{p.Base + "/readyz", discovery, p.Graph + "/v1.0/me"} {
		for {
			if ok, err := answers(ctx, client, url); ok || err != nil {
				break
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("wait for %s: %w", url, ctx.Err())
			case <-again.C:
			}
		}
	}
	return nil
}

// answers reports whether a URL answers anything but "not yet".
func answers(ctx context.Context, client *egress.Client, url string) (bool, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false, err
	}
	got, err := client.Do(ctx, req)
	return err == nil && got.Status != http.StatusServiceUnavailable, nil
}

// printCast is for people: who is who, and what to try.
func printCast(out io.Writer, f demo.File, data string) {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintf(w, "\nEntra ID (emulated)\t%s\nMicrosoft Graph (emulated)\t%s\n", f.EntraURL, f.GraphURL)
	_, _ = fmt.Fprintf(w, "Notes, an MCP server behind both\t%s\n", f.NotesURL)
	_, _ = fmt.Fprintf(w, "A webhook for messages\t%s/hook\n", f.MailURL)
	_, _ = fmt.Fprintf(w, "Sign in, see and revoke your apps\t%[1]s/\nManagement API\t%[1]s/api/openapi.yaml\n", f.BaseURL)
	for _, o := range f.Orgs {
		_, _ = fmt.Fprintf(w, "\n%s\t%s\t\n", o.Name, o.MCPURL)
		for _, u := range o.Users {
			password := u.Password
			if password == "" {
				password = "(browser only)"
			}
			_, _ = fmt.Fprintf(w, "  %s\t%s\t%s\n", u.Username, password, u.About)
		}
	}
	directory, runs := f.Unregistered, f.Platform.Operator
	_, _ = fmt.Fprintf(w, "\n%s\t%s/o\t\n  %s\t%s\tadministers a directory that nobody has registered; a member of its group Staff\n", directory.Name, f.BaseURL, directory.Admin.Username, directory.Admin.Password)
	_, _ = fmt.Fprintf(w, "\nThe platform\t%s/operator\t\n  %s\t%s\toperator of it\n", f.BaseURL, runs.Username, runs.Password)
	tour := "go run ./cmd/gatehouse-dev tour"
	if data != ".dev" {
		tour += " --data " + data
	}
	_, _ = fmt.Fprintf(w, "\nSee all of it at work in half a minute, in a second terminal:\n\n  %s\n", tour)
	_, _ = fmt.Fprint(w, "\nREADME.md has lines to try. Stop with Ctrl-C; start with --fresh to forget.\n")
	_ = w.Flush()
}
