package emulator

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"regexp"
	"time"

	"gatehouse/internal/emulator/keyring"
	"gatehouse/internal/emulator/reply"
	"gatehouse/internal/emulator/seed"
)

// The cluster is a Kubernetes cluster without Kubernetes: an OpenID issuer like
// AKS's, whose projected service account tokens federated credentials can name.

// ServiceAccount is whom a projected token is for.
type ServiceAccount struct {
	Namespace string
	Name      string
	Audience  string        // empty: api://AzureADTokenExchange
	Life      time.Duration // 10 minutes, which is Kubernetes' least, to 24 hours; 0: an hour
}

// dnsLabel is what Kubernetes lets namespaces and service accounts be called.
var dnsLabel = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)

func (a ServiceAccount) check() error {
	if !dnsLabel.MatchString(a.Namespace) || !dnsLabel.MatchString(a.Name) {
		return errors.New("namespace and name are lower-case letters, digits and dashes: give those of a service account")
	}
	if a.Life != 0 && (a.Life < 10*time.Minute || a.Life > 24*time.Hour) {
		return fmt.Errorf("a life of %s is out of range: use 10 minutes to 24 hours", a.Life)
	}
	return nil
}

// ServiceAccountToken makes a projected service account token of the cluster, as
// a pod finds it in AZURE_FEDERATED_TOKEN_FILE.
func (e *Emulator) ServiceAccountToken(a ServiceAccount) (string, error) {
	if err := a.check(); err != nil {
		return "", err
	}
	if a.Audience == "" {
		a.Audience = exchangeURI
	}
	if a.Life == 0 {
		a.Life = time.Hour
	}
	key, err := e.keys.Current(keyring.Shared)
	if err != nil {
		return "", err
	}
	now := e.clock.Now()
	return key.Sign(nil, map[string]any{
		"iss": e.clusterIssuer(), "sub": "system:serviceaccount:" + a.Namespace + ":" + a.Name, "aud": []string{a.Audience},
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(a.Life).Unix(), "jti": e.random.GUID(),
		"kubernetes.io": map[string]any{
			"namespace":      a.Namespace,
			"serviceaccount": map[string]any{"name": a.Name, "uid": seed.Derived("service account", a.Namespace, a.Name)},
		},
	})
}

// clusterIssuer is the cluster's "iss".
func (e *Emulator) clusterIssuer() string { return e.entra + "/_cluster" }

// clusterMetadata is the cluster's discovery document, in the members Kubernetes
// serves (its "Service account issuer discovery").
func (e *Emulator) clusterMetadata(w http.ResponseWriter, _ *http.Request) {
	reply.JSON(w, http.StatusOK, struct {
		Issuer     string   `json:"issuer"`
		Keys       string   `json:"jwks_uri"`
		Responses  []string `json:"response_types_supported"`
		Subjects   []string `json:"subject_types_supported"`
		Algorithms []string `json:"id_token_signing_alg_values_supported"`
	}{e.clusterIssuer(), e.clusterIssuer() + "/openid/v1/jwks", []string{"id_token"}, []string{"public"}, []string{"RS256"}})
}

// clusterKeys is the cluster's key set.
func (e *Emulator) clusterKeys(w http.ResponseWriter, _ *http.Request) {
	published, err := e.keys.Published(keyring.Shared)
	if err != nil {
		http.Error(w, "The keys could not be made.", http.StatusInternalServerError)
		return
	}
	keys := []map[string]string{}
	for _, key := range published {
		public := key.Private.PublicKey
		keys = append(keys, map[string]string{
			"use": "sig", "kty": "RSA", "kid": key.ID, "alg": "RS256", "n": base64.RawURLEncoding.EncodeToString(public.N.Bytes()),
			"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(public.E)).Bytes()),
		})
	}
	reply.JSON(w, http.StatusOK, map[string]any{"keys": keys})
}

// controlServiceAccount answers with a projected token.
func (e *Emulator) controlServiceAccount(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Namespace string      `json:"namespace"`
		Name      string      `json:"name"`
		Audience  string      `json:"audience"`
		Seconds   json.Number `json:"seconds"`
	}
	if err := reply.Decode(http.MaxBytesReader(w, r.Body, reply.MaxBody), &body); err != nil {
		controlError(w, http.StatusBadRequest, misread(err))
		return
	}
	var life time.Duration
	if body.Seconds != "" {
		seconds, err := body.Seconds.Int64()
		if err != nil || seconds < 600 || seconds > 86400 {
			controlError(w, http.StatusBadRequest, "seconds is out of range: send 600 to 86400, or leave it out for an hour")
			return
		}
		life = time.Duration(seconds) * time.Second
	}
	token, err := e.ServiceAccountToken(ServiceAccount{Namespace: body.Namespace, Name: body.Name, Audience: body.Audience, Life: life})
	if err != nil {
		controlError(w, http.StatusBadRequest, err.Error())
		return
	}
	reply.JSON(w, http.StatusOK, map[string]string{"token": token})
}
