package console

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/access"
	"gatehouse/internal/connections"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// PreregisteredClient is an AI client that an admin has registered by hand.
type PreregisteredClient struct {
	ID   string                 `json:"id" doc:"Client id, to be entered in the client. The list of clients has an entry with it."`
	Kind connections.ClientKind `json:"kind" enum:"public,confidential,agent" doc:"public: acts for people, without a secret. confidential: acts for people, with one, or a key. agent: acts for itself, with one, or a key; no person is asked."`
	PreregisteredClientSettings
	Agent   *tenants.GUID  `json:"agent,omitempty" format:"uuid" doc:"Of kind agent: what the log and limits know it by, as people by their object ID."`
	Secrets []ClientSecret `json:"secrets" doc:"The oldest first."`
	MadeAt  time.Time      `json:"madeAt" doc:"When it was registered."`
}

// TransformSchema says that what may be left out of a request is in every answer.
func (PreregisteredClient) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	s.Required = append(s.Required, "redirectUris")
	return s
}

// PreregisteredClientSettings is what an admin decides about such a client.
type PreregisteredClientSettings struct {
	ClientSettings
	RedirectURIs []string `json:"redirectUris" required:"false" maxItems:"20" doc:"Where sign-ins may return to, compared byte by byte; of http on localhost, 127.0.0.1 and [::1] the port may be any. None, or left out, until the client shows its own; an agent has none."`
	JWKS         string   `json:"jwks,omitempty" maxLength:"16384" doc:"JSON Web Key Set that the client authenticates with by private_key_jwt, as text: public keys, EC on P-256 or RSA of 2,048 bits or more. Absent: it has secrets, or jwksUri."`
	JWKSURI      string   `json:"jwksUri,omitempty" maxLength:"2000" doc:"https URL where the set is found instead, of 5 KiB at most."`
}

// ClientSecret is a secret of a client, by what may be seen of it.
type ClientSecret struct {
	ID     tenants.GUID `json:"id" format:"uuid"`
	Hint   string       `json:"hint" doc:"The last characters of the secret."`
	MadeAt time.Time    `json:"madeAt" doc:"When it was made."`
	EndsAt time.Time    `json:"endsAt" doc:"From then on it is refused."`
}

// NewClientSecret is a secret that has just been made.
type NewClientSecret struct {
	ClientSecret
	Secret string `json:"secret,omitempty" doc:"Shown this once, and kept nowhere: not even a request that is repeated with its Idempotency-Key returns it again."`
}

// withoutSecret is what may be kept of the answer.
func (s NewClientSecret) withoutSecret() NewClientSecret { return NewClientSecret{s.ClientSecret, ""} }

// tagged is what reading says of it.
func (s NewClientSecret) tagged() any { return s.ClientSecret }

var errNoPreregistered = fault.New(fault.NotFound, "client: no client is registered with this id; list the registered clients for the ids there are")

func clientSecretOf(s connections.Secret) ClientSecret {
	return ClientSecret{s.ID, s.Hint, s.MadeAt.UTC(), s.EndsAt.UTC()}
}

// registeredIn returns what is registered under an id, with its entry of the list.
func registeredIn(a access.Configuration, id string) (PreregisteredClient, error) {
	at := slices.IndexFunc(a.Preregistered, func(e connections.Preregistration) bool { return e.ID == id })
	if at < 0 {
		return PreregisteredClient{}, errNoPreregistered
	}
	entry, err := clientIn(a, id)
	return preregisteredClientOf(a.Preregistered[at], entry), err
}

var errNoSecret = fault.New(fault.NotFound, "the client has no such secret; read the client for those it has")

func clientSecretIn(a access.Configuration, client string, id tenants.GUID) (ClientSecret, error) {
	c, err := registeredIn(a, client)
	if err != nil {
		return ClientSecret{}, err
	}
	at := slices.IndexFunc(c.Secrets, func(s ClientSecret) bool { return s.ID == id })
	if at < 0 {
		return ClientSecret{}, errNoSecret
	}
	return c.Secrets[at], nil
}

func preregisteredClientOf(e connections.Preregistration, entry Client) PreregisteredClient {
	c := PreregisteredClient{
		ID: e.ID, Kind: e.Kind, PreregisteredClientSettings: PreregisteredClientSettings{entry.ClientSettings, list(e.Redirects), e.Keys, e.KeysURL},
		Secrets: each(e.Secrets, clientSecretOf), MadeAt: e.MadeAt.UTC(),
	}
	if !e.Agent.IsZero() {
		c.Agent = &e.Agent
	}
	return c
}

func (s PreregisteredClientSettings) preregistrationSettings() access.PreregistrationSettings {
	return access.PreregistrationSettings{Name: s.Name, Ceiling: s.ceiling(), Redirects: s.RedirectURIs, Keys: s.JWKS, KeysURL: s.JWKSURI}
}

// PreregisteredClientItem names such a client in a path.
type PreregisteredClientItem struct {
	Client string `path:"client" maxLength:"2000" doc:"Client id."`
}

type (
	registeredInput struct {
		InOrganization
		PreregisteredClientItem
	}
	newPreregistered struct {
		InOrganization
		Once
		Body struct {
			Kind connections.ClientKind `json:"kind" enum:"public,confidential,agent" doc:"public: acts for people, without a secret. confidential: acts for people, with one. agent: acts for itself, with one; no person is asked. It stays what it is."`
			PreregisteredClientSettings
		}
	}
	changedPreregistered struct {
		InOrganization
		PreregisteredClientItem
		Match
		Body PreregisteredClientSettings
	}
	removedPreregistered struct {
		InOrganization
		PreregisteredClientItem
		Match
	}
	newSecret struct {
		InOrganization
		PreregisteredClientItem
		Once
		Body struct {
			Days int `json:"days,omitempty" minimum:"1" maximum:"730" default:"180" doc:"How long the secret is good for."`
		}
	}
	secretInput struct {
		InOrganization
		PreregisteredClientItem
		Item
	}
	removedSecret struct {
		InOrganization
		PreregisteredClientItem
		Item
		Match
	}
)

func (c *Console) preregisteredClientRoutes(api huma.API) {
	const tag, one = "preregistered-clients", "/preregistered-clients/{client}"
	inside(c, api, tenants.Viewer, route{ID: "listPreregisteredClients", Method: http.MethodGet, Path: "/preregistered-clients", Tag: tag, Summary: "List AI clients that admins have registered"}, c.listPreregistered)
	inside(c, api, tenants.Admin, route{
		ID: "createPreregisteredClient", Method: http.MethodPost, Path: "/preregistered-clients", Tag: tag, Status: 201, Errors: []int{409}, Summary: "Register an AI client",
		Description: "For clients that want to be given a client id, and agents. The client is put on the list of clients under its id, and does not expire. Its name is what people are told on the consent page, as an admin's word.",
	}, c.createPreregistered)
	inside(c, api, tenants.Viewer, route{ID: "getPreregisteredClient", Method: http.MethodGet, Path: one, Tag: tag, Summary: "Read an AI client that an admin has registered"}, c.getPreregistered)
	inside(c, api, tenants.Admin, route{ID: "updatePreregisteredClient", Method: http.MethodPut, Path: one, Tag: tag, Errors: matchErrors, Summary: "Change an AI client that an admin has registered"}, c.updatePreregistered)
	inside(c, api, tenants.Admin, route{
		ID: "deletePreregisteredClient", Method: http.MethodDelete, Path: one, Tag: tag, Status: 204, Errors: matchErrors, Summary: "Remove an AI client that an admin has registered",
		Description: "So does taking it off the list of clients. Its secrets, every connection of it and every token that was issued to it are refused at once, on every replica.",
	}, c.deletePreregistered)
	inside(c, api, tenants.Admin, route{
		ID: "createClientSecret", Method: http.MethodPost, Path: one + "/secrets", Tag: tag, Status: 201, Errors: []int{409}, Summary: "Make a secret of an AI client",
		Description: "A client has two at most, so that the next one can be entered in it before the one in use is removed.",
	}, c.createSecret)
	inside(c, api, tenants.Viewer, route{ID: "getClientSecret", Method: http.MethodGet, Path: one + "/secrets/{id}", Tag: tag, Summary: "Read what may be seen of a secret"}, c.getSecret)
	inside(c, api, tenants.Admin, route{ID: "deleteClientSecret", Method: http.MethodDelete, Path: one + "/secrets/{id}", Tag: tag, Status: 204, Errors: matchErrors, Summary: "Remove a secret of an AI client", Description: "It is refused from then on. Tokens that were issued for it stay good until they expire."}, c.deleteSecret)
}

func (c *Console) listPreregistered(ctx context.Context, by Actor, in *listInput) (*Listed[PreregisteredClient], error) {
	a, err := c.Store.Access(ctx, by.Org())
	if err != nil {
		return nil, err
	}
	entries := map[string]Client{}
	for _, entry := range clientsOf(a) {
		entries[entry.ID] = entry
	}
	all := each(a.Preregistered, func(e connections.Preregistration) PreregisteredClient {
		return preregisteredClientOf(e, entries[e.ID])
	})
	return cut(ctx, c, by, in.Paging, listing[PreregisteredClient]{"listPreregisteredClients", all, func(r PreregisteredClient) string { return r.ID }})
}

func (c *Console) getPreregistered(ctx context.Context, by Actor, in *registeredInput) (*One[PreregisteredClient], error) {
	return getOne(ctx, c, by, func(a access.Configuration) (PreregisteredClient, error) { return registeredIn(a, in.Client) })
}

func (c *Console) createPreregistered(ctx context.Context, by Actor, in *newPreregistered) (*Created[PreregisteredClient], error) {
	return once(ctx, c, by, in.Once, in.visit, func(id tenants.GUID) (PreregisteredClient, string, error) {
		e := connections.Preregistration{ID: connections.PreregisteredID(id), Kind: in.Body.Kind, MadeAt: c.Now().Truncate(time.Second)}
		if e.Kind == connections.Headless {
			e.Agent = id
		}
		after, err := c.Store.EditAccess(ctx, by.Caller, "client registered", func(a *access.Configuration) error {
			return a.Preregister(e, in.Body.preregistrationSettings())
		})
		if err != nil {
			return PreregisteredClient{}, "", err
		}
		in.visit.warnings = c.countWarnings(after)
		made, err := registeredIn(after, e.ID)
		return made, by.path("preregistered-clients", made.ID), err
	})
}

func (c *Console) updatePreregistered(ctx context.Context, by Actor, in *changedPreregistered) (*One[PreregisteredClient], error) {
	return editOne(ctx, c, by, change[PreregisteredClient]{
		what: "registered client changed", match: in.Match, read: func(a access.Configuration) (PreregisteredClient, error) { return registeredIn(a, in.Client) },
		edit: func(a *access.Configuration) error {
			return a.PutPreregistered(in.Client, in.Body.preregistrationSettings())
		},
	})
}

func (c *Console) deletePreregistered(ctx context.Context, by Actor, in *removedPreregistered) (*None, error) {
	return removeOne(ctx, c, by, change[PreregisteredClient]{
		what: "registered client deleted", match: in.Match, read: func(a access.Configuration) (PreregisteredClient, error) { return registeredIn(a, in.Client) },
		edit: func(a *access.Configuration) error { return a.RemoveClient(in.Client) },
	})
}

func (c *Console) createSecret(ctx context.Context, by Actor, in *newSecret) (*Created[NewClientSecret], error) {
	return once(ctx, c, by, in.Once, in.visit, func(id tenants.GUID) (NewClientSecret, string, error) {
		now := c.Now().Truncate(time.Second)
		s, text := connections.NewSecret(id, now, time.Duration(in.Body.Days)*24*time.Hour)
		_, err := c.Store.EditAccess(ctx, by.Caller, "client secret made", func(a *access.Configuration) error {
			return a.AddSecret(in.Client, s, now)
		})
		return NewClientSecret{clientSecretOf(s), text}, by.path("preregistered-clients", in.Client) + "/secrets/" + s.ID.String(), err
	})
}

func (c *Console) getSecret(ctx context.Context, by Actor, in *secretInput) (*One[ClientSecret], error) {
	return getOne(ctx, c, by, func(a access.Configuration) (ClientSecret, error) { return clientSecretIn(a, in.Client, in.ID) })
}

func (c *Console) deleteSecret(ctx context.Context, by Actor, in *removedSecret) (*None, error) {
	return removeOne(ctx, c, by, change[ClientSecret]{
		what: "client secret deleted", match: in.Match, read: func(a access.Configuration) (ClientSecret, error) { return clientSecretIn(a, in.Client, in.ID) },
		edit: func(a *access.Configuration) error { return a.RemoveSecret(in.Client, in.ID) },
	})
}
