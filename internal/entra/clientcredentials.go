package entra

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"time"

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

// ClientCredentials gets a token of the app itself (Microsoft, "OAuth 2.0 client
// credentials flow") for a scope of the form resource/.default. Tokens are held
// for each tenant, client and scope, whichever credential proved the app. What
// Entra refuses is a *TokenError, of class Misconfigured where for a person it
// would be Reauth: an app has nobody to sign in again.
func (c *TokenClient) ClientCredentials(ctx context.Context, app App, scope string) (AccessToken, error) {
	key, err := appKeyOf(app, scope)
	if err != nil {
		return AccessToken{}, err
	}
	return c.once(ctx, key.String(), func(ctx context.Context) (AccessToken, error) {
		if t, ok := c.apps.get(key, c.now()); ok {
			return t, nil
		}
		return c.askForApp(ctx, app, key)
	})
}

// ProveApp asks as ClientCredentials does, but always asks: what it returns is
// evidence of this very credential, now. The token is held from then on.
func (c *TokenClient) ProveApp(ctx context.Context, app App, scope string) (AccessToken, error) {
	key, err := appKeyOf(app, scope)
	if err != nil {
		return AccessToken{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, tokenPatience)
	defer cancel()
	return c.askForApp(ctx, app, key)
}

// PurgeApp forgets every token held of an app in a tenant, as when its credential
// or its consent changes.
func (c *TokenClient) PurgeApp(tid tenants.TID, client tenants.GUID) { c.apps.purge(tid, client) }

func (c *TokenClient) askForApp(ctx context.Context, app App, key appKey) (AccessToken, error) {
	asked, epoch := c.now(), c.apps.epoch()
	got, err := c.ask(ctx, app.request(url.Values{"grant_type": {"client_credentials"}, "scope": {key.scope}}))
	if refused, ok := errors.AsType[*TokenError](err); ok && refused.Class == Reauth {
		refused.Class = Misconfigured
	}
	if err != nil {
		return AccessToken{}, err
	}
	c.apps.put(key, held{token: got.access, until: asked.Add(usable(got.life))}, epoch)
	return got.access, nil
}

// appKey is everything a token of an app depends on.
type appKey struct {
	tid    tenants.TID
	client tenants.GUID
	scope  string
	cloud  Authority
}

func appKeyOf(app App, scope string) (appKey, error) {
	if err := app.check("client credentials"); err != nil {
		return appKey{}, err
	}
	if !strings.HasSuffix(scope, "/.default") || strings.ContainsAny(scope, " \x00") {
		return appKey{}, fault.New(fault.Invalid, "client credentials: the scope must be one resource's default, such as https://graph.microsoft.com/.default")
	}
	return appKey{app.TID, app.ClientID, scope, app.Authority}, nil
}

// String spells the key without ambiguity, and unlike an accessKey.
func (k appKey) String() string {
	return strings.Join([]string{"app", k.cloud.login, k.tid.String(), k.client.String(), k.scope}, " ")
}

// appCache holds tokens of apps in memory.
type appCache struct {
	mu     sync.Mutex
	tokens map[appKey]held
	purges uint64
}

// maxApps bounds the cache: the apps of as many organizations as a process knows.
const maxApps = 16384

func newAppCache() *appCache { return &appCache{tokens: map[appKey]held{}} }

func (c *appCache) get(key appKey, now time.Time) (AccessToken, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	h, ok := c.tokens[key]
	if !ok {
		return AccessToken{}, false
	}
	if !now.Before(h.until) {
		delete(c.tokens, key)
		return AccessToken{}, false
	}
	return h.token, true
}

// epoch changes with every purge.
func (c *appCache) epoch() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.purges
}

// put holds a token, unless something was purged since it was asked for.
func (c *appCache) put(key appKey, h held, epoch uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if epoch != c.purges {
		return
	}
	if _, again := c.tokens[key]; !again && len(c.tokens) >= maxApps {
		for other := range c.tokens {
			delete(c.tokens, other)
			break
		}
	}
	c.tokens[key] = h
}

func (c *appCache) purge(tid tenants.TID, client tenants.GUID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.purges++
	for key := range c.tokens {
		if key.tid == tid && key.client == client {
			delete(c.tokens, key)
		}
	}
}
