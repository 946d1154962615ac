package orgfile

import (
	"cmp"
	"slices"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// Source is an MCP server behind the platform; its name is its key.
type Source struct {
	Name       string            `json:"name" pattern:"^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$" example:"notes" doc:"Name of the source: 1 to 32 lowercase letters, digits and inner hyphens. It is the prefix of what the source offers."`
	Title      string            `json:"title,omitempty" maxLength:"120" example:"Team notes" doc:"What people read. Left out: the name."`
	URL        string            `json:"url" pattern:"^(https://|http://(localhost|127\\.|\\[::1\\]))[!-\"$-~]+$" maxLength:"2000" example:"https://notes.example/mcp" doc:"Its MCP endpoint: https://notes.example/mcp."`
	Naming     tools.Naming      `json:"naming,omitempty" enum:"prefixed,bare" doc:"prefixed: its tool search is called notes_search. bare: names stay as they are. Left out: prefixed."`
	Review     tools.Review      `json:"review,omitempty" enum:"hold,allow_all,allow_read_only" doc:"What becomes of new and changed definitions. hold: somebody approves each. allow_read_only: of a trusted source, what only reads is approved. allow_all: everything is. Left out: hold."`
	Trusted    bool              `json:"trusted,omitempty" doc:"Whether what the source says of its own tools is believed. Left out: false."`
	Enabled    *bool             `json:"enabled,omitempty" doc:"Whether it is served. Left out: true."`
	Timeout    Duration          `json:"timeout,omitzero" example:"30s" doc:"How long a request to it may take, 1s to 5m. Left out: 1m."`
	Concurrent int               `json:"concurrent,omitempty" minimum:"1" maximum:"100" doc:"How many requests to it may be under way at a time, from each replica. Left out: 8."`
	Credential *SourceCredential `json:"credential,omitempty" doc:"How Gatehouse proves to it who it is, or for whom it asks. Never holds a secret. Left out: as it is."`
}

// SourceCredential says what kind of credential a source has and where whoever
// applies the document keeps its secret.
type SourceCredential struct {
	Kind     tools.SourceCredentialKind `json:"kind" enum:"none,header,on_behalf_of,client_credentials,user_authorization" doc:"header: a fixed header. on_behalf_of: a token of Entra for the person who calls. client_credentials: a token of the source's own authorization server. user_authorization: each person signs in there themselves."`
	Header   string                     `json:"header,omitempty" pattern:"^[A-Za-z0-9!#$%&'*+.^_|~-]+$" maxLength:"100" example:"X-Api-Key" doc:"Name of the header, of kind header."`
	Scopes   []string                   `json:"scopes,omitempty" minItems:"1" maxItems:"20" example:"api://5f0c0f3e-2b1d-4f0a-9f0e-6d6f1c1b7a10/.default" doc:"What to ask for, of kind on_behalf_of, and of client_credentials and user_authorization if it wants some."`
	TokenURL string                     `json:"tokenUrl,omitempty" pattern:"^(https://|http://(localhost|127\\.|\\[::1\\]))[!-\"$-~]+$" maxLength:"2000" example:"https://login.notes.example/token" doc:"Token endpoint, of kind client_credentials."`
	ClientID string                     `json:"clientId,omitempty" pattern:"^[!-~]+$" maxLength:"300" example:"gatehouse" doc:"Client id at that token endpoint. Of kind user_authorization: at the source's authorization server; left out, Gatehouse registers there itself."`
	From     *From                      `json:"from,omitempty" doc:"Where the secret is, on the machine that applies the file: the header's value or the client secret. It is read when the credential changes or --credential asks for it."`
}

func exportSources(all []tools.Source) []Source {
	out := make([]Source, 0, len(all))
	for _, s := range all {
		k := s.Credential
		out = append(out, Source{
			Name: s.Name, Title: s.Title, URL: s.URL, Naming: s.Naming, Review: s.Review, Trusted: s.Trusted, Enabled: &s.Enabled,
			Timeout: Duration(s.Timeout), Concurrent: s.Concurrent,
			Credential: &SourceCredential{Kind: sourceKind(k.Kind), Header: k.Header, Scopes: sortedSet(k.Scopes), TokenURL: k.TokenURL, ClientID: k.ClientID},
		})
	}
	return out
}

// sourceKind is the document's word for a kind, which may not be empty.
func sourceKind(k tools.SourceCredentialKind) tools.SourceCredentialKind {
	return cmp.Or(k, tools.NoCredential)
}

// filledSources returns the sources with what they leave out filled in, and
// without a word of where secrets are.
func filledSources(wanted, current []Source) []Source {
	wanted = slices.Clone(wanted)
	had := byKey(current, func(s Source) string { return s.Name })
	for i := range wanted {
		s := &wanted[i]
		f := tools.Source{Name: s.Name, Title: s.Title, Naming: s.Naming, Review: s.Review, Timeout: time.Duration(s.Timeout), Concurrent: s.Concurrent}.Filled()
		s.Title, s.Naming, s.Review, s.Timeout, s.Concurrent = f.Title, f.Naming, f.Review, Duration(f.Timeout), f.Concurrent
		if s.Enabled == nil {
			s.Enabled = new(true)
		}
		switch there := had[s.Name].Credential; {
		case s.Credential == nil && there != nil:
			s.Credential = there
		case s.Credential == nil:
			s.Credential = &SourceCredential{Kind: tools.NoCredential}
		default:
			k := *s.Credential
			k.From, k.Scopes = nil, sortedSet(k.Scopes)
			s.Credential = &k
		}
	}
	return wanted
}

func (a *applier) sources() {
	c, there := &a.state.Access, a.sourcesThere()
	reconcile(a, list[Source]{
		at: "sources", was: a.was.Sources, wanted: a.wanted.Sources,
		key:    func(s Source) string { return s.Name },
		remove: func(s Source) error { return c.RemoveSource(there[s.Name].ID) },
		put:    func(s Source) error { return a.putSource(there[s.Name], s) },
	})
}

// putSource makes a source what is wanted, but for a credential with a secret:
// that is held against the rules only, and put when its secret is given.
func (a *applier) putSource(was tools.Source, s Source) error {
	next, k := s.source(was), *s.Credential
	asked := tools.SourceCredential{Kind: k.Kind, Header: k.Header, Scopes: k.Scopes, TokenURL: k.TokenURL, ClientID: k.ClientID}
	if access.SecretKind(k.Kind) {
		tried, trial := a.state.Access, next
		asked.ID = tenants.NewGUID()
		trial.Credential = asked
		if _, err := tried.PutSource(trial, []byte("given later"), a.how.Deployment); err != nil {
			return err
		}
		asked = was.Credential
		asked.Kind = sourceKind(asked.Kind)
	}
	next.Credential = asked
	if !asked.ID.IsZero() && !access.SameSecret(was, next) {
		next.Credential = tools.SourceCredential{Kind: tools.NoCredential}
	}
	_, err := a.state.Access.PutSource(next, nil, a.how.Deployment)
	return err
}

// source returns the source that is wanted, with the id that it has.
func (s Source) source(was tools.Source) tools.Source {
	return tools.Source{
		ID: was.ID, Name: s.Name, Title: s.Title, URL: s.URL, Naming: s.Naming, Review: s.Review, Trusted: s.Trusted, Enabled: *s.Enabled,
		Timeout: time.Duration(s.Timeout), Concurrent: s.Concurrent,
	}
}

// sourcesThere returns the sources there are now, by name.
func (a *applier) sourcesThere() map[string]tools.Source {
	return byKey(a.state.Access.Sources, func(s tools.Source) string { return s.Name })
}

// sources checks that every credential has what its kind uses, and nothing else.
func (c *checker) sources(all []Source) {
	for i, s := range all {
		if s.Credential == nil {
			continue
		}
		at := access.Place("sources").At(i).Field("credential")
		if s.Credential.From != nil && !access.SecretKind(s.Credential.Kind) {
			c.add(at.Field("from"), "is not for "+string(s.Credential.Kind)+", which has no secret; remove it")
			continue
		}
		if k := s.Credential; k.Kind == tools.UserAuthorization && k.From != nil && k.ClientID == "" {
			c.add(at.Field("clientId"), "is missing; the secret is that of a client")
		}
		c.from(at.Field("from"), s.Credential.From)
	}
}
