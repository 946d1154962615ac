package admin

import (
	"cmp"
	"context"
	"strings"

	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// What a connection has unless somebody says otherwise: the names that the set-up
// gives.
const (
	defaultScope   = "access_as_user"
	defaultAppRole = "Tools.Execute.All"
)

func (ob *Onboarding) base() string { return strings.TrimSuffix(ob.Base.String(), "/") }

// endpoint is where an organization's clients connect.
func (ob *Onboarding) endpoint(o tenants.Organization) string {
	return ob.base() + "/t/" + o.Slug.String() + "/mcp"
}

// wanted is the connection that settings describe, whatever they leave out filled
// in with what is safest.
func (ob *Onboarding) wanted(o tenants.Organization, n console.ConnectionSettings) (tenants.Connection, error) {
	want := tenants.Connection{
		Model: n.Model, Cloud: ob.registrar.Cloud, ClientID: n.ClientID, Versions: n.Versions,
		V1Audiences: n.V1Audiences, Resource: n.Resource, Scope: cmp.Or(n.Scope, defaultScope), AppRole: n.AppRole,
		Guests: n.Guests, Agents: n.Agents, Apps: n.Apps, GroupSource: n.GroupSource, GroupsClaim: n.GroupsClaim,
		Background: n.Background, Notifications: n.Notifications,
	}.Careful()
	if want.Apps == tenants.Admit {
		want.AppRole = cmp.Or(want.AppRole, defaultAppRole)
	}
	if n.Model == tenants.SharedApp {
		return ob.shared(want)
	}
	want.Resource = cmp.Or(want.Resource, ob.endpoint(o))
	if err := ob.Apps.CheckOwn(want.ClientID); err != nil {
		return want, fault.New(fault.Invalid, "clientId: "+fault.Public(err))
	}
	return want, nil
}

// SharedApp is the platform's own registration, which organizations may use
// instead of one of theirs.
type SharedApp struct {
	ClientID      tenants.GUID
	IdentifierURI string
}

// shared makes a connection one to the platform's own registration, of which
// nobody else says anything.
func (ob *Onboarding) shared(want tenants.Connection) (tenants.Connection, error) {
	app := ob.SharedApp
	if app.ClientID.IsZero() {
		return want, fault.New(fault.Invalid, "model: this platform has no shared app registration; use one of your own")
	}
	switch {
	case !want.ClientID.IsZero() && want.ClientID != app.ClientID:
		return want, fault.New(fault.Invalid, "clientId: that of the shared app is the platform's; leave it out")
	case want.Resource != "" && want.Resource != app.IdentifierURI:
		return want, fault.New(fault.Invalid, "resource: that of the shared app is the platform's; leave it out")
	case want.Scope != defaultScope:
		return want, fault.Newf(fault.Invalid, "scope: that of the shared app is %s; leave it out", defaultScope)
	case want.Versions != tenants.V2Only || len(want.V1Audiences) > 0:
		return want, fault.New(fault.Invalid, "tokenVersions: the shared app has v2 tokens only; leave tokenVersions and v1Audiences out")
	}
	want.ClientID, want.Resource = app.ClientID, app.IdentifierURI
	return want, nil
}

// Connect gives the organization a connection.
func (ob *Onboarding) Connect(ctx context.Context, by authz.Caller, n console.ConnectionSettings, check func(tenants.Connection) error) (tenants.Connection, error) {
	o, err := ob.Store.Organization(ctx, by.Org())
	if err != nil {
		return tenants.Connection{}, err
	}
	want, err := ob.wanted(o, n)
	if err != nil {
		return tenants.Connection{}, err
	}
	o, err = ob.registrar.Connect(ctx, by, want, check)
	if err != nil {
		return tenants.Connection{}, err
	}
	return o.Connection, nil
}
