package clients_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// issuer is the token issuer of somebody else, such as a cluster or a build
// service: discovery, keys, and whatever tokens a test wants.
type issuer struct {
	server *httptest.Server
	key    *rsa.PrivateKey
}

func newIssuer() (*issuer, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	i := &issuer{server: server(), key: key}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		publish(w, map[string]any{
			"issuer": i.url(), "jwks_uri": i.url() + "/keys", "response_types_supported": []string{"id_token"},
			"subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"RS256"},
		})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		publish(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &i.key.PublicKey, KeyID: "one", Algorithm: "RS256", Use: "sig"}}})
	})
	i.server.Config.Handler = mux
	i.server.StartTLS()
	return i, nil
}

func publish(w http.ResponseWriter, document any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(document) // a reader that left is no loss
}

func (i *issuer) url() string { return "https://" + i.server.Listener.Addr().String() }

// assertion is a token of the issuer for a subject, with claims changed.
func (i *issuer) assertion(subject string, changes ...map[string]any) (string, error) {
	now := time.Now()
	content := map[string]any{
		"iss": i.url(), "sub": subject, "aud": exchange, "jti": rand.Text(),
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(10 * time.Minute).Unix(),
	}
	for _, change := range changes {
		for name, value := range change {
			content[name] = value
		}
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: i.key, KeyID: "one"}}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return "", fmt.Errorf("sign assertion: %w", err)
	}
	return jwt.Signed(signer).Claims(content).Serialize()
}

func (i *issuer) mustAssert(t *testing.T, subject string) string {
	t.Helper()
	token, err := i.assertion(subject)
	if err != nil {
		t.Fatal(err)
	}
	return token
}
