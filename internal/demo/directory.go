package demo

import (
	"fmt"

	"gatehouse/internal/emulator/seed"
	"gatehouse/internal/onboarding/setup"
	"gatehouse/internal/tenants"
)

// Places is where the parts of a world are reached: base URLs without a
// trailing slash. Where nothing but Notes is empty, no server stands behind the
// organizations.
type Places struct{ Base, Entra, Graph, Notes string }

// endpoint is the MCP endpoint of an organization, which is also its app's
// Application ID URI.
func (p Places) endpoint(slug tenants.Slug) string { return p.Base + "/t/" + slug.String() + "/mcp" }

// Secrets derives what has to stay the same between two starts of one world.
type Secrets interface {
	// Text returns a secret that only name and the world decide.
	Text(name string) string
}

// Directories returns the Entra tenants of the world, and those of further
// companies.
func Directories(p Places, s Secrets, further ...Company) []seed.Tenant {
	var all []seed.Tenant
	for _, c := range append(Companies(), further...) {
		all = append(all, c.directory(p, s))
	}
	a := Adatum()
	all = append(all, Platform().directory(p, s))
	staff := seed.Group{ID: id(a.Domain, "group Staff").String(), Name: "Staff", Members: []string{a.Admin.OID.String()}}
	return append(all, seed.Tenant{ID: a.TID.String(), Name: a.Name, Domain: a.Domain, Users: []seed.User{user(a.Admin, "")}, Groups: []seed.Group{staff}})
}

func (c Company) directory(p Places, s Secrets) seed.Tenant {
	t := seed.Tenant{ID: c.TID.String(), Name: c.Name, Domain: c.Domain, Apps: []seed.App{c.app(p, s)}}
	members := map[string][]string{"Platform Engineering": {c.GroupID("SRE").String()}}
	for _, person := range c.People {
		guest := ""
		if person.Guest {
			guest = c.homeOf(person)
		}
		t.Users = append(t.Users, user(person, guest))
		for _, g := range person.Groups {
			members[g] = append(members[g], person.OID.String())
		}
		for i := range person.Filler {
			name := fmt.Sprintf("Project %03d", i+1)
			g := seed.Group{ID: c.GroupID(name).String(), Name: name, Members: []string{person.OID.String()}}
			if i == 1 {
				g.Unified = true
			}
			if i == 2 {
				g.MembershipRule = `user.extensionAttribute1 -contains "` + name + `"`
			}
			t.Groups = append(t.Groups, g)
		}
	}
	for _, name := range groups {
		t.Groups = append(t.Groups, seed.Group{
			ID: c.GroupID(name).String(), Name: name, Members: members[name], Synced: name == "Finance", RoleAssignable: name == "Auditors",
		})
	}
	return t
}

// homeOf returns the Entra tenant a guest comes from.
func (c Company) homeOf(guest Person) string {
	for _, other := range []string{"contoso.example", "fabrikam.example"} {
		if guest.Username[len(guest.Username)-len(other):] == other {
			return id(other, "tenant").String()
		}
	}
	return c.TID.String()
}

func user(p Person, guest string) seed.User {
	return seed.User{
		ID: p.OID.String(), Username: p.Username, Password: p.Password, Name: p.Name, Mail: p.Username, Guest: guest, DirectoryRoles: p.Roles,
	}
}

// app is the registration that docs/entra.md describes.
func (c Company) app(p Places, s Secrets) seed.App {
	return seed.App{
		ID: c.API.String(), Name: c.Name + " MCP", Secret: c.Secret(s), Redirects: c.redirects(p),
		IdentifierURIs: []string{p.endpoint(c.Slug), "api://" + c.API.String()},
		Scopes:         []string{Scope}, AppRoles: []seed.AppRole{
			{Value: AppRole, Members: []string{"Application"}}, {Value: ManageRole, Members: []string{"Application"}},
		},
		PreAuthorized:         []seed.PreAuthorized{{Client: VisualStudioCode}, {Client: AzureCLI}},
		RequestedTokenVersion: 2, GroupMembershipClaims: "SecurityGroup",
		OptionalClaims: endpointClaims(),
		Consents:       []seed.Consent{{Resource: seed.MicrosoftGraph, Scopes: []string{"User.Read", "GroupMember.Read.All", "offline_access", "openid", "profile"}}},
	}
}

// redirects are where Entra sends people back to whom Gatehouse signs in.
func (c Company) redirects(p Places) seed.Redirects {
	if !c.brokered() {
		return seed.Redirects{}
	}
	return seed.Redirects{Web: []string{setup.BrokeredRedirect(p.Base, c.Slug.String()).URI}}
}

// endpointClaims are what an endpoint wants to find in tokens besides the
// defaults.
func endpointClaims() seed.OptionalClaims {
	return seed.OptionalClaims{AccessToken: []seed.OptionalClaim{
		{Name: "idtyp", Properties: []string{"include_user_token"}}, {Name: "acct"}, {Name: "sid"}, {Name: "xms_cc"}, {Name: "acrs"},
	}}
}

// Secret is the client secret of the company's app registration.
func (c Company) Secret(s Secrets) string { return s.Text("client secret of " + c.Domain) }
