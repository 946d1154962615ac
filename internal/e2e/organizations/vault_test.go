package organizations_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// vault is an MCP server with an authorization server of its own, at which each
// person has an account that Entra knows nothing of.
type vault struct {
	url string // of the MCP endpoint
	now func() time.Time

	mu      sync.Mutex
	account string // of whoever signs in next
	count   int
	clients map[string]string     // redirect URI by client id
	codes   map[string]vaultCode  // by code
	tokens  map[string]vaultToken // access tokens
	refresh map[string]vaultToken // refresh tokens, each good once
	revoked []string
	shown   []string // access tokens that came, each time
	life    time.Duration
	wants   string // scope that the tool needs besides
}

type vaultCode struct{ account, challenge, redirect, client, scope, resource string }

type vaultToken struct {
	account, scope, client, family string
	until                          time.Time
}

func (k *stack) startVault(t *testing.T) *vault {
	t.Helper()
	v := &vault{
		now: k.now, clients: map[string]string{}, codes: map[string]vaultCode{}, tokens: map[string]vaultToken{}, refresh: map[string]vaultToken{}, life: time.Hour,
	}
	mux := http.NewServeMux()
	h := httptest.NewServer(mux)
	t.Cleanup(h.Close)
	base := h.URL
	v.url = base + "/mcp"
	metadata := base + "/.well-known/oauth-protected-resource/mcp"
	guard := auth.RequireBearerToken(v.verify, &auth.RequireBearerTokenOptions{ResourceMetadataURL: metadata})
	server := mcp.NewServer(&mcp.Implementation{Name: "vault", Version: "1"}, nil)
	mcp.AddTool(server, &mcp.Tool{Name: "whose", Description: "Says whose vault it is.", Annotations: &mcp.ToolAnnotations{ReadOnlyHint: true}},
		func(_ context.Context, r *mcp.CallToolRequest, _ struct{}) (*mcp.CallToolResult, any, error) {
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "the vault of " + r.Extra.TokenInfo.UserID}}}, nil, nil
		})
	handler := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, &mcp.StreamableHTTPOptions{Stateless: true})
	mux.Handle("/mcp", guard(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if scope := v.missing(r); scope != "" {
			w.Header().Set("WWW-Authenticate", `Bearer error="insufficient_scope", scope="`+scope+`", resource_metadata="`+metadata+`"`)
			http.Error(w, "more", http.StatusForbidden)
			return
		}
		handler.ServeHTTP(w, r)
	})))
	mux.HandleFunc("GET /.well-known/oauth-protected-resource/mcp", func(w http.ResponseWriter, _ *http.Request) {
		say(w, map[string]any{"resource": v.url, "authorization_servers": []string{base}, "scopes_supported": []string{"vault.read"}})
	})
	mux.HandleFunc("GET /.well-known/oauth-authorization-server", func(w http.ResponseWriter, _ *http.Request) {
		say(w, map[string]any{
			"issuer": base, "authorization_endpoint": base + "/authorize", "token_endpoint": base + "/token", "registration_endpoint": base + "/register",
			"revocation_endpoint": base + "/revoke", "response_types_supported": []string{"code"}, "grant_types_supported": []string{"authorization_code", "refresh_token"},
			"code_challenge_methods_supported": []string{"S256"}, "token_endpoint_auth_methods_supported": []string{"none"}, "authorization_response_iss_parameter_supported": true,
		})
	})
	mux.HandleFunc("POST /register", v.register)
	mux.HandleFunc("GET /authorize", func(w http.ResponseWriter, r *http.Request) { v.authorize(w, r, base) })
	mux.HandleFunc("POST /token", v.token)
	mux.HandleFunc("POST /revoke", v.revoke)
	return v
}

func say(w http.ResponseWriter, what any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(what)
}

func complain(w http.ResponseWriter, code string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusBadRequest)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": code})
}

// verify is how the server checks tokens.
func (v *vault) verify(_ context.Context, token string, _ *http.Request) (*auth.TokenInfo, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.shown = append(v.shown, token)
	is, ok := v.tokens[token]
	if !ok || !v.now().Before(is.until) {
		return nil, auth.ErrInvalidToken
	}
	return &auth.TokenInfo{UserID: is.account, Scopes: strings.Fields(is.scope), Expiration: time.Now().Add(time.Hour)}, nil
}

// missing is the scope that a request lacks.
func (v *vault) missing(r *http.Request) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	is := v.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	if v.wants == "" || strings.Contains(is.scope, v.wants) {
		return ""
	}
	return v.wants
}

func (v *vault) register(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Redirects []string `json:"redirect_uris"`
	}
	if json.NewDecoder(r.Body).Decode(&asked) != nil || len(asked.Redirects) != 1 {
		complain(w, "invalid_client_metadata")
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	id := v.name("client")
	v.clients[id] = asked.Redirects[0]
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	_ = json.NewEncoder(w).Encode(map[string]any{"client_id": id, "redirect_uris": asked.Redirects, "token_endpoint_auth_method": "none", "client_id_issued_at": time.Now().Unix()})
}

// name is one that nothing has had; the lock is held.
func (v *vault) name(of string) string {
	v.count++
	return fmt.Sprintf("%s-%d-%x", of, v.count, sha256.Sum256([]byte(fmt.Sprint(of, v.count, v.url))))[:30]
}

// authorize signs in whoever is said to be next, without asking.
func (v *vault) authorize(w http.ResponseWriter, r *http.Request, issuer string) {
	q := r.URL.Query()
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.clients[q.Get("client_id")] != q.Get("redirect_uri") || q.Get("code_challenge_method") != "S256" || q.Get("resource") != v.url || q.Get("response_type") != "code" {
		http.Error(w, "this is no request of a client of ours", http.StatusBadRequest)
		return
	}
	answer := url.Values{"state": {q.Get("state")}, "iss": {issuer}}
	if v.account == "" {
		answer.Set("error", "access_denied")
	} else {
		code := v.name("code")
		v.codes[code] = vaultCode{v.account, q.Get("code_challenge"), q.Get("redirect_uri"), q.Get("client_id"), q.Get("scope"), q.Get("resource")}
		answer.Set("code", code)
	}
	w.Header().Set("Location", q.Get("redirect_uri")+"?"+answer.Encode())
	w.WriteHeader(http.StatusFound)
}

func (v *vault) token(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	defer v.mu.Unlock()
	var next vaultToken
	switch r.FormValue("grant_type") {
	case "authorization_code":
		c, ok := v.codes[r.FormValue("code")]
		delete(v.codes, r.FormValue("code"))
		sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
		if !ok || base64.RawURLEncoding.EncodeToString(sum[:]) != c.challenge || r.FormValue("redirect_uri") != c.redirect || r.FormValue("client_id") != c.client || r.FormValue("resource") != c.resource {
			complain(w, "invalid_grant")
			return
		}
		next = vaultToken{account: c.account, scope: c.scope, client: c.client, family: r.FormValue("code")}
	case "refresh_token":
		was, ok := v.refresh[r.FormValue("refresh_token")]
		delete(v.refresh, r.FormValue("refresh_token"))
		if !ok || r.FormValue("client_id") != was.client {
			complain(w, "invalid_grant")
			return
		}
		next = was
	default:
		complain(w, "unsupported_grant_type")
		return
	}
	next.until = v.now().Add(v.life)
	access, refresh := v.name("access"), v.name("refresh")
	v.tokens[access], v.refresh[refresh] = next, next
	say(w, map[string]any{"access_token": access, "token_type": "Bearer", "expires_in": int(v.life.Seconds()), "refresh_token": refresh, "scope": next.scope})
}

func (v *vault) revoke(_ http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	defer v.mu.Unlock()
	token := r.FormValue("token")
	v.revoked = append(v.revoked, token)
	family := v.tokens[token].family + v.refresh[token].family
	for _, all := range []map[string]vaultToken{v.tokens, v.refresh} {
		for name, is := range all {
			if is.family == family {
				delete(all, name)
			}
		}
	}
}

// set changes the vault.
func (v *vault) set(change func(*vault)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	change(v)
}
