package emulator

import (
	"encoding/base64"
	"math/big"
	"net/http"
	"net/url"
	"strings"
)

// anyTenant is what common and organizations say where a tenant id would stand;
// the reader puts in the tid of the token.
const anyTenant = "{tenantid}"

// metadata is the v2 discovery document, Entra's members in Entra's order.
// Entra has no code_challenge_methods_supported, and so has this.
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
}

// segment finds the tenant a URL names: what stands in the documents' URLs and
// in their issuer. The tenant is nil for common and organizations.
func (e *Emulator) segment(r *http.Request) (t *tenant, path, id string, no *refusal) {
	name := r.PathValue("tenant")
	if name == "common" || name == "organizations" {
		return nil, name, anyTenant, nil
	}
	t, ok := e.world.Load().find(name)
	if !ok {
		return nil, "", "", unknownTenant(name)
	}
	return t, t.id, t.id, nil
}

func (e *Emulator) discoveryV2(w http.ResponseWriter, r *http.Request) {
	t, path, id, no := e.segment(r)
	if no != nil {
		e.writeRefusal(w, r, no)
		return
	}
	e.publish(w, t, e.metadata(path, id))
}

func (e *Emulator) discoveryV1(w http.ResponseWriter, r *http.Request) {
	t, path, id, no := e.segment(r)
	if no != nil {
		e.writeRefusal(w, r, no)
		return
	}
	m := e.metadata(path, id)
	base, yes := e.entra+"/"+path, true
	m.TokenEndpoint = base + "/oauth2/token"
	m.AuthorizationEndpoint = base + "/oauth2/authorize"
	m.DeviceEndpoint = base + "/oauth2/devicecode"
	m.EndSessionEndpoint = base + "/oauth2/logout"
	m.CheckSession = base + "/oauth2/checksession"
	m.UserinfoEndpoint = base + "/openid/userinfo"
	m.MTLSAliases = map[string]string{"token_endpoint": m.TokenEndpoint}
	m.JWKSURI = e.entra + "/common/discovery/keys"
	m.Issuer = e.issuerV1(id)
	m.ResponseTypes = []string{"code", "id_token", "code id_token", "token id_token", "token"}
	m.Scopes = []string{"openid"}
	m.MultiRefreshToken = &yes
	m.Claims = []string{
		"sub", "iss", "cloud_instance_name", "cloud_instance_host_name", "cloud_graph_host_name", "msgraph_host", "aud", "exp",
		"iat", "auth_time", "acr", "amr", "nonce", "email", "given_name", "family_name", "nickname",
	}
	e.publish(w, t, m)
}

func (e *Emulator) metadata(path, id string) metadata {
	base := e.entra + "/" + path
	m := metadata{
		TokenEndpoint:     base + "/oauth2/v2.0/token",
		TokenAuthMethods:  []string{"client_secret_post", "private_key_jwt", "client_secret_basic", "self_signed_tls_client_auth"},
		JWKSURI:           base + "/discovery/v2.0/keys",
		ResponseModes:     []string{"query", "fragment", "form_post"},
		SubjectTypes:      []string{"pairwise"},
		SigningAlgorithms: []string{"RS256"},
		ResponseTypes:     []string{"code", "id_token", "code id_token", "id_token token"},
		Scopes:            []string{"openid", "profile", "email", "offline_access"},
		Issuer:            e.issuer(id),
		UserinfoEndpoint:  e.graph + "/oidc/userinfo", AuthorizationEndpoint: base + "/oauth2/v2.0/authorize",
		DeviceEndpoint: base + "/oauth2/v2.0/devicecode",
		HTTPLogout:     true, FrontchannelLogout: true, EndSessionEndpoint: base + "/oauth2/v2.0/logout",
		Claims: []string{
			"sub", "iss", "cloud_instance_name", "cloud_instance_host_name", "cloud_graph_host_name", "msgraph_host", "aud", "exp",
			"iat", "auth_time", "acr", "nonce", "preferred_username", "name", "tid", "ver", "at_hash", "c_hash", "email",
		},
		KerberosEndpoint: base + "/kerberos", CertificateBound: true,
		CloudInstance: "microsoftonline.com", CloudGraphHost: "graph.windows.net",
		GraphHost: host(e.graph), RBACURL: "https://pas.windows.net",
	}
	m.MTLSAliases = map[string]string{"token_endpoint": m.TokenEndpoint}
	if id != anyTenant {
		region := "WW"
		m.RegionScope = &region
	}
	return m
}

// publish writes a public document that any web page may read.
func (e *Emulator) publish(w http.ResponseWriter, t *tenant, document any) {
	if t != nil {
		noteTenant(w, t)
	}
	h := w.Header()
	h.Set("Cache-Control", "max-age=86400, private")
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Methods", "GET, OPTIONS")
	h.Set("X-Ms-Request-Id", newGUID())
	h.Set("X-Ms-Ests-Server", "emulator")
	writeJSON(w, http.StatusOK, document)
}

// instanceDiscovery tells MSAL whether an authority is a Microsoft cloud. This
// one knows itself only.
func (e *Emulator) instanceDiscovery(w http.ResponseWriter, r *http.Request) {
	endpoint, err := url.Parse(r.URL.Query().Get("authorization_endpoint"))
	if err != nil || !sameEndpoint(endpoint.Host, e.entra) {
		e.writeRefusal(w, r, refuse(50049))
		return
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(endpoint.Path, "/"), "/")
	self := host(e.entra)
	e.publish(w, nil, map[string]any{
		"tenant_discovery_endpoint": e.entra + "/" + name + "/v2.0/.well-known/openid-configuration",
		"api-version":               "1.1",
		"metadata": []map[string]any{
			{"preferred_network": self, "preferred_cache": self, "aliases": []string{self}},
		},
	})
}

// jwk is a key as Entra publishes it: without alg, with the certificate and the
// issuer the key belongs to.
type jwk struct {
	Type        string   `json:"kty"`
	Use         string   `json:"use"`
	ID          string   `json:"kid"`
	Thumbprint  string   `json:"x5t"`
	Modulus     string   `json:"n"`
	Exponent    string   `json:"e"`
	Certificate []string `json:"x5c"`
	Issuer      string   `json:"issuer"`
}

func (e *Emulator) keysV2(w http.ResponseWriter, r *http.Request) { e.keySet(w, r, e.issuer) }

func (e *Emulator) keysV1(w http.ResponseWriter, r *http.Request) { e.keySet(w, r, e.issuerV1) }

// keySet answers with every published key, each naming its own issuer.
func (e *Emulator) keySet(w http.ResponseWriter, r *http.Request, issuer func(tid string) string) {
	t, _, id, no := e.segment(r)
	if no != nil {
		e.writeRefusal(w, r, no)
		return
	}
	keys, err := e.keys.published()
	if err != nil {
		e.writeRefusal(w, r, refuse(90033))
		return
	}
	set := []jwk{}
	for _, key := range keys {
		set = append(set, key.public(issuer(id)))
	}
	if foreign, ok := e.keys.admitted(id); ok {
		set = append(set, foreign.public(issuer(consumers)))
	}
	e.publish(w, t, map[string]any{"keys": set})
}

func (k *signingKey) public(issuer string) jwk {
	return jwk{
		Type: "RSA", Use: "sig", ID: k.kid, Thumbprint: k.kid,
		Modulus:     base64.RawURLEncoding.EncodeToString(k.private.N.Bytes()),
		Exponent:    base64.RawURLEncoding.EncodeToString(big.NewInt(int64(k.private.E)).Bytes()),
		Certificate: []string{base64.StdEncoding.EncodeToString(k.certificate)},
		Issuer:      issuer,
	}
}

// host is the host and port of a base URL.
func host(base string) string {
	_, name, _ := strings.Cut(base, "://")
	return name
}
