package door_test

import (
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/url"
	"strings"
	"testing"

	"gatehouse/internal/demo"
)

// multiTenantToken is Fabrikam's token of its own alice for Contoso's app.
func (k *stack) multiTenantToken(t *testing.T) string {
	t.Helper()
	contoso, fabrikam := company(t, "contoso"), company(t, "fabrikam")
	alice := person(t, fabrikam, "alice")
	return k.grant(t, fabrikam.TID.String(), url.Values{
		"grant_type": {"password"}, "client_id": {demo.VisualStudioCode}, "username": {alice.Username}, "password": {alice.Password},
		"scope": {contoso.Organization(k.places).Connection.QualifiedScope()},
	})["access_token"].(string)
}

// idToken is what Contoso's own app gets to know who signed in.
func (k *stack) idToken(t *testing.T) string {
	t.Helper()
	c := company(t, "contoso")
	alice := person(t, c, "alice")
	return k.grant(t, c.TID.String(), url.Values{
		"grant_type": {"password"}, "client_id": {c.API.String()}, "client_secret": {c.Secret(k.key)}, "scope": {"openid profile"},
		"username": {alice.Username}, "password": {alice.Password},
	})["id_token"].(string)
}

// graphToken is what a client gets that asks for a scope without its resource.
func (k *stack) graphToken(t *testing.T) string {
	t.Helper()
	c := company(t, "contoso")
	alice := person(t, c, "alice")
	return k.grant(t, c.TID.String(), url.Values{
		"grant_type": {"password"}, "client_id": {demo.VisualStudioCode}, "scope": {"User.Read"}, "username": {alice.Username}, "password": {alice.Password},
	})["access_token"].(string)
}

func (k *stack) daemonToken(t *testing.T, client string) string {
	t.Helper()
	c := company(t, "fabrikam")
	return k.grant(t, c.TID.String(), url.Values{
		"grant_type": {"client_credentials"}, "client_id": {client}, "client_secret": {daemonSecret}, "scope": {c.Organization(k.places).Connection.Resource + "/.default"},
	})["access_token"].(string)
}

func encode(t *testing.T, part map[string]any) string {
	t.Helper()
	raw, err := json.Marshal(part)
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

func headerOf(t *testing.T, token string) map[string]any {
	t.Helper()
	return claimsOf(t, "."+token[:strings.IndexByte(token, '.')])
}

// unsigned is a token without algorithm and signature.
func unsigned(t *testing.T, token string) string {
	t.Helper()
	header := headerOf(t, token)
	header["alg"] = "none"
	return encode(t, header) + "." + encode(t, claimsOf(t, token)) + "."
}

// changedPayload keeps a token's signature and adds a role to its payload.
func changedPayload(t *testing.T, token string) string {
	t.Helper()
	parts := strings.Split(token, ".")
	claims := claimsOf(t, token)
	claims["roles"] = []string{"Everything"}
	return parts[0] + "." + encode(t, claims) + "." + parts[2]
}

// hmacToken signs a token with the published key as the secret.
func (k *stack) hmacToken(t *testing.T, token string) string {
	t.Helper()
	header := headerOf(t, token)
	secret := k.publicKey(t, header["kid"].(string))
	header["alg"] = "HS256"
	signed := encode(t, header) + "." + encode(t, claimsOf(t, token))
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(signed))
	return signed + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// publicKey is a published key in PEM, as libraries take it for a secret.
func (k *stack) publicKey(t *testing.T, kid string) []byte {
	t.Helper()
	resp, err := k.client.Get(k.places.Entra + "/" + company(t, "contoso").TID.String() + "/discovery/v2.0/keys")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var set struct{ Keys []struct{ Kid, N string } }
	if err := json.NewDecoder(resp.Body).Decode(&set); err != nil {
		t.Fatal(err)
	}
	for _, key := range set.Keys {
		if key.Kid != kid {
			continue
		}
		n, err := base64.RawURLEncoding.DecodeString(key.N)
		if err != nil {
			t.Fatal(err)
		}
		der, err := x509.MarshalPKIXPublicKey(&rsa.PublicKey{N: new(big.Int).SetBytes(n), E: 65537})
		if err != nil {
			t.Fatal(err)
		}
		return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	}
	t.Fatalf("key %s is not published", kid)
	return nil
}
