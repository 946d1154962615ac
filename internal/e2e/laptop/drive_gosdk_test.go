package laptop_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/modelcontextprotocol/go-sdk/oauthex"
	"golang.org/x/oauth2"

	"gatehouse/internal/demo/browser"
)

// loopback is where answers to programs of these tests go. Nobody listens: what
// would be sent there is read instead.
const loopback = "http://127.0.0.1:33418/callback"

// aging is a source of tokens whose current one can be made one that is over.
type aging struct {
	mu     sync.Mutex
	source oauth2.TokenSource
	renew  func(*oauth2.Token) oauth2.TokenSource
}

func (a *aging) Token() (*oauth2.Token, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.source.Token()
}

func (a *aging) age() error {
	now, err := a.Token()
	if err != nil {
		return err
	}
	if now.RefreshToken == "" || now.Expiry.IsZero() {
		return errors.New("there is no refresh token, or no end")
	}
	old := *now
	old.Expiry = time.Now().Add(-time.Minute)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.source = a.renew(&old)
	return nil
}

// goSDK is a program made with the Go SDK.
type goSDK struct {
	realm   *realm
	alice   *browser.Browser
	opened  int
	tokens  *aging
	id      string // it last asked with
	session *mcp.ClientSession
}

// fetch has the page opened and returns the answer.
func (p *goSDK) fetch(ctx context.Context, args *auth.AuthorizationArgs) (*auth.AuthorizationResult, error) {
	p.opened++
	away, answer, err := p.alice.SignIn(ctx, args.URL)
	if err != nil {
		return nil, err
	}
	if answer.Has("error") {
		return nil, fmt.Errorf("%s: %s", answer.Get("error"), answer.Get("error_description"))
	}
	if !strings.HasPrefix(away.URL.String(), loopback+"?") {
		return nil, fmt.Errorf("the answer goes to %s", away.URL)
	}
	return &auth.AuthorizationResult{Code: answer.Get("code"), State: answer.Get("state"), Iss: answer.Get("iss")}, nil
}

func (p *goSDK) keep(ctx context.Context, c *oauth2.Config, token *oauth2.Token) (oauth2.TokenSource, error) {
	p.id = c.ClientID
	p.tokens = &aging{source: c.TokenSource(ctx, token), renew: func(old *oauth2.Token) oauth2.TokenSource { return c.TokenSource(ctx, old) }}
	return p.tokens, nil
}

// connect signs in and begins.
func (p *goSDK) connect(ctx context.Context, era string) error {
	r := p.realm
	config := &auth.AuthorizationCodeHandlerConfig{
		RequestRefreshToken: true, AuthorizationCodeFetcher: p.fetch, NewTokenSource: p.keep, RedirectURL: loopback, Client: &http.Client{Transport: http.DefaultTransport},
	}
	if id := r.clientID(); id != "" {
		config.PreregisteredClient = &oauthex.ClientCredentials{ClientID: id}
	} else {
		config.DynamicClientRegistrationConfig = &auth.DynamicClientRegistrationConfig{Metadata: &oauthex.ClientRegistrationMetadata{
			ClientName: "go-sdk", RedirectURIs: []string{loopback}, TokenEndpointAuthMethod: "none", GrantTypes: []string{"authorization_code", "refresh_token"},
		}}
	}
	handler, err := auth.NewAuthorizationCodeHandler(config)
	if err != nil {
		return err
	}
	client := mcp.NewClient(&mcp.Implementation{Name: "go-sdk", Version: "1"}, nil)
	p.session, err = client.Connect(ctx, &mcp.StreamableClientTransport{Endpoint: r.MCPURL, OAuthHandler: handler}, &mcp.ClientSessionOptions{ProtocolVersion: era})
	return err
}

// call calls a tool as Alice.
func (p *goSDK) call(ctx context.Context, tool string) error {
	reply, err := p.session.CallTool(ctx, &mcp.CallToolParams{Name: tool})
	if err != nil {
		return err
	}
	text, ok := reply.Content[0].(*mcp.TextContent)
	if !ok || reply.IsError {
		return fmt.Errorf("the reply is %+v", reply)
	}
	return p.realm.said(text.Text)
}

// asks takes a step and returns an error unless it opens that many browsers.
func (p *goSDK) asks(browsers int, take func() error) error {
	before := p.opened
	if err := take(); err != nil {
		return err
	}
	if p.opened-before != browsers {
		return fmt.Errorf("it opened %d browsers, want %d", p.opened-before, browsers)
	}
	return nil
}

// list returns the names of the tools.
func (p *goSDK) list(ctx context.Context) (names []string, err error) {
	list, err := p.session.ListTools(ctx, nil)
	if err != nil {
		return nil, err
	}
	for _, tool := range list.Tools {
		names = append(names, tool.Name)
	}
	slices.Sort(names)
	return names, nil
}

func driveGoSDK(t *testing.T, w *world, c combination) (o outcome) {
	t.Helper()
	ctx, r := patient(t), w.realms[c.mode]
	p := &goSDK{realm: r, alice: w.browser(r.Users[0])}
	if !o.try(signsIn, func() error { return p.asks(1, func() error { return p.connect(ctx, c.era) }) }) {
		return o
	}
	defer func() { _ = p.session.Close() }()
	o.Revision = p.session.InitializeResult().ProtocolVersion
	o.try(calls, func() error { return p.call(ctx, "whoami") })
	o.try(lists, func() (err error) {
		o.Tools, err = p.list(ctx)
		return err
	})
	o.try(refreshes, func() error {
		if err := p.tokens.age(); err != nil {
			return err
		}
		return p.asks(0, func() error { return p.call(ctx, "whoami") })
	})
	o.try(stepsUp, func() error {
		if err := p.asks(1, func() error { return p.call(ctx, "roll_dice") }); err != nil {
			return err
		}
		return p.asks(0, func() error { return p.call(ctx, "whoami") })
	})
	if strict := r.strict(); strict != "" {
		o.try(proves, func() error {
			if err := p.asks(1, func() error { return p.call(ctx, strict) }); err != nil {
				return err
			}
			return p.asks(0, func() error { return p.call(ctx, "whoami") })
		})
	}
	if r.clientID() == "" {
		o.try(registersAgain, func() error {
			gone := p.id
			if err := errors.Join(w.unregister(ctx, r, gone), p.tokens.age()); err != nil {
				return err
			}
			if err := p.asks(1, func() error { return p.call(ctx, "whoami") }); err != nil {
				return err
			}
			if p.id == gone {
				return errors.New("it still is " + gone)
			}
			return nil
		})
	}
	return o
}
