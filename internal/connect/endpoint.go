package connect

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"gatehouse/internal/authserver"
	"gatehouse/internal/fault"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
	"gatehouse/internal/text"
)

// errUnknownToolset is the answer to whoever asks for a toolset that the
// organization does not have.
var errUnknownToolset = fault.New(fault.NotFound, "there is no such toolset")

// endpoint is what anybody may know of an endpoint.
type endpoint struct {
	Organization string
	Toolset      string // how people call it; empty: all tools
	URL          string
	Key          string // what configurations call it
	Mode         tenants.AuthMode
	Scope        string // that clients ask Entra for; of a brokered organization what they ask us for
	Authorize    string // the authorization endpoint
	Token        string // the token endpoint
	Local        bool   // nobody but this machine reaches it
	Waits        bool   // an app that is new here waits until it is approved

	id           string                  // of a registry's name, behind the namespace
	registration authserver.Registration // that people sign in to, of a brokered organization
	admits       func(origin string) bool
}

// title is what people call the endpoint.
func (e endpoint) title() string {
	if e.Toolset == "" {
		return e.Organization
	}
	return e.Organization + ": " + e.Toolset
}

// Brokered reports whether people sign in here.
func (e endpoint) Brokered() bool { return e.Mode == tenants.Brokered }

// endpoint returns the endpoint that a request is about.
func (s *Server) endpoint(r *http.Request, snap *snapshot.Snapshot) (endpoint, error) {
	name := r.PathValue("toolset")
	if name == "" {
		return s.endpointOf(snap, nil), nil
	}
	toolset, ok := snap.Toolset(name)
	if !ok {
		return endpoint{}, errUnknownToolset
	}
	return s.endpointOf(snap, toolset), nil
}

// endpoints returns all endpoints of an organization in the order of their ids.
func (s *Server) endpoints(snap *snapshot.Snapshot) []endpoint {
	all := []endpoint{s.endpointOf(snap, nil)}
	snap.Toolsets(func(t *snapshot.Toolset) { all = append(all, s.endpointOf(snap, t)) })
	slices.SortFunc(all, func(a, b endpoint) int { return cmp.Compare(a.id, b.id) })
	return all
}

// endpointOf describes the endpoint of a toolset, or without one the organization's.
func (s *Server) endpointOf(snap *snapshot.Snapshot, toolset *snapshot.Toolset) endpoint {
	o := &snap.Organization
	slug := o.Slug.String()
	e := endpoint{Organization: text.Line(o.Name), URL: s.base + "/t/" + slug + "/mcp", Key: slug, id: slug, Mode: o.Mode, Local: s.local}
	e.admits = func(origin string) bool { return slices.Contains(o.Origins, origin) || s.Admits(origin) }
	if toolset != nil {
		e.Toolset = text.Line(cmp.Or(strings.TrimSpace(toolset.Title), toolset.Name))
		e.URL = s.base + "/t/" + slug + "/" + toolset.Name + "/mcp"
		e.Key, e.id = slug+"-"+toolset.Name, slug+"."+toolset.Name
	}
	if o.Mode == tenants.Brokered {
		issuer := s.base + "/t/" + slug
		e.Scope, e.Authorize, e.Token = o.Connection.Scope, issuer+"/authorize", issuer+"/token"
		e.Waits, e.registration = o.UnknownClients != tenants.Admit, authserver.RegistrationOf(s.Base, o)
		return e
	}
	authority := s.Authority(o.Connection.Cloud)
	e.Scope, e.Authorize, e.Token = o.Connection.QualifiedScope(), authority.AuthorizeURL(o.TID), authority.TokenURL(o.TID)
	return e
}
