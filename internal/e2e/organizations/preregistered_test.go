package organizations_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/auth/extauth"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/modelcontextprotocol/go-sdk/oauthex"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/console"
	"gatehouse/internal/demo/browser"
	"gatehouse/internal/tenants"
)

// brokered brings up a world in which people sign in to Contoso at Gatehouse, and
// returns the browser of its owner. Software that is not listed is let in, so that
// nothing of what follows is refused for that.
func brokered(t *testing.T) (*stack, *client) {
	t.Helper()
	k := start(t, setup{companies: true})
	alice := k.as(t, "contoso", "alice")
	var o console.Organization
	read := alice.get(at("contoso"), &o)
	alice.ask(http.MethodPut, at("contoso"), console.OrganizationSettings{
		Name: o.Name, Origins: o.Origins, Membership: o.Membership,
		SignIn: &console.SignInChange{SignInSettings: console.SignInSettings{Mode: tenants.Brokered, UnknownClients: tenants.Admit}},
	}, with("If-Match", read.header.Get("ETag"))).want(http.StatusOK)
	eventually(t, "people sign in at Gatehouse", patience, func() bool {
		resp, err := k.http.Get(k.places.Base + "/.well-known/oauth-authorization-server/t/contoso")
		if err != nil {
			return false
		}
		_ = resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
	return k, alice
}

// registered is a client that an admin registers, as docs/clients.md says.
type registered struct {
	console.PreregisteredClient
	secret string
}

func (c *client) register(kind connections.ClientKind, name string) registered {
	c.t.Helper()
	var r registered
	c.post(at("contoso", "preregistered-clients"), map[string]any{"kind": kind, "name": name, "redirectUris": []string{}}, &r.PreregisteredClient)
	if kind.Authenticates() {
		r.secret = c.newSecret(r.ID)
	}
	return r
}

func (c *client) newSecret(id string) string {
	c.t.Helper()
	var made console.NewClientSecret
	c.post(at("contoso", "preregistered-clients", id, "secrets"), map[string]any{}, &made)
	return made.Secret
}

// unregister removes a client and waits until replicas must know.
func (c *client) unregister(id string) {
	c.t.Helper()
	path := at("contoso", "preregistered-clients", id)
	read := c.send(http.MethodGet, path, "").want(http.StatusOK)
	c.send(http.MethodDelete, path, "", with("If-Match", read.header.Get("ETag"))).want(http.StatusNoContent)
}

// tokens asks an endpoint of the authorization server as a program does.
func (k *stack) tokens(t *testing.T, path string, form url.Values, changes ...func(*http.Request)) (int, map[string]any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, k.places.Base+"/t/contoso/"+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, change := range changes {
		change(req)
	}
	resp, err := k.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	body := map[string]any{}
	if len(text) > 0 {
		if err := json.Unmarshal(text, &body); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
	}
	return resp.StatusCode, body
}

func basically(id, secret string) func(*http.Request) {
	return func(r *http.Request) { r.SetBasicAuth(url.QueryEscape(id), url.QueryEscape(secret)) }
}

// TestCopilotStudioConnectsWithASecret does what its wizard has people do: the client
// is registered, its values are entered there, and only then is it known where
// answers go.
func TestCopilotStudioConnectsWithASecret(t *testing.T) {
	t.Parallel()
	k, alice := brokered(t)
	studio := alice.register(connections.Confidential, "Copilot Studio")
	const redirect, verifier = "https://global.consent.azure-apim.net/redirect/new-5fgatehouse-5f1", "0123456789012345678901234567890123456789012"
	sum := sha256.Sum256([]byte(verifier))
	address := k.places.Base + "/t/contoso/authorize?" + url.Values{
		"response_type": {"code"}, "client_id": {studio.ID}, "redirect_uri": {redirect}, "state": {"s"}, "scope": {"access_as_user"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}.Encode()
	early, err := k.http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	page, _ := io.ReadAll(early.Body)
	_ = early.Body.Close()
	if early.StatusCode != http.StatusBadRequest || !strings.Contains(string(page), "Nobody has said where answers to this app go") || !strings.Contains(string(page), redirect) {
		t.Errorf("before its redirect URI is known: %d %s", early.StatusCode, page)
	}
	alice.change(http.MethodPut, at("contoso", "preregistered-clients", studio.ID), at("contoso", "preregistered-clients", studio.ID),
		map[string]any{"name": "Copilot Studio", "redirectUris": []string{redirect}}).want(http.StatusOK)

	dan := browser.New(http.DefaultTransport, k.places.Entra, person("contoso", "dan").OID.String())
	dan.Also, dan.Wish = []string{k.places.Base}, "allow"
	away, reply, err := dan.SignIn(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(away.URL.String(), redirect+"?") || reply.Get("code") == "" || reply.Get("state") != "s" {
		t.Fatalf("%s %v", away.URL, reply)
	}
	redeeming := url.Values{"grant_type": {"authorization_code"}, "code": {reply.Get("code")}, "redirect_uri": {redirect}, "code_verifier": {verifier}}
	if status, body := k.tokens(t, "token", redeeming, basically(studio.ID, "guessed")); status != http.StatusUnauthorized || body["error"] != "invalid_client" {
		t.Errorf("with a guessed secret: %d %v", status, body)
	}
	status, first := k.tokens(t, "token", redeeming, basically(studio.ID, studio.secret))
	if status != http.StatusOK {
		t.Fatalf("%d %v", status, first)
	}
	next := alice.newSecret(studio.ID) // the second takes the place of the first
	status, second := k.tokens(t, "token", url.Values{
		"grant_type": {"refresh_token"}, "refresh_token": {first["refresh_token"].(string)}, "client_id": {studio.ID}, "client_secret": {next},
	})
	if status != http.StatusOK {
		t.Fatalf("%d %v", status, second)
	}
	token := second["access_token"].(string)
	if a := k.call(t, k.replica, "contoso", token, "whoami"); !a.worked() || !strings.Contains(a.body, "You are Dan Contoso") {
		t.Errorf("%d %s", a.status, a.body)
	}
	if claims := claimsOf(t, token); claims["client_id"] != studio.ID || claims["software"] != studio.ID || claims["agent"] != nil {
		t.Errorf("%v", claims)
	}
	var page2 console.Page[console.ClientConnection]
	if alice.get(at("contoso", "connections"), &page2); len(page2.Items) != 1 || page2.Items[0].Client != studio.ID || page2.Items[0].Name != "Copilot Studio" {
		t.Errorf("%+v", page2)
	}

	alice.unregister(studio.ID)
	eventually(t, "its token is refused", time.Second, func() bool {
		return k.call(t, k.replica, "contoso", token, "whoami").status == http.StatusUnauthorized
	})
	if status, body := k.tokens(t, "token", url.Values{
		"grant_type": {"refresh_token"}, "refresh_token": {second["refresh_token"].(string)}, "client_id": {studio.ID}, "client_secret": {next},
	}); status != http.StatusUnauthorized || body["error"] != "invalid_client" {
		t.Errorf("%d %v", status, body)
	}
	page2 = console.Page[console.ClientConnection]{}
	if alice.get(at("contoso", "connections"), &page2); len(page2.Items) != 0 {
		t.Errorf("%+v", page2)
	}
	k.hides(t, studio.secret, next)
}

// hides looks for secrets in the log.
func (k *stack) hides(t *testing.T, secrets ...string) {
	t.Helper()
	for _, r := range k.records(t, "contoso") {
		for _, s := range secrets {
			if strings.Contains(r.Before+r.After+r.Detail+r.Target, s) {
				t.Errorf("the secret is in the record %+v", r)
			}
		}
	}
}

// own is a token of an agent, once its registration is in effect.
func (k *stack) own(t *testing.T, agent registered) (token string) {
	t.Helper()
	eventually(t, "the agent is known", patience, func() bool {
		_, body := k.tokens(t, "token", url.Values{"grant_type": {"client_credentials"}}, basically(agent.ID, agent.secret))
		token, _ = body["access_token"].(string)
		return token != ""
	})
	return token
}

// robot connects to Contoso's endpoint as a program does that acts for itself.
func (k *stack) robot(t *testing.T, handler auth.OAuthHandler) *mcp.ClientSession {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c := mcp.NewClient(&mcp.Implementation{Name: "nightly", Version: "1"}, nil)
	session, err := c.Connect(ctx, &mcp.StreamableClientTransport{Endpoint: k.places.Base + "/t/contoso/mcp", OAuthHandler: handler, HTTPClient: &http.Client{}, DisableStandaloneSSE: true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = session.Close() })
	return session
}

// employ assigns a role of Contoso to an agent.
func (c *client) employ(agent registered, role string) {
	c.t.Helper()
	var roles console.Page[console.Role]
	c.get(at("contoso", "roles"), &roles)
	at2 := slices.IndexFunc(roles.Items, func(r console.Role) bool { return r.Name == role })
	c.post(at("contoso", "assignments"), console.AssignmentSettings{
		Role: roles.Items[at2].ID, Subject: console.Subject{Kind: authz.SubjectClient, Value: agent.ID}, Name: agent.Name,
	}, &console.Assignment{})
}

func (k *stack) toolsOf(t *testing.T, session *mcp.ClientSession) (names []string) {
	t.Helper()
	list, err := session.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range list.Tools {
		names = append(names, tool.Name)
	}
	slices.Sort(names)
	return names
}

// TestAgentsListAndCallForThemselves with the handler of the go-sdk, which finds all
// but its credentials by itself.
func TestAgentsListAndCallForThemselves(t *testing.T) {
	t.Parallel()
	k, alice := brokered(t)
	nightly := alice.register(connections.Headless, "Nightly report")
	token := k.own(t, nightly)
	if a := k.call(t, k.replica, "contoso", token, "whoami"); a.worked() || !strings.Contains(a.body, "unknown tool") {
		t.Errorf("without a role: %d %s", a.status, a.body)
	}
	alice.employ(nightly, "staff")
	eventually(t, "its role is in effect", patience, func() bool { return k.call(t, k.replica, "contoso", token, "whoami").worked() })
	handler, err := extauth.NewClientCredentialsHandler(&extauth.ClientCredentialsHandlerConfig{
		Credentials: &oauthex.ClientCredentials{ClientID: nightly.ID, ClientSecretAuth: &oauthex.ClientSecretAuth{ClientSecret: nightly.secret}},
	})
	if err != nil {
		t.Fatal(err)
	}
	session := k.robot(t, handler)
	if names := k.toolsOf(t, session); !slices.Equal(names, []string{"graph_get_my_profile", "graph_list_my_groups", "greeting_card", "roll_dice", "whoami"}) {
		t.Errorf("it sees %v", names)
	}
	said, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "whoami"})
	if err != nil || said.IsError || !strings.Contains(said.Content[0].(*mcp.TextContent).Text, "You are Nightly report (app, object ID "+nightly.Agent.String()) ||
		!strings.Contains(said.Content[0].(*mcp.TextContent).Text, "the AI app "+nightly.ID) {
		t.Errorf("%+v %v", said, err)
	}
	if said, err = session.CallTool(t.Context(), &mcp.CallToolParams{Name: "graph_get_my_profile"}); err != nil || !said.IsError || !strings.Contains(said.Content[0].(*mcp.TextContent).Text, "person") {
		t.Errorf("asked for a person's own, it is told %+v %v", said, err)
	}
	k.recordsOf(t, nightly, "token_issued", "authentication")

	alice.unregister(nightly.ID)
	eventually(t, "its token is refused", time.Second, func() bool {
		return k.call(t, k.replica, "contoso", token, "whoami").status == http.StatusForbidden // as a client that is not listed
	})
	if status, body := k.tokens(t, "token", url.Values{"grant_type": {"client_credentials"}}, basically(nightly.ID, nightly.secret)); status != http.StatusUnauthorized || body["error"] != "invalid_client" {
		t.Errorf("%d %v", status, body)
	}
	k.hides(t, nightly.secret)
}

// recordsOf holds the log to naming an agent.
func (k *stack) recordsOf(t *testing.T, agent registered, kinds ...audit.Kind) {
	t.Helper()
	all := k.records(t, "contoso")
	for _, kind := range kinds {
		if !slices.ContainsFunc(all, func(r audit.Record) bool {
			return r.Kind == kind && r.Actor.OID == *agent.Agent && r.Actor.Kind == "app" && r.Actor.Name == agent.Name && !r.Actor.Delegated && r.Client == agent.ID
		}) {
			t.Errorf("no record of %s names the agent", kind)
		}
	}
}

// TestAgentsProveThemselvesWithAKey that never leaves them: what the admin enters is
// the public half.
func TestAgentsProveThemselvesWithAKey(t *testing.T) {
	t.Parallel()
	k, alice := brokered(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	b64 := base64.RawURLEncoding.EncodeToString
	var pipeline registered
	alice.post(at("contoso", "preregistered-clients"), map[string]any{
		"kind": "agent", "name": "Pipeline", "redirectUris": []string{},
		"jwks": `{"keys":[{"kty":"EC","crv":"P-256","kid":"1","x":"` + b64(point[1:33]) + `","y":"` + b64(point[33:]) + `"}]}`,
	}, &pipeline.PreregisteredClient)
	assertion := func(id string) url.Values {
		now := k.now().Unix()
		claims, err := json.Marshal(map[string]any{
			"iss": pipeline.ID, "sub": pipeline.ID, "aud": k.places.Base + "/t/contoso", "jti": id, "iat": now, "exp": now + 60,
		})
		if err != nil {
			t.Fatal(err)
		}
		signed := b64([]byte(`{"alg":"ES256","kid":"1"}`)) + "." + b64(claims)
		digest := sha256.Sum256([]byte(signed))
		r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
		if err != nil {
			t.Fatal(err)
		}
		var raw [64]byte
		r.FillBytes(raw[:32])
		s.FillBytes(raw[32:])
		return url.Values{
			"grant_type": {"client_credentials"}, "client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {signed + "." + b64(raw[:])},
			"resource": {k.places.Base + "/t/contoso/mcp"},
		}
	}
	alice.employ(pipeline, "staff")
	var token string
	eventually(t, "the agent is known", patience, func() bool {
		_, body := k.tokens(t, "token", assertion(tenants.NewGUID().String()))
		token, _ = body["access_token"].(string)
		return token != "" && k.call(t, k.replica, "contoso", token, "whoami").worked()
	})
	once := assertion("once")
	if status, body := k.tokens(t, "token", once); status != http.StatusOK {
		t.Errorf("%d %v", status, body)
	}
	if status, body := k.tokens(t, "token", once); status != http.StatusUnauthorized || body["error"] != "invalid_client" {
		t.Errorf("an assertion is good twice: %d %v", status, body)
	}
	if status, body := k.tokens(t, "token", url.Values{"grant_type": {"client_credentials"}, "client_id": {pipeline.ID}}); status != http.StatusUnauthorized {
		t.Errorf("without a proof: %d %v", status, body)
	}
	alice.unregister(pipeline.ID)
	eventually(t, "its token is refused", time.Second, func() bool {
		return k.call(t, k.replica, "contoso", token, "whoami").status == http.StatusForbidden
	})
	if status, body := k.tokens(t, "token", assertion("later")); status != http.StatusUnauthorized || body["error"] != "invalid_client" {
		t.Errorf("%d %v", status, body)
	}
}
