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
	if err := app.check("client credentials"); err != nil {
		return AccessToken{}, err
	}
	if !strings.HasSuffix(scope, "/.default") || strings.ContainsAny(scope, " \x00") {
		return AccessToken{}, fault.New(fault.Invalid, "client credentials: the scope must be one resource's default, such as https://graph.microsoft.com/.default")
	}
	ctx, cancel := context.WithTimeout(ctx, tokenPatience)
	defer cancel()
	got, err := c.ask(ctx, app.request(url.Values{"grant_type": {"client_credentials"}, "scope": {scope}}))
	if refused, ok := errors.AsType[*TokenError](err); ok && refused.Class == Reauth {
		refused.Class = Misconfigured
	}
	return got.access, err
}
