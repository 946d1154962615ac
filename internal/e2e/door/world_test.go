package door_test

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/authz/authztest"
	"gatehouse/internal/demo"
	"gatehouse/internal/emulator/seed"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/tools/builtin"
)

// world makes a matrix real.
type world struct{ authztest.Matrix }

func (w world) tid() tenants.TID         { return tenants.TID{GUID: authztest.ID("tenant", w.Name)} }
func (w world) api() string              { return authztest.ID("api", w.Name).String() }
func (w world) app(who string) string    { return authztest.ID("app", who).String() }
func (w world) username(n string) string { return n + "@matrix.example" }

const matrixPassword, matrixSecret = "the password of everybody", "the secret of every app"

// extra are the tools that are not the platform's own.
func (w world) extra() []tools.Tool {
	own := map[string]bool{}
	for _, tool := range builtin.Tools(builtin.Deps{}) {
		own[tool.Name] = true
	}
	var extra []tools.Tool
	for _, name := range w.Tools {
		if !own[name] {
			extra = append(extra, echo(name, tools.Read))
		}
	}
	return extra
}

// directories is the matrix's one Entra tenant. Every group also has members
// through a group inside it: half of the callers are there.
func (w world) directories([]seed.Tenant) []seed.Tenant {
	t := seed.Tenant{ID: w.tid().String(), Name: "Matrix", Domain: "matrix.example"}
	members := map[string][]string{}
	own := seed.App{
		ID: w.api(), Name: "Matrix MCP", Secret: matrixSecret, IdentifierURIs: []string{"api://" + w.api()}, RequestedTokenVersion: 2,
		GroupMembershipClaims: "SecurityGroup", PreAuthorized: []seed.PreAuthorized{{Client: demo.VisualStudioCode}, {Client: demo.AzureCLI}},
		Scopes: append(slices.Sorted(maps.Keys(w.ScopeCeilings)), authztest.Scope), AppRoles: w.appRoles(),
		OptionalClaims: seed.OptionalClaims{AccessToken: []seed.OptionalClaim{{Name: "acct"}}},
		Consents:       []seed.Consent{{Resource: seed.MicrosoftGraph, Scopes: []string{"User.Read", "GroupMember.Read.All"}}},
	}
	for i, who := range slices.Sorted(maps.Keys(w.Callers)) {
		c := w.Callers[who]
		principal := authztest.ID("person", who).String()
		if c.Kind == "app" {
			principal = w.app(who)
			t.Apps = append(t.Apps, seed.App{ID: principal, Name: who, Secret: matrixSecret})
		} else {
			t.Users = append(t.Users, w.user(who, c))
		}
		for _, g := range c.Groups {
			if i%2 == 1 {
				g = inside(g)
			}
			members[g] = append(members[g], principal)
		}
		if c.Overage {
			t.Groups = append(t.Groups, fillers(who, principal)...)
		}
		for _, role := range c.AppRoles {
			own.AppRoleAssignments = append(own.AppRoleAssignments, seed.AppRoleAssignment{Role: role, Principal: principal})
		}
	}
	for _, g := range w.Groups {
		inner := authztest.ID("group", inside(g)).String()
		t.Groups = append(t.Groups, seed.Group{ID: authztest.ID("group", g).String(), Name: g, Members: append(members[g], inner)},
			seed.Group{ID: inner, Name: inside(g), Members: members[inside(g)]})
	}
	t.Apps = append(t.Apps, own)
	return []seed.Tenant{t}
}

func inside(group string) string { return "inside " + group }

// fillers are more groups than a token lists.
func fillers(who, principal string) []seed.Group {
	groups := make([]seed.Group, 201)
	for i := range groups {
		name := fmt.Sprintf("%s %d", who, i)
		groups[i] = seed.Group{ID: authztest.ID("filler", name).String(), Name: name, Members: []string{principal}}
	}
	return groups
}

func (w world) user(who string, c authztest.Caller) seed.User {
	u := seed.User{ID: authztest.ID("person", who).String(), Username: w.username(who), Password: matrixPassword, Name: who}
	if c.Kind == "guest" {
		u.Username, u.Password, u.Guest = who+"@elsewhere.example", "", "elsewhere.example"
	}
	return u
}

// appRoles are all that the matrix speaks of.
func (w world) appRoles() []seed.AppRole {
	names := map[string]bool{demo.AppRole: true}
	for _, c := range w.Callers {
		for _, r := range c.AppRoles {
			names[r] = true
		}
	}
	var roles []seed.AppRole
	for _, name := range slices.Sorted(maps.Keys(names)) {
		roles = append(roles, seed.AppRole{Value: name})
	}
	return roles
}

// organizations is the organization of the matrix. An app on its own behalf has
// a client id of its own, which gets what the matrix gives the client it names.
func (w world) organizations(demo.Places) []organization {
	o := organization{
		Organization: tenants.Organization{
			ID: tenants.NewID(), Slug: tenants.MustSlug("matrix"), Name: "Matrix", TID: w.tid(), State: tenants.Active, Mode: tenants.Direct,
			Connection: tenants.Connection{
				Cloud: tenants.PublicCloud, ClientID: authztest.ID("api", w.Name), Versions: tenants.V2Only, Resource: "api://" + w.api(), Scope: authztest.Scope,
				AppRole: demo.AppRole, Guests: tenants.Admit, Agents: tenants.Refuse, Apps: tenants.Admit,
				GroupSource: tenants.OnBehalfOf, GroupsClaim: tenants.ClaimConfigured, ID: tenants.NewGUID(), Model: tenants.OwnApp,
				Credential: tenants.Credential{ID: tenants.NewGUID(), Kind: tenants.ClientSecret},
			},
			Membership: tenants.MembershipPolicy{Soft: demoSoft, Hard: demoHard},
		},
		secret: matrixSecret,
	}
	o.Rules = w.Rules()
	for name, id := range authztest.Clients {
		o.Clients = append(o.Clients, tenants.Client{ID: id, Name: name})
	}
	for _, name := range w.Tools {
		o.Tools = append(o.Tools, tools.Selection{Name: name, Effect: tools.Read})
	}
	for who, c := range w.Callers {
		if c.Kind == "app" {
			w.standIn(&o.Configuration, authztest.Clients[c.Client], who)
		}
	}
	return []organization{o}
}

// standIn gives an app's own client id what the rules say of another.
func (w world) standIn(c *access.Configuration, client, who string) {
	id := w.app(who)
	c.Clients = append(c.Clients, tenants.Client{ID: id, Name: who})
	if ceiling, ok := c.Rules.ClientCeilings[client]; ok {
		c.Rules.ClientCeilings[id] = ceiling
	}
	for _, a := range slices.Clone(c.Rules.Assignments) {
		if a.Subject == (authz.Subject{Kind: authz.SubjectClient, Value: client}) {
			a.Subject.Value = id
			c.Rules.Assignments = append(c.Rules.Assignments, a)
		}
	}
}

// token gets a caller's token the way its kind gets one.
func (w world) token(t *testing.T, k *stack, who string) string {
	t.Helper()
	c := w.Callers[who]
	resource, client := "api://"+w.api(), authztest.Clients[c.Client]
	scopes := []string{resource + "/" + authztest.Scope}
	if len(c.Scopes) > 0 {
		scopes = nil
		for _, s := range c.Scopes {
			scopes = append(scopes, resource+"/"+s)
		}
	}
	var token string
	switch c.Kind {
	case "app":
		token = k.grant(t, w.tid().String(), url.Values{
			"grant_type": {"client_credentials"}, "client_id": {w.app(who)}, "client_secret": {matrixSecret}, "scope": {resource + "/.default"},
		})["access_token"].(string)
	case "guest":
		token = k.browse(t, signIn{w.tid().String(), client, who + "@elsewhere.example", strings.Join(scopes, " ")})
	default:
		token = k.grant(t, w.tid().String(), url.Values{
			"grant_type": {"password"}, "client_id": {client}, "scope": {strings.Join(scopes, " ")}, "username": {w.username(who)}, "password": {matrixPassword},
		})["access_token"].(string)
	}
	if _, listed := claimsOf(t, token)["groups"]; listed && c.Overage {
		t.Fatalf("%s: the token lists the groups", who)
	}
	if len(c.Contexts) == 0 && !c.Relays {
		return token
	}
	return k.altered(t, token, func(claims map[string]any) {
		if len(c.Contexts) > 0 {
			claims["acrs"] = c.Contexts
		}
		if c.Relays {
			claims["xms_cc"] = []string{"CP1"}
		}
	})
}
