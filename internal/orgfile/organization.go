package orgfile

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// organization gives the organization the members that are wanted.
func (a *applier) organization() {
	want := a.wanted.Organization
	if want == nil || len(organizationFields(a.was.Organization, want)) == 0 {
		return
	}
	before := a.state.Organization
	o := &a.state.Organization
	if set(&o.Name, want.Name); o.Name != before.Name {
		a.blame("organization.name", access.CheckName(o.Name))
	}
	if want.Origins != nil {
		o.Origins = want.Origins
	}
	if want.AccessPackageURL != nil {
		o.AccessPackageURL = *want.AccessPackageURL
	}
	if m := want.Membership; m != nil {
		set(&o.Membership.Soft, time.Duration(m.Soft))
		set(&o.Membership.Hard, time.Duration(m.Hard))
	}
	if want.Log != nil && want.Log.RetentionMonths != 0 {
		o.KeepLog(want.Log.RetentionMonths, a.how.Now)
	}
	if want.Log != nil && want.Log.BodyDays != 0 {
		o.KeepBodies(want.Log.BodyDays, a.how.Now)
	}
	if want.SignIn != nil {
		o.SetSignIn(want.SignIn.over(o.SignIn()), a.how.Now)
	}
	a.connection(want)
	if reflect.DeepEqual(before, *o) {
		return
	}
	a.complain(o.Validate())
}

// over returns how people sign in once the members that are wanted are so.
func (w SignIn) over(s tenants.SignIn) tenants.SignIn {
	set(&s.Mode, w.Mode)
	set(&s.UnknownClients, w.UnknownClients)
	if w.AcceptEntraTokens != nil {
		s.AcceptEntraTokens = *w.AcceptEntraTokens
	}
	return s
}

// complain adds what an organization says of itself, at its place.
func (a *applier) complain(err error) {
	for _, err := range unjoin(err) {
		at, message := access.Place("organization"), fault.Public(err)
		if text, ok := strings.CutPrefix(message, "connection: "); ok {
			at, message = "organization.connection", text
		}
		a.add(at, message)
	}
}

// connection gives the organization the connection that is wanted, by the rules
// of connecting it.
func (a *applier) connection(want *Organization) {
	o := &a.state.Organization
	c := o.Connection
	if want.Connection != nil {
		c = a.registration(c, want.Connection)
	}
	if c.Model == tenants.SharedApp {
		a.shared(c, want)
	}
	settings(&c, want)
	if want.Connection != nil && want.Connection.Credential != nil {
		a.credential(&c, want.Connection.Credential.Kind)
	}
	if !reflect.DeepEqual(o.Connection, c) {
		a.complain(o.Adopt(c.Careful()))
	}
}

// settings changes what does not make it the connection to another app.
func settings(c *tenants.Connection, want *Organization) {
	set(&c.Guests, want.Guests)
	set(&c.Agents, want.Agents)
	set(&c.Apps, want.Apps)
	set(&c.Versions, want.TokenVersions)
	if g := want.Groups; g != nil {
		set(&c.GroupsClaim, g.Claim)
		set(&c.GroupSource, g.Source)
		set(&c.Background, g.Background)
		if g.Notifications != nil {
			c.Notifications = *g.Notifications
		}
	}
	if want.Connection == nil {
		return
	}
	set(&c.Resource, want.Connection.Resource)
	set(&c.Scope, want.Connection.Scope)
	if want.Connection.AppRole != nil {
		c.AppRole = *want.Connection.AppRole
	}
	if want.Connection.V1Audiences != nil {
		c.V1Audiences = want.Connection.V1Audiences
	}
}

// registration is the connection to the app registration that is wanted.
func (a *applier) registration(c tenants.Connection, want *Connection) tenants.Connection {
	next := c
	set(&next.Model, want.Model)
	set(&next.ClientID, want.ClientID)
	if next.Model == c.Model && next.ClientID == c.ClientID {
		return c
	}
	if next.Model == tenants.SharedApp {
		at, message := access.Place("organization.connection.model"), "cannot become shared here; connect the shared app with updateConnection, signed in, because it needs an administrator's consent"
		if c.Model == tenants.SharedApp {
			at, message = "organization.connection.clientId", deployments
		}
		a.add(at, message)
		return c
	}
	return tenants.Reconnect(c, next)
}

const deployments = "is the deployment's and cannot be changed; leave it out, or make the model own"

// shared refuses to change what the shared app is known by.
func (a *applier) shared(c tenants.Connection, want *Organization) {
	if want.TokenVersions != "" && want.TokenVersions != c.Versions {
		a.add("organization.tokenVersions", deployments)
	}
	n := want.Connection
	if n == nil {
		return
	}
	if n.Resource != "" && n.Resource != c.Resource {
		a.add("organization.connection.resource", deployments)
	}
	if n.Scope != "" && n.Scope != c.Scope {
		a.add("organization.connection.scope", deployments)
	}
	if n.V1Audiences != nil && !slices.Equal(n.V1Audiences, sortedSet(c.V1Audiences)) {
		a.add("organization.connection.v1Audiences", deployments)
	}
}

// credential removes a credential, or makes it the one kind that has no secret.
func (a *applier) credential(c *tenants.Connection, kind tenants.CredentialKind) {
	switch {
	case c.Model == tenants.SharedApp:
		a.add(credentialPlace, "belongs to an app of one's own; the shared app's credential is the deployment's, so remove it")
	case kind == NoCredential:
		c.Credential = tenants.Credential{}
	case kind == tenants.PlatformIssuer && c.Credential.Kind != kind:
		c.Credential = tenants.Credential{ID: tenants.NewGUID(), Kind: kind, CreatedAt: utc(a.how.Now)}
	}
}

// set changes a member that is wanted to be something.
func set[T comparable](member *T, want T) {
	var nothing T
	if want != nothing {
		*member = want
	}
}

// unjoin returns the errors that errors.Join has put together.
func unjoin(err error) []error {
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var out []error
	for _, inner := range joined.Unwrap() {
		out = append(out, unjoin(inner)...)
	}
	return out
}
