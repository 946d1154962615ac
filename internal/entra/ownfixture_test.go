package entra_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"maps"
	"sync"
	"testing"

	"gatehouse/internal/entra"
	"gatehouse/internal/tenants"
)

const (
	origin    = "https://gatehouse.example"
	ownIssuer = origin + "/t/contoso"
	endpointA = ownIssuer + "/mcp"
	endpointB = ownIssuer + "/finance/mcp"
	software  = "https://claude.ai"
)

var connection = tenants.MustGUID("c0220000-0000-4000-8000-000000000001")

var ecCache sync.Map

// ecKey returns the same key for a name all through the run.
func ecKey(name string) *ecdsa.PrivateKey {
	once, _ := ecCache.LoadOrStore(name, sync.OnceValue(func() *ecdsa.PrivateKey { return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) }))
	return once.(func() *ecdsa.PrivateKey)()
}

// ownRing is where our own keys lie.
type ownRing struct {
	mu    sync.Mutex
	keys  map[string]*ecdsa.PublicKey
	asked int
	err   error
}

func newRing() *ownRing {
	return &ownRing{keys: map[string]*ecdsa.PublicKey{"o1": &ecKey("ours").PublicKey}}
}

func (r *ownRing) get(context.Context) (map[string]*ecdsa.PublicKey, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked++
	return maps.Clone(r.keys), r.err
}

func (r *ownRing) set(keys map[string]*ecdsa.PublicKey, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keys, r.err = keys, err
}

func (r *ownRing) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.asked
}

// issuing returns a verifier that also knows keys of ours.
func (e *entraFake) issuing(r *ownRing) *entra.Verifier {
	sets := entra.NewKeySets(e, e.clock)
	sets.Own(r.get)
	return entra.NewVerifier(sets, e.clock)
}

// deployed returns a verifier of a deployment that issues tokens.
func deployed() *entra.Verifier { return newEntra().issuing(newRing()) }

func ownHeader() object { return object{"typ": "at+jwt", "alg": "ES256", "kid": "o1"} }

// owned is what our authorization server says in a token of a person in Contoso.
func owned() object {
	at := began.Unix()
	return object{
		"iss": ownIssuer, "aud": endpointA, "sub": alice.String(), "tid": contosoTID.String(), "oid": alice.String(),
		"client_id": "https://claude.ai/oauth/client.json", "software": software, "scope": "access_as_user", "jti": "jti-1",
		"iat": at - 60, "exp": at + 540, "name": "Alice", "acct": 0, "acrs": []string{"c1"}, "connection": connection.String(),
	}
}

// signOwn makes a compact JWS of the texts as they are.
func signOwn(header, payload, key string) string {
	signed := b64([]byte(header)) + "." + b64([]byte(payload))
	digest := sha256.Sum256([]byte(signed))
	r, s, err := ecdsa.Sign(rand.Reader, ecKey(key), digest[:])
	if err != nil {
		panic(err)
	}
	var raw [64]byte
	r.FillBytes(raw[:32])
	s.FillBytes(raw[32:])
	return signed + "." + b64(raw[:])
}

func mintOwn(key string, header, claims object) string {
	return signOwn(string(must(json.Marshal(header))), string(must(json.Marshal(claims))), key)
}

func ownToken(changes object) string { return mintOwn("ours", ownHeader(), with(owned(), changes)) }

// behind prepares Contoso in a mode, where it accepts that software, after changes.
func behind(tb testing.TB, mode tenants.AuthMode, changes ...func(*tenants.Organization)) *entra.Acceptance {
	tb.Helper()
	org := contoso()
	org.Mode = mode
	for _, change := range changes {
		change(&org)
	}
	listed := []tenants.Client{{ID: software, Name: "Claude"}, {ID: vscode, Name: "VS Code"}}
	a, err := entra.NewAcceptance(org, []string{"payroll"}, listed, entra.AuthorityOf(org.Connection.Cloud))
	if err != nil {
		tb.Fatal(err)
	}
	return a.Behind(origin)
}

// brokered is what Contoso's own endpoint accepts where people sign in with us.
func brokered(tb testing.TB, changes ...func(*tenants.Organization)) *entra.Acceptance {
	tb.Helper()
	return behind(tb, tenants.Brokered, changes...).At(endpointA)
}
