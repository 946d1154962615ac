package authserver_test

import (
	"net/http"
	"reflect"
	"testing"

	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

func equal(t *testing.T, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

// TestEachModeHasItsDocument: the other modes' are absent, never partial.
func TestEachModeHasItsDocument(t *testing.T) {
	t.Parallel()
	i := newIssuing(t)
	const ours, entras = "/.well-known/oauth-authorization-server/t/contoso", "/.well-known/oauth-authorization-server/t/contoso/entra"
	tid := i.data.Organization.TID.String()
	documents := map[string]map[string]any{
		ours: {
			"issuer": base + "/t/contoso", "authorization_endpoint": base + "/t/contoso/authorize", "token_endpoint": base + "/t/contoso/token",
			"registration_endpoint": base + "/t/contoso/register", "revocation_endpoint": base + "/t/contoso/revoke", "jwks_uri": base + "/oauth/keys",
			"scopes_supported": []any{"access_as_user", "payroll", "offline_access"}, "response_types_supported": []any{"code"}, "response_modes_supported": []any{"query"},
			"grant_types_supported": []any{"authorization_code", "refresh_token", "client_credentials"}, "code_challenge_methods_supported": []any{"S256"},
			"token_endpoint_auth_methods_supported":            []any{"none", "client_secret_basic", "client_secret_post", "private_key_jwt"},
			"revocation_endpoint_auth_methods_supported":       []any{"none", "client_secret_basic", "client_secret_post", "private_key_jwt"},
			"token_endpoint_auth_signing_alg_values_supported": []any{"ES256", "RS256", "PS256"}, "revocation_endpoint_auth_signing_alg_values_supported": []any{"ES256", "RS256", "PS256"},
			"client_id_metadata_document_supported": true, "authorization_response_iss_parameter_supported": true,
		},
		entras: {
			"issuer": base + "/t/contoso/entra", "authorization_endpoint": "https://login.microsoftonline.com/" + tid + "/oauth2/v2.0/authorize",
			"token_endpoint": "https://login.microsoftonline.com/" + tid + "/oauth2/v2.0/token", "jwks_uri": "https://login.microsoftonline.com/" + tid + "/discovery/v2.0/keys",
			"scopes_supported": []any{base + "/t/contoso/mcp/access_as_user", "offline_access"}, "response_types_supported": []any{"code"},
			"response_modes_supported": []any{"query", "fragment", "form_post"}, "grant_types_supported": []any{"authorization_code", "refresh_token"},
			"code_challenge_methods_supported":      []any{"S256"},
			"token_endpoint_auth_methods_supported": []any{"none", "client_secret_post", "client_secret_basic", "private_key_jwt"},
		},
	}
	for mode, has := range map[tenants.AuthMode]string{tenants.Brokered: ours, tenants.Facade: entras, tenants.Direct: ""} {
		i.change(func(d *snapshot.Data) { d.Organization.Mode = mode })
		for path, document := range documents {
			got := i.get(path)
			if got.header.Get("Access-Control-Allow-Origin") != "*" {
				t.Errorf("%s of %s: %v", mode, path, got.header)
			}
			if path != has {
				if got.status != http.StatusNotFound {
					t.Errorf("%s has %s: %d", mode, path, got.status)
				}
				continue
			}
			equal(t, got.body, document)
		}
	}
	for _, path := range []string{"/.well-known/openid-configuration/t/contoso", "/t/contoso/.well-known/openid-configuration", "/.well-known/oauth-authorization-server/t/nobody"} {
		if got := i.get(path); got.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, got.status)
		}
	}
}
