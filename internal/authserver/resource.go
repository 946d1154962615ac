package authserver

import (
	"slices"
	"strings"

	"gatehouse/internal/authz"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
	"gatehouse/internal/text"
)

// issuer is the organization's, as documents and tokens spell it. It never
// changes: clients keep what they have under it.
func (s *Server) issuer(org tenants.Slug) string { return s.base + "/t/" + org.String() }

// endpointURL is the URL of an endpoint, the audience of tokens for it.
func (s *Server) endpointURL(org tenants.Slug, toolset string) string {
	if toolset != "" {
		return s.issuer(org) + "/" + toolset + "/mcp"
	}
	return s.issuer(org) + "/mcp"
}

// endpoint returns the toolset that a resource indicator names by the URL of its
// endpoint (RFC 8707): empty for the organization's main endpoint. That is also
// what clients mean who send none, or our origin only, as some do; never a
// toolset. A slash at the end makes no difference.
func (s *Server) endpoint(snap *snapshot.Snapshot, resource string) (toolset string, err error) {
	slug, resource := snap.Organization.Slug, strings.TrimSuffix(resource, "/")
	if resource == "" || resource == s.base || resource == s.endpointURL(slug, "") {
		return "", nil
	}
	if rest, ok := strings.CutPrefix(resource, s.issuer(slug)+"/"); ok {
		if name, ok := strings.CutSuffix(rest, "/mcp"); ok {
			if _, known := snap.Toolset(name); known {
				return name, nil
			}
		}
	}
	return "", refuse(invalidTarget, "resource must be the URL of an endpoint of this organization: "+s.endpointURL(slug, "")+
		", or that of one of its toolsets")
}

// scopes returns what is granted of the scopes asked for: the short names that the
// organization knows, each once. Where none of them is known it is the
// organization's own scope, which clients leave out who do not read metadata.
func scopes(snap *snapshot.Snapshot, asked string) []string {
	own := snap.Organization.Connection
	var granted []string
	for _, s := range strings.Fields(asked) {
		if s == own.QualifiedScope() { // as in the other modes
			s = own.Scope
		}
		if (s == own.Scope || slices.Contains(snap.Policy.Scopes(), s)) && !slices.Contains(granted, s) {
			granted = append(granted, s)
		}
	}
	if granted == nil {
		return []string{own.Scope}
	}
	return granted
}

// usualScopes are those that clients ask for wherever they are, and that say nothing
// here (OpenID Connect Core §5.4, §11).
var usualScopes = []string{offlineAccess, "openid", "profile", "email", "address", "phone"}

// How many scopes that there are not are named, and how much of each, in bytes.
const (
	mostUnknown = 5
	maxUnknown  = 60
)

// unknownScopes returns those asked for that the organization does not know, as they
// can be shown: the client gets nothing for them, and its people may wonder.
func unknownScopes(snap *snapshot.Snapshot, asked string) []string {
	own := snap.Organization.Connection
	var unknown []string
	for _, s := range strings.Fields(asked) {
		_, context := authz.ContextOf(s)
		if context || s == own.Scope || s == own.QualifiedScope() || slices.Contains(snap.Policy.Scopes(), s) || slices.Contains(usualScopes, s) {
			continue
		}
		if s = text.Line(text.Cut(s, maxUnknown)); !slices.Contains(unknown, s) && len(unknown) < mostUnknown {
			unknown = append(unknown, s)
		}
	}
	return unknown
}
