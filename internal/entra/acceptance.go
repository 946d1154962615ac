package entra

import (
	"errors"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Acceptance is what one organization's endpoints accept, prepared once per
// version of its configuration. It is immutable.
type Acceptance struct {
	org       tenants.ID
	orgName   string
	tid       tenants.TID
	authority Authority
	issuers   []issuer // v2 first
	clientID  tenants.GUID
	audience  string              // "aud" of a v2 token: the client id
	v1URIs    map[string]struct{} // without a trailing slash
	scopes    []string
	role      string
	guests    tenants.Admission
	agents    tenants.Admission
	apps      tenants.Admission
	clients   map[string]struct{}

	slug     tenants.Slug
	mode     tenants.AuthMode
	since    time.Time         // of the mode
	entras   window            // Entra's tokens
	ours     window            // tokens of ours
	issuer   string            // "iss" of tokens of ours; empty: there are none
	endpoint string            // "aud" of tokens of ours; empty: none is for here
	server   string            // the authorization server that metadata names
	unknown  tenants.Admission // software that is not listed
}

// window is of when the tokens of an issuer may be. The zero window has none.
type window struct {
	open   bool
	before time.Time // of one that is not open: tokens issued before are in it
}

func (w window) has(issued int64) bool { return w.open || time.Unix(issued, 0).Before(w.before) }

// issuer is one name under which the organization's tenant signs tokens.
type issuer struct {
	version Version
	name    string // "iss"
	keysURL string
	keyOf   []string // what a key that signs for it may name as its own issuer
}

// NewAcceptance prepares what the organization accepts: tokens of its tenant in
// that cloud for its app registration, with its own scope or one of the extra
// scopes, presented by one of the clients. Scopes are short names. What the
// organization or a client gets wrong is Invalid, every complaint at once.
func NewAcceptance(org tenants.Organization, extra []string, clients []tenants.Client, in Authority) (*Acceptance, error) {
	errs := []error{org.Validate()}
	complain := func(text string) { errs = append(errs, fault.New(fault.Invalid, text)) }
	if in.IsZero() {
		complain("connection: the cloud has no sign-in host")
	}
	c := org.Connection
	a := &Acceptance{
		org: org.ID, orgName: org.Name, tid: org.TID, authority: in,
		clientID: c.ClientID, audience: c.ClientID.String(),
		v1URIs: map[string]struct{}{}, scopes: append([]string{c.Scope}, extra...), role: c.AppRole,
		guests: c.Guests, agents: c.Agents, apps: c.Apps, clients: map[string]struct{}{},
		slug: org.Slug, mode: org.Mode, since: org.ModeSince, server: in.V2Issuer(org.TID), unknown: org.UnknownClients,
		entras: window{open: org.Mode != tenants.Brokered || org.AcceptEntraTokens, before: org.ModeSince},
	}
	a.issuers = issuersOf(org.TID, c.Versions, in)
	for _, uri := range c.V1Audiences {
		a.v1URIs[strings.TrimSuffix(uri, "/")] = struct{}{}
		if uri == "" || uri == "/" {
			complain("connection: a v1 audience is empty; use the identifier URI of the app registration")
		}
	}
	for _, s := range a.scopes {
		if s == "" || strings.ContainsAny(s, " /") {
			complain("scopes: use the short names of delegated permissions")
		}
	}
	for _, client := range clients {
		a.clients[canonicalClient(client.ID)] = struct{}{}
		if client.ID == "" {
			complain("clients: a client has no id")
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return a, nil
}

// Behind returns what is accepted by a deployment of that public origin, which
// issues access tokens of its own to whoever signs in at the organization's
// authorization server: in a brokered organization those; otherwise those that
// were issued while it was one. origin has no trailing slash.
func (a *Acceptance) Behind(origin string) *Acceptance {
	other := *a
	other.issuer = origin + "/t/" + a.slug.String()
	other.ours = window{open: a.mode == tenants.Brokered, before: a.since}
	switch a.mode {
	case tenants.Brokered:
		other.server = other.issuer
	case tenants.Facade:
		other.server = other.issuer + "/entra"
	case tenants.Direct:
	}
	return &other
}

// At returns what is accepted at one endpoint, by its URL: of tokens of ours only
// those for it. Without it none are accepted.
func (a *Acceptance) At(endpoint string) *Acceptance {
	other := *a
	other.endpoint = endpoint
	return &other
}

// ForRole returns what is accepted where an application needs an app role of its
// own instead of the one that calls tools: whether the organization lets
// applications call tools, and with which role, then says nothing, nor does where
// its people sign in. Entra's tokens are accepted, and none of ours. All else stays
// as it is: tenant, audience, listed clients, and the policy for agents.
func (a *Acceptance) ForRole(role string) *Acceptance {
	other := *a
	other.apps, other.role = tenants.Admit, role
	other.entras, other.ours, other.issuer, other.server = window{open: true}, window{}, "", a.TenantIssuer()
	return &other
}

// template stands for the tenant in the issuer of a key that several share.
const template = "{tenantid}"

// issuersOf lists the issuers accepted. A key names the issuer it signs for
// (Microsoft, "Access tokens", signing key issuer). The v1 key sets name none,
// or, where the keys are the same, the v2 issuer.
func issuersOf(tid tenants.TID, versions tenants.TokenVersions, in Authority) []issuer {
	ofV2 := []string{in.V2Issuer(tid), in.login + "/" + template + "/v2.0"}
	v2 := issuer{version: V2, name: in.V2Issuer(tid), keysURL: in.KeysURL(tid, V2), keyOf: ofV2}
	if versions != tenants.V1AndV2 {
		return []issuer{v2}
	}
	ofV1 := append([]string{in.V1Issuer(tid), in.v1 + "/" + template + "/", ""}, ofV2...)
	return []issuer{v2, {version: V1, name: in.V1Issuer(tid), keysURL: in.KeysURL(tid, V1), keyOf: ofV1}}
}

// Issuer is the authorization server that metadata names: of a brokered
// organization ours, of a façade the one that our document describes, and
// otherwise the tenant's own v2 issuer, never "organizations" or "common", whose
// documents name another.
func (a *Acceptance) Issuer() string { return a.server }

// TenantIssuer is the tenant's own v2 issuer, where applications get tokens that
// carry a role, whichever authorization server people sign in at.
func (a *Acceptance) TenantIssuer() string { return a.authority.V2Issuer(a.tid) }

// canonicalClient spells GUIDs in lower case and leaves URLs alone.
func canonicalClient(id string) string {
	if g, err := tenants.ParseGUID(id); err == nil {
		return g.String()
	}
	return id
}

func (a *Acceptance) acceptsScope(scopes []string) bool {
	return slices.ContainsFunc(scopes, func(s string) bool { return slices.Contains(a.scopes, s) })
}

// acceptsAudience follows Microsoft's token formats: v2 tokens always name the
// client id; v1 tokens name it or any identifier URI, with or without a slash.
func (a *Acceptance) acceptsAudience(v Version, aud string) bool {
	if aud == a.audience {
		return true
	}
	_, listed := a.v1URIs[strings.TrimSuffix(aud, "/")]
	return v == V1 && listed
}
