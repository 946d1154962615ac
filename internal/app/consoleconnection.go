package app

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"strings"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/onboarding"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/store"
	"gatehouse/internal/tenants"
)

// What a connection has unless somebody says otherwise: the names that the set-up
// gives.
const (
	defaultScope   = "access_as_user"
	defaultAppRole = "Tools.Execute.All"
)

func (c *consoleOnboarding) base() string { return strings.TrimSuffix(c.config.BaseURL.String(), "/") }

// endpoint is where an organization's clients connect.
func (c *consoleOnboarding) endpoint(o tenants.Organization) string {
	return c.base() + "/t/" + o.Slug.String() + "/mcp"
}

// wanted is the connection that settings describe, whatever they leave out filled
// in with what is safest.
func (c *consoleOnboarding) wanted(o tenants.Organization, n console.ConnectionSettings) (tenants.Connection, error) {
	want := tenants.Connection{
		Model: n.Model, Cloud: cmp.Or(n.Cloud, c.registrar.Cloud), ClientID: n.ClientID, Versions: cmp.Or(n.Versions, tenants.V2Only),
		V1Audiences: n.V1Audiences, Resource: n.Resource, Scope: cmp.Or(n.Scope, defaultScope), AppRole: n.AppRole,
		Guests: cmp.Or(n.Guests, tenants.Refuse), Agents: cmp.Or(n.Agents, tenants.Refuse), Apps: cmp.Or(n.Apps, tenants.Refuse),
		GroupSource: cmp.Or(n.GroupSource, tenants.OnBehalfOf), GroupsClaim: cmp.Or(n.GroupsClaim, tenants.ClaimUnknown),
	}
	if want.Apps == tenants.Admit {
		want.AppRole = cmp.Or(want.AppRole, defaultAppRole)
	}
	if n.Model == tenants.SharedApp {
		return c.shared(want)
	}
	want.Resource = cmp.Or(want.Resource, c.endpoint(o))
	return want, nil
}

// shared makes a connection one to the platform's own registration, of which
// nobody else says anything.
func (c *consoleOnboarding) shared(want tenants.Connection) (tenants.Connection, error) {
	app := c.config.SharedApp
	if app.SharedAppClientID == "" {
		return want, fault.New(fault.Invalid, "model: this platform has no shared app registration; use one of your own")
	}
	client, err := tenants.ParseGUID(app.SharedAppClientID)
	if err != nil {
		return want, fault.Wrap(fault.Internal, "the shared app's client id is no GUID", err)
	}
	switch {
	case !want.ClientID.IsZero() && want.ClientID != client:
		return want, fault.New(fault.Invalid, "clientId: that of the shared app is the platform's; leave it out")
	case want.Resource != "" && want.Resource != app.SharedAppIdentifierURI:
		return want, fault.New(fault.Invalid, "resource: that of the shared app is the platform's; leave it out")
	case want.Scope != defaultScope:
		return want, fault.Newf(fault.Invalid, "scope: that of the shared app is %s; leave it out", defaultScope)
	case want.Versions != tenants.V2Only || len(want.V1Audiences) > 0:
		return want, fault.New(fault.Invalid, "tokenVersions: the shared app has v2 tokens only; leave tokenVersions and v1Audiences out")
	}
	want.ClientID, want.Resource = client, app.SharedAppIdentifierURI
	return want, nil
}

// Connect gives the organization a connection.
func (c *consoleOnboarding) Connect(ctx context.Context, by authz.Caller, n console.ConnectionSettings, check func(tenants.Connection) error) (tenants.Connection, error) {
	o, err := c.store.Organization(ctx, by.Org())
	if err != nil {
		return tenants.Connection{}, err
	}
	want, err := c.wanted(o, n)
	if err != nil {
		return tenants.Connection{}, err
	}
	o, err = c.registrar.Connect(ctx, by, want, check)
	if err != nil {
		return tenants.Connection{}, err
	}
	c.tokens.PurgeApp(o.TID, o.Connection.ClientID)
	return o.Connection, nil
}

// PutCredential gives the connection of an own app another credential. One of an
// organization in use is proved first, so that a wrong one breaks nothing.
func (c *consoleOnboarding) PutCredential(ctx context.Context, by authz.Caller, n console.NewCredential, check func(tenants.Connection) error) (tenants.Connection, error) {
	o, err := c.store.Organization(ctx, by.Org())
	if err != nil {
		return tenants.Connection{}, err
	}
	switch {
	case o.Connection.ClientID.IsZero():
		return tenants.Connection{}, fault.New(fault.Conflict, "credential: there is no connection to give one; connect an app registration of your own first")
	case o.Connection.Model == tenants.SharedApp:
		err := tenants.CheckCredential(tenants.SharedApp, n.Kind)
		if err == nil {
			err = fault.New(fault.Invalid, "credential: the shared app's is the platform's; connect an app registration of your own first")
		}
		return tenants.Connection{}, err
	}
	if err := check(o.Connection); err != nil {
		return tenants.Connection{}, err
	}
	credential, plain, err := c.credential(n)
	if err != nil {
		return tenants.Connection{}, err
	}
	if err := c.tryOut(ctx, o, credential, plain); err != nil {
		return tenants.Connection{}, err
	}
	ciphertext, err := c.encrypt(ctx, o.ID, credential, plain)
	if err != nil {
		return tenants.Connection{}, err
	}
	read := o.Connection
	o, err = c.store.PutCredentialIf(ctx, by, store.NewCredential{Credential: credential, Ciphertext: ciphertext}, func(now tenants.Organization) error {
		if !onboarding.SameProof(now.Connection, read) {
			return fault.New(fault.Conflict, "the connection was changed meanwhile; read it and try again")
		}
		return check(now.Connection)
	})
	if err != nil {
		return tenants.Connection{}, err
	}
	c.tokens.PurgeApp(o.TID, o.Connection.ClientID)
	return o.Connection, nil
}

// credential reads a new credential: what is known of it, and what is secret.
func (c *consoleOnboarding) credential(n console.NewCredential) (tenants.Credential, []byte, error) {
	k := tenants.Credential{ID: tenants.NewGUID(), Kind: n.Kind, CreatedAt: c.now().UTC().Truncate(time.Microsecond)}
	if err := tenants.CheckCredential(tenants.OwnApp, n.Kind); err != nil {
		return k, nil, err
	}
	if (n.Secret != "") != (n.Kind == tenants.ClientSecret) {
		return k, nil, fault.New(fault.Invalid, "secret: goes with kind client_secret, and only with it")
	}
	if (n.Certificate != "") != (n.Kind == tenants.Certificate) {
		return k, nil, fault.New(fault.Invalid, "certificate: goes with kind certificate, and only with it")
	}
	if n.ExpiresAt != nil && n.Kind != tenants.ClientSecret {
		return k, nil, fault.New(fault.Invalid, "expiresAt: goes with kind client_secret, and only with it")
	}
	var plain []byte
	switch n.Kind {
	case tenants.ClientSecret:
		if _, err := entra.SecretCredential(entra.NewSecret(n.Secret)); err != nil {
			return k, nil, err
		}
		plain = []byte(n.Secret)
		if n.ExpiresAt != nil {
			k.ExpiresAt = n.ExpiresAt.UTC().Truncate(time.Microsecond)
		}
	case tenants.Certificate:
		bundle, err := entra.ParseCertificate([]byte(n.Certificate))
		if err != nil {
			return k, nil, err
		}
		plain, k.Thumbprint, k.ExpiresAt = []byte(n.Certificate), bundle.Thumbprint(), bundle.ExpiresAt()
	case tenants.PlatformIssuer, tenants.ManagedIdentity, tenants.WorkloadIdentity, tenants.NoCredential:
	}
	if !k.ExpiresAt.IsZero() && !c.now().Before(k.ExpiresAt) {
		return k, nil, fault.Newf(fault.Invalid, "credential: it expired on %s; make a new one", k.ExpiresAt.Format(time.DateOnly))
	}
	return k, plain, nil
}

// tryOut proves a credential that an organization in use is about to live on.
func (c *consoleOnboarding) tryOut(ctx context.Context, o tenants.Organization, k tenants.Credential, plain []byte) error {
	if !o.State.Serves() {
		return nil
	}
	o.Connection.Credential = k
	s := c.examined(o)
	s.Prover = c.prover(o, plain)
	if err := onboarding.Verify(ctx, s); err != nil {
		return unproved("credential: the organization is in use and keeps the one it has, because Microsoft Entra ID does not accept this one", err)
	}
	return nil
}

func (c *consoleOnboarding) encrypt(ctx context.Context, org tenants.ID, k tenants.Credential, plain []byte) ([]byte, error) {
	if plain == nil {
		return nil, nil
	}
	_, _, wrapped, err := c.store.CredentialOf(ctx, org)
	if err != nil {
		return nil, err
	}
	key, err := c.box.Open(ctx, org, wrapped)
	if err != nil {
		return nil, err
	}
	return key.Encrypt(snapshot.CredentialLabel(k.ID), plain)
}

// secret is what is secret of an organization's credential; nil where nothing is.
func (c *consoleOnboarding) secret(ctx context.Context, o tenants.Organization) ([]byte, error) {
	k, ciphertext, wrapped, err := c.store.CredentialOf(ctx, o.ID)
	if err != nil || ciphertext == nil {
		return nil, err
	}
	if k.ID != o.Connection.Credential.ID {
		return nil, fault.New(fault.Conflict, "the credential was replaced meanwhile; try again")
	}
	key, err := c.box.Open(ctx, o.ID, wrapped)
	if err != nil {
		return nil, err
	}
	return key.Decrypt(snapshot.CredentialLabel(k.ID), ciphertext)
}

// appProver satisfies onboarding.Prover: it asks Entra in the tenant that was
// proved at sign-in.
type appProver struct {
	tokens *entra.TokenClient
	app    entra.App
	err    error // why there is no credential
}

// Token gets one, always from Entra.
func (p appProver) Token(ctx context.Context, scope string) (string, error) {
	if p.err != nil {
		return "", p.err
	}
	t, err := p.tokens.ProveApp(ctx, p.app, scope)
	return t.Reveal(), err
}

func (c *consoleOnboarding) prover(o tenants.Organization, plain []byte) onboarding.Prover {
	credential, err := proofs{c.platform, c.authority, c.now}.of(&o, plain)
	return appProver{c.tokens, entra.App{
		TID: o.TID, ClientID: o.Connection.ClientID, Credential: credential, Authority: c.authority(o.Connection.Cloud),
	}, err}
}

// ConsentURL is Microsoft's page for the shared app. Of an own app, whose
// registration knows no address of ours to come back to, it is the page of the
// Entra admin center with the same button.
func (c *consoleOnboarding) ConsentURL(ctx context.Context, by authz.Caller, state, redirect string) (string, error) {
	o, err := c.store.Organization(ctx, by.Org())
	if err != nil {
		return "", err
	}
	n := o.Connection
	if n.ClientID.IsZero() {
		return "", fault.New(fault.Conflict, "there is no app registration to consent to; connect one first")
	}
	if n.Model == tenants.OwnApp {
		return permissionsPage(n), nil
	}
	return onboarding.ConsentURL(c.authority(n.Cloud), o.TID, n.ClientID, redirect, state), nil
}

// Consented looks whether there is consent now. That the page came back is a
// reason to look and nothing else; what is found is shown as a step.
func (c *consoleOnboarding) Consented(ctx context.Context, by console.Actor, a console.ConsentAnswer) error {
	o, err := c.store.Organization(ctx, by.Org())
	if err != nil {
		return err
	}
	if err := (onboarding.ConsentAnswer{Tenant: a.TID, Error: a.Error}).Refusal(o.TID); err != nil {
		return err
	}
	c.tokens.PurgeApp(o.TID, o.Connection.ClientID)
	if by.Person != nil {
		as := c.asPerson(*by.Person, readsApplications, readsPolicy)
		if _, err := as.Token(ctx); err == nil {
			_ = c.verify(ctx, o, &as) // remembered, and shown as a step
			return ctx.Err()
		}
	}
	_ = c.verify(ctx, o, nil) // likewise
	return ctx.Err()
}

// certificateOf is the certificate, in DER, of a bundle.
func certificateOf(thumbprint string, bundle []byte) []byte {
	for block, rest := pem.Decode(bundle); block != nil; block, rest = pem.Decode(rest) {
		sum := sha256.Sum256(block.Bytes)
		if block.Type == "CERTIFICATE" && hex.EncodeToString(sum[:]) == thumbprint {
			return block.Bytes
		}
	}
	return nil
}
