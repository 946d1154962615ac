package laptop_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	mcpgo "github.com/mark3labs/mcp-go/client"
	mcpgotransport "github.com/mark3labs/mcp-go/client/transport"
	mcpgotypes "github.com/mark3labs/mcp-go/mcp"
	"github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/modelcontextprotocol/go-sdk/oauthex"
	"golang.org/x/oauth2"
)

// loopback is where answers to programs of these tests go. Nobody listens: what
// would be sent there is read instead.
const loopback = "http://127.0.0.1:33418/callback"

// grants counts requests for tokens by their kind.
type grants struct{ codes, refreshes atomic.Int64 }

func (g *grants) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/token") {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(body))
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, err
		}
		switch form.Get("grant_type") {
		case "authorization_code":
			g.codes.Add(1)
		case "refresh_token":
			g.refreshes.Add(1)
		}
	}
	return http.DefaultTransport.RoundTrip(r)
}

// hold holds a client to one sign-in and at least one refresh.
func (g *grants) hold(t *testing.T) {
	t.Helper()
	if g.codes.Load() != 1 || g.refreshes.Load() == 0 {
		t.Errorf("it redeemed %d codes and %d refresh tokens", g.codes.Load(), g.refreshes.Load())
	}
}

// expired is a source whose token is over, so that the first use refreshes it.
func expired(ctx context.Context, c *oauth2.Config, token *oauth2.Token) (oauth2.TokenSource, error) {
	if token.RefreshToken == "" || token.Expiry.IsZero() {
		return nil, errors.New("there is no refresh token, or no end")
	}
	old := *token
	old.Expiry = time.Now().Add(-time.Minute)
	return c.TokenSource(ctx, &old), nil
}

// signInWithGoSDK returns the revision that the client has negotiated.
func signInWithGoSDK(t *testing.T) string {
	t.Helper()
	o := shared.org(t, "fabrikam")
	alice := shared.browser(shared.user(t, o, "alice"))
	counted := &grants{}
	handler, err := auth.NewAuthorizationCodeHandler(&auth.AuthorizationCodeHandlerConfig{
		DynamicClientRegistrationConfig: &auth.DynamicClientRegistrationConfig{Metadata: &oauthex.ClientRegistrationMetadata{
			ClientName: "go-sdk", RedirectURIs: []string{loopback}, TokenEndpointAuthMethod: "none", GrantTypes: []string{"authorization_code", "refresh_token"},
		}},
		RequestRefreshToken: true,
		AuthorizationCodeFetcher: func(ctx context.Context, args *auth.AuthorizationArgs) (*auth.AuthorizationResult, error) {
			_, answer, err := alice.SignIn(ctx, args.URL)
			if err != nil {
				return nil, err
			}
			return &auth.AuthorizationResult{Code: answer.Get("code"), State: answer.Get("state"), Iss: answer.Get("iss")}, nil
		},
		NewTokenSource: expired,
		Client:         &http.Client{Transport: counted},
	})
	if err != nil {
		t.Fatal(err)
	}
	client := mcp.NewClient(&mcp.Implementation{Name: "go-sdk", Version: "1"}, nil)
	session, err := client.Connect(patient(t), &mcp.StreamableClientTransport{Endpoint: o.MCPURL, OAuthHandler: handler}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = session.Close() }()
	list, err := session.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, tool := range list.Tools {
		names = append(names, tool.Name)
	}
	slices.Sort(names)
	if !slices.Equal(names, staff) {
		t.Errorf("it lists %v, want %v", names, staff)
	}
	reply, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "whoami"})
	if err != nil || reply.IsError || !strings.Contains(reply.Content[0].(*mcp.TextContent).Text, "You are Alice Fabrikam") {
		t.Errorf("%+v %v", reply, err)
	}
	counted.hold(t)
	return session.InitializeResult().ProtocolVersion
}

// signInWithMCPGo returns the revision that the client has negotiated.
func signInWithMCPGo(t *testing.T) string {
	t.Helper()
	ctx, o := patient(t), shared.org(t, "contoso")
	counted, kept := &grants{}, mcpgotransport.NewMemoryTokenStore()
	client, err := mcpgo.NewOAuthStreamableHttpClient(o.MCPURL, mcpgo.OAuthConfig{
		RedirectURI: loopback, TokenStore: kept, PKCEEnabled: true, HTTPClient: &http.Client{Transport: counted},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	if err := client.Start(ctx); err != nil {
		t.Fatal(err)
	}
	var hello mcpgotypes.InitializeRequest
	hello.Params.ProtocolVersion = mcpgotypes.LATEST_PROTOCOL_VERSION
	hello.Params.ClientInfo = mcpgotypes.Implementation{Name: "mcp-go", Version: "1"}
	_, err = client.Initialize(ctx, hello)
	if !mcpgo.IsOAuthAuthorizationRequiredError(err) {
		t.Fatalf("it begins with %v", err)
	}
	authorizeMCPGo(t, mcpgo.GetOAuthHandler(err))
	greeted, err := client.Initialize(ctx, hello)
	if err != nil {
		t.Fatal(err)
	}
	list, err := client.ListTools(ctx, mcpgotypes.ListToolsRequest{})
	if err != nil || len(list.Tools) != len(staff) {
		t.Fatalf("%+v %v", list, err)
	}
	token, err := kept.GetToken(ctx)
	if err != nil {
		t.Fatal(err)
	}
	old := *token
	old.ExpiresAt = time.Now().Add(-time.Minute)
	if err := kept.SaveToken(ctx, &old); err != nil {
		t.Fatal(err)
	}
	var call mcpgotypes.CallToolRequest
	call.Params.Name = "whoami"
	reply, err := client.CallTool(ctx, call)
	if err != nil || reply.IsError || !strings.Contains(reply.Content[0].(mcpgotypes.TextContent).Text, "You are Alice Contoso") {
		t.Errorf("%+v %v", reply, err)
	}
	counted.hold(t)
	return greeted.ProtocolVersion
}

// authorizeMCPGo registers the client and signs Alice of Contoso in.
func authorizeMCPGo(t *testing.T, h *mcpgotransport.OAuthHandler) {
	t.Helper()
	ctx, o := patient(t), shared.org(t, "contoso")
	if err := h.RegisterClient(ctx, "mcp-go"); err != nil {
		t.Fatal(err)
	}
	verifier, err := mcpgotransport.GenerateCodeVerifier()
	if err != nil {
		t.Fatal(err)
	}
	state, err := mcpgotransport.GenerateState()
	if err != nil {
		t.Fatal(err)
	}
	address, err := h.GetAuthorizationURL(ctx, state, mcpgotransport.GenerateCodeChallenge(verifier))
	if err != nil {
		t.Fatal(err)
	}
	_, answer, err := shared.browser(shared.user(t, o, "alice")).SignIn(ctx, address)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.ProcessAuthorizationResponse(ctx, answer.Get("code"), answer.Get("state"), verifier); err != nil {
		t.Fatal(err)
	}
}
