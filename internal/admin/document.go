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
	Offers(ctx context.Context, org tenants.ID, source tenants.GUID) ([]access.Offered, error)
}

// DocumentProver knows how organizations prove to Entra who they are.
type DocumentProver interface {
	// Prove gets a token with a connection that has no secret, as an organization
	// in use would from now on.
	Prove(ctx context.Context, o tenants.Organization) error
}

// DocumentParts is what documents are read and applied with. Every field is
// required.
type DocumentParts struct {
	Store      DocumentStore
	Prover     DocumentProver
	Deployment access.Deployment
	Apps       tenants.PlatformApps
	Now        func() time.Time
}

type documents struct{ DocumentParts }

// NewDocuments shows an organization as its org.yaml, and makes it what one says.
func NewDocuments(p DocumentParts) console.Documents {
	return &documents{p}
}

// Document returns the organization's document in JSON. Who may not apply one sees no
// URL of a webhook.
func (d *documents) Document(ctx context.Context, org tenants.ID, role tenants.Role) (json.RawMessage, error) {
	w, err := d.Store.Whole(ctx, org)
	if err != nil {
		return nil, err
	}
	if !role.Includes(tenants.Admin) {
		w.Access.Contacts = slices.Clone(w.Access.Contacts)
		for i, k := range w.Access.Contacts {
			w.Access.Contacts[i] = k.WithoutSecret()
		}
		w.Access.Sinks = slices.Clone(w.Access.Sinks)
		for i, s := range w.Access.Sinks {
			w.Access.Sinks[i] = s.WithoutSecret()
		}
	}
	return documentOf(w)
}

// PutDocument applies a document. A dry run goes as far as the database itself
// would object and is then undone. What an organization in use would prove itself
// with from then on is proved first, so that a wrong document breaks nothing.
func (d *documents) PutDocument(ctx context.Context, by authz.Caller, p console.NewDocument, check func(present json.RawMessage) error) (console.AppliedConfiguration, error) {
	wanted, err := readDocument(p.Document)
	if err != nil {
		return console.AppliedConfiguration{}, err
	}
	a := application{wanted: wanted, how: orgfile.Options{Deployment: d.Deployment, Now: d.Now()}, role: p.Role, apps: d.Apps, client: automationOf(by), check: check}
	if p.Prune {
		a.how.Mode = orgfile.Prune
	}
	if err := d.prove(ctx, by.Org(), &a); err != nil {
		return console.AppliedConfiguration{}, err
	}
	var after access.Whole
	if p.DryRun {
		after, err = d.Store.TryWhole(ctx, by, a.edit)
	} else {
		after, err = d.Store.EditWhole(ctx, by, "configuration applied", a.edit)
	}
	if err != nil {
		return console.AppliedConfiguration{}, err
	}
	waiting, err := d.waiting(ctx, by.Org(), wanted, after)
	if err != nil {
		return console.AppliedConfiguration{}, err
	}
	return d.applied(after, waiting)
}

// waiting returns which approvals of a document nothing is served for yet.
func (d *documents) waiting(ctx context.Context, org tenants.ID, wanted orgfile.Document, after access.Whole) ([]access.Warning, error) {
	offered := map[access.Definition]tools.Hash{}
	for _, s := range after.Access.Sources {
		if !slices.ContainsFunc(wanted.Approvals, func(a orgfile.Approval) bool { return a.Source == s.Name }) {
			continue
		}
		all, err := d.Store.Offers(ctx, org, s.ID)
		if err != nil && fault.KindOf(err) != fault.NotFound { // of a dry run the source is not there
			return nil, err
		}
		for _, o := range all {
			if o.Offered() {
				offered[access.Definition{Source: s.ID, Kind: o.Offer.Kind, Name: o.Offer.Name}] = o.Offer.Hash
			}
		}
	}
	return orgfile.Waiting(wanted, after, offered), nil
}

// applied shows what an organization has become, with what is odd about it.
func (d *documents) applied(w access.Whole, waiting []access.Warning) (console.AppliedConfiguration, error) {
	text, err := documentOf(w)
	out := console.AppliedConfiguration{Configuration: console.OrganizationDocument(text)}
	for _, odd := range append(waiting, orgfile.Warnings(w, d.Deployment)...) {
		out.Warnings = append(out.Warnings, console.ConfigurationWarning(odd))
	}
	return out, err
}

// prove tries out what the document would make an organization in use live on.
func (d *documents) prove(ctx context.Context, org tenants.ID, a *application) error {
	w, err := d.Store.Whole(ctx, org)
	if err != nil {
		return err
	}
	a.read = w.Organization
	next, err := a.next(w)
	if err != nil || !tenants.Unproved(w.Organization, next.Organization) {
		return err
	}
	a.proved = true
	return d.Prover.Prove(ctx, next.Organization)
}

// application is a document to be applied.
type application struct {
	wanted orgfile.Document
	how    orgfile.Options
	role   tenants.Role // of the caller
	apps   tenants.PlatformApps
	client string // of the automation that applies it; empty for a person
	check  func(present json.RawMessage) error

	read   tenants.Organization // what it was tried on
	proved bool                 // and what it made of that was proved
}

// automationOf is the client id of the app that calls; empty for a person.
func automationOf(by authz.Caller) string {
	if id := by.Identity(); id.Kind == authz.App {
		return id.Client
	}
	return ""
}

func lists(w access.Whole, client string) bool {
	return slices.ContainsFunc(w.Access.Clients, func(c tenants.Client) bool { return c.ID == client })
}

// next is what the document makes of a state.
func (a *application) next(w access.Whole) (access.Whole, error) {
	present, err := documentOf(w)
	if err != nil {
		return w, err
	}
	if err := a.check(present); err != nil {
		return w, err
	}
	next, err := orgfile.Apply(w, a.wanted, a.how)
	if err != nil {
		return w, err
	}
	if lists(w, a.client) && !lists(next, a.client) {
		return w, access.Refuse([]access.Problem{{
			Path: "clients", Message: "the document would remove " + a.client + ", the automation that applies it, and shut it out; list it, or have a person remove it",
		}})
	}
	if a.role != tenants.Owner && !slices.Equal(w.RoleGrants, next.RoleGrants) {
		return w, fault.New(fault.Forbidden, "roleGrants: only an owner changes who administers the organization; leave the section out, and have an owner change it with the management API, signed in")
	}
	if a.role != tenants.Owner {
		if err := access.NewReaders(w.Access.Sinks, next.Access.Sinks); err != nil {
			return w, err
		}
	}
	return next, a.checkApp(w.Organization.Connection, next.Organization.Connection)
}

// edit applies the document where nobody else can write. What was proved holds
// for the connection it was proved beside.
func (a *application) edit(w *access.Whole) error {
	next, err := a.next(*w)
	if err != nil {
		return err
	}
	still := a.proved && tenants.SameProof(w.Organization.Connection, a.read.Connection)
	if tenants.Unproved(w.Organization, next.Organization) && !still {
		return fault.New(fault.Conflict, "organization.connection: it was changed meanwhile; read the configuration and try again")
	}
	*w = next
	return nil
}

// checkApp refuses another app registration that cannot be the organization's
// own.
func (a *application) checkApp(present, next tenants.Connection) error {
	if next.Model != tenants.OwnApp || next.ClientID == present.ClientID && next.Model == present.Model {
		return nil
	}
	if err := a.apps.CheckOwn(next.ClientID); err != nil {
		return access.Refuse([]access.Problem{{Path: "organization.connection.clientId", Message: fault.Public(err)}})
	}
	return nil
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
