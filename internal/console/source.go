package console

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// Sources does with MCP servers behind the platform what takes more than an edit.
type Sources interface {
	// Refresh reads what a source offers now. What the source does wrong is a fault
	// that names it; while it is being read already, one of kind Conflict.
	Refresh(ctx context.Context, by authz.Caller, source tenants.GUID) (access.Refreshed, error)
	// EncryptSourceSecret encrypts what is secret of the credential of a source.
	EncryptSourceSecret(ctx context.Context, org tenants.ID, credential tenants.GUID, secret string) ([]byte, error)
	// LeftOut returns what of a source is approved and cannot be served all the
	// same, each with the reason, as a sentence for everybody.
	LeftOut(ctx context.Context, org tenants.ID, source tenants.GUID) (map[access.Definition]string, error)
	// Clashes returns of each of a source's definitions what it would share with
	// what other sources serve.
	Clashes(ctx context.Context, org tenants.ID, source tools.Source, of []tools.Offer) ([][]tools.Flag, error)
	// SourceHealth returns how a source does for this process.
	SourceHealth(ctx context.Context, org tenants.ID, source tenants.GUID) (SourceHealth, error)
}

// Source is an MCP server behind the platform.
type Source struct {
	ID   tenants.GUID `json:"id" format:"uuid"`
	Name string       `json:"name" doc:"Key of the source, and prefix of what it offers."`
	SourceSettings
	Credential SourceCredential `json:"credential" doc:"How Gatehouse proves to it who it is; never the secret itself."`
}

// NewSource is a source to be added.
type NewSource struct {
	Name string `json:"name" pattern:"^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$" maxLength:"32" doc:"Key of the source, and prefix of what it offers: lowercase letters, digits and inner hyphens. It cannot be changed."`
	SourceSettings
}

// SourceSettings is what an admin decides about a source. Answers have what was
// left out filled in.
type SourceSettings struct {
	Title      string       `json:"title,omitempty" maxLength:"120" doc:"What people read. Left out: the name."`
	URL        string       `json:"url" minLength:"1" maxLength:"2000" doc:"Its MCP endpoint: https://notes.example/mcp. One at another origin needs its credential anew."`
	Naming     tools.Naming `json:"naming,omitempty" enum:"prefixed,bare" doc:"prefixed: its tool search is called notes_search. bare: names stay as they are. Left out: prefixed."`
	Review     tools.Review `json:"review,omitempty" enum:"hold,allow_all,allow_read_only" doc:"What becomes of new and changed definitions. hold: somebody approves each. allow_read_only: of a trusted source, what only reads is approved. allow_all: everything is. Left out: hold."`
	Trusted    bool         `json:"trusted" required:"false" doc:"Whether what the source says of its own tools is believed. Left out: false."`
	Enabled    *bool        `json:"enabled,omitempty" doc:"Whether it is served. Left out: true."`
	Timeout    int          `json:"timeoutSeconds,omitempty" minimum:"1" maximum:"300" doc:"How long a request to it may take. Left out: 60."`
	Concurrent int          `json:"concurrent,omitempty" minimum:"1" maximum:"100" doc:"How many requests to it may be under way at a time, from each replica. Left out: 8."`
}

var errNoSource = fault.New(fault.NotFound, "there is no such source")

func shownSource(s tools.Source) Source {
	return Source{s.ID, s.Name, SourceSettings{
		s.Title, s.URL, s.Naming, s.Review, s.Trusted, &s.Enabled, int(s.Timeout / time.Second), s.Concurrent,
	}, sourceCredentialOf(s.Credential)}
}

// source returns the source that the settings make, with the id, the name and the
// credential of what is there.
func (n SourceSettings) source(was tools.Source) tools.Source {
	return tools.Source{
		ID: was.ID, Name: was.Name, Title: n.Title, URL: n.URL, Naming: n.Naming, Review: n.Review,
		Trusted: n.Trusted, Enabled: n.Enabled == nil || *n.Enabled, Credential: was.Credential,
		Timeout: time.Duration(n.Timeout) * time.Second, Concurrent: n.Concurrent,
	}.Filled()
}

func sourceNamed(c access.Configuration, name string) (tools.Source, error) {
	at := slices.IndexFunc(c.Sources, func(s tools.Source) bool { return s.Name == name })
	if at < 0 {
		return tools.Source{}, errNoSource
	}
	return c.Sources[at], nil
}

func sourceIn(c access.Configuration, name string) (Source, error) {
	s, err := sourceNamed(c, name)
	return shownSource(s), err
}

// deployment is what rules about sources, tools and limits need to know of the
// deployment.
func (c *Console) deployment() access.Deployment {
	return access.Deployment{Tools: c.toolNames(), Loopback: c.Loopback, Allowed: c.Allowed}
}

// SourceItem names a source in a path.
type SourceItem struct {
	Source string `path:"source" maxLength:"100" doc:"The source's name."`
}

type (
	sourceInput struct {
		InOrganization
		SourceItem
	}
	newSourceInput struct {
		InOrganization
		Once
		Body NewSource
	}
	changedSource struct {
		InOrganization
		SourceItem
		Match
		Body SourceSettings
	}
	removedSource struct {
		InOrganization
		SourceItem
		Match
	}
)

func (c *Console) sourceRoutes(api huma.API) {
	const tag = "sources"
	inside(c, api, tenants.Viewer, route{ID: "listSources", Method: http.MethodGet, Path: "/sources", Tag: tag, Summary: "List MCP servers behind the platform"}, c.listSources)
	inside(c, api, tenants.Admin, route{ID: "createSource", Method: http.MethodPost, Path: "/sources", Tag: tag, Status: 201, Errors: []int{409}, Summary: "Add an MCP server", Description: "Nothing of what it offers is served before it is approved. It has no credential yet."}, c.createSource)
	inside(c, api, tenants.Viewer, route{ID: "getSource", Method: http.MethodGet, Path: "/sources/{source}", Tag: tag, Summary: "Read a source"}, c.getSource)
	inside(c, api, tenants.Admin, route{ID: "updateSource", Method: http.MethodPut, Path: "/sources/{source}", Tag: tag, Errors: matchErrors, Summary: "Change a source", Description: "One whose URL moves to another origin is refused as long as it has a credential with a secret, which was given for the origin that it has: give it the credential none first, and its own again afterwards."}, c.updateSource)
	inside(c, api, tenants.Admin, route{ID: "deleteSource", Method: http.MethodDelete, Path: "/sources/{source}", Tag: tag, Status: 204, Errors: matchErrors, Summary: "Remove a source and everything that was approved of it"}, c.deleteSource)
	inside(c, api, tenants.Admin, route{ID: "updateSourceCredential", Method: http.MethodPut, Path: "/sources/{source}/credential", Tag: tag, Errors: matchErrors, Summary: "Give a source a credential", Description: "The ETag is that of the source."}, c.updateSourceCredential)
	inside(c, api, tenants.Admin, route{ID: "refreshSource", Method: http.MethodPost, Path: "/sources/{source}/refresh", Tag: tag, Errors: []int{409, 502}, Summary: "Read what a source offers now"}, c.refreshSource)
	inside(c, api, tenants.Viewer, route{ID: "getSourceStatus", Method: http.MethodGet, Path: "/sources/{source}/status", Tag: tag, Summary: "How a source does, and when it was last read"}, c.getSourceStatus)
	inside(c, api, tenants.Viewer, route{ID: "listSourceStatuses", Method: http.MethodGet, Path: "/source-statuses", Tag: tag, Summary: "How all sources do"}, c.listSourceStatuses)
}

func (c *Console) listSources(ctx context.Context, by Actor, in *listInput) (*Listed[Source], error) {
	a, err := c.Store.Access(ctx, by.Org())
	if err != nil {
		return nil, err
	}
	return cut(ctx, c, by, in.Paging, listing[Source]{"listSources", each(a.Sources, shownSource), func(s Source) string { return s.Name }})
}

func (c *Console) getSource(ctx context.Context, by Actor, in *sourceInput) (*One[Source], error) {
	return getOne(ctx, c, by, func(a access.Configuration) (Source, error) { return sourceIn(a, in.Source) })
}

func (c *Console) createSource(ctx context.Context, by Actor, in *newSourceInput) (*Created[Source], error) {
	return once(ctx, c, by, in.Once, in.visit, func(id tenants.GUID) (Source, string, error) {
		blank := tools.Source{ID: id, Name: in.Body.Name, Credential: tools.SourceCredential{Kind: tools.NoCredential}}
		var made tools.Source
		after, err := c.Store.EditAccess(ctx, by.Caller, "source created", func(a *access.Configuration) (err error) {
			if _, err := sourceNamed(*a, in.Body.Name); err == nil {
				return fault.New(fault.Conflict, "name: there is a source of this name already; change that one, or choose another name")
			}
			made, err = a.PutSource(in.Body.source(blank), nil, c.deployment())
			return err
		})
		in.visit.warnings = c.countWarnings(after)
		return shownSource(made), by.path("sources", made.Name), err
	})
}

func (c *Console) updateSource(ctx context.Context, by Actor, in *changedSource) (*One[Source], error) {
	return editOne(ctx, c, by, change[Source]{
		what: "source changed", match: in.Match, read: func(a access.Configuration) (Source, error) { return sourceIn(a, in.Source) },
		edit: func(a *access.Configuration) error {
			was, err := sourceNamed(*a, in.Source)
			if err != nil {
				return err
			}
			next := in.Body.source(was)
			if !was.Credential.ID.IsZero() && !access.SameSecret(was, next) {
				return access.Refuse([]access.Problem{{Path: "url", Message: "leads elsewhere than the credential was given for; give the source the credential none first, and its own again afterwards"}})
			}
			_, err = a.PutSource(next, nil, c.deployment())
			return err
		},
	})
}

func (c *Console) deleteSource(ctx context.Context, by Actor, in *removedSource) (*None, error) {
	return removeOne(ctx, c, by, change[Source]{
		what: "source deleted", match: in.Match, read: func(a access.Configuration) (Source, error) { return sourceIn(a, in.Source) },
		edit: func(a *access.Configuration) error {
			was, err := sourceNamed(*a, in.Source)
			if err != nil {
				return err
			}
			return a.RemoveSource(was.ID)
		},
	})
}
