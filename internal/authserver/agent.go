package authserver

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/google/uuid"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/snapshot"
)

// clientCredentials is the grant type of agents (RFC 6749 §4.4): nobody is asked,
// and nothing is refreshed.
const clientCredentials = "client_credentials"

// agentClaims are what the access token of an agent says. It has none of the claims
// that speak of a person: the agent is the client itself.
type agentClaims struct {
	Issuer   string `json:"iss"`
	Audience string `json:"aud"`
	Subject  string `json:"sub"` // the client
	Tenant   string `json:"tid"`
	Agent    string `json:"agent"`
	Client   string `json:"client_id"`
	Software string `json:"software"`
	Scope    string `json:"scope"`
	ID       string `json:"jti"`
	IssuedAt int64  `json:"iat"`
	Expires  int64  `json:"exp"`
	Name     string `json:"name"`
}

// issueToAgent signs an access token for a client that acts for itself. That it was
// issued is recorded before anybody sees it.
func (s *Server) issueToAgent(r *http.Request, snap *snapshot.Snapshot, c connections.Preregistered, f url.Values) (tokens, error) {
	switch {
	case c.Kind != connections.Headless:
		return tokens{}, refuse(unauthorizedClient, "only an agent acts for itself; an administrator of the organization can register one")
	case !snap.Accept.Lists(c.ID):
		return tokens{}, refuse(unauthorizedClient, "the organization does not list this agent, or has only just done so; try again in a moment")
	}
	toolset, err := s.endpoint(snap, f.Get("resource"))
	if err != nil {
		return tokens{}, err
	}
	o, now, id := &snap.Organization, s.Now(), uuid.NewString()
	scope, audience := scopes(snap, f.Get("scope")), s.endpointURL(o.Slug, toolset)
	access, err := s.Signer.SignAccessToken(r.Context(), agentClaims{
		Issuer: s.issuer(o.Slug), Audience: audience, Subject: c.ID, Tenant: o.TID.String(), Agent: c.Agent.String(), Client: c.ID, Software: c.ID,
		Scope: strings.Join(scope, " "), ID: id, IssuedAt: now.Unix(), Expires: now.Add(accessLife).Unix(), Name: connections.ShownName(c.Name),
	})
	if err != nil {
		return tokens{}, err
	}
	by := authz.Identity{
		Org: o.ID, TID: o.TID, OID: c.Agent, Kind: authz.App, Name: connections.ShownName(c.Name), Client: c.ID, Scopes: scope, TokenID: id,
	}
	err = s.Log.Event(r.Context(), authz.Actor(by), audit.Event{
		Kind: audit.TokenIssued, Endpoint: r.URL.Path, Source: addressOf(r), Target: audience, Detail: clientCredentials, Outcome: audit.OK, Policy: snap.Version,
	})
	if err != nil {
		return tokens{}, err
	}
	return tokens{Access: access, Type: "Bearer", Expires: seconds(accessLife), Scope: strings.Join(scope, " ")}, nil
}
