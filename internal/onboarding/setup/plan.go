package setup

import (
	"net/url"
	"strings"

	"github.com/google/uuid"

	"gatehouse/internal/tenants"
)

// MicrosoftGraph is Microsoft Graph's client id, the same in every tenant.
const MicrosoftGraph = "00000003-0000-0000-c000-000000000000"

// Permission is a delegated permission of Microsoft Graph.
type Permission struct {
	ID    string // the same in every tenant (Microsoft Graph permissions reference)
	Value string
}

// BaseConsent is exactly what an administrator agrees to for everybody: who
// somebody is, that sessions last, and which groups they are in. Connectors ask
// for their own permissions on their own.
func BaseConsent() []Permission {
	return []Permission{
		{"37f7f235-527c-4136-accd-4a02d197296e", "openid"},
		{"7427e0e9-2fba-42fe-b0c0-848c9e6a8182", "offline_access"},
		{"e1fe6dd8-ba31-4d61-89e7-88639da4683d", "User.Read"},
		{"bc024368-1153-4739-b217-4326f2e966d0", "GroupMember.Read.All"},
	}
}

// Plan is the set-up of one organization: steps in the order Entra needs.
type Plan struct {
	Values Values
	Steps  []Step
}

// New makes the plan of an organization. Values that break a rule are
// fault.Invalid, naming the fields.
func New(v Values) (Plan, error) {
	if err := v.Validate(); err != nil {
		return Plan{}, err
	}
	p := Plan{Values: v}
	if v.Model == tenants.SharedApp {
		p.Steps = shared(v)
	} else {
		p.Steps = own(v)
	}
	return p, nil
}

// Step returns the step with a name; the second result tells whether there is one.
func (p Plan) Step(name string) (Step, bool) {
	for _, s := range p.Steps {
		if s.Name == name {
			return s, true
		}
	}
	return Step{}, false
}

// Manifest is the app registration that the plan ends in: everything its steps
// write to it, in Microsoft Graph's manifest format. It is empty for the shared
// app, whose registration is the platform's.
func (p Plan) Manifest() Object {
	var out Object
	for _, s := range p.Steps {
		if s.Make != nil && (s.Make.Path == "applications" || s.Make.Path == application) {
			out = merge(out, s.Make.Body)
		}
	}
	return out
}

// application is the path of the registration once it is known.
const application = "applications/{objectId}"

// Tag marks the app registration that belongs to an endpoint, so that a second
// run finds what the first has made.
func (v Values) Tag() string { return "gatehouse:" + v.Endpoint }

// DisplayName is what the registration is called.
func (v Values) DisplayName() string { return "Gatehouse: " + v.Organization }

// ScopeID is the id of the exposed scope: the same for the same endpoint and
// scope, because Entra refuses to exchange a scope for one with another id.
func (v Values) ScopeID() string { return v.derived("scope", v.Scope) }

// RoleID is the id of an app role, made likewise.
func (v Values) RoleID(value string) string { return v.derived("role", value) }

func (v Values) derived(kind, value string) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte(v.Endpoint+"\n"+kind+"\n"+value)).String()
}

// GraphURL is where Microsoft Graph v1.0 of the organization's cloud is
// (Microsoft, "National cloud deployments").
func (v Values) GraphURL() string {
	switch v.Cloud {
	case tenants.USGovCloud:
		return "https://graph.microsoft.us/v1.0"
	case tenants.ChinaCloud:
		return "https://microsoftgraph.chinacloudapi.cn/v1.0"
	case tenants.PublicCloud:
	}
	return "https://graph.microsoft.com/v1.0"
}

// filter is the query of a list, escaped; {variables} stay.
func filter(text, chosen string) string {
	escaped := strings.NewReplacer("+", "%20", "%7B", "{", "%7D", "}", "%27", "'", "%28", "(", "%29", ")", "%3A", ":", "%2F", "/").
		Replace(url.QueryEscape(text))
	return "?$filter=" + escaped + "&$select=" + chosen
}
