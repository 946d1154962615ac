package demo

import (
	"gatehouse/internal/emulator/seed"
	"gatehouse/internal/onboarding/setup"
	"gatehouse/internal/tenants"
)

// Operator is who runs the platform of the demo world: its own Entra tenant,
// with the registration of the console, and that of the app which organizations
// without a registration of their own share.
type Operator struct {
	Name      string
	Domain    string
	TID       tenants.TID
	Console   tenants.GUID // app registration people sign in to the console with
	SharedApp tenants.GUID // app registration of the endpoints of those organizations
	Person    Person
}

// OperatorRole is the app role of the console app that makes an operator.
const OperatorRole = "Platform.Operator"

// ManageRole is the app role that lets an organization's automation use the
// management API.
const ManageRole = "Gatehouse.Manage"

// Platform returns who runs the platform.
func Platform() Operator {
	const domain = "gatehouse.example"
	return Operator{
		Name: "Gatehouse", Domain: domain, TID: tenants.TID{GUID: id(domain, "tenant")},
		Console: id(domain, "console"), SharedApp: id(domain, "shared app"),
		Person: Person{Username: "olga@" + domain, Password: "olga-demo", Name: "Olga Gatehouse", OID: id(domain, "olga"), About: "operator of the platform"},
	}
}

// ConsoleSecret is the client secret of the console's registration.
func (o Operator) ConsoleSecret(s Secrets) string { return s.Text("client secret of the console") }

// SharedSecret is the client secret of the shared app.
func (o Operator) SharedSecret(s Secrets) string { return s.Text("client secret of the shared app") }

// SharedURI is the Application ID URI of the shared app.
func (o Operator) SharedURI() string { return "api://" + o.SharedApp.String() }

func (o Operator) directory(p Places, s Secrets) seed.Tenant {
	return seed.Tenant{
		ID: o.TID.String(), Name: o.Name, Domain: o.Domain, Users: []seed.User{user(o.Person, "")},
		Apps: []seed.App{o.console(p, s), o.shared(p, s)},
	}
}

// console asks for people's directory roles and groups, because both decide what
// they may do in the console.
func (o Operator) console(p Places, s Secrets) seed.App {
	return seed.App{
		ID: o.Console.String(), Name: "Gatehouse console", MultiTenant: true, Publisher: o.Name, Secret: o.ConsoleSecret(s),
		Redirects:             seed.Redirects{Web: []string{p.Base + "/auth/callback"}},
		RequestedTokenVersion: 2, GroupMembershipClaims: "All",
		OptionalClaims:     seed.OptionalClaims{IDToken: []seed.OptionalClaim{{Name: "acct"}, {Name: "sid"}, {Name: "auth_time"}}},
		AppRoles:           []seed.AppRole{{Value: OperatorRole, Members: []string{"User"}}},
		AppRoleAssignments: []seed.AppRoleAssignment{{Role: OperatorRole, Principal: o.Person.OID.String()}},
		RequiredAccess:     []seed.Access{{Resource: seed.MicrosoftGraph, Scopes: []string{"openid", "profile", "offline_access", "User.Read"}}},
	}
}

// shared declares the base permissions and nothing else: an admin's consent
// grants exactly what is declared.
func (o Operator) shared(p Places, s Secrets) seed.App {
	return seed.App{
		ID: o.SharedApp.String(), Name: "Gatehouse", MultiTenant: true, Publisher: o.Name, Secret: o.SharedSecret(s),
		Redirects:      seed.Redirects{Web: []string{p.Base + "/auth/consent", setup.SharedRedirect(p.Base).URI}},
		IdentifierURIs: []string{o.SharedURI()}, Scopes: []string{Scope},
		AppRoles:      []seed.AppRole{{Value: AppRole, Members: []string{"Application"}}, {Value: ManageRole, Members: []string{"Application"}}},
		PreAuthorized: []seed.PreAuthorized{{Client: VisualStudioCode}, {Client: AzureCLI}},

		RequestedTokenVersion: 2, GroupMembershipClaims: "SecurityGroup", OptionalClaims: endpointClaims(),
		RequiredAccess: []seed.Access{{Resource: seed.MicrosoftGraph, Scopes: []string{"openid", "offline_access", "User.Read", "GroupMember.Read.All"}}},
	}
}
