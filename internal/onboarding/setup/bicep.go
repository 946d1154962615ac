package setup

import (
	"fmt"
	"strings"

	"gatehouse/internal/tenants"
)

const bicepHead = `// Sets up Microsoft Entra ID for a Gatehouse endpoint.
// bicepconfig.json needs the extension:
//   { "extensions": { "microsoftGraphV1": "br:mcr.microsoft.com/bicep/extensions/microsoftgraph/v1.0:1.0.0" } }
extension microsoftGraphV1
`

// Bicep is what the plan ends in as declarations for Bicep's Microsoft Graph
// extension, which finds the registration again by its unique name. A client
// secret cannot be declared; the file says how to make it.
func (p Plan) Bicep() string {
	var b strings.Builder
	b.WriteString(bicepHead)
	client, principal := "'"+p.Values.ClientID.String()+"'", "principal"
	if manifest := p.Manifest(); len(manifest) > 0 {
		client = "app.appId"
		named := append(Object{{"uniqueName", "gatehouse-" + p.Values.derived("app", "")}}, manifest...)
		b.WriteString("\nresource app 'Microsoft.Graph/applications@v1.0' = " + bicep(named, "\n") + "\n")
	}
	b.WriteString("\nresource " + principal + " 'Microsoft.Graph/servicePrincipals@v1.0' = {\n  appId: " + client + "\n}\n")
	b.WriteString("\nresource graph 'Microsoft.Graph/servicePrincipals@v1.0' existing = {\n  appId: " + bicepQuote(MicrosoftGraph) + "\n}\n")
	if s, ok := p.Step("consent"); ok {
		fmt.Fprintf(&b, "\nresource consent 'Microsoft.Graph/oauth2PermissionGrants@v1.0' = {\n  clientId: %s.id\n  consentType: 'AllPrincipals'\n  resourceId: graph.id\n  scope: %s\n}\n",
			principal, bicep(s.Make.Body.Get("scope"), "\n"))
	}
	for _, s := range p.Steps {
		if s.Apart {
			role, _ := s.Make.Body.Get("appRoleId").(string)
			name := strings.ReplaceAll(strings.TrimPrefix(s.Name, "background "), ".", "")
			fmt.Fprintf(&b, "\nresource background%s 'Microsoft.Graph/appRoleAssignedTo@v1.0' = {\n  principalId: %s.id\n  resourceId: graph.id\n  appRoleId: %s\n}\n", name, principal, bicepQuote(role))
		}
	}
	if s, ok := p.Step("federate"); ok {
		body := s.Make.Body
		b.WriteString("\nresource federation 'Microsoft.Graph/applications/federatedIdentityCredentials@v1.0' = {\n  name: '${app.uniqueName}/" + CredentialName + "'\n")
		for _, m := range body.without("name") {
			b.WriteString("  " + m.Name + ": " + bicep(m.Value, "\n  ") + "\n")
		}
		b.WriteString("}\n")
	}
	if p.Values.Model == tenants.OwnApp && p.Values.Credential == tenants.ClientSecret {
		b.WriteString("\n// Bicep makes no client secrets: az ad app credential reset --append --display-name " + CredentialName + " --id <clientId>\n")
	}
	b.WriteString("\noutput clientId string = " + client + "\noutput tenantId string = tenant().tenantId\n")
	return b.String()
}

func bicep(value any, line string) string {
	var b strings.Builder
	switch value := value.(type) {
	case Object:
		b.WriteString("{")
		for _, m := range value {
			b.WriteString(line + "  " + m.Name + ": " + bicep(m.Value, line+"  "))
		}
		b.WriteString(line + "}")
	case List:
		if len(value) == 0 {
			return "[]"
		}
		b.WriteString("[")
		for _, one := range value {
			b.WriteString(line + "  " + bicep(one, line+"  "))
		}
		b.WriteString(line + "]")
	default:
		return scalar(value, bicepQuote)
	}
	return b.String()
}

// bicepQuote is a Bicep string. What could mean something, and what is not ASCII,
// is written by its number.
func bicepQuote(text string) string {
	var b strings.Builder
	b.WriteByte('\'')
	for _, r := range text {
		if r == '\'' || r == '\\' || r == '$' || r < 0x20 || r > 0x7e {
			fmt.Fprintf(&b, `\u{%x}`, r)
			continue
		}
		b.WriteRune(r)
	}
	b.WriteByte('\'')
	return b.String()
}
