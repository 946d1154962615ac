package watch

import (
	"net/url"
	"strconv"
	"time"

	"gatehouse/internal/notify"
	"gatehouse/internal/tenants"
)

// words is what people read about an alert.
type words struct {
	title  string // one line: what is the case
	text   string // what that means for people
	remedy string // what to do, in the words of the Entra admin center where that is the place
	over   string // what is the case once it is over
	url    string // where to do it
}

// setting is what words need to know besides the alert.
type setting struct {
	organization tenants.Organization
	Deployment
}

// Deployment is where words lead to.
type Deployment struct {
	Issuer string // of the platform, as federated credentials name it
	Base   string // of its URLs, with a slash at the end
}

// Item is an alert as it is told.
func Item(o tenants.Organization, d Deployment, a Alert) notify.Item {
	k, known := kinds[a.Kind]
	if !known { // of another version
		return notify.Item{Cause: string(a.Kind), Severity: notify.Warning, Title: string(a.Kind), Since: a.OpenedAt, Resolved: a.ResolvedAt}
	}
	said := k.words(a.Cause, setting{o, d})
	item := notify.Item{
		Cause: string(a.Kind), Severity: k.severity(a.Cause), Title: said.title, Text: said.text, Remedy: said.remedy,
		Since: a.OpenedAt, Resolved: a.ResolvedAt, URL: said.url,
	}
	if !a.Open() {
		item.Text, item.Remedy, item.URL = said.over, "", ""
	}
	return item
}

// console is a page of the organization's in the console.
func (s setting) console(page string) string { return ConsoleURL(s.Base, s.organization.Slug, page) }

// The pages of the Entra admin center that words lead to.
func (s setting) registration(page string) string {
	c := s.organization.Connection
	return c.Cloud.AdminCenter() + "/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/" + page + "/appId/" + url.PathEscape(c.ClientID.String())
}

func (s setting) enterprise(page string) string {
	c := s.organization.Connection
	return c.Cloud.AdminCenter() + "/#view/Microsoft_AAD_IAM/ManagedAppMenuBlade/~/" + page + "/appId/" + url.PathEscape(c.ClientID.String())
}

func (s setting) own() bool { return s.organization.Connection.Model == tenants.OwnApp }

// app is what the words call the app registration.
func (s setting) app() string {
	return "the app registration " + s.organization.Connection.ClientID.String()
}

// doctor is how to find out more.
func (s setting) doctor() string {
	return "Settings > Connection > Run the check names the setting; so does gatehouse doctor --org " + s.organization.Slug.String() + "."
}

// day is an instant of a fact as people read it; empty where there is none.
func (f Facts) day(name string) string {
	at, err := time.Parse(time.RFC3339, f[name])
	if err != nil {
		return ""
	}
	return at.Format("2 January 2006")
}

// moment is day with the time of the day.
func (f Facts) moment(name string) string {
	at, err := time.Parse(time.RFC3339, f[name])
	if err != nil {
		return ""
	}
	return at.Format("2 January 2006, 15:04") + " UTC"
}

// count is a number of things.
func count(n, one, many string) string {
	if n == "1" {
		return "1 " + one
	}
	return n + " " + many
}

// aadsts is an error number in brackets, or nothing.
func (f Facts) aadsts() string {
	if n, err := strconv.Atoi(f[factCode]); err != nil || n == 0 {
		return ""
	}
	return " (AADSTS" + f[factCode] + ")"
}

// credentialName is what the Entra admin center calls a credential.
func credentialName(f Facts) string {
	switch tenants.CredentialKind(f[factKind]) {
	case tenants.ClientSecret:
		return "client secret"
	case tenants.Certificate:
		return "certificate"
	case tenants.NoCredential, tenants.PlatformIssuer, tenants.ManagedIdentity, tenants.WorkloadIdentity:
	}
	return "credential"
}
