package console

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// Tokens verifies access tokens.
type Tokens interface {
	// VerifyToken returns who an access token of Entra speaks for, checked
	// against the organization of the token's own tenant, which Identity.Org
	// names: signature, times, audience, that its client is listed. A token that
	// is not accepted is a fault of kind Unauthenticated or Forbidden that says
	// why; the kind of its bearer and its app roles are the console's to judge.
	VerifyToken(ctx context.Context, token string) (authz.Identity, error)
}

// ManageRole is the app role without which an automation's token is nothing to
// the console.
const ManageRole = "Gatehouse.Manage"

// errNoOrganization is all that is ever said about an organization of others.
var errNoOrganization = fault.New(fault.NotFound, "there is no such organization")

// existence says until when an operation is there in an organization's life.
type existence uint8

const (
	untilDeleted existence = iota
	evenDeleted            // for its people
)

// errDeleted is what the people of a deleted organization are told.
var errDeleted = fault.New(fault.NotFound, "the organization was deleted; an owner can restore it within thirty days")

func (e existence) check(o tenants.Organization) error {
	if o.State == tenants.Deleted && e != evenDeleted {
		return errDeleted
	}
	return nil
}

// organizationDoor lets those in, people and automations, who hold, in the
// organization of the path, a role that includes the one needed. In a deleted
// organization only its people do anything, and only what is there even then.
func (c *Console) organizationDoor(needed tenants.Role, when existence) door {
	people := c.memberDoor(needed, when)
	return func(ctx context.Context, v *visit) (Actor, error) {
		if token, ok := bearer(v.Header("Authorization")); ok {
			return c.enterAutomation(ctx, v, token, needed)
		}
		return people(ctx, v)
	}
}

// memberDoor lets people in who hold such a role. A token is refused before
// anything is looked up: for whom it speaks makes no difference.
func (c *Console) memberDoor(needed tenants.Role, when existence) door {
	return func(ctx context.Context, v *visit) (Actor, error) {
		a, err := c.personDoor(ctx, v)
		if err != nil {
			return Actor{}, err
		}
		by, err := c.enterPerson(ctx, v, *a.Person, needed)
		if err != nil {
			return Actor{}, err
		}
		return by, when.check(by.Organization)
	}
}

func (c *Console) enterPerson(ctx context.Context, v *visit, p Person, needed tenants.Role) (Actor, error) {
	o, err := c.organization(ctx, v.Param("org"))
	if err != nil {
		return Actor{}, err
	}
	if o.TID != p.TID {
		return c.enterSupport(ctx, v, p, o, needed)
	}
	role, err := c.roleOf(ctx, o.ID, p, needed)
	if err != nil {
		return Actor{}, err
	}
	return Actor{Caller: authz.Actor(p.Identity(o.ID)), Role: role, Organization: o, Person: &p}, allow(role, needed)
}

// enterAutomation lets an application in, with the role that roleOfApp says.
func (c *Console) enterAutomation(ctx context.Context, v *visit, token string, needed tenants.Role) (Actor, error) {
	id, err := c.Tokens.VerifyToken(ctx, token)
	if err != nil {
		return Actor{}, err
	}
	o, err := c.organization(ctx, v.Param("org"))
	if err != nil {
		return Actor{}, err
	}
	switch {
	case id.Org != o.ID, o.State == tenants.Deleted:
		return Actor{}, errNoOrganization
	case id.Delegated || id.Kind != authz.App:
		return Actor{}, fault.New(fault.Forbidden, "the management API takes app-only tokens; people sign in at /auth/sign-in")
	case !slices.Contains(id.AppRoles, ManageRole):
		return Actor{}, fault.New(fault.Forbidden, "the token lacks the app role "+ManageRole+"; an administrator can assign it to the application in Entra")
	}
	role, err := c.roleOfApp(ctx, o.ID, id.OID)
	if err != nil {
		return Actor{}, err
	}
	return Actor{Caller: authz.Actor(id), Role: role, Organization: o}, allow(role, needed)
}

// allow refuses a role that does not include the one needed.
func allow(role, needed tenants.Role) error {
	switch {
	case role == "":
		return fault.New(fault.Forbidden, "you have no role in this organization; an owner can grant you one")
	case !role.Includes(needed):
		return fault.Newf(fault.Forbidden, "this needs the role %s, and yours is %s; an owner can grant it", needed, role)
	}
	return nil
}

// organization returns the organization of a slug, in whatever state. One that
// cannot exist and one that does not are the same to whoever asks.
func (c *Console) organization(ctx context.Context, text string) (tenants.Organization, error) {
	slug, err := tenants.ParseSlug(text)
	if err != nil {
		return tenants.Organization{}, errNoOrganization
	}
	id, err := c.Store.OrgBySlug(ctx, slug)
	if err != nil {
		return tenants.Organization{}, hideMissing(err)
	}
	o, err := c.Store.Organization(ctx, id)
	return o, hideMissing(err)
}

func hideMissing(err error) error {
	if err != nil && fault.KindOf(err) == fault.NotFound {
		return errNoOrganization
	}
	return err
}

// pageOf is the header in which a page may say whose it is: directory/object id. Two
// windows of a browser share one session, and what is pressed in a page that was loaded
// for one person must not be done as another who has signed in since.
const pageOf = "Gatehouse-Page-Of"

var errOtherPerson = fault.New(fault.Unauthenticated, "somebody else has signed in in this browser since this page was loaded; load it again")

// personDoor lets everybody in who has signed in.
func (c *Console) personDoor(ctx context.Context, v *visit) (Actor, error) {
	if c.hasToken(v) {
		return Actor{}, fault.New(fault.Forbidden, "this is for people; sign in at /auth/sign-in")
	}
	p, err := c.person(ctx, huma.ReadCookies(v))
	if whose := v.Header(pageOf); err == nil && whose != "" && whose != p.TID.String()+"/"+p.OID.String() {
		return Actor{}, errOtherPerson
	}
	return Actor{Caller: authz.Actor(p.Identity(tenants.ID{})), Person: &p}, err
}

// operatorDoor lets those in who run the platform: people of its own tenant
// with the app role Platform.Operator.
func (c *Console) operatorDoor(ctx context.Context, v *visit) (Actor, error) {
	a, err := c.personDoor(ctx, v)
	if err == nil && (a.Person.TID != c.Platform || !a.Person.Operator) {
		err = fault.New(fault.Forbidden, "this is for operators of the platform")
	}
	return a, err
}

func (c *Console) hasToken(v *visit) bool {
	_, ok := bearer(v.Header("Authorization"))
	return ok
}

// inside adds an operation behind the door that the role needed asks for: an
// automation is never an owner.
func inside[I, O any, P asker[I]](c *Console, api huma.API, needed tenants.Role, r route, handle func(context.Context, Actor, P) (*O, error)) {
	if needed == tenants.Owner {
		insideAsPerson(c, api, needed, r, handle)
		return
	}
	r.enter, r.security = c.organizationDoor(needed, r.When), []map[string][]string{{"session": {string(needed)}}, {"bearer": {string(needed)}}}
	insideAny(c, api, r, handle)
}

// insideAsPerson, signedIn and operating add an operation behind each of the
// doors for people.
func insideAsPerson[I, O any, P asker[I]](c *Console, api huma.API, needed tenants.Role, r route, handle func(context.Context, Actor, P) (*O, error)) {
	r.enter, r.security = c.memberDoor(needed, r.When), []map[string][]string{{"session": {string(needed)}}}
	insideAny(c, api, r, handle)
}

func insideAny[I, O any, P asker[I]](c *Console, api huma.API, r route, handle func(context.Context, Actor, P) (*O, error)) {
	r.Path = "/api/organizations/{org}" + r.Path
	r.Errors = append(slices.Clone(r.Errors), 401, 403, 404)
	add(c, api, r, handle)
}

func signedIn[I, O any, P asker[I]](c *Console, api huma.API, r route, handle func(context.Context, Actor, P) (*O, error)) {
	r.Errors = append(slices.Clone(r.Errors), 401, 403)
	r.enter, r.security = c.personDoor, []map[string][]string{{"session": {}}}
	add(c, api, r, handle)
}

func operating[I, O any, P asker[I]](c *Console, api huma.API, r route, handle func(context.Context, Actor, P) (*O, error)) {
	r.Path = "/api/operator" + r.Path
	r.Errors = append(slices.Clone(r.Errors), 401, 403)
	r.enter, r.security = c.operatorDoor, []map[string][]string{{"session": {"operator"}}}
	add(c, api, r, noted(c, r, handle))
}

// noted leaves a line in this deployment's log of what an operator has changed: not all
// of it is some organization's, whose own log would have it.
func noted[I, O any, P asker[I]](c *Console, r route, handle func(context.Context, Actor, P) (*O, error)) func(context.Context, Actor, P) (*O, error) {
	if r.Method == http.MethodGet {
		return handle
	}
	return func(ctx context.Context, by Actor, in P) (*O, error) {
		out, err := handle(ctx, by, in)
		if v := in.asked(); err == nil {
			at := v.URL()
			c.Log.InfoContext(ctx, "an operator has changed something", slog.String("operation", r.ID), slog.String("path", at.Path),
				slog.String(telemetry.LogTenant, by.Person.TID.String()), slog.String(telemetry.LogObject, by.Person.OID.String()), slog.String(telemetry.LogRequest, v.id))
		}
		return out, err
	}
}

// isMissing reports a fault of kind NotFound.
func isMissing(err error) bool {
	return errors.Is(err, errNoOrganization) || err != nil && fault.KindOf(err) == fault.NotFound
}
