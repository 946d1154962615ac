package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/orgfile"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// DocumentStore reads and edits all that an organization decides about itself.
type DocumentStore interface {
	Whole(ctx context.Context, org tenants.ID) (access.Whole, error)
	EditWhole(ctx context.Context, by authz.Caller, what string, edit func(*access.Whole) error) (access.Whole, error)
	TryWhole(ctx context.Context, by authz.Caller, edit func(*access.Whole) error) (access.Whole, error)
}

// DocumentParts is what documents are read and applied with. Every field is
// required.
type DocumentParts struct {
	Store   DocumentStore
	Catalog []tools.Selection // the tools there are
	Now     func() time.Time
}

type documents struct {
	DocumentParts
	known []string // names of the tools there are
}

// NewDocuments shows an organization as its org.yaml, and makes it what one says.
func NewDocuments(p DocumentParts) console.Documents {
	d := &documents{DocumentParts: p}
	for _, t := range p.Catalog {
		d.known = append(d.known, t.Name)
	}
	return d
}

// Document returns the organization's document in JSON.
func (d *documents) Document(ctx context.Context, org tenants.ID) (json.RawMessage, error) {
	w, err := d.Store.Whole(ctx, org)
	if err != nil {
		return nil, err
	}
	return documentOf(w)
}

// PutDocument applies a document. A dry run goes as far as the database itself
// would object and is then undone.
func (d *documents) PutDocument(ctx context.Context, by authz.Caller, p console.NewDocument, check func(present json.RawMessage) error) (json.RawMessage, error) {
	wanted, err := readDocument(p.Document)
	if err != nil {
		return nil, err
	}
	how := orgfile.Options{Known: d.known, Now: d.Now()}
	if p.Prune {
		how.Mode = orgfile.Prune
	}
	edit := func(w *access.Whole) error {
		present, err := documentOf(*w)
		if err != nil {
			return err
		}
		if err := check(present); err != nil {
			return err
		}
		next, err := orgfile.Apply(*w, wanted, how)
		if err != nil {
			return err
		}
		if p.Role != tenants.Owner && !slices.Equal(w.RoleGrants, next.RoleGrants) {
			return fault.New(fault.Forbidden, "roleGrants: only an owner changes who administers the organization; leave the section out, or have an owner apply the document")
		}
		*w = next
		return nil
	}
	var after access.Whole
	if p.DryRun {
		after, err = d.Store.TryWhole(ctx, by, edit)
	} else {
		after, err = d.Store.EditWhole(ctx, by, "configuration applied", edit)
	}
	if err != nil {
		return nil, err
	}
	return documentOf(after)
}

func documentOf(w access.Whole) (json.RawMessage, error) {
	text, err := json.Marshal(orgfile.Export(w))
	if err != nil {
		return nil, fmt.Errorf("encode configuration: %w", err)
	}
	return text, nil
}

// readDocument reads a document as strictly as the file is read. The parser is
// one of YAML, which knows fewer spellings than JSON: the value is spelled anew
// for it.
func readDocument(text json.RawMessage) (orgfile.Document, error) {
	var value any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		return orgfile.Document{}, fault.Wrap(fault.Invalid, "the document is not JSON", err)
	}
	plain, err := json.Marshal(value)
	if err != nil {
		return orgfile.Document{}, fmt.Errorf("encode document: %w", err)
	}
	f, err := orgfile.Read("body", bytes.NewReader(plain))
	if found, ok := errors.AsType[orgfile.FileErrors](err); ok {
		problems := make([]access.Problem, len(found))
		for i, c := range found {
			problems[i] = c.Problem
		}
		return orgfile.Document{}, access.Refuse(problems)
	}
	if err != nil {
		return orgfile.Document{}, err
	}
	return f.Document, nil
}
