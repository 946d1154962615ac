package app

import (
	"gatehouse/internal/connect"
	"gatehouse/internal/entra"
	"gatehouse/internal/tenants"
)

// newConnect builds what tells people and programs how to connect. Strangers ask it,
// as they ask the authorization server.
func (a *API) newConnect(o Options, authority func(tenants.Cloud) entra.Authority) (err error) {
	a.connect, err = connect.New(connect.Parts{
		Base: &o.Config.BaseURL, Version: Version, Views: a.leases, Limits: strangers{a.limits.strangers, a.limits.leavers}, Authority: authority, Logger: a.logger,
	})
	return err
}
