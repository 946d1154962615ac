package organizations_test

import (
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// brokered lets an organization's people sign in through Gatehouse, with any AI
// client.
func (k *stack) brokered(t *testing.T, slug string) {
	t.Helper()
	owner := k.as(t, slug, "alice")
	var o console.Organization
	read := owner.get(at(slug), &o)
	settings := console.OrganizationSettings{Name: o.Name, Origins: o.Origins, Membership: o.Membership, SignIn: &console.SignInChange{
		SignInSettings: console.SignInSettings{Mode: tenants.Brokered, UnknownClients: tenants.Admit},
	}}
	owner.ask(http.MethodPut, at(slug), settings, with("If-Match", read.header.Get("ETag"))).want(http.StatusOK)
	eventually(t, "people sign in through Gatehouse", inForce, func() bool {
		resp, err := k.http.Get(k.places.Base + "/.well-known/oauth-authorization-server/t/" + slug)
		if err != nil {
			return false
		}
		_ = resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
}

// TestTokenIsForOneEndpoint: that of the organization, or that of one toolset. At
// every other one it is nobody's, whatever its person could do there.
func TestTokenIsForOneEndpoint(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true})
	for _, slug := range []string{"contoso", "fabrikam"} {
		k.brokered(t, slug)
	}
	_, err := k.db.EditAccess(t.Context(), authz.SystemCaller(k.orgs["contoso"].ID, "test"), "toolset created", func(a *access.Configuration) error {
		a.Toolsets = append(a.Toolsets, tools.Toolset{Name: "other", Title: "Other", Patterns: []string{"whoami"}})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	type place struct{ slug, toolset string }
	places := []place{{"contoso", ""}, {"contoso", "contoso-set"}, {"contoso", "other"}, {"fabrikam", ""}, {"fabrikam", "fabrikam-set"}}
	eventually(t, "the toolset is there", inForce, func() bool {
		return k.callAt(t, k.endpointOf("contoso", "other"), "none", "whoami").status == http.StatusUnauthorized
	})
	for _, from := range places {
		p := k.program(t, from.slug, "Editor")
		token, err := p.token(t.Context(), k.browser(t, person(from.slug, "alice").OID), k.endpointOf(from.slug, from.toolset))
		if err != nil {
			t.Fatal(err)
		}
		for _, to := range places {
			got := k.callAt(t, k.endpointOf(to.slug, to.toolset), token, "whoami")
			challenge := got.header.Get("WWW-Authenticate")
			switch {
			case from == to && !got.worked():
				t.Errorf("at its own endpoint %v it is answered %d %s", to, got.status, got.body)
			case from != to && (got.status != http.StatusUnauthorized || !strings.Contains(challenge, `error="invalid_token"`) || !strings.Contains(challenge, strings.TrimPrefix(k.endpointOf(to.slug, to.toolset), k.places.Base))):
				t.Errorf("the token for %v is answered at %v with %d %s %s", from, to, got.status, challenge, got.body)
			}
		}
	}
}
