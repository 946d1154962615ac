package manage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

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

// Apply brings the organization to what the document says, having written the
// difference to out, and after it, each in a line that begins with !, what the
// deployment finds odd about the result. Of a dry run the deployment checks everything and writes
// nothing. When somebody changes the organization in between it begins again,
// once.
//
// A secret is sent before the rest of the document, which may rest on it, unless
// the document names another app registration, which has to be there first.
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
	text := changes.Text()
	if credential != nil {
		text += "~ organization.connection.credential: its secret is sent\n"
	}
	if _, err := io.WriteString(out, text); err != nil {
		return Unchanged, err
	}
	if changes.None() && credential == nil {
		return Unchanged, nil
	}
	var secret string
	if credential != nil {
		if secret, err = a.Secrets.read(credential); err != nil {
			return Unchanged, err
		}
	}
	p := putter{c, Put{Document: a.File.Document, ETag: now.ETag, Mode: a.Mode, Effort: a.Effort}, out}
	switch {
	case a.Effort == Try:
		return Pending, p.put(ctx)
	case credential == nil:
		return Applied, p.put(ctx)
	case anotherApp(now.Document, a.File.Document):
		if err := p.put(ctx); err != nil {
			return Unchanged, err
		}
		return Applied, c.PutCredential(ctx, credential.Kind, secret)
	}
	if err := c.PutCredential(ctx, credential.Kind, secret); err != nil {
		return Unchanged, err
	}
	return Applied, p.putAgain(ctx)
}

// putter puts a document and writes what the deployment warns of.
type putter struct {
	*Client
	what Put
	out  io.Writer
}

func (p putter) put(ctx context.Context) error {
	warnings, err := p.PutConfiguration(ctx, p.what)
	if err != nil {
		return err
	}
	for _, w := range warnings {
		if _, err := fmt.Fprintln(p.out, "!", w); err != nil {
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
func (a Application) located(err error) error {
	r, ok := errors.AsType[*RefusedError](err)
	if !ok {
		return err
	}
	said := *r
	said.Problems = nil
	text := said.Error()
	for _, c := range a.File.Locate(r.Problems) {
		text += "\n" + c.String()
	}
	return errors.New(text)
}
