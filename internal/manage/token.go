package manage

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"gatehouse/internal/egress"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// BearerToken is a token that somebody else has got.
type BearerToken string

// Token returns it.
func (t BearerToken) Token(context.Context) (string, error) { return string(t), nil }

// Session is the cookie of somebody who has signed in to the console with a browser.
type Session string

// Token returns the cookie, which is no bearer token: a Client sends it as what it is.
func (s Session) Token(context.Context) (string, error) { return string(s), nil }

// authorize says on a request who sends it.
func (c *Client) authorize(req *http.Request, token string) {
	if _, ok := c.Tokens.(Session); !ok {
		req.Header.Set("Authorization", "Bearer "+token)
		return
	}
	req.Header.Set("Cookie", token)
	req.Header.Set("Origin", c.Base.Scheme+"://"+c.Base.Host) // as the platform's own pages do, without which a session changes nothing
}

// Automation gets tokens by itself, as an app of the organization's own Entra
// tenant. Every field is required.
type Automation struct {
	TID         tenants.TID
	ClientID    tenants.GUID
	Secret      string
	Authorities []entra.Authority // the clouds a tenant may be in: the secret goes to these hosts only
	Base        url.URL           // origin of the deployment
	Org         tenants.Slug
	HTTP        Doer

	held string
}

// Token asks Entra for a token for the organization's app registration, once.
// Which one that is, and in which cloud, the organization's endpoint says
// (RFC 9728). It is not safe for concurrent use.
func (a *Automation) Token(ctx context.Context) (string, error) {
	if a.held != "" {
		return a.held, nil
	}
	metadata, err := a.discover(ctx)
	if err != nil {
		return "", err
	}
	endpoint, scope, err := a.target(metadata)
	if err != nil {
		return "", err
	}
	a.held, err = a.ask(ctx, endpoint, scope)
	return a.held, err
}

// resource is what an endpoint says of how to sign in.
type resource struct {
	AuthorizationServers []string `json:"authorization_servers"`
	ScopesSupported      []string `json:"scopes_supported"`
}

func (a *Automation) discover(ctx context.Context) (resource, error) {
	u := a.Base.JoinPath(".well-known", "oauth-protected-resource", "t", a.Org.String(), "mcp")
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return resource{}, fmt.Errorf("make request: %w", err)
	}
	answer, err := a.HTTP.Do(ctx, req)
	if err != nil {
		return resource{}, err
	}
	var said struct {
		resource
		Automation *resource `json:"gatehouse_automation"` // where people sign in elsewhere than at Entra
	}
	err = json.Unmarshal(answer.Body, &said)
	found := said.resource
	if said.Automation != nil {
		found = *said.Automation
	}
	if answer.Status != http.StatusOK || err != nil || len(found.AuthorizationServers) == 0 || len(found.ScopesSupported) == 0 {
		return resource{}, fault.Newf(fault.NotFound, "%s does not say how to sign in to organization %s; check --url and --org, or give a token in GATEHOUSE_TOKEN", a.Base.Host, a.Org)
	}
	return found, nil
}

// target returns where to ask and for what. An authorization server that is not
// the tenant's own in one of the clouds never hears of the secret.
func (a *Automation) target(of resource) (endpoint, scope string, err error) {
	end := strings.LastIndexByte(of.ScopesSupported[0], '/')
	if end < 0 {
		return "", "", fault.Newf(fault.Upstream, "%s names a scope without its resource", a.Base.Host)
	}
	for _, authority := range a.Authorities {
		if authority.V2Issuer(a.TID) == of.AuthorizationServers[0] {
			return authority.TokenURL(a.TID), of.ScopesSupported[0][:end] + "/.default", nil
		}
	}
	return "", "", fault.New(fault.Invalid, "GATEHOUSE_TENANT_ID is not this organization's directory; use the directory (tenant) ID of the organization's own")
}

// ask sends the client credentials grant (RFC 6749 §4.4).
func (a *Automation) ask(ctx context.Context, endpoint, scope string) (string, error) {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {a.ClientID.String()}, "client_secret": {a.Secret}, "scope": {scope}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return "", fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := a.HTTP.Do(ctx, req)
	if err != nil {
		return "", err
	}
	return tokenOf(answer)
}

func tokenOf(answer *egress.Response) (string, error) {
	var said struct {
		Token string `json:"access_token"`
		Code  string `json:"error"`
		Text  string `json:"error_description"`
	}
	err := json.Unmarshal(answer.Body, &said)
	switch {
	case err == nil && answer.Status == http.StatusOK && said.Token != "":
		return said.Token, nil
	case said.Code == "invalid_resource":
		return "", fault.Wrap(fault.Unauthenticated, "Entra gives nobody a token for the app registration of this organization", resourceError(shortened(said.Text)))
	case said.Code != "":
		return "", fault.Newf(fault.Unauthenticated, "Entra refuses GATEHOUSE_CLIENT_ID with its secret: %s: %s", said.Code, shortened(said.Text))
	default:
		return "", fault.Newf(fault.Upstream, "Entra answered %d without a token", answer.Status)
	}
}

// resourceError is what Entra says where what a token is asked for is at fault, not
// who asks.
type resourceError string

// Error implements error.
func (e resourceError) Error() string { return string(e) }

// longest is how much of a text of Entra's is shown.
const longest = 300

// shortened is the first line of a text, cut after a sentence, or else a word.
func shortened(text string) string {
	first, _, _ := strings.Cut(text, "\n")
	first = strings.TrimSpace(first)
	if len(first) <= longest {
		return first
	}
	head := strings.ToValidUTF8(first[:longest], "")
	if end := strings.LastIndex(head, ". "); end >= 0 {
		return head[:end+1]
	}
	if end := strings.LastIndexByte(head, ' '); end >= 0 {
		head = head[:end]
	}
	return head + "…"
}
