package admin

import (
	"context"
	"net/http"
	"time"

	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
	"gatehouse/internal/onboarding/setup"
	"gatehouse/internal/tenants"
)

// creationPatience is how long somebody waits for Entra to hear of what it was
// just told.
const creationPatience = 2 * time.Minute

// CreateRegistration carries the same plan out as the person. A client secret
// would have to be shown and kept on its way; it is the one thing not made here.
func (ob *Onboarding) CreateRegistration(ctx context.Context, by console.Actor, w console.WantedRegistration) (console.Registration, error) {
	o, err := ob.Store.Organization(ctx, by.Org())
	if err != nil {
		return console.Registration{}, err
	}
	if o.State == tenants.Pending {
		return console.Registration{}, fault.New(fault.Conflict, "an organization that is pending has nothing to connect yet; wait for its admission")
	}
	v, err := ob.values(ctx, o, w)
	if err != nil {
		return console.Registration{}, err
	}
	if v.Credential == tenants.ClientSecret {
		return console.Registration{}, fault.New(fault.Invalid, "credential: a client secret is not made here, because it would have to be shown; "+
			"choose platform_issuer, for which there is no secret, or certificate, or take the steps of the set-up page")
	}
	ctx, cancel := context.WithTimeout(ctx, creationPatience)
	defer cancel()
	as := ob.asPerson(*by.Person, writeApplications, writeGrants)
	if _, err := as.Token(ctx); err != nil {
		return console.Registration{}, err
	}
	made, err := setup.Creator{Graph: setupGraph{ob.Graph[v.Cloud], as}, Wait: wait}.Create(ctx, v)
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
		r.Link = v.Cloud.AdminCenter() + "/#view/Microsoft_AAD_IAM/ManagedAppMenuBlade/~/Overview/appId/" + r.ClientID.String()
		return r, nil
	}
	r.Link = v.Cloud.AdminCenter() + "/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/Overview/appId/" + r.ClientID.String()
	if r.ObjectID, err = tenants.ParseGUID(made.ObjectID); err != nil {
		return r, fault.Wrap(fault.Upstream, "Microsoft Graph named no object id of what it made", err)
	}
	return r, nil
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
