package entra

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// App is an app registration in one tenant, and the proof that we are it. Every
// field is required.
type App struct {
	TID        tenants.TID // proved, never typed: where the proof is sent follows from it
	ClientID   tenants.GUID
	Credential Credential
	Authority  Authority
}

func (a App) check(doing string) error {
	switch {
	case a.TID.IsZero() || a.ClientID.IsZero() || a.Authority.IsZero():
		return fault.New(fault.Invalid, doing+": the tenant, the client id and the cloud of the app must be given")
	case a.Credential == nil:
		return fault.New(fault.Invalid, doing+": the app registration has no credential")
	}
	return nil
}

func (a App) request(form url.Values) request {
	return request{line: quietLine{a.TID, a.ClientID}, endpoint: a.Authority.TokenURL(a.TID), credential: a.Credential, form: form}
}

// ProveApp gets a token of the app itself (Microsoft, "OAuth 2.0 client
// credentials flow") for a scope of the form resource/.default, always from
// Entra: what it returns is evidence of this very credential, now. What Entra
// refuses is a *TokenError, of class Misconfigured where for a person it would
// be Reauth: an app has nobody to sign in again.
func (c *TokenClient) ProveApp(ctx context.Context, app App, scope string) (AccessToken, error) {
	if err := app.checkFor(scope); err != nil {
		return AccessToken{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, tokenPatience)
	defer cancel()
	got, err := c.askForApp(ctx, app.request(clientCredentials(scope)))
	return got.access, err
}

// OfApp returns a token of the app itself for work in an organization: the one that
// is held, or what ProveApp would return. A token that the resource does not accept is
// given as refused, and another is asked for unless that one is new; "": none was.
func (c *TokenClient) OfApp(ctx context.Context, org tenants.ID, app App, scope, refused string) (AccessToken, error) {
	if err := app.checkFor(scope); err != nil {
		return AccessToken{}, err
	}
	if org.IsZero() {
		return AccessToken{}, fault.New(fault.Invalid, "client credentials: whose work it is must be given")
	}
	key := accessKey{org: org, tid: app.TID, client: app.ClientID, scopes: scope}
	if refused != "" {
		c.cache.refuse(key, refused, c.now())
	}
	return c.once(ctx, key.String(), func(ctx context.Context) (AccessToken, error) {
		if t, ok := c.cache.get(key, "", c.now()); ok {
			return t, nil
		}
		asked, epoch := c.now(), c.cache.epoch(org)
		r := app.request(clientCredentials(scope))
		r.again = heldBack
		got, err := c.askForApp(ctx, r)
		if err != nil {
			return AccessToken{}, err
		}
		c.cache.put(key, held{token: got.access, until: asked.Add(usable(got.life)), since: asked}, epoch, asked)
		return got.access, nil
	})
}

// PurgeApp forgets the tokens held of apps themselves for work in an organization,
// such as when its credential was replaced or its consent withdrawn.
func (c *TokenClient) PurgeApp(org tenants.ID) { c.cache.purge(org, tenants.GUID{}) }

func clientCredentials(scope string) url.Values {
	return url.Values{"grant_type": {"client_credentials"}, "scope": {scope}}
}

func (a App) checkFor(scope string) error {
	if err := a.check("client credentials"); err != nil {
		return err
	}
	if !strings.HasSuffix(scope, "/.default") || strings.ContainsAny(scope, " \x00") {
		return fault.New(fault.Invalid, "client credentials: the scope must be one resource's default, such as https://graph.microsoft.com/.default")
	}
	return nil
}

func (c *TokenClient) askForApp(ctx context.Context, r request) (granted, error) {
	got, err := c.ask(ctx, r)
	if refused, ok := errors.AsType[*TokenError](err); ok && refused.Class == Reauth {
		refused.Class = Misconfigured
	}
	return got, err
}
