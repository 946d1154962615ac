package setup

import (
	"fmt"
	"strings"

	"gatehouse/internal/tenants"
)

const terraformHead = `# Sets up Microsoft Entra ID for a Gatehouse endpoint.
terraform {
  required_providers {
    azuread = {
      source  = "hashicorp/azuread"
      version = "~> 3.0"
    }
  }
}

provider "azuread" {
  environment = %s
}
`

// Terraform is what the plan ends in as configuration for the azuread provider,
// version 3.
func (p Plan) Terraform() string {
	v := p.Values
	var b strings.Builder
	fmt.Fprintf(&b, terraformHead, hclQuote(map[tenants.Cloud]string{tenants.PublicCloud: "global", tenants.USGovCloud: "usgovernmentl4", tenants.ChinaCloud: "china"}[v.Cloud]))
	client := hclQuote(v.ClientID.String())
	if manifest := p.Manifest(); len(manifest) > 0 {
		client = "azuread_application.gatehouse.client_id"
		b.WriteString(terraformApplication(manifest))
	}
	b.WriteString(block("resource", "azuread_service_principal", "gatehouse", "client_id = "+client))
	b.WriteString(block("data", "azuread_service_principal", "graph", "client_id = "+hclQuote(MicrosoftGraph)))
	var words []string
	if s, ok := p.Step("consent"); ok {
		words = s.Words
	}
	b.WriteString(block("resource", "azuread_service_principal_delegated_permission_grant", "gatehouse",
		"service_principal_object_id          = azuread_service_principal.gatehouse.object_id",
		"resource_service_principal_object_id = data.azuread_service_principal.graph.object_id",
		"claim_values                         = "+hclTexts(words)))
	for _, step := range p.Steps {
		if step.Apart {
			role, _ := step.Make.Body.Get("appRoleId").(string)
			name := strings.ToLower(strings.NewReplacer("background ", "background_", ".", "_").Replace(step.Name))
			b.WriteString(block("resource", "azuread_app_role_assignment", name,
				"app_role_id         = "+hclQuote(role),
				"principal_object_id = azuread_service_principal.gatehouse.object_id",
				"resource_object_id  = data.azuread_service_principal.graph.object_id"))
		}
	}
	if v.Model == tenants.OwnApp {
		b.WriteString(v.terraformCredential())
	}
	b.WriteString("\noutput \"client_id\" {\n  value = " + client + "\n}\n")
	return b.String()
}

// apart are the members that resources of their own are made for.
var apart = []string{"identifierUris", "keyCredentials", "groupMembershipClaims"}

func terraformApplication(manifest Object) string {
	api, _ := manifest.Get("api").(Object)
	body := append(Object{}, manifest.without(apart...)...)
	body[body.index("api")].Value = api.without("preAuthorizedApplications")
	var b strings.Builder
	b.WriteString("\nresource \"azuread_application\" \"gatehouse\" {\n")
	b.WriteString("  group_membership_claims = [" + scalar(manifest.Get("groupMembershipClaims"), hclQuote) + "]\n")
	hclBody(&b, body, "  ")
	// The URI and the clients are added afterwards, in the order Entra needs.
	b.WriteString("\n  lifecycle {\n    ignore_changes = [identifier_uris]\n  }\n}\n")
	uris, _ := manifest.Get("identifierUris").(List)
	for _, uri := range texts(uris) {
		b.WriteString(block("resource", "azuread_application_identifier_uri", "endpoint",
			"application_id = azuread_application.gatehouse.id", "identifier_uri = "+hclQuote(uri)))
	}
	trusted, _ := api.Get("preAuthorizedApplications").(List)
	for i, one := range trusted {
		client, _ := one.(Object)
		id, _ := client.Get("appId").(string)
		scopes, _ := client.Get("delegatedPermissionIds").(List)
		b.WriteString(block("resource", "azuread_application_pre_authorized", fmt.Sprintf("client_%d", i+1),
			"application_id = azuread_application.gatehouse.id", "authorized_client_id = "+hclQuote(id), "permission_ids = "+hclTexts(texts(scopes))))
	}
	return b.String()
}

func (v Values) terraformCredential() string {
	const of = "application_id = azuread_application.gatehouse.id"
	name := "display_name = " + hclQuote(CredentialName)
	switch v.Credential {
	case tenants.PlatformIssuer:
		return block("resource", "azuread_application_federated_identity_credential", "gatehouse", of, name,
			"issuer = "+hclQuote(v.Federation.Issuer), "subject = "+hclQuote(v.Federation.Subject), "audiences = "+hclTexts([]string{v.Federation.Audience}))
	case tenants.Certificate:
		return block("resource", "azuread_application_certificate", "gatehouse", of,
			`type = "AsymmetricX509Cert"`, `encoding = "pem"`, "value = "+hclQuote(v.Certificate))
	case tenants.ClientSecret:
		return block("resource", "azuread_application_password", "gatehouse", of, name) +
			"\noutput \"client_secret\" {\n  value     = azuread_application_password.gatehouse.value\n  sensitive = true\n}\n"
	case tenants.NoCredential, tenants.ManagedIdentity, tenants.WorkloadIdentity: // Validate refuses them
	}
	return ""
}

func block(kind, of, name string, lines ...string) string {
	return "\n" + kind + " \"" + of + "\" \"" + name + "\" {\n  " + strings.Join(lines, "\n  ") + "\n}\n"
}

// azureadNames are members whose name in the provider is not theirs in snake
// case.
var azureadNames = map[string]string{
	"isEnabled": "enabled", "oauth2PermissionScopes": "oauth2_permission_scope", "appRoles": "app_role",
}

func azureadName(member string) string {
	if name := azureadNames[member]; name != "" {
		return name
	}
	return snake(member)
}

// hclBody writes members as arguments, and objects and lists of objects as blocks.
func hclBody(b *strings.Builder, body Object, indent string) {
	for _, m := range body {
		name := indent + azureadName(m.Name)
		switch value := m.Value.(type) {
		case Object:
			hclBlock(b, name, value, indent)
		case List:
			if len(value) == 0 {
				continue
			}
			if _, objects := value[0].(Object); !objects {
				b.WriteString(name + " = " + hclTexts(texts(value)) + "\n")
				continue
			}
			for _, one := range value {
				inner, _ := one.(Object)
				hclBlock(b, name, inner, indent)
			}
		default:
			b.WriteString(name + " = " + scalar(value, hclQuote) + "\n")
		}
	}
}

func hclBlock(b *strings.Builder, name string, body Object, indent string) {
	b.WriteString("\n" + name + " {\n")
	hclBody(b, body, indent+"  ")
	b.WriteString(indent + "}\n")
}

func hclTexts(list []string) string {
	var out []string
	for _, one := range list {
		out = append(out, hclQuote(one))
	}
	return "[" + strings.Join(out, ", ") + "]"
}

// hclQuote is a string of HCL. What begins a template, and what is not ASCII, is
// written by its number.
func hclQuote(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		case r == '$' || r == '%' || r < 0x20 || r > 0x7e:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
