// Package tour leads through what the demo shows: real clients do one thing after the
// other to a gatehouse-dev that runs, and each answer is held against what is promised.
// Afterwards the demo is as it was, but for the records of its logs.
package tour

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/demo"
)

// Options is what a tour needs. All of it is required.
type Options struct {
	Data string // directory of the stack that runs
	Out  io.Writer
}

// limit is how long one step may take, ten times what it usually does.
const limit = 2 * time.Minute

// step is one thing to see. Its command does the same from a shell in which the lines
// that the tour begins with were typed.
type step struct {
	title   string
	command string
	shows   string
	do      func(context.Context) (string, error) // returns what came of it
}

// tour is one run.
type tour struct {
	Options
	at       demo.File
	contoso  demo.FileOrg
	fabrikam demo.FileOrg
	http     *http.Client
	sessions map[string]string // cookies of the console, by user name
	alice    *program
	kept     []func(context.Context) error // what puts things back, the last first
}

// Run goes through all steps, stops at the first that is not as promised, and puts back
// what it has changed.
func Run(ctx context.Context, o Options) (err error) {
	t := &tour{Options: o, sessions: map[string]string{}}
	if err := t.open(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.putBack(context.WithoutCancel(ctx))) }()
	if err := t.heal(ctx); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(o.Out, t.introduction()); err != nil {
		return err
	}
	began, steps := time.Now(), t.steps()
	for i, s := range steps {
		if err := t.show(ctx, s, fmt.Sprintf("%d/%d  %s", i+1, len(steps), s.title)); err != nil {
			return err
		}
	}
	if err := t.putBack(ctx); err != nil {
		return err
	}
	_, err = fmt.Fprintf(o.Out, "All %d steps were as promised, in %.1f seconds, and everything is as it was: the tour can be taken again.\n", len(steps), time.Since(began).Seconds())
	return err
}

// show takes a step and prints it.
func (t *tour) show(ctx context.Context, s step, heading string) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	began := time.Now()
	came, err := s.do(ctx)
	took := time.Since(began)
	if err != nil {
		return fmt.Errorf("step %s: not as promised: %w", heading, err)
	}
	_, err = fmt.Fprintf(t.Out, "%s  (%d ms)\n%s%s  %s\n\n", heading, 1+took.Milliseconds(), indented("  $ ", s.command), indented("  > ", came), s.shows)
	return err
}

// indented begins each line with a mark.
func indented(mark, text string) string {
	return mark + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n"+mark) + "\n"
}

// open reads where everything is.
func (t *tour) open() (err error) {
	if t.at, err = demo.Running(t.Data); err != nil {
		return err
	}
	transport, err := t.at.Transport(t.Data)
	if err != nil {
		return err
	}
	t.http = &http.Client{Transport: transport, Timeout: limit, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, o := range t.at.Orgs {
		switch o.Slug {
		case "contoso":
			t.contoso = o
		case "fabrikam":
			t.fabrikam = o
		}
	}
	if t.contoso.Slug == "" || t.fabrikam.Slug == "" {
		return errors.New("the tour goes through Contoso and Fabrikam, and the platform that runs has not both")
	}
	return nil
}

// later keeps what puts something back, until the end or an earlier call of putBack.
func (t *tour) later(undo func(context.Context) error) { t.kept = append(t.kept, undo) }

// putBack puts back everything that is not yet.
func (t *tour) putBack(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var errs []error
	for _, undo := range slices.Backward(t.kept) {
		errs = append(errs, undo(ctx))
	}
	t.kept = nil
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("put back what the tour has changed: %w", err)
	}
	return nil
}

// person is one of Contoso's.
func (t *tour) person(name string) demo.FileUser {
	i := slices.IndexFunc(t.contoso.Users, func(u demo.FileUser) bool { return strings.HasPrefix(u.Username, name+"@") })
	return t.contoso.Users[max(i, 0)]
}
