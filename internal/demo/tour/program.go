package tour

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/modelcontextprotocol/go-sdk/oauthex"
	"golang.org/x/oauth2"

	"gatehouse/internal/demo"
)

// program is an AI app made with the official Go SDK, with a session that stays open.
type program struct {
	session *mcp.ClientSession
	token   func() (string, error)
	changed chan struct{} // the server has said that the list of tools is another
	asked   atomic.Int32  // how often its person had to sign in
	lists   string        // what explains a list
}

// callback is where sign-ins of programs return to. Nobody listens there: the answer is
// taken from the address.
const callback = "http://127.0.0.1:33418/callback"

// errSignIn is what an app meets that may go no further without its person.
var errSignIn = errors.New("the app has to ask its person to sign in again")

// clientInfo is what the programs of the tour call themselves.
var clientInfo = mcp.Implementation{Name: "gatehouse-tour", Title: "Gatehouse tour", Version: "1"}

// signIn connects a program as an app does that has never heard of the organization: it
// registers, has its person sign in and agree, and begins a session.
func (t *tour) signIn(ctx context.Context, u demo.FileUser) (*program, error) {
	p := &program{changed: make(chan struct{}, 16)}
	config := &auth.AuthorizationCodeHandlerConfig{
		RequestRefreshToken: true, RedirectURL: callback, Client: t.http,
		AuthorizationCodeFetcher: func(ctx context.Context, args *auth.AuthorizationArgs) (*auth.AuthorizationResult, error) {
			if p.asked.Add(1) > 1 {
				return nil, errSignIn
			}
			return t.agree(ctx, u, args.URL)
		},
		NewTokenSource: func(ctx context.Context, c *oauth2.Config, token *oauth2.Token) (oauth2.TokenSource, error) {
			source := c.TokenSource(ctx, token)
			p.token = func() (string, error) {
				now, err := source.Token()
				if err != nil {
					return "", err
				}
				return now.AccessToken, nil
			}
			return source, nil
		},
		DynamicClientRegistrationConfig: &auth.DynamicClientRegistrationConfig{Metadata: &oauthex.ClientRegistrationMetadata{
			ClientName: clientInfo.Title, RedirectURIs: []string{callback}, TokenEndpointAuthMethod: "none", GrantTypes: []string{"authorization_code", "refresh_token"},
		}},
	}
	handler, err := auth.NewAuthorizationCodeHandler(config)
	if err != nil {
		return nil, err
	}
	return p, t.connect(ctx, p, &mcp.StreamableClientTransport{Endpoint: t.contoso.MCPURL, HTTPClient: t.streaming(), OAuthHandler: handler})
}

// connect begins a session of the revision in which servers tell of changes by
// themselves.
func (t *tour) connect(ctx context.Context, p *program, transport *mcp.StreamableClientTransport) (err error) {
	client := mcp.NewClient(&clientInfo, &mcp.ClientOptions{ToolListChangedHandler: func(context.Context, *mcp.ToolListChangedRequest) {
		select {
		case p.changed <- struct{}{}:
		default:
		}
	}})
	p.session, err = client.Connect(context.WithoutCancel(ctx), transport, &mcp.ClientSessionOptions{ProtocolVersion: "2025-11-25"})
	return err
}

// streaming is the client for streams, which have no end.
func (t *tour) streaming() *http.Client { return &http.Client{Transport: t.http.Transport} }

// agree is what somebody does in their browser.
func (t *tour) agree(ctx context.Context, u demo.FileUser, address string) (*auth.AuthorizationResult, error) {
	b, err := t.at.Browser(demo.Visit{Data: t.Data, Username: u.Username})
	if err != nil {
		return nil, err
	}
	b.Also, b.Wish = []string{t.at.BaseURL}, "allow"
	_, answer, err := b.SignIn(ctx, address)
	if err != nil {
		return nil, err
	}
	if answer.Has("error") {
		return nil, fmt.Errorf("%s: %s", answer.Get("error"), answer.Get("error_description"))
	}
	return &auth.AuthorizationResult{Code: answer.Get("code"), State: answer.Get("state"), Iss: answer.Get("iss")}, nil
}

// script connects as a script does that has a token of Entra's.
func (t *tour) script(ctx context.Context, u demo.FileUser) (*program, error) {
	token, err := t.entraToken(ctx, t.contoso, u)
	if err != nil {
		return nil, err
	}
	p := &program{changed: make(chan struct{}, 16), token: func() (string, error) { return token, nil }}
	with := &http.Client{Transport: bearer{token, t.http.Transport}}
	return p, t.connect(ctx, p, &mcp.StreamableClientTransport{Endpoint: t.contoso.MCPURL, HTTPClient: with, DisableStandaloneSSE: true})
}

// bearer sends a token with every request.
type bearer struct {
	token string
	next  http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+b.token)
	return b.next.RoundTrip(r)
}

// entraToken gets a token the way Entra gives one to a script.
func (t *tour) entraToken(ctx context.Context, o demo.FileOrg, u demo.FileUser) (string, error) {
	form := url.Values{"grant_type": {"password"}, "client_id": {o.Clients[0].ClientID}, "scope": {o.Scope}, "username": {u.Username}, "password": {u.Password}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.at.EntraURL+"/"+o.EntraTenantID+"/oauth2/v2.0/token", strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	var got struct {
		AccessToken string `json:"access_token"`
		Description string `json:"error_description"`
	}
	if _, err := t.exchange(req, &got); err != nil {
		return "", err
	}
	if got.AccessToken == "" {
		return "", fmt.Errorf("no token for %s: %s", u.Username, got.Description)
	}
	return got.AccessToken, nil
}

// head is an answer without its body.
type head struct {
	Status string
	Code   int
	Header http.Header
}

// exchange sends a request and reads an answer in JSON; nil: whatever it is.
func (t *tour) exchange(req *http.Request, into any) (head, error) {
	resp, err := t.http.Do(req)
	if err != nil {
		return head{}, fmt.Errorf("is gatehouse-dev running? %w", err)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, 32<<20))
	if err = errors.Join(err, resp.Body.Close()); err == nil && into != nil {
		err = json.Unmarshal(body, into)
	}
	if err != nil {
		err = fmt.Errorf("%s %s answers %s: %.300s", req.Method, req.URL.Path, resp.Status, body)
	}
	return head{resp.Status, resp.StatusCode, resp.Header}, err
}

// tools are the names that are listed, and what is said about the list.
func (p *program) tools(ctx context.Context) (names []string, err error) {
	list, err := p.session.ListTools(ctx, nil)
	if err != nil {
		return nil, err
	}
	for _, tool := range list.Tools {
		names = append(names, tool.Name)
	}
	p.lists, _ = list.Meta["gatehouse/explanation"].(string)
	slices.Sort(names)
	return names, nil
}

// call calls a tool that says who calls it.
func (p *program) call(ctx context.Context) error {
	_, err := p.session.CallTool(ctx, &mcp.CallToolParams{Name: "whoami"})
	return err
}
