package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"text/tabwriter"

	"gatehouse/internal/demo"
	"gatehouse/internal/emulator/seed"
)

// emulate runs Entra ID and Microsoft Graph alone until ctx ends.
func emulate(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("gatehouse-dev emulator", flag.ContinueOnError)
	o := demo.EmulatorSettings{Logs: os.Stderr}
	flags.StringVar(&o.Config, "config", "", "`file` with the tenants, in YAML; without it: Contoso, Fabrikam and Adatum")
	flags.StringVar(&o.Entra, "entra", "localhost:8081", "`address` of the emulated login.microsoftonline.com; port 0 means any free one")
	flags.StringVar(&o.Graph, "graph", "localhost:8082", "`address` of the emulated graph.microsoft.com")
	flags.BoolVar(&o.TLS, "tls", false, "serve https, with a certificate authority kept in the data directory")
	flags.StringVar(&o.Data, "data", ".dev", "`directory` of the certificate authority")
	flags.StringVar(&o.Token, "token", "", "bearer `token` of the control routes; without it: a random one")
	flags.StringVar(&o.Entropy, "entropy", "", "`text` that keys and random values derive from, in place of the file's; the same text, the same bytes, and whoever knows it can forge tokens")
	flags.BoolVar(&o.AnyAddress, "force-address", false,
		"take addresses that other machines reach; whoever does can sign in as anybody in the tenants, and what trusts the emulator lets them in")
	printCast := flags.Bool("print-cast", false, "print the tenants it has without --config, and end")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q; a file of tenants is named with --config", flags.Arg(0))
	}
	if *printCast {
		_, err := io.WriteString(os.Stdout, demo.CastYAML)
		return err
	}
	e, err := demo.StartEmulator(ctx, o)
	if err != nil {
		return err
	}
	if o.AnyAddress {
		_, _ = fmt.Fprintln(os.Stderr, "gatehouse-dev: WARNING: other machines may reach this emulator. Whoever does can sign in as anybody in its tenants.")
	}
	if e.Reproducible {
		_, _ = fmt.Fprintln(os.Stderr, "gatehouse-dev: WARNING: the signing keys follow from the entropy. Whoever knows that text can compute them and forge tokens for whatever trusts this emulator.")
	}
	// Listening is answering: a connection waits until Run takes it.
	_, _ = fmt.Fprintf(os.Stdout, "emulator: ready %s %s\n", e.EntraURL, e.GraphURL)
	printTenants(os.Stdout, e)
	return e.Run(ctx)
}

// shownUsers is how many people of a tenant the table lists.
const shownUsers = 20

// printTenants is for people: what is there, and what to point a program at it.
func printTenants(out io.Writer, e *demo.Emulator) {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintf(w, "\nControl routes\t%s/_control\nControl token\t%s\n", e.EntraURL, e.ControlToken)
	if e.CAFile != "" {
		_, _ = fmt.Fprintf(w, "Certificate to trust\t%s\n", e.CAFile)
	}
	for _, t := range e.Tenants {
		_, _ = fmt.Fprintf(w, "\n%s\t%s\t%s\n", t.Name, t.ID, t.Domain)
		for _, a := range t.Apps {
			_, _ = fmt.Fprintf(w, "  app %s\t%s\t%s\n", a.Name, a.ID, first(a.IdentifierURIs))
		}
		for i, u := range t.Users {
			if i == shownUsers {
				_, _ = fmt.Fprintf(w, "  and %d more people\t\t\t\n", len(t.Users)-shownUsers)
				break
			}
			_, _ = fmt.Fprintf(w, "  %s\t%s\t%s\t%s\n", u.Username, u.ID, orElse(u.Password, "(browser only)"), condition(u))
		}
		for _, p := range t.ConditionalAccess {
			_, _ = fmt.Fprintf(w, "  policy %s\t%s\t%s\n", p.Name, p.ID, p.Require)
		}
	}
	_ = w.Flush()
	printEnvironment(out, e)
	_, _ = fmt.Fprint(out, "\nStop with Ctrl-C.\n")
}

// printEnvironment prints lines for a shell, by which Azure's libraries find the
// emulator instead of Azure. They take no authority without https, but a managed
// identity, as App Service has it.
func printEnvironment(out io.Writer, e *demo.Emulator) {
	_, _ = fmt.Fprintln(out)
	if e.CAFile == "" {
		_, _ = fmt.Fprint(out, "Azure's libraries insist on https; start with --tls for them.\n")
	} else {
		_, _ = fmt.Fprintf(out, "export AZURE_AUTHORITY_HOST=%s/\n", quoted(e.EntraURL))
	}
	for _, t := range e.Tenants {
		if len(t.ManagedIdentities) > 0 {
			_, _ = fmt.Fprintf(out, "export IDENTITY_ENDPOINT=%s/_identity/msi/token IDENTITY_HEADER=%s\n", quoted(e.EntraURL), quoted(e.ControlToken))
			break
		}
	}
	if e.CAFile != "" {
		_, _ = fmt.Fprintf(out, "export SSL_CERT_FILE=%[1]s REQUESTS_CA_BUNDLE=%[1]s NODE_EXTRA_CA_CERTS=%[1]s\n", quoted(e.CAFile))
	}
}

// word is text that a shell takes as it is.
var word = regexp.MustCompile(`^[A-Za-z0-9_./:@%+,=-]+$`)

// quoted is text as one word of a shell.
func quoted(text string) string {
	if word.MatchString(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

func first(all []string) string {
	if len(all) == 0 {
		return ""
	}
	return all[0]
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// condition is what keeps a person from signing in like others; empty when
// nothing does.
func condition(u seed.User) string {
	switch {
	case u.Deleted:
		return "deleted"
	case u.Disabled:
		return "disabled"
	case u.Agent != "":
		return "an agent's user"
	case u.Guest != "":
		return "guest"
	case u.MFA == "none":
		return "has no second factor"
	default:
		return ""
	}
}
