package entra

import (
	"net/url"
	"strings"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// AdminConsent asks an administrator to agree for everybody in their tenant.
// Every field is required.
type AdminConsent struct {
	TID         tenants.TID // the one signed in to, in the path: another tenant's administrator cannot answer
	ClientID    tenants.GUID
	Scopes      []string // fully qualified; one resource's /.default stands for what the app declares
	RedirectURL string
	State       string // random, used once, bound to the session and the tenant
}

// AdminConsentURL is where the browser goes (Microsoft, "Admin consent on the
// Microsoft identity platform"). The callback is not signed: anybody can make
// one. Only a token obtained in that tenant proves the consent.
func (a Authority) AdminConsentURL(c AdminConsent) (string, error) {
	switch {
	case c.TID.IsZero() || c.TID.Consumer():
		return "", fault.New(fault.Invalid, "admin consent: the tenant must be the one that was signed in to")
	case c.ClientID.IsZero() || c.RedirectURL == "" || len(c.State) < handshakeLength:
		return "", fault.New(fault.Invalid, "admin consent: client id, redirect URL and a random state must be given")
	case len(c.Scopes) == 0:
		return "", fault.New(fault.Invalid, "admin consent: there are no scopes to agree to")
	}
	for _, s := range c.Scopes {
		if openID(s) {
			continue
		}
		if err := qualified("admin consent", []string{s}); err != nil {
			return "", err
		}
	}
	return a.login + "/" + c.TID.String() + "/v2.0/adminconsent?" + url.Values{
		"client_id": {c.ClientID.String()}, "scope": {strings.Join(c.Scopes, " ")}, "redirect_uri": {c.RedirectURL}, "state": {c.State},
	}.Encode(), nil
}

// openID reports a scope of OpenID Connect, which has no resource.
func openID(scope string) bool {
	return scope == "openid" || scope == "profile" || scope == "email" || scope == "offline_access"
}
