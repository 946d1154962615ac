package orgfile

import (
	"reflect"
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
	if m := want.Membership; m != nil {
		set(&o.Membership.Soft, time.Duration(m.Soft))
		set(&o.Membership.Hard, time.Duration(m.Hard))
	}
	a.connection(&o.Connection, want)
	if reflect.DeepEqual(before, *o) {
		return
	}
	for _, err := range unjoin(o.Validate()) {
		at, message := access.Place("organization"), fault.Public(err)
		if text, ok := strings.CutPrefix(message, "connection: "); ok {
			at, message = "organization.connection", text
		}
		a.add(at, message)
	}
}

func (a *applier) connection(c *tenants.Connection, want *Organization) {
	set(&c.Guests, want.Guests)
	set(&c.Agents, want.Agents)
	set(&c.Apps, want.Apps)
	set(&c.Versions, want.TokenVersions)
	if g := want.Groups; g != nil {
		set(&c.GroupsClaim, g.Claim)
		set(&c.GroupSource, g.Source)
	}
	if want.Connection == nil {
		return
	}
	a.registration(c, want.Connection)
	set(&c.Resource, want.Connection.Resource)
	set(&c.Scope, want.Connection.Scope)
	if want.Connection.AppRole != nil {
		c.AppRole = *want.Connection.AppRole
	}
	if want.Connection.V1Audiences != nil {
		c.V1Audiences = want.Connection.V1Audiences
	}
	if want.Connection.Credential != nil {
		a.credential(c, want.Connection.Credential.Kind)
	}
}

// registration makes the connection that of another app registration: one with
// an id of its own, so that no assertion made for one is good for the other, and
// without a credential.
func (a *applier) registration(c *tenants.Connection, want *Connection) {
	model, clientID := c.Model, c.ClientID
	set(&model, want.Model)
	set(&clientID, want.ClientID)
	if model == c.Model && clientID == c.ClientID {
		return
	}
	if model == tenants.SharedApp {
		at, message := access.Place("organization.connection.model"), "cannot become shared here; connect the shared app in the console, because it needs an administrator's consent"
		if c.Model == tenants.SharedApp {
			at, message = "organization.connection.clientId", "is the deployment's and cannot be changed; leave it out, or make the model own"
		}
		a.add(at, message)
		return
	}
	c.Model, c.ClientID = model, clientID
	c.ID, c.Credential = tenants.NewGUID(), tenants.Credential{}
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
