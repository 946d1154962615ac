package emulator

import (
	"encoding/base64"
	"math/big"
	"net/http"

	"gatehouse/internal/emulator/keyring"
	"gatehouse/internal/emulator/seed"
)

// jwk is a key as Entra publishes it: without alg, with the certificate, the
// cloud and the issuer the key belongs to.
type jwk struct {
	Type        string   `json:"kty"`
	Use         string   `json:"use"`
	ID          string   `json:"kid"`
	Thumbprint  string   `json:"x5t"`
	Modulus     string   `json:"n"`
	Exponent    string   `json:"e"`
	Certificate []string `json:"x5c"`
	Cloud       string   `json:"cloud_instance_name"`
	Issuer      string   `json:"issuer"`
}

func (e *Emulator) keysV2(w http.ResponseWriter, r *http.Request) { e.keySet(w, r, e.issuer) }

func (e *Emulator) keysV1(w http.ResponseWriter, r *http.Request) { e.keySet(w, r, e.issuerV1) }

// keySet answers with every key published for a tenant, or for all of them, each
// naming its own issuer. ?appid= asks for the keys of an app that has some of
// its own; no seeded app has, so the answer is the same, as Entra's is for an app
// without.
func (e *Emulator) keySet(w http.ResponseWriter, r *http.Request, issuer func(tid string) string) {
	of, no := e.addressee(r)
	if no != nil {
		e.writeRefusal(w, r, no)
		return
	}
	tid := keyring.Shared
	if of.Tenant != nil {
		tid = of.ID
	}
	set, err := e.publishedKeys(nil, tid, issuer(of.id))
	if err == nil && of.Tenant == nil {
		set, err = e.othersKeys(set, issuer)
	}
	if err != nil {
		e.writeRefusal(w, r, refuse(90033))
		return
	}
	if foreign, ok := e.keys.Foreign(of.id); ok {
		set = append(set, published(foreign, issuer(seed.Consumers)))
	}
	e.publish(w, of.Tenant, map[string]any{"keys": set})
}

// othersKeys appends what stands among the shared keys under an issuer of its own:
// the keys that tenants have to themselves, and a key of the tenant of personal
// accounts (docs/identity-platform/access-tokens.md shows one). Whoever reads
// this set and not the key's issuer lets that tenant in.
func (e *Emulator) othersKeys(set []jwk, issuer func(tid string) string) ([]jwk, error) {
	for _, tid := range e.keys.Separated() {
		var err error
		if set, err = e.publishedKeys(set, tid, issuer(tid)); err != nil {
			return nil, err
		}
	}
	_, err := e.keys.PublishForeign(anyTenant)
	return set, err
}

// publishedKeys appends the keys of a tenant to a set.
func (e *Emulator) publishedKeys(set []jwk, tid, issuer string) ([]jwk, error) {
	keys, err := e.keys.Published(tid)
	for _, key := range keys {
		set = append(set, published(key, issuer))
	}
	return set, err
}

func published(k *keyring.Key, issuer string) jwk {
	return jwk{
		Type: "RSA", Use: "sig", ID: k.ID, Thumbprint: k.ID,
		Modulus:     base64.RawURLEncoding.EncodeToString(k.Private.N.Bytes()),
		Exponent:    base64.RawURLEncoding.EncodeToString(big.NewInt(int64(k.Private.E)).Bytes()),
		Certificate: []string{base64.StdEncoding.EncodeToString(k.Certificate)},
		Cloud:       cloudInstance, Issuer: issuer,
	}
}
