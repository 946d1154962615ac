package organizations_test

import (
	"strings"
	"testing"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/demo"
	"gatehouse/internal/emulator/seed"
	"gatehouse/internal/secrets"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/tools/builtin"
)

// staff is a group of Adatum that its administrator is in.
const staff = "ada70000-0000-4000-8000-000000000001"

// withStaff gives Adatum a group.
func withStaff(all []seed.Tenant, _ demo.Places) []seed.Tenant {
	of(all, demo.Adatum().TID.String()).Groups = []seed.Group{{ID: staff, Name: "Adatum Staff", Members: []string{demo.Adatum().Admin.OID.String()}}}
	return all
}

// of finds a tenant.
func of(all []seed.Tenant, tid string) *seed.Tenant {
	for i := range all {
		if all[i].ID == tid {
			return &all[i]
		}
	}
	return nil
}

// company returns one of the demo's companies.
func company(slug string) demo.Company {
	for _, c := range demo.Companies() {
		if c.Slug.String() == slug {
			return c
		}
	}
	return demo.Company{}
}

// person returns one of the people of Contoso or Fabrikam.
func person(slug, name string) demo.Person {
	for _, p := range company(slug).People {
		if strings.HasPrefix(p.Username, name+"@") {
			return p
		}
	}
	return demo.Person{}
}

// seats are the roles that both companies grant at the start.
var seats = map[string]tenants.Role{"alice": tenants.Owner, "carol": tenants.Admin, "dan": tenants.Auditor, "frank": tenants.Viewer}

// box opens the keys of organizations.
func (k *stack) box(t *testing.T) *secrets.Box {
	t.Helper()
	local, err := secrets.NewLocalKEK(kek)
	if err != nil {
		t.Fatal(err)
	}
	box, err := secrets.NewBox(local)
	if err != nil {
		t.Fatal(err)
	}
	return box
}

// seedCompanies makes Contoso and Fabrikam organizations.
func (k *stack) seedCompanies(t *testing.T) {
	t.Helper()
	box := k.box(t)
	registry, err := tools.NewRegistry(builtin.Tools(builtin.Deps{}))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range demo.Companies() {
		o := c.Organization(k.places)
		o.Mode, o.AcceptEntraTokens, o.UnknownClients = tenants.Direct, false, tenants.Refuse // as they come; what tests switch on they see change
		if err := demo.Create(t.Context(), k.db, box, demo.New{Organization: o, ClientSecret: c.Secret(k.key)}); err != nil {
			t.Fatal(err)
		}
		by := authz.SystemCaller(o.ID, "test")
		if _, err := k.db.EditAccess(t.Context(), by, "test configuration", func(a *access.Configuration) error {
			*a = access.Configuration{Clients: c.Clients(), Rules: c.Rules(), Tools: c.Tools(registry)}
			a.Clients = append(a.Clients, tenants.Client{ID: automationID(o.Slug.String(), "pipeline"), Name: "Pipeline"})
			a.Sources, a.Approvals = sourced(o.Slug.String())
			a.Toolsets = []tools.Toolset{{Name: o.Slug.String() + "-set", Title: "Set", Patterns: []string{"who*"}}}
			a.Limits = []tenants.Limit{{Name: o.Slug.String() + "-limit", Per: tenants.PerClient, PerDay: 1_000_000, Uncounted: tenants.Admit}}
			a.Recordings = []tenants.Recording{{Name: o.Slug.String() + "-kept", Tool: "whoami", Arguments: []string{"/a"}}}
			a.Rules.ScopeCeilings = map[string]authz.Ceiling{o.Slug.String() + ".read": {Patterns: []string{"whoami"}}}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if err := k.db.EditRoleGrants(t.Context(), by, "test grants", func([]tenants.RoleGrant) ([]tenants.RoleGrant, error) { return grants(o.Slug.String()), nil }); err != nil {
			t.Fatal(err)
		}
		k.orgs[o.Slug.String()] = o
	}
}

// sourced is a source that nobody asks, as it is switched off, and what is
// approved of it.
func sourced(slug string) ([]tools.Source, []tools.Approval) {
	s := tools.Source{
		ID: tenants.NewGUID(), Name: slug + "-notes", Title: "Notes", URL: "https://notes.example/mcp", Naming: tools.Prefixed, Review: tools.Hold,
		Credential: tools.SourceCredential{Kind: tools.NoCredential}, Timeout: time.Minute, Concurrent: 8,
	}
	return []tools.Source{s}, []tools.Approval{{Source: s.ID, Kind: tools.KindTool, Name: "search", Hash: tools.Hash{1}, Effect: tools.Read, At: time.Now().UTC().Truncate(time.Microsecond)}}
}

func grants(slug string) (all []tenants.RoleGrant) {
	for name, role := range seats {
		all = append(all, tenants.RoleGrant{ID: tenants.NewGUID(), Role: role, Grantee: tenants.Grantee{Kind: tenants.PersonGrantee, ID: person(slug, name).OID}, Name: name})
	}
	return all
}
