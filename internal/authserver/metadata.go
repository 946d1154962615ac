package authserver

import (
	"encoding/json"
	"net/http"
	"slices"

	"gatehouse/internal/entra"
	"gatehouse/internal/keys"
	"gatehouse/internal/tenants"
)

// serverMetadata is what clients read of an authorization server (RFC 8414 §2, RFC 9207
// §3, draft "OAuth Client ID Metadata Document" §5).
type serverMetadata struct {
	Issuer          string   `json:"issuer"`
	Authorization   string   `json:"authorization_endpoint"`
	Token           string   `json:"token_endpoint"`
	Registration    string   `json:"registration_endpoint,omitempty"`
	Revocation      string   `json:"revocation_endpoint,omitempty"`
	Keys            string   `json:"jwks_uri"`
	Scopes          []string `json:"scopes_supported"`
	Responses       []string `json:"response_types_supported"`
	ResponseModes   []string `json:"response_modes_supported"`
	Grants          []string `json:"grant_types_supported"`
	Challenges      []string `json:"code_challenge_methods_supported"`
	Authentication  []string `json:"token_endpoint_auth_methods_supported"`
	Algorithms      []string `json:"token_endpoint_auth_signing_alg_values_supported,omitempty"`
	RevocationAuth  []string `json:"revocation_endpoint_auth_methods_supported,omitempty"`
	RevocationAlgs  []string `json:"revocation_endpoint_auth_signing_alg_values_supported,omitempty"`
	ClientDocuments bool     `json:"client_id_metadata_document_supported,omitempty"`
	SaysIssuer      bool     `json:"authorization_response_iss_parameter_supported,omitempty"`
}

// offlineAccess is what clients ask for who want refresh tokens. Everybody gets
// one, asked for or not.
const offlineAccess = "offline_access"

// authentications are how clients authenticate; those that have no credentials with
// nothing.
var authentications = []string{"none", "client_secret_basic", "client_secret_post", "private_key_jwt"}

// metadata serves the document of a brokered organization.
func (s *Server) metadata(w http.ResponseWriter, r *http.Request) {
	snap, err := s.organization(r)
	if err != nil {
		s.fail(open(w), r, err)
		return
	}
	slug := snap.Organization.Slug
	at := func(path string) string { return s.issuer(slug) + path }
	publish(w, serverMetadata{
		Issuer: s.issuer(slug), Authorization: at("/authorize"), Token: at("/token"), Registration: at("/register"), Revocation: at("/revoke"),
		Keys:      s.base + keys.AccessKeysPath,
		Scopes:    append(slices.Compact(slices.Sorted(slices.Values(append(snap.Policy.Scopes(), snap.Organization.Connection.Scope)))), offlineAccess),
		Responses: []string{"code"}, ResponseModes: []string{"query"}, Grants: []string{"authorization_code", "refresh_token", clientCredentials},
		Challenges: []string{"S256"}, Authentication: authentications, Algorithms: signingAlgorithms,
		RevocationAuth: authentications, RevocationAlgs: signingAlgorithms,
		ClientDocuments: true, SaysIssuer: true,
	})
}

// facade serves a document that describes the organization's Entra tenant and adds
// what Entra leaves out of its own and strict clients want to read: that it does
// PKCE, and that public clients authenticate with nothing. No token passes through
// us.
func (s *Server) facade(w http.ResponseWriter, r *http.Request) {
	snap, err := s.Views.Get(r.Context(), r.PathValue("org"))
	if err == nil && snap.Organization.Mode != tenants.Facade {
		err = errNotServed
	}
	if err != nil {
		s.fail(open(w), r, err)
		return
	}
	o := snap.Organization
	authority := s.Authority(o.Connection.Cloud)
	publish(w, serverMetadata{
		Issuer: s.issuer(o.Slug) + "/entra", Authorization: authority.AuthorizeURL(o.TID), Token: authority.TokenURL(o.TID), Keys: authority.KeysURL(o.TID, entra.V2),
		Scopes:    []string{o.Connection.QualifiedScope(), offlineAccess},
		Responses: []string{"code"}, ResponseModes: []string{"query", "fragment", "form_post"}, Grants: []string{"authorization_code", "refresh_token"},
		Challenges: []string{"S256"}, Authentication: []string{"none", "client_secret_post", "client_secret_basic", "private_key_jwt"},
	})
}

// publish answers with a document that any page may read, and that may be kept for
// a minute.
func publish(w http.ResponseWriter, of serverMetadata) {
	text, err := json.Marshal(of)
	if err != nil {
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	h := open(w).Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "public, max-age=60")
	h.Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(text)
}

// open lets any page read the answer.
func open(w http.ResponseWriter) http.ResponseWriter {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	return w
}

// anybody answers a browser that asks whether a page may read a document.
func anybody(w http.ResponseWriter, _ *http.Request) {
	h := open(w).Header()
	h.Set("Access-Control-Allow-Methods", "GET, OPTIONS")
	h.Set("Access-Control-Allow-Headers", "*")
	w.WriteHeader(http.StatusNoContent)
}
