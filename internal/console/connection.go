package console

import (
	"cmp"
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/tenants"
)

// ConnectionSettings is what an admin says about the app registration. Which
// directory it is in, nobody says: it is the one that was proved.
type ConnectionSettings struct {
	Model         tenants.AppModel      `json:"model" enum:"shared,own" doc:"own: an app registration of the organization. shared: the one of the deployment; it needs an administrator's consent and nothing else."`
	ClientID      tenants.GUID          `json:"clientId,omitzero" format:"uuid" doc:"Application (client) ID of the API's app registration. Another id is another connection, whose credential has to be given anew. Left out: that of the shared app; an own app is not connected yet."`
	Versions      tenants.TokenVersions `json:"tokenVersions,omitempty" enum:"v2,v1v2" doc:"Which Entra access-token formats are accepted. Left out: v2."`
	V1Audiences   []string              `json:"v1Audiences,omitempty" maxItems:"20" doc:"Application ID URIs accepted as audience of v1 tokens only. Left out: none."`
	Resource      string                `json:"resource,omitempty" maxLength:"255" doc:"Application ID URI that qualifies the scope for clients: api://…, without a trailing slash. Left out: the organization's MCP endpoint; of the shared app, the platform's."`
	Scope         string                `json:"scope,omitempty" maxLength:"120" doc:"Short name of the delegated permission: access_as_user. Left out: this one."`
	AppRole       string                `json:"appRole,omitempty" maxLength:"120" doc:"Value of the app role that app-only tokens must hold; empty: none. Left out: Tools.Execute.All where apps are admitted, none elsewhere."`
	Guests        tenants.Admission     `json:"guests,omitempty" enum:"admit,refuse" doc:"Whether guests of the directory may use the endpoints. Left out: refuse."`
	Agents        tenants.Admission     `json:"agents,omitempty" enum:"admit,refuse" doc:"Whether agent identities may use the endpoints. Left out: refuse."`
	Apps          tenants.Admission     `json:"apps,omitempty" enum:"admit,refuse" doc:"Whether applications may use the endpoints on their own behalf; they need the app role of the connection. Left out: refuse."`
	GroupSource   tenants.GroupSource   `json:"groupSource,omitempty" enum:"on_behalf_of,token_only" doc:"on_behalf_of: ask Microsoft Graph as the person. token_only: only tokens say it. Left out: on_behalf_of."`
	GroupsClaim   tenants.GroupsClaim   `json:"groupsClaim,omitempty" enum:"configured,unknown" doc:"configured: a token without a groups claim means a member of no group. unknown: it means nothing. Left out: unknown."`
	Background    tenants.Background    `json:"background,omitempty" enum:"delegated,application" doc:"As whom Microsoft Graph is asked while people are away. delegated: as each person, with what they left when they signed in. application: as the app registration, about everybody who was seen in the last two hours; needs the application permissions GroupMember.Read.All and User.Read.All, and until they are granted people are asked about as with delegated. Left out: delegated."`
	Notifications bool                  `json:"notifications,omitempty" doc:"With background application: whether Microsoft Graph tells when something has changed in the directory, so that it is asked within seconds and not within a minute. Left out: false."`
}

// Connection is how the directory knows the platform.
type Connection struct {
	ID         tenants.GUID       `json:"id" format:"uuid" doc:"Of this connection; one to another client id has another."`
	Cloud      tenants.Cloud      `json:"cloud" enum:"public,usgov,china" readOnly:"true" doc:"Microsoft cloud of the directory: always that of the platform."`
	Subject    string             `json:"federatedSubject" doc:"Subject of a federated credential that trusts the platform."`
	Settings   ConnectionSettings `json:"settings" doc:"What an admin has said of it, with what was left out filled in."`
	Credential *Credential        `json:"credential,omitempty" doc:"Of an own app; never the secret itself."`
}

// Credential is what proves that the platform is the app.
type Credential struct {
	Kind       tenants.CredentialKind `json:"kind" enum:"platform_issuer,certificate,client_secret,managed_identity,workload_identity" doc:"platform_issuer: a federated credential that trusts Gatehouse, without any secret. managed_identity and workload_identity are the platform's, of the shared app."`
	Thumbprint string                 `json:"thumbprint,omitempty" doc:"SHA-256 of a certificate, in hex."`
	CreatedAt  *time.Time             `json:"createdAt,omitempty" doc:"When it was given."`
	ExpiresAt  *time.Time             `json:"expiresAt,omitempty" doc:"Absent: never, or not known."`
}

// NewCredential is a credential to be put. What is secret goes in and never
// comes out.
type NewCredential struct {
	Kind        tenants.CredentialKind `json:"kind" doc:"platform_issuer: a federated credential that trusts Gatehouse, without any secret. certificate and client_secret come with theirs."`
	Secret      string                 `json:"secret,omitempty" writeOnly:"true" maxLength:"1000" doc:"Value of a client secret."`
	Certificate string                 `json:"certificate,omitempty" writeOnly:"true" maxLength:"100000" doc:"Certificate and private key, PEM."`
	ExpiresAt   *time.Time             `json:"expiresAt,omitempty" doc:"Of a client secret, as Entra shows it."`
}

// TransformSchema names the kinds that can be put. The others are the shared
// app's: whoever sends one is told so, which the check of a list would not do.
func (NewCredential) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	s.Properties["kind"].Extensions = map[string]any{"enum": []tenants.CredentialKind{tenants.PlatformIssuer, tenants.Certificate, tenants.ClientSecret}}
	return s
}

type (
	connectionInput struct {
		InOrganization
		Match
		Body ConnectionSettings
	}
	credentialInput struct {
		InOrganization
		Match
		Body NewCredential
	}
)

func connectionOf(org tenants.ID, n tenants.Connection) Connection {
	out := Connection{ID: n.ID, Cloud: n.Cloud, Subject: n.FederatedSubject(org), Settings: ConnectionSettings{
		Model: n.Model, ClientID: n.ClientID, Versions: n.Versions, V1Audiences: n.V1Audiences, Resource: n.Resource, Scope: n.Scope,
		AppRole: n.AppRole, Guests: n.Guests, Agents: n.Agents, Apps: n.Apps, GroupSource: n.GroupSource, GroupsClaim: n.GroupsClaim,
		Background: cmp.Or(n.Background, tenants.Delegated), Notifications: n.Notifications,
	}}
	if k := n.Credential; k.Kind != tenants.NoCredential {
		out.Credential = &Credential{k.Kind, k.Thumbprint, instant(k.CreatedAt), instant(k.ExpiresAt)}
	}
	return out
}

func (*Console) getConnection(_ context.Context, by Actor, _ *InOrganization) (*One[Connection], error) {
	return show(connectionOf(by.Org(), by.Organization.Connection)), nil
}

func (c *Console) updateConnection(ctx context.Context, by Actor, in *connectionInput) (*One[Connection], error) {
	if err := in.given(); err != nil {
		return nil, err
	}
	n, err := c.Onboarding.Connect(ctx, by.Caller, in.Body, by.unchanged(in.Match))
	return show(connectionOf(by.Org(), n)), err
}

func (c *Console) updateCredential(ctx context.Context, by Actor, in *credentialInput) (*One[Connection], error) {
	if err := in.given(); err != nil {
		return nil, err
	}
	n, err := c.Onboarding.PutCredential(ctx, by.Caller, in.Body, by.unchanged(in.Match))
	return show(connectionOf(by.Org(), n)), err
}

// unchanged checks that a connection still is what the client has read.
func (a Actor) unchanged(m Match) func(tenants.Connection) error {
	return func(present tenants.Connection) error { return m.check(connectionOf(a.Org(), present)) }
}
