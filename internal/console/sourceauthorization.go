package console

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/authorizations"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Authorizations reads and ends what people have let Gatehouse do for them at
// sources. What does not exist is NotFound.
type Authorizations interface {
	// SourceAuthorizations lists those of an organization, the last made first. Where
	// the one to go on after is gone, it is NotFound.
	SourceAuthorizations(ctx context.Context, org tenants.ID, f authorizations.Filter) ([]authorizations.Authorization, error)
	// Revoke removes an authorization, records who did, and tells the server that
	// issued it.
	Revoke(ctx context.Context, by authz.Caller, r authorizations.Revoking) error
}

// SourceAuthorization is what one person has let Gatehouse do for them at a source.
type SourceAuthorization struct {
	ID         tenants.GUID     `json:"id" format:"uuid" doc:"Of the authorization; the log names it."`
	Person     AuthorizedPerson `json:"person" doc:"Whom Gatehouse asks the source for."`
	Source     tenants.GUID     `json:"source" format:"uuid" doc:"Id of the source."`
	SourceName string           `json:"sourceName" doc:"Name of the source."`
	Issuer     string           `json:"issuer" doc:"Authorization server that the person has signed in at."`
	Scopes     []string         `json:"scopes" doc:"What it has granted, as far as it says."`
	MadeAt     time.Time        `json:"madeAt" doc:"When the person agreed."`
	RenewedAt  time.Time        `json:"renewedAt" doc:"When Gatehouse last got a token. An authorization that is not renewed for 90 days ends."`
}

// AuthorizedPerson is somebody as Entra described them when they agreed.
type AuthorizedPerson struct {
	OID      tenants.GUID `json:"oid" format:"uuid" doc:"Object ID."`
	Name     string       `json:"name" doc:"Display name then."`
	Username string       `json:"username,omitempty" doc:"User name then; decides nothing."`
}

var errNoAuthorization = fault.New(fault.NotFound, "there is no such authorization; it may be revoked already")

type (
	authorizationsInput struct {
		InOrganization
		Paging
		Person tenants.GUID `query:"person" format:"uuid" doc:"Object ID: only this person's."`
		Source string       `query:"source" maxLength:"32" doc:"Name of a source: only those at it."`
	}
	revokedAuthorization struct {
		InOrganization
		Item
	}
	ownAuthorizationsInput struct {
		Asked
		Paging
	}
	ownAuthorizationInput struct {
		Asked
		Item
	}
)

// endingAuthorization is what revoking an authorization does.
const endingAuthorization = "Its tokens are deleted and shown to the source no more, on every replica, and its authorization server is told where it can be. " +
	"A call that is under way cannot be recalled. The person is asked to sign in again when they next use the source."

func (c *Console) authorizationRoutes(api huma.API) {
	const tag = "source-authorizations"
	inside(c, api, tenants.Viewer, route{
		ID: "listSourceAuthorizations", Method: http.MethodGet, Path: "/source-authorizations", Tag: tag, Errors: []int{404}, Summary: "List who has signed in at which source",
		Description: "At sources with the credential user_authorization. The last made first.",
	}, c.listSourceAuthorizations)
	inside(c, api, tenants.Admin, route{
		ID: "deleteSourceAuthorization", Method: http.MethodDelete, Path: "/source-authorizations/{id}", Tag: tag, Status: 204, Summary: "Revoke a sign-in at a source", Description: endingAuthorization,
	}, c.deleteSourceAuthorization)
	signedIn(c, api, route{
		ID: "listOwnSourceAuthorizations", Method: http.MethodGet, Path: "/api/me/source-authorizations", Tag: tag, Errors: []int{404}, Summary: "List at which sources you have signed in",
		Description: "In the organization of the directory that you have signed in to; it takes no role there. The last made first.",
	}, c.listOwnSourceAuthorizations)
	signedIn(c, api, route{
		ID: "deleteOwnSourceAuthorization", Method: http.MethodDelete, Path: "/api/me/source-authorizations/{id}", Tag: tag, Status: 204, Errors: []int{404}, Summary: "Revoke a sign-in of yours at a source",
		Description: endingAuthorization,
	}, c.deleteOwnSourceAuthorization)
}

func (c *Console) listSourceAuthorizations(ctx context.Context, by Actor, in *authorizationsInput) (*Listed[SourceAuthorization], error) {
	return c.authorizationPage(ctx, by.Org(), in.Paging, wantedAuthorizations{in.Person, in.Source})
}

func (c *Console) deleteSourceAuthorization(ctx context.Context, by Actor, in *revokedAuthorization) (*None, error) {
	err := c.Authorizations.Revoke(ctx, by.Caller, authorizations.Revoking{ID: in.ID, Why: "by an admin"})
	return &None{}, noneIfMissing(err, errNoAuthorization)
}

func (c *Console) listOwnSourceAuthorizations(ctx context.Context, by Actor, in *ownAuthorizationsInput) (*Listed[SourceAuthorization], error) {
	org, err := c.ownOrganization(ctx, *by.Person)
	if err != nil {
		return nil, err
	}
	return c.authorizationPage(ctx, org, in.Paging, wantedAuthorizations{person: by.Person.OID})
}

func (c *Console) deleteOwnSourceAuthorization(ctx context.Context, by Actor, in *ownAuthorizationInput) (*None, error) {
	return &None{}, c.revokeOwnAuthorization(ctx, *by.Person, in.ID)
}

// revokeOwnAuthorization revokes nobody else's: whoever guesses the id of one is
// told that it does not exist.
func (c *Console) revokeOwnAuthorization(ctx context.Context, p Person, id tenants.GUID) error {
	org, err := c.ownOrganization(ctx, p)
	if err != nil {
		return err
	}
	err = c.Authorizations.Revoke(ctx, authz.Actor(p.Identity(org)), authorizations.Revoking{ID: id, Person: p.OID, Why: "by the person"})
	return noneIfMissing(err, errNoAuthorization)
}

// wantedAuthorizations says which to list.
type wantedAuthorizations struct {
	person tenants.GUID
	source string // name; empty: at every source
}

// authorizationPage is one page of what people have signed in to.
func (c *Console) authorizationPage(ctx context.Context, org tenants.ID, p Paging, wanted wantedAuthorizations) (*Listed[SourceAuthorization], error) {
	binding := []byte("console listSourceAuthorizations " + wanted.person.String() + " " + wanted.source)
	f := authorizations.Filter{Person: wanted.person, Most: p.Limit + 1}
	access, err := c.Store.Access(ctx, org)
	if err != nil {
		return nil, err
	}
	if wanted.source != "" {
		source, err := sourceNamed(access, wanted.source)
		if err != nil {
			return nil, err
		}
		f.Source = source.ID
	}
	if p.Cursor != "" {
		after, err := c.Cursors.OpenCursor(ctx, org, binding, p.Cursor)
		if err == nil {
			f.After, err = tenants.ParseGUID(string(after))
		}
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, badCursor, err)
		}
	}
	found, err := c.Authorizations.SourceAuthorizations(ctx, org, f)
	if err != nil && p.Cursor != "" && isMissing(err) {
		return nil, fault.Wrap(fault.Invalid, "cursor: the authorization that it goes on after is gone; begin again without one", err)
	}
	if err != nil {
		return nil, err
	}
	page := &Listed[SourceAuthorization]{}
	if len(found) > p.Limit {
		found = found[:p.Limit]
		page.Body.NextCursor, err = c.Cursors.MakeCursor(ctx, org, binding, []byte(found[p.Limit-1].ID.String()))
	}
	names := map[tenants.GUID]string{}
	for _, s := range access.Sources {
		names[s.ID] = s.Name
	}
	page.Body.Items = each(found, func(a authorizations.Authorization) SourceAuthorization {
		return SourceAuthorization{
			ID: a.ID, Person: AuthorizedPerson(a.Person), Source: a.Source, SourceName: names[a.Source], Issuer: a.Issuer,
			Scopes: append([]string{}, slices.Clone(a.Scopes)...), MadeAt: a.MadeAt.UTC(), RenewedAt: a.RenewedAt.UTC(),
		}
	})
	return page, err
}
