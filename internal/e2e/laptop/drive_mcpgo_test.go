package laptop_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	mcpgo "github.com/mark3labs/mcp-go/client"
	mcpgotransport "github.com/mark3labs/mcp-go/client/transport"
	mcpgotypes "github.com/mark3labs/mcp-go/mcp"

	"gatehouse/internal/demo/browser"
)

// mcpGo is a program made with mcp-go, which leaves registering and the browser to
// it.
type mcpGo struct {
	realm  *realm
	alice  *browser.Browser
	kept   *mcpgotransport.MemoryTokenStore
	client *mcpgo.Client
	ids    []string // it has been registered with
}

func newMCPGo(w *world, r *realm) (*mcpGo, error) {
	p := &mcpGo{realm: r, alice: w.browser(r.Users[0]), kept: mcpgotransport.NewMemoryTokenStore()}
	config := mcpgo.OAuthConfig{
		ClientID: r.clientID(), RedirectURI: loopback, TokenStore: p.kept, PKCEEnabled: true, HTTPClient: &http.Client{Transport: http.DefaultTransport},
	}
	if r.label != brokered {
		config.Scopes = []string{r.uri + "/access_as_user", "offline_access"}
		config.TokenEndpointAuthMethod = "none"
	}
	client, err := mcpgo.NewOAuthStreamableHttpClient(r.MCPURL, config)
	p.client = client
	return p, err
}

// asked does something, and, if that needs somebody to sign in, has Alice do so and
// does it again. It returns whether it did.
func (p *mcpGo) asked(ctx context.Context, do func() error) (bool, error) {
	err := do()
	if err == nil || !mcpgo.IsOAuthAuthorizationRequiredError(err) {
		return false, err
	}
	if err := p.authorize(ctx, mcpgo.GetOAuthHandler(err)); err != nil {
		return true, err
	}
	return true, do()
}

// authorize registers the client where it has no id given, and signs Alice in.
func (p *mcpGo) authorize(ctx context.Context, h *mcpgotransport.OAuthHandler) error {
	if p.realm.clientID() == "" {
		if err := h.RegisterClient(ctx, "mcp-go"); err != nil {
			return err
		}
		p.ids = append(p.ids, h.GetClientID())
	}
	verifier, err := mcpgotransport.GenerateCodeVerifier()
	if err != nil {
		return err
	}
	state, err := mcpgotransport.GenerateState()
	if err != nil {
		return err
	}
	address, err := h.GetAuthorizationURL(ctx, state, mcpgotransport.GenerateCodeChallenge(verifier))
	if err != nil {
		return err
	}
	_, answer, err := p.alice.SignIn(ctx, address)
	if err != nil {
		return err
	}
	if answer.Has("error") {
		return fmt.Errorf("%s: %s", answer.Get("error"), answer.Get("error_description"))
	}
	return h.ProcessAuthorizationResponse(ctx, answer.Get("code"), answer.Get("state"), verifier)
}

// connect begins and returns the revision that was agreed on.
func (p *mcpGo) connect(ctx context.Context, era string) (revision string, err error) {
	if err := p.client.Start(ctx); err != nil {
		return "", err
	}
	var hello mcpgotypes.InitializeRequest
	hello.Params.ProtocolVersion = era
	hello.Params.ClientInfo = mcpgotypes.Implementation{Name: "mcp-go", Version: "1"}
	asked, err := p.asked(ctx, func() error {
		greeted, err := p.client.Initialize(ctx, hello)
		if err == nil {
			revision = greeted.ProtocolVersion
		}
		return err
	})
	if err == nil && !asked {
		err = errors.New("it went through without a browser")
	}
	return revision, err
}

// call calls a tool as Alice.
func (p *mcpGo) call(ctx context.Context, tool string) error {
	var call mcpgotypes.CallToolRequest
	call.Params.Name = tool
	reply, err := p.client.CallTool(ctx, call)
	if err != nil {
		return err
	}
	text, ok := reply.Content[0].(mcpgotypes.TextContent)
	if !ok || reply.IsError {
		return fmt.Errorf("the reply is %+v", reply)
	}
	return p.realm.said(text.Text)
}

// age makes the access token that is kept one that is over.
func (p *mcpGo) age(ctx context.Context) error {
	token, err := p.kept.GetToken(ctx)
	if err != nil {
		return err
	}
	old := *token
	old.ExpiresAt = time.Now().Add(-time.Minute)
	return p.kept.SaveToken(ctx, &old)
}

func (p *mcpGo) list(ctx context.Context) (names []string, err error) {
	list, err := p.client.ListTools(ctx, mcpgotypes.ListToolsRequest{})
	if err != nil {
		return nil, err
	}
	for _, tool := range list.Tools {
		names = append(names, tool.Name)
	}
	slices.Sort(names)
	return names, nil
}

// asks calls a tool and returns an error unless that takes so many browsers, none or
// one.
func (p *mcpGo) asks(ctx context.Context, browsers int, tool string) error {
	asked, err := p.asked(ctx, func() error { return p.call(ctx, tool) })
	if err == nil && asked != (browsers == 1) {
		err = fmt.Errorf("it went to a browser: %t", asked)
	}
	return err
}

func driveMCPGo(t *testing.T, w *world, c combination) (o outcome) {
	t.Helper()
	ctx, r := patient(t), w.realms[c.mode]
	p, err := newMCPGo(w, r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.client.Close() }()
	if r.label != brokered {
		o.flags = "`Scopes`"
	}
	if !o.try(signsIn, func() (err error) {
		o.Revision, err = p.connect(ctx, c.era)
		return err
	}) {
		return o
	}
	o.try(calls, func() error { return p.call(ctx, "whoami") })
	o.try(lists, func() (err error) {
		o.Tools, err = p.list(ctx)
		return err
	})
	o.try(refreshes, func() error { return errors.Join(p.age(ctx), p.asks(ctx, 0, "whoami")) })
	o.try(stepsUp, func() error { return errors.Join(p.asks(ctx, 1, "roll_dice"), p.asks(ctx, 0, "whoami")) })
	if strict := r.strict(); strict != "" {
		o.try(proves, func() error { return errors.Join(p.asks(ctx, 1, strict), p.asks(ctx, 0, "whoami")) })
	}
	if r.clientID() == "" {
		o.try(registersAgain, func() error {
			if err := errors.Join(w.unregister(ctx, r, p.ids[0]), p.age(ctx), p.asks(ctx, 1, "whoami")); err != nil {
				return err
			}
			if len(p.ids) != 2 || p.ids[0] == p.ids[1] {
				return fmt.Errorf("it was registered as %v", p.ids)
			}
			return nil
		})
	}
	return o
}
