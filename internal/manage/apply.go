package manage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"gatehouse/internal/access"
	"gatehouse/internal/orgfile"
)

// Renewal says when the secret of a credential is sent.
type Renewal uint8

// The renewals.
const (
	WhenItChanges Renewal = iota // the kind or the app registration differs
	Always
)

// Application is a document to be applied, and how. Every field is required.
type Application struct {
	File    *orgfile.File
	Mode    orgfile.Mode
	Effort  Effort
	Renewal Renewal
	Secrets Secrets
}

// Outcome says what became of an application.
type Outcome uint8

// The outcomes.
const (
	Unchanged Outcome = iota // nothing to do
	Pending                  // a dry run found something to do
	Applied
)

// Apply brings the organization to what the document says. It writes the difference
// to out, and after it, each in a line that begins with !, what the deployment finds
// odd about the result. Of a document that is refused, so that nothing changes, the
// difference is not written. Of a dry run the deployment checks everything and
// changes nothing. When somebody changes the organization in between it begins again,
// once.
//
// The connection's secret is sent before the rest of the document, which may rest
// on it, unless the document names another app registration, which has to be there
// first. The secrets of sources and sinks are sent after it.
func Apply(ctx context.Context, c *Client, a Application, out io.Writer) (Outcome, error) {
	outcome, err := apply(ctx, c, a, out)
	if !changed(err) {
		return outcome, a.located(err)
	}
	if _, err := fmt.Fprintln(out, "the organization was changed in between; beginning again"); err != nil {
		return Unchanged, err
	}
	outcome, err = apply(ctx, c, a, out)
	return outcome, a.located(err)
}

func apply(ctx context.Context, c *Client, a Application, out io.Writer) (Outcome, error) {
	now, err := c.Configuration(ctx)
	if err != nil {
		return Unchanged, err
	}
	changes, credential := orgfile.Diff(now.Document, a.File.Document, a.Mode), due(now.Document, a.File.Document, a.Renewal)
	sources, sinks := dueSources(now.Document, a.File.Document, a.Renewal), dueSinks(now.Document, a.File.Document, a.Renewal)
	text := changes.Text()
	if changes.None() && (credential != nil || len(sources)+len(sinks) > 0) {
		text = ""
	}
	if credential != nil {
		text += "~ organization.connection.credential: its secret is sent\n"
	}
	for _, s := range sources {
		text += "~ sources[" + s.source + "].credential: its secret is sent\n"
	}
	for _, s := range sinks {
		text += "~ sinks[" + s.name + "]: its secret is sent\n"
	}
	shown := &plan{text: text, out: out}
	if changes.None() && credential == nil && len(sources)+len(sinks) == 0 {
		return Unchanged, shown.write()
	}
	var secret string
	if credential != nil {
		if secret, err = a.Secrets.read("organization.connection.credential", string(credential.Kind), credential.From); err != nil {
			return Unchanged, err
		}
	}
	if err := errors.Join(a.Secrets.readSources(sources), a.Secrets.readSinks(sinks)); err != nil {
		return Unchanged, err
	}
	p := putter{c, Put{Document: a.File.Document, ETag: now.ETag, Mode: a.Mode, Effort: a.Effort}, shown}
	if a.Effort == Try {
		return Pending, shown.unless(p.put(ctx))
	}
	if err := p.putWith(ctx, connectionSecret{credential, secret, anotherApp(now.Document, a.File.Document)}); err != nil {
		return Unchanged, shown.unless(err)
	}
	for _, s := range sources { // which are there only now
		if err := c.PutSourceCredential(ctx, s.source, s.credential, s.secret); err != nil {
			return Unchanged, err
		}
	}
	for _, s := range sinks {
		if err := c.PutSinkSecret(ctx, s.name, s.secret); err != nil {
			return Unchanged, err
		}
	}
	return Applied, nil
}

// plan is what is going to change, as text that is written once.
type plan struct {
	text string
	out  io.Writer
}

func (p *plan) write() error {
	text := p.text
	p.text = ""
	_, err := io.WriteString(p.out, text)
	return err
}

// unless returns an error, having written the plan unless the error is the
// deployment's refusal: then none of it comes about. What comes about after another
// error nobody knows.
func (p *plan) unless(err error) error {
	if r, refused := errors.AsType[*RefusedError](err); err == nil || refused && r.Status < http.StatusInternalServerError {
		return err
	}
	return errors.Join(err, p.write())
}

// connectionSecret is the secret of the connection that is sent with a document.
type connectionSecret struct {
	credential *orgfile.Credential // nil: none is
	secret     string
	another    bool // the document names another app registration
}

// putWith puts a document and the secret of its connection, in the order in which
// one rests on the other.
func (p putter) putWith(ctx context.Context, s connectionSecret) error {
	if s.credential == nil {
		return p.put(ctx)
	}
	if s.another {
		if err := p.put(ctx); err != nil {
			return err
		}
		return p.PutCredential(ctx, s.credential.Kind, s.secret)
	}
	if err := p.PutCredential(ctx, s.credential.Kind, s.secret); err != nil {
		return err
	}
	if err := p.plan.write(); err != nil { // a part has come about
		return err
	}
	return p.putAgain(ctx)
}

// putter puts a document and writes what that changes and what the deployment
// warns of.
type putter struct {
	*Client
	what Put
	plan *plan
}

func (p putter) put(ctx context.Context) error {
	warnings, err := p.ApplyConfiguration(ctx, p.what)
	if err != nil {
		return err
	}
	if err := p.plan.write(); err != nil {
		return err
	}
	for _, w := range warnings {
		if _, err := fmt.Fprintln(p.plan.out, "!", w); err != nil {
			return err
		}
	}
	return nil
}

// putAgain puts with the tag the configuration has now: giving a credential
// changes it.
func (p putter) putAgain(ctx context.Context) error {
	now, err := p.Configuration(ctx)
	if err != nil {
		return err
	}
	p.what.ETag = now.ETag
	return p.put(ctx)
}

// changed reports whether the deployment refused because what was read is not
// what is there any more.
func changed(err error) bool {
	r, ok := errors.AsType[*RefusedError](err)
	return ok && r.Status == http.StatusPreconditionFailed
}

// located returns the error for whoever wrote the file: problems with its lines.
// What the deployment says of them in one text is not said once more.
func (a Application) located(err error) error {
	text, problems := "", access.ProblemsOf(err)
	if r, ok := errors.AsType[*RefusedError](err); ok {
		said := *r
		if problems = said.Problems; len(problems) > 0 {
			said.Detail, said.Problems = "", nil
		}
		text = said.Error() + "\n"
	}
	if len(problems) == 0 && text == "" {
		return err
	}
	for _, c := range a.File.Locate(problems) {
		text += c.String() + "\n"
	}
	return errors.New(strings.TrimSuffix(text, "\n"))
}
