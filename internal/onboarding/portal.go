package onboarding

import (
	"bytes"
	"encoding/json"
	"strings"

	"gatehouse/internal/entra"
)

// blade is a page of the Entra admin center, and the words on the way to it.
type blade struct{ view, words string }

// Pages of an app registration.
var (
	overviewBlade       = blade{"Overview", "Overview"}
	authenticationBlade = blade{"Authentication", "Authentication"}
	credentialsBlade    = blade{"Credentials", "Certificates & secrets"}
	tokenBlade          = blade{"TokenConfiguration", "Token configuration"}
	exposeBlade         = blade{"ProtectAnAPI", "Expose an API"}
	rolesBlade          = blade{"AppRoles", "App roles"}
	manifestBlade       = blade{"Manifest", "Manifest"}
	brandingBlade       = blade{"Branding", "Branding & properties"}
)

// Pages of an enterprise application.
var (
	propertiesBlade  = blade{"Properties", "Properties"}
	usersBlade       = blade{"Users", "Users and groups"}
	permissionsBlade = blade{"Permissions", "Permissions"}
)

// registered points a finding at a field of the app registration.
func (x *exam) registered(f Finding, at blade, field string) Finding {
	f.Setting = "App registrations > " + x.appName() + " > " + at.words + " > " + field
	f.Link = x.connection().Cloud.AdminCenter() + "/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/" + at.view + "/appId/" + x.connection().ClientID.String()
	return f
}

// enterprise points a finding at a field of the enterprise application.
func (x *exam) enterprise(f Finding, at blade, field string) Finding {
	f.Setting = "Enterprise applications > " + x.appName() + " > " + at.words + " > " + field
	f.Link = x.connection().Cloud.AdminCenter() + "/#view/Microsoft_AAD_IAM/ManagedAppMenuBlade/~/" + at.view
	if !x.principal.Object.IsZero() {
		f.Link += "/objectId/" + x.principal.Object.String()
	}
	f.Link += "/appId/" + x.connection().ClientID.String()
	return f
}

// appName is what the admin center calls the app, or its client id.
func (x *exam) appName() string {
	switch {
	case x.app.DisplayName != "":
		return x.app.DisplayName
	case x.principal.DisplayName != "":
		return x.principal.DisplayName
	default:
		return x.connection().ClientID.String()
	}
}

// appPath is the app registration below /v1.0, by object id where that is known.
func (x *exam) appPath() string {
	if x.app.Object.IsZero() {
		return "applications(appId='" + x.connection().ClientID.String() + "')"
	}
	return "applications/" + x.app.Object.String()
}

func (x *exam) principalPath() string { return "servicePrincipals/" + x.principal.Object.String() }

// az is a command line of the Azure CLI that makes one request of the cloud's
// Microsoft Graph. A nil body sends none.
func (x *exam) az(method, path string, body any) string {
	url := entra.AuthorityOf(x.connection().Cloud).GraphURL() + "/v1.0/" + path
	if strings.ContainsAny(url, "()'") {
		url = `"` + url + `"`
	}
	line := "az rest --method " + method + " --url " + url
	if body == nil {
		return line
	}
	return line + " --headers Content-Type=application/json --body '" + inQuotes(body) + "'"
}

// inQuotes is JSON that can stand between the single quotes of a shell.
func inQuotes(body any) string {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(body); err != nil {
		return "{}" // bodies are made of texts, numbers and lists
	}
	return strings.ReplaceAll(strings.TrimSpace(out.String()), "'", `\u0027`)
}
