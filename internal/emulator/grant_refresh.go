package emulator

import "gatehouse/internal/emulator/seed"

// refresh redeems a refresh token for any resource its client may use. Each
// redemption returns a new one; the old one stays good, as in Entra.
func (x *tokenRequest) refresh() (*tokenResponse, *refusal) {
	if x.form.Get("refresh_token") == "" {
		return nil, refuse(900144, "refresh_token")
	}
	g, ok := x.e.opened(grantRefresh, x.form)
	if !ok || g.Client != x.client.ID || g.Tenant != x.tenant.ID {
		return nil, refuse(70000)
	}
	if no := x.refreshable(g); no != nil {
		return nil, no
	}
	who, no := x.holder(g)
	if no != nil {
		return nil, no
	}
	scope := x.form.Get("scope")
	if scope == "" {
		scope = g.Scope
	}
	return x.redeemGrant(g, who, scope)
}

// refreshable checks age and client of a refresh token.
func (x *tokenRequest) refreshable(g grant) *refusal {
	switch {
	case g.Platform == seed.PlatformSPA && x.now.After(g.Since.Add(spaRefreshLife)):
		return refuse(700084, isoTime(g.Since))
	case x.now.After(g.At.Add(refreshLife)):
		return refuse(700082, isoTime(g.At))
	case g.Platform != "":
		return x.redeemable(g.Platform)
	case g.Confidential:
		return x.confidential()
	}
	return nil
}
