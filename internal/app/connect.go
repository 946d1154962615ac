package app

import (
	"slices"
	"strings"

	"gatehouse/internal/connect"
	"gatehouse/internal/entra"
	"gatehouse/internal/tenants"
)

// newConnect builds what tells people and programs how to connect. Strangers ask it,
// as they ask the authorization server.
func (a *API) newConnect(o Options, authority func(tenants.Cloud) entra.Authority) (err error) {
	a.connect, err = connect.New(connect.Parts{
		Base: &o.Config.BaseURL, Version: Version, Views: a.leases, Limits: strangers{a.limits.strangers, a.limits.leavers}, Authority: authority, Logger: a.logger,
		Admits: o.admitsOrigin,
	})
	return err
}

// admitsOrigin reports whether pages of an origin may use the endpoints of every
// organization.
func (o Options) admitsOrigin(origin string) bool {
	return slices.Contains(o.Config.ExtraOrigins, origin) || o.Config.AnyLoopbackPort && strings.HasPrefix(origin, "http://localhost:")
}
