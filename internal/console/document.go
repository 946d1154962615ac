package console

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/authz"
	"gatehouse/internal/orgfile"
	"gatehouse/internal/tenants"
)

// Documents reads and writes a whole organization as one document, what
// org.yaml holds.
type Documents interface {
	// Document returns an organization as a JSON object, as somebody of a role sees it.
	Document(ctx context.Context, org tenants.ID, role tenants.Role) (json.RawMessage, error)
	// PutDocument makes the organization what the document says, all of it or
	// nothing, in one transaction, and returns what results. Before
	// anything is written, and where nobody else can write, it calls check with the
	// document as it is then; an error of check comes back as it is. A document
	// that breaks a rule is a fault of kind Invalid, whose problems have their paths
	// (access.ProblemsOf); one that asks for what by may not change, such as role
	// grants when role is not owner, is one of kind Forbidden.
	PutDocument(ctx context.Context, by authz.Caller, p NewDocument, check func(present json.RawMessage) error) (AppliedConfiguration, error)
}

// NewDocument is a document to be put, the role of whoever puts it, and how.
type NewDocument struct {
	Document json.RawMessage
	Role     tenants.Role
	Prune    bool // entries that its lists do not mention are removed
	DryRun   bool // everything is checked and nothing written
}

// AppliedConfiguration is what has become of an organization.
type AppliedConfiguration struct {
	Configuration OrganizationDocument   `json:"configuration" doc:"The document that results, as getConfiguration shows it."`
	Warnings      []ConfigurationWarning `json:"warnings" doc:"What about the result is permitted and probably not meant. Nothing is refused for it."`
}

// ConfigurationWarning is something that is permitted and probably not meant.
type ConfigurationWarning struct {
	Path    string `json:"path" doc:"Where in the document, entries by their keys." example:"roles[Payroll].permissions[0].patterns[1]"`
	Message string `json:"message" doc:"What is odd, and what helps."`
}

type documentInput struct {
	InOrganization
	Match
	Prune  bool `query:"prune" doc:"Remove what the lists of the document do not mention. Lists that it does not have stay as they are."`
	DryRun bool `query:"dryRun" doc:"Check everything and write nothing. The answer is what would result, without an ETag."`
	Body   OrganizationDocument
}

// OrganizationDocument is an organization as one document, of which orgfile has
// the schema. What breaks it is refused by whoever reads the document, with all
// that is wrong at once.
type OrganizationDocument json.RawMessage

// Schema makes the schema of the document a component of the contract.
func (OrganizationDocument) Schema(r huma.Registry) *huma.Schema {
	const name = "OrganizationDocument"
	r.Map()[name] = &huma.Schema{Extensions: documentSchema()}
	return &huma.Schema{Ref: "#/components/schemas/" + name}
}

// documentSchema is the schema of a document without an address. Every contract of
// a process refers to the one map; nobody writes to it.
var documentSchema = sync.OnceValue(func() map[string]any {
	s := map[string]any{}
	text, err := orgfile.Schema("")
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	if err != nil {
		panic(fmt.Sprintf("the schema of the document: %v", err)) // made of types, like the contract
	}
	delete(s, "$schema")
	delete(s, "$id") // it would be the base of references
	s["description"] = "What gatehouse export writes and gatehouse apply reads, in JSON. This schema is at " + orgfile.SchemaPath + ", too."
	return s
})

// MarshalJSON returns the document.
func (d OrganizationDocument) MarshalJSON() ([]byte, error) { return d, nil }

// UnmarshalJSON keeps the document.
func (d *OrganizationDocument) UnmarshalJSON(text []byte) error {
	*d = slices.Clone(text)
	return nil
}

func (c *Console) documentRoutes(api huma.API) {
	const tag = "configuration"
	inside(c, api, tenants.Viewer, route{ID: "getConfiguration", Method: http.MethodGet, Path: "/configuration", Tag: tag, Summary: "Read the whole organization as one document"}, c.getConfiguration)
	inside(c, api, tenants.Admin, route{
		ID: "applyConfiguration", Method: http.MethodPatch, Path: "/configuration", Tag: tag, Errors: matchErrors, Summary: "Make the organization what a document says",
		Description: "What the document leaves out stays as it is. The organization is changed in one transaction or not at all. Role grants are changed by owners only. " +
			"Of a credential the document says the kind; its secret is given by updateCredential. The ETag of the answer is the configuration's.",
	}, c.applyConfiguration)
}

func (c *Console) getConfiguration(ctx context.Context, by Actor, _ *InOrganization) (*One[OrganizationDocument], error) {
	d, err := c.Documents.Document(ctx, by.Org(), by.Role)
	return show(OrganizationDocument(d)), err
}

func (c *Console) applyConfiguration(ctx context.Context, by Actor, in *documentInput) (*One[AppliedConfiguration], error) {
	if err := in.given(); err != nil {
		return nil, err
	}
	applied, err := c.Documents.PutDocument(ctx, by.Caller, NewDocument{json.RawMessage(in.Body), by.Role, in.Prune, in.DryRun}, func(present json.RawMessage) error { return in.check(OrganizationDocument(present)) })
	if err != nil {
		return nil, err
	}
	applied.Warnings = list(applied.Warnings)
	if in.DryRun {
		return &One[AppliedConfiguration]{Body: applied}, nil
	}
	return &One[AppliedConfiguration]{ETag: tag(applied.Configuration), Body: applied}, nil
}
