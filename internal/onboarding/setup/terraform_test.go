package setup_test

import (
	"slices"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"gatehouse/internal/onboarding/setup"
)

// resources are the blocks of a configuration by their first label.
func resources(t *testing.T, text string) map[string][]*hclsyntax.Block {
	t.Helper()
	file, diags := hclsyntax.ParseConfig([]byte(text), "main.tf", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	out := map[string][]*hclsyntax.Block{}
	for _, b := range file.Body.(*hclsyntax.Body).Blocks {
		if len(b.Labels) > 0 {
			out[b.Labels[0]] = append(out[b.Labels[0]], b)
		}
	}
	return out
}

// read is the value of an attribute: a string, a number as text, or texts.
func read(t *testing.T, b *hclsyntax.Body, name string) []string {
	t.Helper()
	a, ok := b.Attributes[name]
	if !ok {
		t.Fatalf("there is no %s", name)
	}
	value, diags := a.Expr.Value(nil)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	if !value.Type().IsTupleType() {
		value, text := value, ""
		switch value.Type().FriendlyName() {
		case "string":
			text = value.AsString()
		case "number":
			text = value.AsBigFloat().String()
		case "bool":
			text = map[bool]string{true: "true", false: "false"}[value.True()]
		}
		return []string{text}
	}
	var out []string
	for _, one := range value.AsValueSlice() {
		out = append(out, one.AsString())
	}
	return out
}

// inner are the blocks of a type.
func inner(b *hclsyntax.Body, kind string) []*hclsyntax.Body {
	var out []*hclsyntax.Body
	for _, one := range b.Blocks {
		if one.Type == kind {
			out = append(out, one.Body)
		}
	}
	return out
}

// TestTerraformSaysWhatThePlanSays compares the configuration with the manifest
// that the plan's requests add up to.
func TestTerraformSaysWhatThePlanSays(t *testing.T) {
	t.Parallel()
	p := plan(t, values())
	found, manifest := resources(t, p.Terraform()), p.Manifest()
	app := found["azuread_application"][0].Body
	same := func(what string, got []string, want ...any) {
		t.Helper()
		var texts []string
		for _, w := range want {
			texts = append(texts, w.(string))
		}
		if !slices.Equal(got, texts) {
			t.Errorf("%s is %q, want %q", what, got, texts)
		}
	}
	same("display_name", read(t, app, "display_name"), manifest.Get("displayName"))
	same("sign_in_audience", read(t, app, "sign_in_audience"), manifest.Get("signInAudience"))
	same("group_membership_claims", read(t, app, "group_membership_claims"), manifest.Get("groupMembershipClaims"))
	same("tags", read(t, app, "tags"), manifest.Get("tags").(setup.List)...)
	api := inner(app, "api")[0]
	same("requested_access_token_version", read(t, api, "requested_access_token_version"), "2")
	scope := manifest.Get("api").(setup.Object).Get("oauth2PermissionScopes").(setup.List)[0].(setup.Object)
	for member, name := range map[string]string{"id": "id", "value": "value", "type": "type", "adminConsentDisplayName": "admin_consent_display_name", "userConsentDescription": "user_consent_description"} {
		same(name, read(t, inner(api, "oauth2_permission_scope")[0], name), scope.Get(member))
	}
	same("enabled", read(t, inner(api, "oauth2_permission_scope")[0], "enabled"), "true")
	roles := inner(app, "app_role")
	for i, one := range manifest.Get("appRoles").(setup.List) {
		same("app_role value", read(t, roles[i], "value"), one.(setup.Object).Get("value"))
		same("app_role id", read(t, roles[i], "id"), one.(setup.Object).Get("id"))
		same("allowed_member_types", read(t, roles[i], "allowed_member_types"), "Application")
	}
	claims := inner(inner(app, "optional_claims")[0], "access_token")
	for i, one := range manifest.Get("optionalClaims").(setup.Object).Get("accessToken").(setup.List) {
		same("access_token", read(t, claims[i], "name"), one.(setup.Object).Get("name"))
	}
	for block, member := range map[string]string{"public_client": "publicClient", "web": "web"} {
		same(block, read(t, inner(app, block)[0], "redirect_uris"), manifest.Get(member).(setup.Object).Get("redirectUris").(setup.List)...)
	}
	access := manifest.Get("requiredResourceAccess").(setup.List)[0].(setup.Object)
	needs := inner(inner(app, "required_resource_access")[0], "resource_access")
	for i, one := range access.Get("resourceAccess").(setup.List) {
		same("resource_access", read(t, needs[i], "id"), one.(setup.Object).Get("id"))
	}
	same("identifier_uri", read(t, found["azuread_application_identifier_uri"][0].Body, "identifier_uri"), manifest.Get("identifierUris").(setup.List)...)
	trusted := manifest.Get("api").(setup.Object).Get("preAuthorizedApplications").(setup.List)
	if len(found["azuread_application_pre_authorized"]) != len(trusted) {
		t.Errorf("there are %d pre-authorized clients, want %d", len(found["azuread_application_pre_authorized"]), len(trusted))
	}
	for i, one := range trusted {
		body := found["azuread_application_pre_authorized"][i].Body
		same("authorized_client_id", read(t, body, "authorized_client_id"), one.(setup.Object).Get("appId"))
		same("permission_ids", read(t, body, "permission_ids"), one.(setup.Object).Get("delegatedPermissionIds").(setup.List)...)
	}
	consent, _ := p.Step("consent")
	if got := read(t, found["azuread_service_principal_delegated_permission_grant"][0].Body, "claim_values"); !slices.Equal(got, consent.Words) {
		t.Errorf("claim_values are %q, want %q", got, consent.Words)
	}
	federate, _ := p.Step("federate")
	body := found["azuread_application_federated_identity_credential"][0].Body
	for _, name := range []string{"issuer", "subject"} {
		same(name, read(t, body, name), federate.Make.Body.Get(name))
	}
	same("audiences", read(t, body, "audiences"), federate.Make.Body.Get("audiences").(setup.List)...)
}
