package orgfile_test

import (
	"strings"
	"testing"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/orgfile"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

var now = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

var known = []string{"get_me", "payroll_read", "payroll_run", "search", "wipe"}

var deployment = access.Deployment{Tools: known}

const (
	hr     = "0a0a0a0a-0000-4000-8000-000000000001"
	alice  = "0a0a0a0a-0000-4000-8000-000000000002"
	bob    = "0a0a0a0a-0000-4000-8000-000000000003"
	vscode = "aebc6443-996d-45c2-90f0-388ff96faa56"
	api    = "0a0a0a0a-0000-4000-8000-00000000000a"
	schema = "https://gatehouse.example/org.schema.json"
)

// contoso is an organization with something of everything.
func contoso() access.Whole {
	reader, payroll, notes, crm := tenants.NewGUID(), tenants.NewGUID(), tenants.NewGUID(), tenants.NewGUID()
	return access.Whole{
		Organization: tenants.Organization{
			ID: tenants.NewID(), Slug: tenants.MustSlug("contoso"), Name: "Contoso", State: tenants.Active, Mode: tenants.Direct,
			TID:        tenants.TID{GUID: tenants.MustGUID("0a0a0a0a-0000-4000-8000-0000000000ff")},
			Membership: tenants.MembershipPolicy{Soft: 5 * time.Minute, Hard: time.Hour}, Origins: []string{"https://b.example", "https://a.example"},
			AccessPackageURL: "https://myaccess.microsoft.com/@contoso.onmicrosoft.com#/access-packages/0f5b7a3e-6c1d-4e0f-8a55-3c1f5a1e7d20",
			Connection: tenants.Connection{
				ID: tenants.NewGUID(), Model: tenants.OwnApp, Cloud: tenants.PublicCloud, ClientID: tenants.MustGUID(api), Versions: tenants.V2Only,
				Resource: "api://" + api, Scope: "access_as_user", AppRole: "Tools.Execute.All", Guests: tenants.Refuse, Agents: tenants.Admit,
				Apps: tenants.Admit, GroupSource: tenants.OnBehalfOf, GroupsClaim: tenants.ClaimConfigured,
				Credential: tenants.Credential{ID: tenants.NewGUID(), Kind: tenants.ClientSecret, CreatedAt: now},
			},
		},
		Access: access.Configuration{
			Clients: []tenants.Client{{ID: vscode, Name: "Visual Studio Code"}, {ID: "https://claude.example/client.json", Name: "Claude"}},
			Sources: []tools.Source{
				{
					ID: notes, Name: "notes", Title: "Team notes", URL: "https://notes.example/mcp", Naming: tools.Prefixed, Review: tools.Hold, Enabled: true,
					Credential: tools.SourceCredential{Kind: tools.HeaderCredential, ID: tenants.NewGUID(), Header: "X-Api-Key"}, Timeout: time.Minute, Concurrent: 8,
				},
				{
					ID: crm, Name: "crm", Title: "crm", URL: "https://crm.example/mcp", Naming: tools.Bare, Review: tools.AllowAll, Trusted: true,
					Credential: tools.SourceCredential{Kind: tools.OnBehalfOfUser, Scopes: []string{"api://crm/read"}}, Timeout: 90 * time.Second, Concurrent: 2,
				},
			},
			Approvals: []tools.Approval{
				{Source: notes, Kind: tools.KindTool, Name: "search", Hash: tools.Hash{1}, Effect: tools.Read, At: now},
				{Source: notes, Kind: tools.KindResource, Name: "notes://all", Hash: tools.Hash{2}, At: now},
				{Source: crm, Kind: tools.KindTool, Name: "find_customer", Hash: tools.Hash{3}, Effect: tools.Write, At: now, Automatic: true},
			},
			Toolsets: []tools.Toolset{{Name: "payroll", Title: "Payroll", Patterns: []string{"payroll_*"}}},
			Limits: []tenants.Limit{
				{Name: "editor", Per: tenants.PerClient, Client: vscode, Rate: tenants.LimitRate{Calls: 60, Every: tenants.EveryMinute, Burst: 10}, PerDay: 5000, Uncounted: tenants.Refuse},
				{Name: "payroll", Per: tenants.PerTool, Tool: "payroll_*", PerDay: 100, Uncounted: tenants.Admit},
			},
			Recordings: []tenants.Recording{{Name: "payments", Tool: "payroll_*", Arguments: []string{"/amount", "/employee/id"}, Result: []string{"/structuredContent/id"}, Bodies: tenants.RedactedBodies}},
			Contacts: []tenants.Contact{
				{ID: tenants.NewGUID(), Name: "operations", Email: "operations@contoso.example", Urgent: true, Digest: true},
				{ID: tenants.NewGUID(), Name: "channel", Webhook: "https://hooks.contoso.example/in?sig=abc", Shape: tenants.TeamsShape, Urgent: true, Secrets: 2},
			},
			Sinks: []tenants.Sink{
				{ID: tenants.NewGUID(), Name: "archive", Kind: tenants.StorageSink, Checkpoints: true, Every: time.Hour, URL: "https://contoso.blob.core.windows.net/log", Secret: tenants.NewGUID()},
				{ID: tenants.NewGUID(), Name: "siem", Kind: tenants.SentinelSink, Records: true, Every: 6 * time.Hour, URL: "https://a.westeurope-1.ingest.monitor.azure.com", Rule: "dcr-00000000000000000000000000000abc", Stream: "Custom-Gatehouse"},
			},
			Tools: []tools.Selection{{Name: "search", Effect: tools.Read}, {Name: "payroll_run", Effect: tools.Destructive}, {Name: "payroll_read", Effect: tools.Read}},
			Rules: authz.Rules{
				Roles: []authz.Role{
					{ID: payroll, Name: "Payroll", Permissions: []authz.Permission{
						{Effect: authz.Allow, Patterns: []string{"payroll_*"}, AuthenticationContext: "c1"},
						{Effect: authz.Deny, Patterns: []string{"payroll_run"}},
					}},
					{ID: reader, Name: "Everyday", Permissions: []authz.Permission{{Effect: authz.Allow, Patterns: []string{"search"}}}},
				},
				Assignments: []authz.Assignment{
					{ID: tenants.NewGUID(), Role: payroll, Subject: authz.Subject{Kind: authz.SubjectGroup, Value: hr}, Name: "HR", EndsAt: now.AddDate(0, 3, 0)},
					{ID: tenants.NewGUID(), Role: reader, Subject: authz.Subject{Kind: authz.SubjectEverybody}},
				},
				ClientCeilings: map[string]authz.Ceiling{vscode: {Patterns: []string{"search", "payroll_read"}}},
				ScopeCeilings:  map[string]authz.Ceiling{"tools.read": {Patterns: []string{"*_read", "search"}}},
			},
		},
		RoleGrants: []tenants.RoleGrant{
			{ID: tenants.NewGUID(), Role: tenants.Auditor, Grantee: tenants.Grantee{Kind: tenants.GroupGrantee, ID: tenants.MustGUID(hr)}, Name: "HR"},
			{ID: tenants.NewGUID(), Role: tenants.Owner, Grantee: tenants.Grantee{Kind: tenants.PersonGrantee, ID: tenants.MustGUID(alice)}, Name: "Alice"},
		},
	}
}

func read(t *testing.T, text string) orgfile.Document {
	t.Helper()
	f, err := orgfile.Read("org.yaml", strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return f.Document
}

func write(t *testing.T, s access.Whole) string {
	t.Helper()
	text, err := orgfile.Export(s).YAML(schema)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func apply(t *testing.T, s access.Whole, d orgfile.Document, mode orgfile.Mode) access.Whole {
	t.Helper()
	next, err := orgfile.Apply(s, d, options(mode))
	if err != nil {
		t.Fatal(err)
	}
	return next
}

func options(mode orgfile.Mode) orgfile.Options {
	return orgfile.Options{Mode: mode, Deployment: deployment, Now: now}
}
