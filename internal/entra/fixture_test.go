package entra_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/egress"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// The cast: two tenants with one app registration between them, so that the
// audience tells nothing.
var (
	contosoTID  = must(tenants.ParseTID("11111111-1111-4111-8111-111111111111"))
	fabrikamTID = must(tenants.ParseTID("22222222-2222-4222-8222-222222222222"))
	apiClient   = tenants.MustGUID("aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa")
	alice       = tenants.MustGUID("a11ce000-0000-4000-8000-000000000001")
	began       = time.Unix(1_790_000_000, 0)
)

const (
	vscode     = "aebc6443-996d-45c2-90f0-388ff96faa56"
	login      = "https://login.microsoftonline.com/"
	contosoV2  = login + "11111111-1111-4111-8111-111111111111/v2.0"
	fabrikamV2 = login + "22222222-2222-4222-8222-222222222222/v2.0"
	contosoV1  = "https://sts.windows.net/11111111-1111-4111-8111-111111111111/"
	keysV2     = login + "11111111-1111-4111-8111-111111111111/discovery/v2.0/keys"
	keysV1     = login + "11111111-1111-4111-8111-111111111111/discovery/keys"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

var keyCache sync.Map

// rsaKey returns the same key for a name all through the run.
func rsaKey(name string) *rsa.PrivateKey {
	once, _ := keyCache.LoadOrStore(name, sync.OnceValue(func() *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, 2048)) }))
	return once.(func() *rsa.PrivateKey)()
}

// entraFake is the key-set addresses of Entra, a clock, and a count of requests.
type entraFake struct {
	mu      sync.Mutex
	now     time.Time
	sets    map[string][]map[string]any
	raw     map[string]string
	down    bool
	fetches map[string]int
	gate    chan struct{} // if set, an answer waits for it
}

func newEntra() *entraFake {
	e := &entraFake{now: began, sets: map[string][]map[string]any{}, raw: map[string]string{}, fetches: map[string]int{}}
	e.publish(keysV2, jwk("k1", "contoso", login+"{tenantid}/v2.0"))
	return e
}

func (e *entraFake) clock() time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.now
}

func (e *entraFake) advance(d time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.now = e.now.Add(d)
}

func (e *entraFake) publish(url string, keys ...map[string]any) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sets[url] = keys
}

func (e *entraFake) set(down bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.down = down
}

func (e *entraFake) count(url string) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.fetches[url]
}

func (e *entraFake) Do(ctx context.Context, req *http.Request) (*egress.Response, error) {
	e.mu.Lock()
	url := req.URL.String()
	e.fetches[url]++
	gate, down, raw := e.gate, e.down, e.raw[url]
	body, _ := jsonKeys(e.sets[url]...)
	e.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if raw != "" {
		body = []byte(raw)
	}
	if down {
		return nil, errors.New("connection refused")
	}
	return &egress.Response{Status: http.StatusOK, Header: http.Header{}, Body: body}, nil
}

func (e *entraFake) verifier() *entra.Verifier {
	return entra.NewVerifier(entra.NewKeySets(e, e.clock), e.clock)
}

// jwk is a public key as Entra publishes it.
func jwk(kid, name, issuer string) map[string]any {
	k := rsaKey(name)
	m := map[string]any{
		"kty": "RSA", "use": "sig", "kid": kid, "x5t": kid, "x5c": []string{"MIID"},
		"n": b64(k.N.Bytes()), "e": b64(big.NewInt(int64(k.E)).Bytes()),
	}
	if issuer != "" {
		m["issuer"] = issuer
	}
	return m
}

func jsonKeys(keys ...map[string]any) ([]byte, error) { return json.Marshal(object{"keys": keys}) }

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// sign makes a compact JWS of the texts as they are.
func sign(header, payload, key string) string {
	signed := b64([]byte(header)) + "." + b64([]byte(payload))
	digest := sha256.Sum256([]byte(signed))
	return signed + "." + b64(must(rsa.SignPKCS1v15(rand.Reader, rsaKey(key), crypto.SHA256, digest[:])))
}

type object = map[string]any

// with returns a copy of an object with changes; a nil value removes a member.
func with(base object, changes object) object {
	out := maps.Clone(base)
	for name, v := range changes {
		if v == nil {
			delete(out, name)
			continue
		}
		out[name] = v
	}
	return out
}

func header() object { return object{"typ": "JWT", "alg": "RS256", "kid": "k1"} }

// delegated is what Entra says in a v2 token of a person in Contoso.
func delegated() object {
	at := began.Unix()
	return object{
		"aud": apiClient.String(), "iss": contosoV2, "tid": contosoTID.String(), "oid": alice.String(), "sub": "pairwise-1",
		"ver": "2.0", "iat": at - 300, "nbf": at - 300, "exp": at + 3600, "azp": vscode, "azpacr": "0",
		"scp": "access_as_user", "preferred_username": "alice@contoso.example", "name": "Alice", "uti": "uti-1",
		"aio": "opaque", "rh": "0.opaque", "groups": []string{"90000000-0000-4000-8000-000000000001"},
	}
}

// appOnly is what Entra says in a v2 token of an application.
func appOnly() object {
	oid := "b0b00000-0000-4000-8000-000000000002"
	return with(delegated(), object{
		"scp": nil, "groups": nil, "preferred_username": nil, "name": nil, "oid": oid, "sub": oid, "roles": []string{"Tools.Execute.All"},
	})
}

func mint(header, claims object) string { return mintBy("contoso", header, claims) }

func mintBy(key string, header, claims object) string {
	return sign(string(must(json.Marshal(header))), string(must(json.Marshal(claims))), key)
}

func token(changes object) string { return mint(header(), with(delegated(), changes)) }

// contoso is an organization that admits nobody out of the ordinary.
func contoso() tenants.Organization {
	return tenants.Organization{
		ID: must(tenants.ParseID("c0000000-0000-4000-8000-00000000000c")), Slug: tenants.MustSlug("contoso"), Name: "Contoso", TID: contosoTID,
		State: tenants.Active, Mode: tenants.Direct,
		Connection: tenants.Connection{
			ID: tenants.MustGUID("c0000000-0000-4000-8000-0000000000cc"), Model: tenants.OwnApp,
			Cloud: tenants.PublicCloud, ClientID: apiClient, Versions: tenants.V2Only, Resource: "api://" + apiClient.String(), Scope: "access_as_user",
			AppRole: "Tools.Execute.All", Guests: tenants.Refuse, Agents: tenants.Refuse, Apps: tenants.Refuse,
			GroupSource: tenants.TokenOnly, GroupsClaim: tenants.ClaimUnknown,
		},
		Membership: tenants.MembershipPolicy{Soft: time.Minute, Hard: time.Hour},
	}
}

// accepting prepares Contoso after changes.
func accepting(tb testing.TB, changes ...func(*tenants.Organization)) *entra.Acceptance {
	tb.Helper()
	org := contoso()
	for _, change := range changes {
		change(&org)
	}
	a, err := entra.NewAcceptance(org, []string{"payroll"}, []tenants.Client{{ID: strings.ToUpper(vscode), Name: "VS Code"}}, entra.AuthorityOf(org.Connection.Cloud))
	if err != nil {
		tb.Fatal(err)
	}
	return a
}

func admitGuests(o *tenants.Organization) { o.Connection.Guests = tenants.Admit }
func admitAgents(o *tenants.Organization) { o.Connection.Agents = tenants.Admit }
func admitApps(o *tenants.Organization)   { o.Connection.Apps = tenants.Admit }
func acceptV1(o *tenants.Organization) {
	o.Connection.Versions = tenants.V1AndV2
	o.Connection.V1Audiences = []string{"api://contoso-mcp", "https://mcp.example.com/t/contoso/mcp/"}
}

// wantRefusal verifies a token and expects it to be refused for a reason.
func wantRefusal(t *testing.T, v *entra.Verifier, a *entra.Acceptance, raw string, reason entra.Reason) entra.Refusal {
	t.Helper()
	got, err := v.Verify(t.Context(), raw, a)
	r, ok := errors.AsType[*entra.Refusal](err)
	if !ok {
		t.Fatalf("got %v, %v; want refusal %s", got.Identity, err, reason)
	}
	if r.Reason != reason {
		t.Fatalf("refused for %s (%s), want %s", r.Reason, r.Description, reason)
	}
	if i := strings.IndexFunc(r.Description, func(c rune) bool { return c < 0x20 || c > 0x7e || c == '"' || c == '\\' }); i >= 0 || r.Description == "" || len(r.Description) > 512 {
		t.Errorf("description %q is not fit for error_description", r.Description)
	}
	kind := map[entra.Class]fault.Kind{entra.InvalidToken: fault.Unauthenticated, entra.InsufficientScope: fault.Forbidden, entra.ClientForbidden: fault.Forbidden}[r.Class]
	if fault.KindOf(err) != kind || fault.Public(err) != r.Description {
		t.Errorf("fault is %s %q, want %s and the description", fault.KindOf(err), fault.Public(err), kind)
	}
	if !r.Verified && got.Identity.Kind != authz.Nobody {
		t.Errorf("a token whose signature was not verified has an identity: %+v", got.Identity)
	}
	return *r
}

func wantToken(t *testing.T, v *entra.Verifier, a *entra.Acceptance, raw string) entra.Token {
	t.Helper()
	got, err := v.Verify(t.Context(), raw, a)
	if err != nil {
		t.Fatal(err)
	}
	return got
}
