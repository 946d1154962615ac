package emulator

import (
	"net/http"
	"strings"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/journal"
	"gatehouse/internal/emulator/reply"
)

// anyTenant is what common and organizations say where a tenant id would stand;
// the reader puts in the tid of the token.
const anyTenant = "{tenantid}"

// cloudInstance names the public cloud.
const cloudInstance = "microsoftonline.com"

// regionScope is where every tenant is: the public cloud, worldwide.
const regionScope = "WW"

// metadata is the discovery document, Entra's members in Entra's order. Entra
// has no code_challenge_methods_supported; the last members are there only for
// tenants whose Settings.Metadata is compatible.
type metadata struct {
	TokenEndpoint         string            `json:"token_endpoint"`
	TokenAuthMethods      []string          `json:"token_endpoint_auth_methods_supported"`
	JWKSURI               string            `json:"jwks_uri"`
	ResponseModes         []string          `json:"response_modes_supported"`
	SubjectTypes          []string          `json:"subject_types_supported"`
	SigningAlgorithms     []string          `json:"id_token_signing_alg_values_supported"`
	ResponseTypes         []string          `json:"response_types_supported"`
	Scopes                []string          `json:"scopes_supported"`
	Issuer                string            `json:"issuer"`
	MultiRefreshToken     *bool             `json:"microsoft_multi_refresh_token,omitempty"` // v1
	RequestURI            bool              `json:"request_uri_parameter_supported"`
	UserinfoEndpoint      string            `json:"userinfo_endpoint"`
	AuthorizationEndpoint string            `json:"authorization_endpoint"`
	DeviceEndpoint        string            `json:"device_authorization_endpoint"`
	HTTPLogout            bool              `json:"http_logout_supported"`
	FrontchannelLogout    bool              `json:"frontchannel_logout_supported"`
	EndSessionEndpoint    string            `json:"end_session_endpoint"`
	CheckSession          string            `json:"check_session_iframe,omitempty"` // v1
	Claims                []string          `json:"claims_supported"`
	KerberosEndpoint      string            `json:"kerberos_endpoint"`
	MTLSAliases           map[string]string `json:"mtls_endpoint_aliases"`
	CertificateBound      bool              `json:"tls_client_certificate_bound_access_tokens"`
	RegionScope           *string           `json:"tenant_region_scope"`
	CloudInstance         string            `json:"cloud_instance_name"`
	CloudGraphHost        string            `json:"cloud_graph_host_name"`
	GraphHost             string            `json:"msgraph_host"`
	RBACURL               string            `json:"rbac_url"`
	ChallengeMethods      []string          `json:"code_challenge_methods_supported,omitempty"`
	IssuerParameter       bool              `json:"authorization_response_iss_parameter_supported,omitempty"`
	ClientDocuments       bool              `json:"client_id_metadata_document_supported,omitempty"`
}

// compatible reports whether a tenant publishes what strict MCP clients look
// for and Entra leaves out.
func compatible(t *directory.Tenant) bool { return t != nil && t.Settings.Metadata == "compatible" }

// responseIssuer is the "iss" of an authorization response (RFC 9207); empty:
// none, as in Entra.
func (e *Emulator) responseIssuer(t *directory.Tenant) string {
	if !compatible(t) {
		return ""
	}
	return e.issuer(t.ID)
}

// manyTenants tells whether a URL leaves open which tenant is meant.
func manyTenants(segment string) bool { return among(segment, "common", "organizations") }

// addressee is the tenant that a URL names.
type addressee struct {
	*directory.Tenant        // nil: all of them, at common and organizations
	path              string // what stands in the documents' URLs
	id                string // what stands in their issuer
}

// addressee finds the tenant of a request for a document.
func (e *Emulator) addressee(r *http.Request) (addressee, *refusal) {
	name := r.PathValue("tenant")
	if manyTenants(name) {
		return addressee{path: name, id: anyTenant}, nil
	}
	t, ok := e.world().Find(name)
	if !ok {
		return addressee{}, unknownTenant(name)
	}
	return addressee{Tenant: t, path: t.ID, id: t.ID}, nil
}

func (e *Emulator) discoveryV2(w http.ResponseWriter, r *http.Request) {
	of, no := e.addressee(r)
	if no != nil {
		e.writeRefusal(w, r, no)
		return
	}
	e.publish(w, of.Tenant, e.metadataOf(of))
}

// metadataOf is the v2 document of a tenant, or of all of them.
func (e *Emulator) metadataOf(of addressee) metadata {
	m := e.metadata(of)
	if compatible(of.Tenant) {
		m.ChallengeMethods = []string{"plain", "S256"} // what the authorization endpoint takes
		m.IssuerParameter, m.ClientDocuments = true, true
	}
	return m
}

// serverMetadata is the RFC 8414 document of a compatible tenant, found by path
// insertion. Entra has none: 404 (captured live, 2026-10).
func (e *Emulator) serverMetadata(w http.ResponseWriter, r *http.Request) {
	t, ok := e.world().Find(r.PathValue("tenant"))
	if !ok || !compatible(t) {
		e.nothing(w, r)
		return
	}
	e.publish(w, t, e.metadataOf(addressee{t, t.ID, t.ID}))
}

// preflight answers a browser that asks before it reads a public document.
func (e *Emulator) preflight(w http.ResponseWriter, _ *http.Request) {
	e.public(w.Header())
	w.WriteHeader(http.StatusOK)
}

// nothing is the answer for paths that Entra does not have: no body, but the
// headers every answer has.
func (e *Emulator) nothing(w http.ResponseWriter, _ *http.Request) {
	e.stamped(w.Header())
	w.WriteHeader(http.StatusNotFound)
}

func (e *Emulator) discoveryV1(w http.ResponseWriter, r *http.Request) {
	of, no := e.addressee(r)
	if no != nil {
		e.writeRefusal(w, r, no)
		return
	}
	m := e.metadata(of)
	base, yes := e.entra+"/"+of.path, true
	m.TokenEndpoint = base + "/oauth2/token"
	m.AuthorizationEndpoint = base + "/oauth2/authorize"
	m.DeviceEndpoint = base + "/oauth2/devicecode"
	m.EndSessionEndpoint = base + "/oauth2/logout"
	m.CheckSession = base + "/oauth2/checksession"
	m.UserinfoEndpoint = base + "/openid/userinfo"
	m.MTLSAliases = map[string]string{"token_endpoint": m.TokenEndpoint}
	m.JWKSURI = e.entra + "/common/discovery/keys"
	m.Issuer = e.issuerV1(of.id)
	m.ResponseTypes = []string{"code", "id_token", "code id_token", "token id_token", "token"}
	m.Scopes = []string{"openid"}
	m.MultiRefreshToken = &yes
	m.Claims = []string{
		"sub", "iss", "cloud_instance_name", "cloud_instance_host_name", "cloud_graph_host_name", "msgraph_host", "aud", "exp",
		"iat", "auth_time", "acr", "amr", "nonce", "email", "given_name", "family_name", "nickname",
	}
	e.publish(w, of.Tenant, m)
}

func (e *Emulator) metadata(of addressee) metadata {
	base := e.entra + "/" + of.path
	m := metadata{
		TokenEndpoint:     base + "/oauth2/v2.0/token",
		TokenAuthMethods:  []string{"client_secret_post", "private_key_jwt", "client_secret_basic", "self_signed_tls_client_auth"},
		JWKSURI:           base + "/discovery/v2.0/keys",
		ResponseModes:     []string{"query", "fragment", "form_post"},
		SubjectTypes:      []string{"pairwise"},
		SigningAlgorithms: []string{"RS256"},
		ResponseTypes:     []string{"code", "id_token", "code id_token", "id_token token"},
		Scopes:            []string{"openid", "profile", "email", "offline_access"},
		Issuer:            e.issuer(of.id),
		UserinfoEndpoint:  e.graph + "/oidc/userinfo", AuthorizationEndpoint: base + "/oauth2/v2.0/authorize",
		DeviceEndpoint: base + "/oauth2/v2.0/devicecode",
		HTTPLogout:     true, FrontchannelLogout: true, EndSessionEndpoint: base + "/oauth2/v2.0/logout",
		Claims: []string{
			"sub", "iss", "cloud_instance_name", "cloud_instance_host_name", "cloud_graph_host_name", "msgraph_host", "aud", "exp",
			"iat", "auth_time", "acr", "nonce", "preferred_username", "name", "tid", "ver", "at_hash", "c_hash", "email",
		},
		KerberosEndpoint: base + "/kerberos", CertificateBound: true,
		CloudInstance: cloudInstance, CloudGraphHost: "graph.windows.net",
		GraphHost: host(e.graph), RBACURL: "https://pas.windows.net",
	}
	m.MTLSAliases = map[string]string{"token_endpoint": m.TokenEndpoint}
	if of.id != anyTenant {
		region := regionScope
		m.RegionScope = &region
	}
	return m
}

// publish writes a public document that any web page may read.
func (e *Emulator) publish(w http.ResponseWriter, t *directory.Tenant, document any) {
	if t != nil {
		journal.Tenant(w, t.ID)
	}
	e.public(w.Header())
	w.Header().Set("Cache-Control", "max-age=86400, private")
	reply.JSON(w, http.StatusOK, document)
}

// public lets any web page read the answer.
func (e *Emulator) public(h http.Header) {
	e.stamped(h)
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Methods", "GET, OPTIONS")
}

// stamped says which request this was.
func (e *Emulator) stamped(h http.Header) {
	h.Set("X-Ms-Request-Id", e.random.GUID())
	h.Set("X-Ms-Ests-Server", "emulator")
}

// host is the host and port of a base URL.
func host(base string) string {
	_, name, _ := strings.Cut(base, "://")
	return name
}
