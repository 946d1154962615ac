package organizations_test

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"gatehouse/internal/authz/authztest"
	"gatehouse/internal/demo"
	"gatehouse/internal/emulator/seed"
)

// The customer relations of Contoso or Adatum: an API of the tenant's own, which
// is an MCP server, and an app that may use it for itself.
const (
	crmURI    = "api://crm"
	crmScope  = crmURI + "/crm.read"
	botSecret = "the secret of the bot, as/it~is"
)

var (
	crmAPI = authztest.ID("app", "crm").String()
	bot    = authztest.ID("app", "bot").String()
)

// withCRM gives a tenant the API, and whatever change does with it and the
// tenant.
func withCRM(tid string, change func(tenant *seed.Tenant, api *seed.App)) func([]seed.Tenant, demo.Places) []seed.Tenant {
	return func(all []seed.Tenant, p demo.Places) []seed.Tenant {
		tenant := of(withStaff(all, p), tid)
		api := seed.App{
			ID: crmAPI, Name: "CRM", IdentifierURIs: []string{crmURI}, Scopes: []string{"crm.read"}, RequestedTokenVersion: 2,
			AppRoles: []seed.AppRole{{Value: "Crm.Read", Members: []string{"Application"}}},
		}
		change(tenant, &api)
		tenant.Apps = append(tenant.Apps, api, seed.App{
			ID: bot, Name: "Bot", Secret: botSecret, Consents: []seed.Consent{{Resource: crmAPI, Roles: []string{"Crm.Read"}}},
		})
		return all
	}
}

// consented is an administrator's consent that the tenant's app for Gatehouse
// asks for tokens of the API.
func consented(tenant *seed.Tenant, _ *seed.App) {
	for i := range tenant.Apps {
		if tenant.Apps[i].ID == company("contoso").API.String() {
			tenant.Apps[i].Consents = append(tenant.Apps[i].Consents, seed.Consent{Resource: crmAPI, Scopes: []string{"crm.read"}})
		}
	}
}

// crm is the server. It takes tokens of its tenant for itself and nothing else.
type crm struct {
	t      *testing.T
	issuer string
	keys   string
	url    string

	mu      sync.Mutex
	seen    []visit
	refuses func(v visit) string // WWW-Authenticate for a good token; empty: it is taken
}

// visit is a request with a token, taken or not.
type visit struct {
	token  string
	claims map[string]any
	why    error  // it is not good
	told   string // WWW-Authenticate
}

func (v visit) is(name string) string {
	text, _ := v.claims[name].(string)
	return text
}

func (k *stack) startCRM(t *testing.T, tid string) *crm {
	t.Helper()
	c := &crm{t: t, issuer: k.places.Entra + "/" + tid + "/v2.0", keys: k.places.Entra + "/" + tid + "/discovery/v2.0/keys"}
	handler := mcp.NewStreamableHTTPHandler(func(r *http.Request) *mcp.Server { return c.serverFor(r) }, &mcp.StreamableHTTPOptions{Stateless: true})
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if told := c.admit(r, k.now()); told != "" {
			w.Header().Set("WWW-Authenticate", told)
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(h.Close)
	c.url = h.URL
	return c
}

// serverFor has one tool, which says whom the token of the request names.
func (c *crm) serverFor(r *http.Request) *mcp.Server {
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	s := mcp.NewServer(&mcp.Implementation{Name: "crm", Version: "1"}, nil)
	mcp.AddTool(s, &mcp.Tool{Name: "whose", Description: "Says whose data it has.", Annotations: &mcp.ToolAnnotations{ReadOnlyHint: true}},
		func(context.Context, *mcp.CallToolRequest, struct{}) (*mcp.CallToolResult, any, error) {
			oid, _ := claimsOf(c.t, token)["oid"].(string)
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "the data of " + oid}}}, nil, nil
		})
	return s
}

// admit checks and remembers the token of a request. It returns how the request
// is refused.
func (c *crm) admit(r *http.Request, now time.Time) (told string) {
	v := visit{token: strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")}
	v.claims, v.why = c.verify(v.token, now)
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case v.why != nil:
		v.told = `Bearer error="invalid_token"`
	case c.refuses != nil:
		v.told = c.refuses(v)
	}
	c.seen = append(c.seen, v)
	return v.told
}

// verify does what any API of Entra has to: signature, issuer, audience, time,
// and permission.
func (c *crm) verify(token string, now time.Time) (map[string]any, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, errors.New("no token")
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		return nil, err
	}
	key, err := c.key(parts[0])
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature); err != nil {
		return nil, err
	}
	claims := claimsOf(c.t, token)
	until, _ := claims["exp"].(float64)
	roles, _ := claims["roles"].([]any)
	switch {
	case claims["iss"] != c.issuer || claims["aud"] != crmAPI || claims["ver"] != "2.0":
		return claims, errors.New("not for this API")
	case float64(now.Unix()) >= until:
		return claims, errors.New("expired")
	case claims["scp"] != "crm.read" && !slices.Contains(roles, any("Crm.Read")):
		return claims, errors.New("without a permission")
	}
	return claims, nil
}

// key is the tenant's signing key that a header names.
func (c *crm) key(header string) (*rsa.PublicKey, error) {
	var h struct{ Alg, Kid string }
	raw, err := base64.RawURLEncoding.DecodeString(header)
	if err != nil || json.Unmarshal(raw, &h) != nil || h.Alg != "RS256" {
		return nil, errors.New("no header")
	}
	resp, err := http.Get(c.keys)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	var set struct{ Keys []struct{ Kid, N, E string } }
	if err := json.NewDecoder(resp.Body).Decode(&set); err != nil {
		return nil, err
	}
	for _, k := range set.Keys {
		if k.Kid == h.Kid {
			n, err := base64.RawURLEncoding.DecodeString(k.N)
			return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: 65537}, err
		}
	}
	return nil, errors.New("no such key")
}

// refuse has the server refuse good tokens as it is told.
func (c *crm) refuse(how func(v visit) string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refuses = how
}

// since returns what came after so many visits.
func (c *crm) since(n int) []visit {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.seen[n:])
}

func (c *crm) visits() int { return len(c.since(0)) }
