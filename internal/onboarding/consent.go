package onboarding

import (
	"net/url"
	"strings"

	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// ConsentAnswer is what a browser comes back with from Entra's consent page. It
// carries no signature: anybody can make one up.
type ConsentAnswer struct {
	Tenant string // "tenant"; empty on errors
	Error  string // "error"
}

// ConsentURL is Entra's page for consenting, for everybody, to exactly the base
// permissions (Microsoft, "Admin consent on the Microsoft identity platform").
// The tenant is in its path, so that no other can answer.
func ConsentURL(a entra.Authority, tid tenants.TID, client tenants.GUID, redirect, state string) string {
	scopes := make([]string, 0, len(BasePermissions()))
	for _, name := range BasePermissions() {
		if strings.Contains(name, ".") {
			name = a.DelegatedGraphScope(name)
		}
		scopes = append(scopes, name)
	}
	page := strings.TrimSuffix(a.AuthorizeURL(tid), "/oauth2/v2.0/authorize") + "/v2.0/adminconsent"
	return page + "?" + url.Values{"client_id": {client.String()}, "scope": {strings.Join(scopes, " ")}, "redirect_uri": {redirect}, "state": {state}}.Encode()
}

// Refusal says what an answer cannot mean: that consent was given where the page
// ended otherwise, or for another tenant than the organization's. Nil means that
// there is something to verify.
func (a ConsentAnswer) Refusal(tid tenants.TID) error {
	if a.Error != "" {
		return declined(a.Error)
	}
	if told, err := tenants.ParseTID(a.Tenant); err != nil || told != tid {
		return fault.New(fault.Forbidden, "the consent page answered for another directory than the one you signed in to; sign in to Microsoft with the same account and begin again")
	}
	return nil
}

// declined explains what Entra's consent page answered instead of consent.
func declined(code string) error {
	switch code {
	case "consent_required", "access_denied":
		return fault.New(fault.Forbidden, "consent was declined on Microsoft's page; nothing was granted. Begin again, or send the link to a colleague who may consent")
	case "server_error", "temporarily_unavailable":
		return fault.New(fault.Unavailable, "Microsoft's consent page could not finish; begin again in a few minutes")
	case "unauthorized_client", "invalid_client", "invalid_request", "invalid_resource", "invalid_scope":
		return fault.Newf(fault.Upstream, "Microsoft's consent page does not accept the app (%s); whoever runs Gatehouse has to correct its registration", code)
	default:
		return fault.New(fault.Forbidden, "Microsoft's consent page did not end with consent; ask for another link (POST …/consent) and begin again")
	}
}
