package demo

import (
	"context"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/store"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// The demo organizations ask Graph again after a minute, so that what somebody
// tries shows soon.
const (
	membershipSoft = time.Minute
	membershipHard = time.Hour
)

// Organization returns the company as the platform knows it. Which programs connect
// on somebody's own machine is nobody else's business, so both companies admit any;
// what a script gets from Entra for a listed client is good there as well.
func (c Company) Organization(p Places) tenants.Organization {
	o := tenants.Organization{
		ID: c.Org, Slug: c.Slug, Name: c.Name, TID: c.TID, State: tenants.Active,
		Mode: tenants.Brokered, AcceptEntraTokens: true, UnknownClients: tenants.Admit,
		Connection: tenants.Connection{
			Cloud: tenants.PublicCloud, ClientID: c.API, Versions: tenants.V2Only, Resource: p.endpoint(c.Slug), Scope: Scope, AppRole: AppRole,
			Guests: tenants.Admit, Agents: tenants.Refuse, Apps: tenants.Refuse,
			GroupSource: tenants.OnBehalfOf, GroupsClaim: tenants.ClaimConfigured, ID: id(c.Domain, "connection"), Model: tenants.OwnApp,
			Credential: tenants.Credential{ID: id(c.Domain, "credential"), Kind: tenants.ClientSecret},
		},
		Membership: tenants.MembershipPolicy{Soft: membershipSoft, Hard: membershipHard},
	}
	if !c.brokered() {
		o.Mode, o.AcceptEntraTokens, o.UnknownClients = tenants.Direct, false, tenants.Refuse
	}
	return o
}

// Seed brings the organizations into the database, or, where they are there
// already, their connection up to date: the ports may have changed.
func Seed(ctx context.Context, db *store.DB, box *secrets.Box, registry *tools.Registry, w World) error {
	for _, c := range w.companies() {
		if err := seedCompany(ctx, db, box, registry, c, w); err != nil {
			return err
		}
	}
	return nil
}

// World is what the rows of the demo organizations depend on.
type World struct {
	Places      Places
	Secrets     Secrets
	Conformance string // URL of the server behind the organization of that name; empty: there is no such organization
}

// companies are all that there are.
func (w World) companies() []Company { return append(Companies(), w.further()...) }

// further are those that only some worlds have.
func (w World) further() []Company {
	if w.Conformance == "" {
		return nil
	}
	return []Company{Conformance()}
}

func seedCompany(ctx context.Context, db *store.DB, box *secrets.Box, registry *tools.Registry, c Company, w World) error {
	by, org := authz.SystemCaller(c.Org, "demo seed"), c.Organization(w.Places)
	_, err := db.Organization(ctx, c.Org)
	switch {
	case err == nil:
		_, err = db.EditOrganization(ctx, by, "demo connection renewed", func(o *tenants.Organization) error {
			credential := o.Connection.Credential
			*o, o.Connection.Credential = org, credential
			return nil
		})
	case fault.KindOf(err) == fault.NotFound:
		err = Create(ctx, db, box, New{Organization: org, ClientSecret: c.Secret(w.Secrets)})
		if err == nil {
			_, err = db.EditAccess(ctx, by, "demo configuration", func(now *access.Configuration) error {
				*now = access.Configuration{Clients: c.Clients(), Rules: c.Rules(), Tools: c.Tools(registry)}
				return nil
			})
		}
	}
	if err != nil {
		return err
	}
	if err := seedSource(ctx, db, c, w); err != nil {
		return err
	}
	return db.EditRoleGrants(ctx, by, "demo administrators", func(grants []tenants.RoleGrant) ([]tenants.RoleGrant, error) {
		if len(grants) > 0 {
			return grants, nil
		}
		return c.RoleGrants(), nil
	})
}

// RoleGrants returns who administers the company to begin with.
func (c Company) RoleGrants() []tenants.RoleGrant {
	grant := func(role tenants.Role, name string) tenants.RoleGrant {
		return tenants.RoleGrant{
			ID: id(c.Domain, "grant of "+name), Role: role, Name: name + "@" + c.Domain,
			Grantee: tenants.Grantee{Kind: tenants.PersonGrantee, ID: id(c.Domain, name)},
		}
	}
	if c.Domain == Conformance().Domain {
		return []tenants.RoleGrant{grant(tenants.Owner, "alice")}
	}
	return []tenants.RoleGrant{grant(tenants.Owner, "carol"), grant(tenants.Auditor, "dan")}
}

// New is an organization to create. Without a client secret its connection must
// not ask Graph.
type New struct {
	Organization tenants.Organization
	ClientSecret string
}

// Create makes an organization with a data key of its own and its encrypted
// client secret.
func Create(ctx context.Context, db *store.DB, box *secrets.Box, n New) error {
	org := n.Organization
	wrapped, err := box.NewOrganizationKey(ctx, org.ID)
	if err != nil {
		return err
	}
	row := tenants.NewOrganization{Organization: org, WrappedKey: wrapped}
	if n.ClientSecret != "" {
		key, err := box.Open(ctx, org.ID, wrapped)
		if err != nil {
			return err
		}
		row.Credential, err = key.Encrypt(snapshot.CredentialLabel(org.Connection.Credential.ID), []byte(n.ClientSecret))
		if err != nil {
			return err
		}
	}
	return db.ClaimOrganization(ctx, authz.SystemCaller(org.ID, "demo seed"), row)
}
