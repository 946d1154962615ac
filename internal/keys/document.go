package keys

import (
	"encoding/json"
	"net/http"

	"gatehouse/internal/fault"
)

// Where the issuer's documents lie, below the deployment's origin.
const (
	federationPath = "/federation"
	// MetadataPath is that of OpenID Connect Discovery 1.0 §4.
	MetadataPath = federationPath + "/.well-known/openid-configuration"
	// KeysPath is that of the key set.
	KeysPath = federationPath + "/keys"
)

// metadata is what Entra reads of an issuer (OpenID Connect Discovery 1.0 §3, the
// required members that a document without sign-in has).
type metadata struct {
	Issuer     string   `json:"issuer"`
	Keys       string   `json:"jwks_uri"`
	Responses  []string `json:"response_types_supported"`
	Subjects   []string `json:"subject_types_supported"`
	Algorithms []string `json:"id_token_signing_alg_values_supported"`
}

// AccessKeysPath is where the key set that verifies access tokens lies, below the
// deployment's origin: "jwks_uri" of every organization's authorization server.
const AccessKeysPath = "/oauth/keys"

// Metadata serves the issuer's discovery document.
func (i *Issuer) Metadata() http.Handler {
	document := metadata{
		Issuer: i.URL(), Keys: i.base + KeysPath, Responses: []string{"id_token"}, Subjects: []string{"public"},
		Algorithms: []string{string(specs[Federation].kind.algorithm)},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { serve(w, document) })
}

// Keys serves the issuer's key set. It answers 503 while there is none to be had.
func (i *Issuer) Keys() http.Handler { return i.ring.document(Federation) }

func (r *Ring) document(purpose Purpose) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		set, err := r.Public(req.Context(), purpose)
		if err != nil {
			w.Header().Set("Cache-Control", "no-store")
			w.Header().Set("Retry-After", "1")
			http.Error(w, fault.Public(err), http.StatusServiceUnavailable)
			return
		}
		serve(w, set)
	})
}

// serve answers with a document that may be kept for an hour: a key is published
// a day before it signs.
func serve(w http.ResponseWriter, document any) {
	body, err := json.Marshal(document)
	if err != nil {
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "public, max-age=3600")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(body)
}
