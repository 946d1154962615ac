package oauth

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"gatehouse/internal/fault"
)

// Server is the authorization server of one source, as Discover found it. It holds
// no secret and may be kept as JSON.
type Server struct {
	Resource      string   `json:"resource"` // what tokens are for (RFC 8707)
	Issuer        string   `json:"issuer"`
	Authorization string   `json:"authorizationEndpoint"`
	Token         string   `json:"tokenEndpoint"`
	Registration  string   `json:"registrationEndpoint,omitempty"` // empty: nobody can register
	Revocation    string   `json:"revocationEndpoint,omitempty"`   // empty: tokens cannot be revoked
	Scopes        []string `json:"scopes,omitempty"`               // to ask for; nil: none are named, which lets the server choose
	Methods       []string `json:"methods,omitempty"`              // how clients authenticate at the token endpoint; nil: not said
	Documents     bool     `json:"documents,omitempty"`            // a client may be the URL of its document
	NamesIssuer   bool     `json:"namesIssuer,omitempty"`          // answers carry "iss" (RFC 9207)
	Hosts         []string `json:"hosts,omitempty"`                // other than the issuer's that endpoints lie on; for administrators to read
}

// Discover finds the authorization server of the MCP server at a URL: its protected
// resource metadata (RFC 9728) where the challenge says, else below the well-known
// path of the URL, else of its origin; then the metadata of the first
// authorization server named there (RFC 8414, OpenID Connect Discovery).
//
// What may not be used is Upstream and says why: metadata of another resource or
// issuer, endpoints that are not https (or http on this machine where that is
// permitted), no PKCE with S256. What does not answer in time is Unavailable.
func (c *Client) Discover(ctx context.Context, source *url.URL, challenge Challenge) (Server, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	p, err := c.protected(ctx, source, challenge)
	if err != nil {
		return Server{}, err
	}
	s, supported, err := c.server(ctx, p.issuer)
	if err != nil {
		return Server{}, err
	}
	s.Resource, s.Scopes = p.resource, p.scopes
	if challenge.Scopes != nil {
		s.Scopes = challenge.Scopes
	}
	if len(s.Scopes) > 0 && slices.Contains(supported, offline) && !slices.Contains(s.Scopes, offline) {
		s.Scopes = append(slices.Clone(s.Scopes), offline)
	}
	return s, nil
}

// server reads the metadata of an issuer, and the scopes it supports.
func (c *Client) server(ctx context.Context, issuer string) (Server, []string, error) {
	u, why := c.address(issuer)
	if why == "" && u.RawQuery != "" {
		why = "has a query"
	}
	if why != "" {
		return Server{}, nil, unusable("an authorization server", "its name "+why)
	}
	members, _, err := c.first(ctx, locations(u))
	switch {
	case errors.Is(err, errAbsent):
		return Server{}, nil, fault.Wrap(fault.KindOf(err), "the authorization server "+u.Host+" publishes no metadata that can be used: "+fault.Public(err)+"; tell whoever runs it", err)
	case err != nil:
		return Server{}, nil, err
	}
	r := &reader{members: members}
	s, supported := c.metadata(r, issuer)
	if r.why != "" {
		return Server{}, nil, unusable(u.Host, r.why)
	}
	return s, supported, nil
}

// locations are where the metadata of an issuer may lie (MCP, "Authorization Server
// Metadata Discovery").
func locations(u *url.URL) []string {
	const authorization, openID = "oauth-authorization-server", "openid-configuration"
	path := pathOf(u)
	list := []string{wellKnown(u, authorization, path), wellKnown(u, openID, path)}
	if path != "" {
		list = append(list, u.Scheme+"://"+u.Host+path+"/.well-known/"+openID)
	}
	return list
}

// metadata reads an authorization server's metadata (RFC 8414 §2).
func (c *Client) metadata(r *reader, issuer string) (Server, []string) {
	if r.text("issuer") != issuer {
		r.fail("issuer is not the one that was asked for")
	}
	s := Server{
		Issuer:        issuer,
		Authorization: r.endpoint(c, "authorization_endpoint"),
		Token:         r.endpoint(c, "token_endpoint"),
		Registration:  r.endpoint(c, "registration_endpoint"),
		Revocation:    r.endpoint(c, "revocation_endpoint"),
		Documents:     r.flag("client_id_metadata_document_supported"),
		NamesIssuer:   r.flag("authorization_response_iss_parameter_supported"),
	}
	s.Methods = known(r.list("token_endpoint_auth_methods_supported"))
	if s.Authorization == "" || s.Token == "" {
		r.fail("authorization_endpoint and token_endpoint have to be there")
	}
	if takesOurs(s.Authorization) {
		r.fail("authorization_endpoint has parameters that are ours to set")
	}
	if !slices.Contains(r.list("code_challenge_methods_supported"), "S256") {
		r.fail("code_challenge_methods_supported does not name S256, without which a stolen code is worth something (PKCE)")
	}
	if list := r.list("response_types_supported"); list != nil && !slices.Contains(list, "code") {
		r.fail("response_types_supported does not name code")
	}
	if list := r.list("grant_types_supported"); list != nil && !slices.Contains(list, "authorization_code") {
		r.fail("grant_types_supported does not name authorization_code")
	}
	s.Hosts = s.others()
	return s, r.list("scopes_supported")
}

// known keeps the ways to authenticate that are known here; nil stays nil.
func known(methods []string) []string {
	return slices.DeleteFunc(methods, func(m string) bool { return !slices.Contains(preferred, m) })
}

// takesOurs reports an authorization endpoint that sets what we set.
func takesOurs(endpoint string) bool {
	u, err := url.Parse(endpoint)
	if err != nil {
		return true
	}
	for name := range u.Query() {
		if slices.Contains(ours, strings.ToLower(name)) {
			return true
		}
	}
	return false
}

// others returns the hosts of endpoints that are not the issuer's.
func (s Server) others() []string {
	own := hostOf(s.Issuer)
	var hosts []string
	for _, endpoint := range []string{s.Authorization, s.Token, s.Registration, s.Revocation} {
		if host := hostOf(endpoint); host != "" && host != own && !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
	return hosts
}

func hostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Host)
}

// unusable is the fault of somebody whose words about signing in cannot be used.
func unusable(who, why string) *fault.Error {
	return fault.Newf(fault.Upstream, "what %s says about signing in cannot be used: %s; tell whoever runs it", who, why)
}
