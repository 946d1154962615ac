package authserver

import (
	"net/http"

	"gatehouse/internal/connections"
	"gatehouse/internal/snapshot"
)

// firstContent is who asks for what, before anybody knows who is asked.
type firstContent struct {
	Action       string
	Step         string // which the form brings back
	Client       connections.Client
	To           destination
	Organization string
	Endpoint     endpointName
	Scopes       []string
	Unknown      []string // asked for, and not known here
}

// endpointName is an endpoint as people know it.
type endpointName struct {
	URL   string
	Title string // of a toolset; empty: it is the organization's
}

func (s *Server) endpointName(snap *snapshot.Snapshot, toolset string) endpointName {
	n := endpointName{URL: s.endpointURL(snap.Organization.Slug, toolset)}
	if t, ok := snap.Toolset(toolset); ok {
		if n.Title = t.Title; n.Title == "" {
			n.Title = t.Name
		}
	}
	return n
}

// consentURL is where the forms of pages go.
func (s *Server) consentURL(snap *snapshot.Snapshot) string {
	return s.issuer(snap.Organization.Slug) + "/consent"
}

// contentOf is what both pages say of a request.
func (s *Server) contentOf(snap *snapshot.Snapshot, asked authorization, text string) firstContent {
	return firstContent{
		Action: s.consentURL(snap), Step: text, Client: asked.Client, To: destinationOf(asked.Redirect),
		Organization: snap.Organization.Name, Endpoint: s.endpointName(snap, asked.Toolset), Scopes: asked.Scopes, Unknown: asked.Unknown,
	}
}

// showFirst asks whether to sign in for this client. It comes before Entra, which
// would let somebody through without a question who is signed in there and has
// agreed to Gatehouse once, for whichever client.
func (s *Server) showFirst(v visit, asked authorization, text string) error {
	s.show(v.w, v.r, page{
		Status: http.StatusOK, Name: "first", Title: "Connect " + asked.Client.Name + "?", Posts: firstPosts(v.snap, asked), Content: s.contentOf(v.snap, asked, text),
	})
	return nil
}
