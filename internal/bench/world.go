package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/demo"
	"gatehouse/internal/emulator/seed"
	"gatehouse/internal/onboarding/setup"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// An organization under load: as many people as there are connections, each in
// the same groups, one of which gives them their role.
const (
	slug        = "benchmark" // of the one that most rows are about
	people      = connections
	groupsEach  = 20
	password    = "benchmark-only"
	calledTool  = "whoami"
	sampleTools = 50
)

// shape is how organizations under load differ.
type shape struct {
	slug   string
	groups int              // that everybody is in
	offers string           // path of the server behind it; empty: there is none
	mode   tenants.AuthMode // empty: Direct
}

// world is an organization under load as Entra ID and the platform know it.
type world struct {
	shape
	places   demo.Places
	upstream string // base URL of the servers behind organizations
	org      tenants.ID
	tid      tenants.TID
	api      tenants.GUID
	people   [people]tenants.GUID
	groups   []tenants.GUID
	role     tenants.GUID
	source   tenants.GUID
}

func newWorld(places demo.Places, upstream string, s shape) world {
	w := world{
		shape: s, places: places, upstream: upstream, groups: make([]tenants.GUID, s.groups), source: tenants.NewGUID(),
		org: tenants.NewID(), tid: tenants.TID{GUID: tenants.NewGUID()}, api: tenants.NewGUID(), role: tenants.NewGUID(),
	}
	for i := range w.people {
		w.people[i] = tenants.NewGUID()
	}
	for i := range w.groups {
		w.groups[i] = tenants.NewGUID()
	}
	return w
}

// endpointOf is the path of an organization's MCP endpoint.
func endpointOf(slug string) string { return "/t/" + slug + "/mcp" }

func (w world) resource() string { return w.places.Base + endpointOf(w.slug) }

func (w world) domain() string { return w.slug + ".example" }

// issuer is who signs the tokens of the organization's people.
func (w world) issuer() string { return w.places.Entra + "/" + w.tid.String() + "/v2.0" }

// staff is the group that has the role.
func (w world) staff() tenants.GUID { return w.groups[len(w.groups)/2] }

// directory is the organization's Entra tenant.
func (w world) directory() seed.Tenant {
	t := seed.Tenant{ID: w.tid.String(), Name: w.slug, Domain: w.domain(), Apps: []seed.App{{
		ID: w.api.String(), Name: "Benchmark MCP", Secret: password, IdentifierURIs: []string{w.resource()}, Scopes: []string{demo.Scope},
		PreAuthorized:         []seed.PreAuthorized{{Client: demo.VisualStudioCode}},
		RequestedTokenVersion: 2, GroupMembershipClaims: "SecurityGroup",
		OptionalClaims: seed.OptionalClaims{AccessToken: []seed.OptionalClaim{{Name: "acct"}, {Name: "sid"}, {Name: "xms_cc"}}},
	}}}
	if w.mode == tenants.Brokered {
		app := &t.Apps[0]
		app.Redirects.Web = []string{setup.BrokeredRedirect(w.places.Base, w.slug).URI}
		app.Consents = []seed.Consent{{Resource: seed.MicrosoftGraph, Scopes: []string{"User.Read", "GroupMember.Read.All", "offline_access", "openid", "profile"}}}
	}
	var members []string
	for i, oid := range w.people {
		members = append(members, oid.String())
		t.Users = append(t.Users, seed.User{ID: oid.String(), Username: w.username(i), Password: password, Name: fmt.Sprintf("Person %02d", i)})
	}
	for i, id := range w.groups {
		t.Groups = append(t.Groups, seed.Group{ID: id.String(), Name: fmt.Sprintf("Group %03d", i), Members: members})
	}
	return t
}

// username is what the nth person signs in with.
func (w world) username(n int) string { return fmt.Sprintf("person%02d@%s", n%people, w.domain()) }

// organization is the same as the platform knows it.
func (w world) organization() tenants.Organization {
	return tenants.Organization{
		ID: w.org, Slug: tenants.MustSlug(w.slug), Name: w.slug, TID: w.tid, State: tenants.Active, Mode: cmp.Or(w.mode, tenants.Direct), UnknownClients: tenants.Admit,
		Connection: tenants.Connection{
			Cloud: tenants.PublicCloud, ClientID: w.api, Versions: tenants.V2Only, Resource: w.resource(), Scope: demo.Scope, AppRole: demo.AppRole,
			Guests: tenants.Refuse, Agents: tenants.Refuse, Apps: tenants.Refuse,
			GroupSource: tenants.OnBehalfOf, GroupsClaim: tenants.ClaimConfigured, ID: tenants.NewGUID(), Model: tenants.OwnApp,
			Credential: tenants.Credential{ID: tenants.NewGUID(), Kind: tenants.ClientSecret},
		},
		Membership: tenants.MembershipPolicy{Soft: 15 * time.Minute, Hard: 24 * time.Hour},
	}
}

// configuration gives the role to one group. It may use the called tool, every
// second sample, and what is open of the server behind the organization.
func (w world) configuration() access.Configuration {
	c := access.Configuration{
		Clients: []tenants.Client{{ID: demo.VisualStudioCode, Name: "Visual Studio Code"}},
		Rules: authz.Rules{
			Scope: demo.Scope,
			Roles: []authz.Role{{ID: w.role, Name: "staff", Permissions: []authz.Permission{
				{Effect: authz.Allow, Patterns: w.patterns()},
			}}},
			Assignments: []authz.Assignment{{Role: w.role, Subject: authz.Subject{Kind: authz.SubjectGroup, Value: w.staff().String()}}},
		},
		Tools: []tools.Selection{{Name: calledTool, Effect: tools.Read}},
	}
	for _, t := range samples() {
		c.Tools = append(c.Tools, tools.Selection{Name: t.Name, Effect: t.Effect})
	}
	if w.offers != "" {
		c.Sources = []tools.Source{w.behind()}
	}
	return c
}

// Every other sample is open to the role.
const (
	openPrefix   = "sample_open_"
	closedPrefix = "sample_closed_"
)

// samples are tools that only stand in lists.
func samples() []tools.Tool {
	var all []tools.Tool
	for i := range sampleTools {
		prefix := openPrefix
		if i%2 == 1 {
			prefix = closedPrefix
		}
		all = append(all, tools.Tool{
			Name: fmt.Sprintf("%s%02d", prefix, i), Title: fmt.Sprintf("Sample %02d", i),
			Description: "Looks up one record of the sample register by its number. " + strings.Repeat("The register is made up. ", 3),
			Effect:      tools.Read,
			InputSchema: []byte(`{"type":"object","properties":{"number":{"type":"integer","minimum":1,"description":"the record's number"},` +
				`"fields":{"type":"array","items":{"type":"string"},"description":"what to return; all fields without it"}},` +
				`"required":["number"],"additionalProperties":false}`),
			Invoker: tools.InvokerFunc(notCalled),
		})
	}
	return all
}

// errNotCalled is what a sample answers.
var errNotCalled = errors.New("sample tools are listed, not called")

func notCalled(context.Context, authz.Caller, tools.Call) (tools.Result, error) {
	return tools.Result{}, errNotCalled
}
