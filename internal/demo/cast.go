package demo

import (
	"fmt"

	"github.com/google/uuid"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// Person is one of the cast, as one organization knows them.
type Person struct {
	Username string
	Password string // empty: signs in only in a browser
	Name     string
	OID      tenants.GUID
	About    string
	Groups   []string // direct memberships
	Filler   int      // further groups, which no assignment mentions
	Guest    bool
	Roles    []string // Entra directory roles, by template id
}

// Company is one organization with its Entra tenant.
type Company struct {
	Slug   tenants.Slug
	Name   string
	Domain string
	TID    tenants.TID
	Org    tenants.ID
	API    tenants.GUID // app registration of the endpoint
	People []Person
	grants []grant
}

// grant is a role of a company and who has it.
type grant struct {
	role     string
	patterns []string
	to       authz.Subject
	name     string // display name of whom it is given to
}

// Unregistered is an Entra tenant that is no organization's yet.
type Unregistered struct {
	Name   string
	Domain string
	TID    tenants.TID
	Admin  Person
}

// The AI clients that both organizations list. The first two are Microsoft's
// own registrations, which exist in every Entra tenant.
const (
	VisualStudioCode = "aebc6443-996d-45c2-90f0-388ff96faa56"
	AzureCLI         = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
)

// Scope is the delegated permission that both app registrations expose.
const Scope = "access_as_user"

// AppRole is what an app-only token has to hold.
const AppRole = "Tools.Execute.All"

// cloudApplicationAdministrator is the template id of the directory role.
const cloudApplicationAdministrator = "158c047a-c907-4556-b7ef-446551a6b5f7"

// Companies returns both organizations. Ids are derived from names, so that
// they are the same at every start and on every machine.
func Companies() []Company {
	return []Company{company("contoso", "fabrikam"), company("fabrikam", "contoso")}
}

// Adatum returns the tenant that nobody has registered.
func Adatum() Unregistered {
	const domain = "adatum.example"
	return Unregistered{
		Name: "Adatum", Domain: domain, TID: tenants.TID{GUID: id(domain, "tenant")},
		Admin: Person{Username: "ada@" + domain, Password: "ada-demo", Name: "Ada Adatum", OID: id(domain, "ada"), Roles: []string{cloudApplicationAdministrator}},
	}
}

func company(slug, other string) Company {
	domain := slug + ".example"
	c := Company{
		Slug: tenants.MustSlug(slug), Name: string(slug[0]-'a'+'A') + slug[1:], Domain: domain,
		TID: tenants.TID{GUID: id(domain, "tenant")}, API: id(domain, "api"), Org: organizationID(domain),
	}
	add := func(name, about string, p Person) {
		p.Name, p.OID, p.About = fmt.Sprintf("%c%s %s", name[0]-'a'+'A', name[1:], c.Name), id(domain, name), about
		if p.Guest {
			p.Username = name + "@" + other + ".example"
		} else {
			p.Username, p.Password = name+"@"+domain, name+"-demo"
		}
		c.People = append(c.People, p)
	}
	add("alice", "Staff and Finance", Person{Groups: []string{"Staff", "Finance"}})
	add("bob", "in no group: no tools", Person{})
	add("carol", "250 groups, so her token lists none; Cloud Application Administrator; an owner of the organization", Person{
		Groups: []string{"Staff", "Finance", "Platform Engineering"}, Filler: 247, Roles: []string{cloudApplicationAdministrator},
	})
	add("dan", "Staff and Auditors; an auditor of the organization", Person{Groups: []string{"Staff", "Auditors"}})
	add("erin", "guest from the other directory; signs in only in a browser", Person{Guest: true})
	add("frank", "SRE, a group inside Platform Engineering; has the notes", Person{Groups: []string{"SRE"}})
	group := func(name string) authz.Subject {
		return authz.Subject{Kind: authz.SubjectGroup, Value: c.GroupID(name).String()}
	}
	c.grants = []grant{
		{"staff", []string{"whoami", "roll_dice", "greeting_card", "graph_get_my_profile", "graph_list_my_groups"}, group("Staff"), "Staff"},
		{"finance", []string{"payroll_*"}, group("Finance"), "Finance"},
		{"engineering", []string{"whoami", "notes_*", "prompt:notes_*", "resource:notes:*", "tickets_*"}, group("Platform Engineering"), "Platform Engineering"},
		{"guests", []string{"whoami"}, authz.Subject{Kind: authz.SubjectEveryGuest}, ""},
	}
	return c
}

// Conformance returns the organization whose tools are those of one MCP server
// alone, under the server's own names. Its Alice may use all of them.
func Conformance() Company {
	const slug, domain = "conformance", "conformance.example"
	alice := Person{
		Username: "alice@" + domain, Password: "alice-demo", Name: "Alice Conformance", OID: id(domain, "alice"), About: "may use everything that the server offers",
	}
	return Company{
		Slug: tenants.MustSlug(slug), Name: "Conformance", Domain: domain,
		TID: tenants.TID{GUID: id(domain, "tenant")}, API: id(domain, "api"), Org: organizationID(domain), People: []Person{alice},
		grants: []grant{{"everything", []string{"*"}, authz.Subject{Kind: authz.SubjectPerson, Value: alice.OID.String()}, alice.Name}},
	}
}

// brokered reports whether people sign in for the company's endpoint at Gatehouse.
func (c Company) brokered() bool { return c.Domain != Conformance().Domain }

// groups are the groups that mean something; SRE is a member of Platform
// Engineering.
var groups = []string{"Staff", "Finance", "Auditors", "SRE", "Platform Engineering"}

// GroupID returns the object id of a group of the company.
func (c Company) GroupID(name string) tenants.GUID { return id(c.Domain, "group "+name) }

// Rules returns the roles of the company and who has them.
func (c Company) Rules() authz.Rules {
	rules := authz.Rules{Scope: Scope}
	for _, g := range c.grants {
		role := id(c.Domain, "role "+g.role)
		rules.Roles = append(rules.Roles, authz.Role{
			ID: role, Name: g.role, Permissions: []authz.Permission{{Effect: authz.Allow, Patterns: g.patterns}},
		})
		rules.Assignments = append(rules.Assignments, authz.Assignment{Role: role, Subject: g.to, Name: g.name})
	}
	return rules
}

// Clients returns the AI clients the company lists.
func (c Company) Clients() []tenants.Client {
	return []tenants.Client{{ID: VisualStudioCode, Name: "Visual Studio Code"}, {ID: AzureCLI, Name: "Azure CLI"}}
}

// Tools returns what the company switches on of the platform's own tools:
// everything, as delivered, or nothing where a server's tools are to be alone.
func (c Company) Tools(registry *tools.Registry) []tools.Selection {
	if c.Domain == Conformance().Domain {
		return nil
	}
	return registry.Tools()
}

// world is the namespace of the derived ids.
var world = uuid.NewSHA1(uuid.NameSpaceURL, []byte("https://gatehouse.example/demo"))

func id(domain, name string) tenants.GUID {
	return tenants.MustGUID(uuid.NewSHA1(world, []byte(domain+"\x00"+name)).String())
}

func organizationID(domain string) tenants.ID {
	parsed, err := tenants.ParseID(id(domain, "organization").String())
	if err != nil {
		panic(err) // derived from constants
	}
	return parsed
}

// Group returns the object id of a group of one of the companies, by the company's slug.
func Group(slug, name string) string {
	for _, c := range Companies() {
		if c.Slug.String() == slug {
			return c.GroupID(name).String()
		}
	}
	return ""
}
