package console

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"gatehouse/internal/connections"
	"gatehouse/internal/fault"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// mostShown is how many entries of a list a page has.
const mostShown = 50

// startContent is what somebody reads at the platform's address: who has signed
// in, where they belong, and what they have let others do for them.
type startContent struct {
	Title    string
	Base     string
	Person   *Person // nil: nobody has signed in
	Ended    bool    // somebody had
	Session  Session
	Endpoint string // of the organization
	Serves   bool   // the endpoint does
	Console  bool   // there is one for browsers

	Lists       bool // there can be apps and sources
	Apps        []actingApp
	MoreApps    bool
	Sources     []SourceAuthorization
	MoreSources bool
}

// actingApp is an AI app that acts for the reader.
type actingApp struct {
	ClientConnection
	Preregistered bool // an admin vouches for it
}

// start shows the page at the platform's address: GET /.
func (c *Console) start(w http.ResponseWriter, r *http.Request) {
	s := startContent{Title: "Sign in", Base: c.base(), Console: len(c.web.page) > 0}
	p, err := c.person(r.Context(), r.Cookies())
	switch {
	case err == nil:
		s.Title, s.Person = "You are signed in", &p
		err = c.describe(r.Context(), &s)
	case fault.KindOf(err) == fault.Unauthenticated:
		s.Ended, err = errors.Is(err, errNoSession), nil
	}
	if err != nil {
		c.showNothing(w, r, err)
		return
	}
	c.showPage(w, r, http.StatusOK, "start", s)
}

func (c *Console) base() string { return c.Base.Scheme + "://" + c.Base.Host }

// describe adds where the person belongs, and what is theirs there.
func (c *Console) describe(ctx context.Context, s *startContent) (err error) {
	if s.Session, err = c.sessionOf(ctx, *s.Person); err != nil || s.Session.Organization == nil {
		return err
	}
	o := s.Session.Organization
	s.Endpoint, s.Serves = c.base()+"/t/"+o.Slug+"/mcp", o.State == tenants.Active
	org, err := c.ownOrganization(ctx, *s.Person)
	if isMissing(err) {
		return nil // deleted
	}
	if err != nil {
		return err
	}
	s.Lists = true
	apps, err := c.connectionPage(ctx, org, Paging{Limit: mostShown}, s.Person.OID)
	if err != nil {
		return err
	}
	s.MoreApps = apps.Body.NextCursor != ""
	s.Apps = each(apps.Body.Items, func(a ClientConnection) actingApp {
		return actingApp{a, connections.IsPreregisteredID(a.Client)}
	})
	sources, err := c.authorizationPage(ctx, org, Paging{Limit: mostShown}, wantedAuthorizations{person: s.Person.OID})
	if err != nil {
		return err
	}
	s.Sources, s.MoreSources = sources.Body.Items, sources.Body.NextCursor != ""
	return nil
}

// revoke ends something of the person's own and shows what is left. What is gone
// already is revoked.
func (c *Console) revoke(end func(context.Context, Person, tenants.GUID) error, then string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		p, err := c.person(r.Context(), r.Cookies())
		if err == nil {
			err = endOwn(r, p, end)
		}
		if err != nil && !isMissing(err) {
			c.showNothing(w, r, err)
			return
		}
		http.Redirect(w, r, then, http.StatusSeeOther)
	}
}

func endOwn(r *http.Request, p Person, end func(context.Context, Person, tenants.GUID) error) error {
	id, err := tenants.ParseGUID(r.PathValue("id"))
	if err != nil {
		return fault.Wrap(fault.NotFound, "there is no such thing of yours", err)
	}
	return end(r.Context(), p, id)
}

// showNothing says why there is no page.
func (c *Console) showNothing(w http.ResponseWriter, r *http.Request, err error) {
	p := newProblem(err, r.Header.Get(requestID))
	c.Log.LogAttrs(r.Context(), p.level(), "page refused", slog.String(telemetry.LogRequest, r.Header.Get(requestID)), telemetry.Err(err))
	c.setBack(w, r, p)
}
