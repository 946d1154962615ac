package app

import (
	"cmp"
	"context"
	"encoding/pem"
	"net/http"
	"time"

	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
	"gatehouse/internal/onboarding"
	"gatehouse/internal/onboarding/setup"
	"gatehouse/internal/tenants"
)

// Permissions of Microsoft Graph that making an app registration needs.
const (
	writesApplications = "Application.ReadWrite.All"
	writesGrants       = "DelegatedPermissionGrant.ReadWrite.All" // the consent for everybody
)

// values are what a set-up of the organization is made of.
func (c *consoleOnboarding) values(ctx context.Context, o tenants.Organization, w console.WantedRegistration) (setup.Values, error) {
	n := o.Connection
	v := setup.Values{
		Organization: o.Name, Slug: o.Slug, Endpoint: c.endpoint(o), Base: c.base(), Cloud: n.Cloud,
		Model: cmp.Or(w.Model, n.Model, tenants.OwnApp), Scope: cmp.Or(n.Scope, defaultScope), AppRoles: setup.DefaultAppRoles(),
		Preauthorized: setup.DefaultClients(), Redirects: setup.ClientRedirects(),
	}
	if v.Model == tenants.SharedApp {
		shared, err := c.shared(tenants.Connection{Scope: defaultScope, Versions: tenants.V2Only})
		v.ClientID = shared.ClientID
		return v, err
	}
	if n.Model == tenants.OwnApp {
		v.ClientID = n.ClientID
	}
	v.Credential = cmp.Or(w.Credential, n.Credential.Kind, tenants.PlatformIssuer)
	switch v.Credential {
	case tenants.PlatformIssuer:
		v.Federation = setup.Federation{Issuer: c.federation, Subject: n.FederatedSubject(o.ID), Audience: onboarding.ExchangeAudience(n.Cloud)}
	case tenants.Certificate:
		var err error
		v.Certificate, err = c.certificate(ctx, o, w.Certificate)
		return v, err
	case tenants.ClientSecret, tenants.ManagedIdentity, tenants.WorkloadIdentity, tenants.NoCredential:
	}
	return v, nil
}

// certificate is the one that was given, or else the connection's, in PEM.
func (c *consoleOnboarding) certificate(ctx context.Context, o tenants.Organization, given string) (string, error) {
	if given != "" {
		return given, nil
	}
	if o.Connection.Credential.Kind != tenants.Certificate {
		return "", fault.New(fault.Invalid, "certificate: the connection has none; give the certificate, without its private key, in PEM")
	}
	plain, err := c.secret(ctx, o)
	if err != nil {
		return "", err
	}
	der := certificateOf(o.Connection.Credential.Thumbprint, plain)
	if der == nil {
		return "", fault.New(fault.Internal, "the certificate of the connection is not in its bundle")
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), nil
}

// Setup shows how to make the app registration, whichever way one likes.
func (c *consoleOnboarding) Setup(ctx context.Context, org tenants.ID, w console.WantedRegistration) (console.Setup, error) {
	o, err := c.store.Organization(ctx, org)
	if err != nil {
		return console.Setup{}, err
	}
	v, err := c.values(ctx, o, w)
	if err != nil {
		return console.Setup{}, err
	}
	plan, err := setup.New(v)
	if err != nil {
		return console.Setup{}, err
	}
	return console.Setup{
		Steps: plan.Portal(v.ClientID), Fallbacks: setup.Fallbacks(),
		Snippets: []console.SetupSnippet{
			{Tool: "az", Text: plan.AzureCLI()},
			{Tool: "powershell", Text: plan.PowerShell()},
			{Tool: "bicep", Text: plan.Bicep()},
			{Tool: "terraform", Text: plan.Terraform()},
		},
	}, nil
}

// creationPatience is how long somebody waits for Entra to hear of what it was
// just told.
const creationPatience = 2 * time.Minute

// CreateRegistration carries the same plan out as the person. A client secret
// would have to be shown and kept on its way; it is the one thing not made here.
func (c *consoleOnboarding) CreateRegistration(ctx context.Context, by console.Actor, w console.WantedRegistration) (console.Registration, error) {
	o, err := c.store.Organization(ctx, by.Org())
	if err != nil {
		return console.Registration{}, err
	}
	if o.State == tenants.Pending {
		return console.Registration{}, fault.New(fault.Conflict, "an organization that is pending has nothing to connect yet; wait for its admission")
	}
	v, err := c.values(ctx, o, w)
	if err != nil {
		return console.Registration{}, err
	}
	if v.Credential == tenants.ClientSecret {
		return console.Registration{}, fault.New(fault.Invalid, "credential: a client secret is not made here, because it would have to be shown; "+
			"choose platform_issuer, for which there is no secret, or certificate, or take the steps of the set-up page")
	}
	ctx, cancel := context.WithTimeout(ctx, creationPatience)
	defer cancel()
	as := c.asPerson(*by.Person, writesApplications, writesGrants)
	if _, err := as.Token(ctx); err != nil {
		return console.Registration{}, err
	}
	made, err := setup.Creator{Graph: setupGraph{c.graph[v.Cloud], as}, Wait: wait}.Create(ctx, v)
	if err != nil {
		return console.Registration{}, err
	}
	return registrationOf(v, made)
}

func registrationOf(v setup.Values, made setup.Created) (console.Registration, error) {
	r := console.Registration{}
	var err error
	if r.ClientID, err = tenants.ParseGUID(made.ClientID); err != nil {
		return r, fault.Wrap(fault.Upstream, "Microsoft Graph named no client id of what it made", err)
	}
	if made.ObjectID == "" {
		r.Link = v.AdminCenter() + "/#view/Microsoft_AAD_IAM/ManagedAppMenuBlade/~/Overview/appId/" + r.ClientID.String()
		return r, nil
	}
	r.Link = v.AdminCenter() + "/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/Overview/appId/" + r.ClientID.String()
	if r.ObjectID, err = tenants.ParseGUID(made.ObjectID); err != nil {
		return r, fault.Wrap(fault.Upstream, "Microsoft Graph named no object id of what it made", err)
	}
	return r, nil
}

// permissionsPage is where an administrator agrees for everybody to what an own
// app asks for.
func permissionsPage(n tenants.Connection) string {
	return setup.Values{Cloud: n.Cloud}.AdminCenter() + "/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/CallAnAPI/appId/" + n.ClientID.String()
}

// setupGraph satisfies setup.Graph.
type setupGraph struct {
	client *graph.Client
	as     graph.Asking
}

// Write sends one request as the administrator.
func (g setupGraph) Write(ctx context.Context, method, path string, body, out any) error {
	if method == http.MethodGet {
		return g.client.Read(ctx, g.as, path, out)
	}
	return g.client.Write(ctx, g.as, method, path, body, out)
}

// wait waits, or returns early when ctx ends.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
