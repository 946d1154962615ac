package admin

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"strings"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
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
			"choose platform_issuer, for which there is no secret, or certificate, or take the steps that describeSetup answers")
	}
	ctx, cancel := context.WithTimeout(ctx, creationPatience)
	defer cancel()
	as := ob.asPerson(*by.Person, writeApplications, writeGrants)
	if _, err := as.Token(ctx); err != nil {
		return console.Registration{}, err
	}
	if v, err = ob.present(ctx, as, v); err != nil {
		return console.Registration{}, err
	}
	made, err := ob.create(ctx, by.Caller, setupGraph{ob.Graph[v.Cloud], as}, v)
	ob.memory.forget(o.ID)
	if err != nil {
		return console.Registration{}, err
	}
	return registrationOf(v, made)
}

// create carries the set-up out between two records in the organization's log:
// that somebody begins, without which nothing is done, and what came of it.
func (ob *Onboarding) create(ctx context.Context, by authz.Caller, as setupGraph, v setup.Values) (setup.Created, error) {
	plan := "model " + string(v.Model)
	if v.Model == tenants.OwnApp {
		plan += ", credential " + string(v.Credential)
	}
	if !v.ClientID.IsZero() {
		plan += ", client id " + v.ClientID.String()
	}
	if err := ob.Record(ctx, by, audit.Event{Kind: audit.ConfigChange, Target: "app registration begun", Detail: plan, Outcome: audit.OK}); err != nil {
		return setup.Created{}, err
	}
	made, err := setup.Creator{Graph: as, Wait: wait}.Create(ctx, v)
	recorded := ob.Record(context.WithoutCancel(ctx), by, eventOf(made, err))
	if err != nil {
		return made, errors.Join(err, recorded)
	}
	return made, recorded
}

// eventOf is what a run of the set-up has changed in the directory.
func eventOf(made setup.Created, err error) audit.Event {
	var done []string
	for _, c := range made.Changes {
		done = append(done, c.String())
	}
	e := audit.Event{Kind: audit.ConfigChange, Target: "app registration made", Detail: strings.Join(done, "; "), Outcome: audit.OK}
	if err != nil {
		e.Target, e.Outcome, e.Reason = "app registration stopped", audit.Failed, fault.KindOf(err).String()
	}
	ids := map[string]string{
		"clientId": made.ClientID, "objectId": made.ObjectID, "servicePrincipalId": made.ServicePrincipalID, "consentId": made.GrantID,
		"federatedCredentialId": made.FederatedID,
	}
	maps.DeleteFunc(ids, func(_, id string) bool { return id == "" })
	if text, err := json.Marshal(ids); err == nil && len(ids) > 0 {
		e.After = string(text)
	}
	return e
}

// present takes the client id out of values where the directory has no such
// registration: somebody has mistyped it, or the registration was deleted.
func (ob *Onboarding) present(ctx context.Context, as graph.Asking, v setup.Values) (setup.Values, error) {
	if v.Model == tenants.SharedApp || v.ClientID.IsZero() {
		return v, nil
	}
	_, err := ob.Graph[v.Cloud].Application(ctx, as, v.ClientID)
	if fault.KindOf(err) == fault.NotFound {
		v.ClientID = tenants.GUID{}
		return v, nil
	}
	return v, err
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
