package app

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"gatehouse/internal/config"
	"gatehouse/internal/notify"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// SchemaForTest serves the schema of org.yaml.
func SchemaForTest(base url.URL) (http.Handler, error) { return newSchema(base) }

// AssertionForTest is what Entra is shown for an organization's own app.
func (a *API) AssertionForTest(ctx context.Context) (string, error) {
	o := &tenants.Organization{ID: tenants.NewID(), Connection: tenants.Connection{
		ID: tenants.NewGUID(), Model: tenants.OwnApp, Cloud: tenants.PublicCloud, Credential: tenants.Credential{Kind: tenants.PlatformIssuer},
	}}
	mint, err := a.issuer.Mint(o)
	if err != nil {
		return "", err
	}
	return mint(ctx, o.Connection.Cloud.TokenExchangeAudience())
}

// NotifierForTest is what a process with this configuration tells contacts with, and what ends its
// connections.
func NotifierForTest(c config.Process, t *telemetry.Telemetry) (*notify.Sender, func(), error) {
	sender, web, err := newNotifier(process{c, t, time.Now, time.Now})
	if err != nil {
		return nil, nil, err
	}
	return sender, web.Close, nil
}
