package graph_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace/noop"

	"gatehouse/internal/egress"
	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
	"gatehouse/internal/tenants"
)

const (
	globalAdministrator = "62e90394-69f5-4237-9190-012177145e10"
	cloudAdministrator  = "158c047a-c907-4556-b7ef-446551a6b5f7"

	contoso = "11111111-1111-4111-8111-111111111111"
	toolsID = "22222222-2222-4222-8222-222222222222"
	adminID = "33333333-3333-4333-8333-333333333333"
	asker   = "44444444-4444-4444-8444-444444444444"
)

// company is a directory with an app that has something of everything.
func company() seed.Tenant {
	groups := []seed.Group{{ID: groupID(0), Name: "Finance Payables"}, {ID: groupID(1), Name: `Say "Finance"`}, {ID: groupID(2), Name: "Staff"}}
	for i := 3; i < 60; i++ {
		groups = append(groups, seed.Group{ID: groupID(i), Name: fmt.Sprintf("Project %d", i)})
	}
	return seed.Tenant{
		ID: contoso, Name: "Contoso", Domain: "contoso.example", Domains: []string{"contoso.com.example"},
		Users: []seed.User{
			{ID: adminID, Username: "ada@contoso.example", Password: "pw", Name: "Ada Admin", DirectoryRoles: []string{globalAdministrator}, EligibleRoles: []string{cloudAdministrator}},
			{ID: asker, Username: "ann@contoso.example", Password: "pw", Name: "Ann Asker"},
		},
		Groups: groups,
		Apps: []seed.App{{
			ID: toolsID, Name: "Tools", RequestedTokenVersion: 2, IdentifierURIs: []string{"api://" + toolsID}, Scopes: []string{"access_as_user"},
			Secret: "x", GroupMembershipClaims: "SecurityGroup", Redirects: seed.Redirects{Public: []string{"http://localhost/callback"}},
			AppRoles: []seed.AppRole{{Value: "Tools.Execute.All", Members: []string{"Application"}}}, AppRoleAssignments: []seed.AppRoleAssignment{{Principal: groupID(0)}},
			PreAuthorized:  []seed.PreAuthorized{{Client: seed.AzureCLI}},
			OptionalClaims: seed.OptionalClaims{AccessToken: []seed.OptionalClaim{{Name: "idtyp", Properties: []string{"include_user_token"}}}},
			Federated:      []seed.Federation{{Name: "gatehouse", Issuer: "https://gatehouse.example/federation", Subject: "org:a:b", Audience: "api://AzureADTokenExchange"}},
			Consents:       []seed.Consent{{Resource: seed.MicrosoftGraph, Scopes: []string{"User.Read"}, Roles: []string{"User.Read.All"}}},
		}},
	}
}

func groupID(n int) string { return fmt.Sprintf("55555555-5555-4555-8555-%012d", n) }

// directory is an emulated Entra and Graph, and a client of the Graph.
type directory struct {
	t     *testing.T
	login string
	*graph.Client
}

func newDirectory(t *testing.T, tenant seed.Tenant) directory {
	t.Helper()
	login, root := httptest.NewUnstartedServer(nil), httptest.NewUnstartedServer(nil)
	e, err := emulator.New(emulator.Options{
		EntraURL: "http://" + login.Listener.Addr().String(), GraphURL: "http://" + root.Listener.Addr().String(),
		ControlToken: "test", Tenants: []seed.Tenant{tenant}, Entropy: "graph",
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	login.Config.Handler, root.Config.Handler = e.Entra(), e.Graph()
	for _, s := range []*httptest.Server{login, root} {
		s.Start()
		t.Cleanup(s.Close)
	}
	out, err := egress.New(egress.Options{
		Loopback: egress.AllowLoopback, Timeout: 10 * time.Second, MaxResponseBytes: 1 << 20, Tracer: noop.NewTracerProvider().Tracer(""),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(out.Close)
	c, err := graph.New(root.URL, out)
	if err != nil {
		t.Fatal(err)
	}
	return directory{t, login.URL, c}
}

// as signs somebody in with permissions of Graph.
func (d directory) as(name string, permissions ...string) graph.Asking {
	d.t.Helper()
	scope := make([]string, 0, len(permissions))
	for _, p := range permissions {
		scope = append(scope, "https://graph.microsoft.com/"+p)
	}
	resp, err := http.PostForm(d.login+"/"+contoso+"/oauth2/v2.0/token", url.Values{
		"grant_type": {"password"}, "client_id": {seed.AzureCLI}, "scope": {strings.Join(scope, " ")}, "username": {name + "@contoso.example"}, "password": {"pw"},
	})
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	return d.answered(resp)
}

// answered is who asks with the token of an answer.
func (d directory) answered(resp *http.Response) graph.Asking {
	d.t.Helper()
	var answer struct {
		Token string `json:"access_token"`
		Error string `json:"error_description"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || answer.Token == "" {
		d.t.Fatalf("no token: %v %s", err, answer.Error)
	}
	return graph.Asking{Token: func(context.Context) (string, error) { return answer.Token, nil }, Priority: graph.High}
}

func wants(t *testing.T, err error, kind fault.Kind) {
	t.Helper()
	if err == nil || fault.KindOf(err) != kind {
		t.Errorf("error is %v, want one of kind %s", err, kind)
	}
}

func TestOrganizationTellsItsVerifiedDomains(t *testing.T) {
	t.Parallel()
	d := newDirectory(t, company())
	got, err := d.Organization(t.Context(), d.as("ann", "User.Read"))
	if err != nil {
		t.Fatal(err)
	}
	if got.ID.String() != contoso || got.DisplayName != "Contoso" || got.TenantType != "" || len(got.Domains) != 2 || got.Domains[1].Name != "contoso.com.example" || !got.Domains[0].Initial {
		t.Errorf("organization is %+v", got)
	}
	if got, err = d.Organization(t.Context(), d.as("ann", "Organization.Read.All")); err != nil || got.TenantType != "AAD" {
		t.Errorf("organization is %+v, %v", got, err)
	}
}

func TestActiveRolesAreToldAndEligibleOnesApart(t *testing.T) {
	t.Parallel()
	d := newDirectory(t, company())
	reader := d.as("ada", "User.Read", "RoleManagement.Read.Directory", "Directory.Read.All")
	held, err := d.MyDirectoryRoles(t.Context(), reader)
	if err != nil || len(held) != 1 || held[0].Template.String() != globalAdministrator || held[0].DisplayName != "Global Administrator" {
		t.Errorf("roles are %v, %v", held, err)
	}
	eligible, err := d.EligibleRoles(t.Context(), reader, tenants.MustGUID(adminID))
	if err != nil || len(eligible) != 1 || eligible[0].String() != cloudAdministrator {
		t.Errorf("eligible roles are %v, %v", eligible, err)
	}
	if none, err := d.MyDirectoryRoles(t.Context(), d.as("ann", "Directory.Read.All")); err != nil || len(none) != 0 {
		t.Errorf("roles are %v, %v", none, err)
	}
	_, err = d.MyDirectoryRoles(t.Context(), d.as("ada", "User.Read.All"))
	wants(t, err, fault.Forbidden)
	_, err = d.EligibleRoles(t.Context(), d.as("ada", "User.Read"), tenants.MustGUID(adminID))
	wants(t, err, fault.Forbidden)
}

func TestAnAppIsToldAsRegistered(t *testing.T) {
	t.Parallel()
	d := newDirectory(t, company())
	reader, id := d.as("ada", "Application.Read.All"), tenants.MustGUID(toolsID)
	app, err := d.Application(t.Context(), reader, id)
	if err != nil {
		t.Fatal(err)
	}
	if app.AppID != id || app.API.TokenVersion != 2 || app.GroupClaims != "SecurityGroup" || len(app.API.Scopes) != 1 || !app.API.Scopes[0].Enabled ||
		len(app.Passwords) != 1 || app.Passwords[0].EndsAt.IsZero() || len(app.API.PreAuthorized) != 1 || app.API.PreAuthorized[0].AppID.String() != seed.AzureCLI ||
		!slices.Equal(app.PublicClient.URIs, []string{"http://localhost/callback"}) || app.OptionalClaims.AccessToken[0].Properties[0] != "include_user_token" {
		t.Errorf("app is %+v", app)
	}
	trusted, err := d.FederatedCredentials(t.Context(), reader, id)
	if err != nil || len(trusted) != 1 || trusted[0].Subject != "org:a:b" || trusted[0].Audiences[0] != "api://AzureADTokenExchange" {
		t.Errorf("federated credentials are %v, %v", trusted, err)
	}
	_, err = d.Application(t.Context(), reader, tenants.NewGUID())
	wants(t, err, fault.NotFound)
	_, err = d.Application(t.Context(), d.as("ada", "User.Read"), id)
	wants(t, err, fault.Forbidden)
}

func TestAPrincipalIsToldWithWhatItMay(t *testing.T) {
	t.Parallel()
	d := newDirectory(t, company())
	reader := d.as("ada", "Application.Read.All", "Directory.Read.All")
	p, err := d.ServicePrincipal(t.Context(), reader, tenants.MustGUID(toolsID))
	if err != nil || !p.Enabled || p.AssignmentRequired || p.Home.String() != contoso {
		t.Fatalf("principal is %+v, %v", p, err)
	}
	grants, err := d.PermissionGrants(t.Context(), reader, p.Object)
	if err != nil || len(grants) != 1 || grants[0].Scope != "User.Read" || grants[0].ConsentType != graph.ForEverybody || grants[0].Client != p.Object {
		t.Errorf("grants are %v, %v", grants, err)
	}
	roles, err := d.RolesGranted(t.Context(), reader, p.Object)
	if err != nil || len(roles) != 1 || roles[0].Resource != grants[0].Resource {
		t.Errorf("roles are %v, %v", roles, err)
	}
	assigned, err := d.AssignedTo(t.Context(), reader, p.Object)
	if err != nil || len(assigned) != 1 || assigned[0].Principal.String() != groupID(0) || assigned[0].PrincipalType != "Group" || !assigned[0].Role.IsZero() {
		t.Errorf("assigned are %v, %v", assigned, err)
	}
	_, err = d.ServicePrincipal(t.Context(), reader, tenants.NewGUID())
	wants(t, err, fault.NotFound)
}

func TestThePolicyTellsWhetherPeopleMayConsent(t *testing.T) {
	t.Parallel()
	closed := company()
	closed.Settings.UserConsent = "disabled"
	for want, tenant := range map[bool]seed.Tenant{true: company(), false: closed} {
		d := newDirectory(t, tenant)
		p, err := d.AuthorizationPolicy(t.Context(), d.as("ada", "Policy.Read.All"))
		if err != nil || p.UserConsent() != want {
			t.Errorf("people may consent: %v, want %v (%v)", p.UserConsent(), want, err)
		}
	}
}

func TestGroupsAreFoundByWordsOfTheirNames(t *testing.T) {
	t.Parallel()
	d := newDirectory(t, company())
	as := d.as("ada", "GroupMember.Read.All")
	for text, want := range map[string]int{"finance": 2, "fin pay": 1, `say "fin`: 1, "nobody": 0, `x" OR "displayName:staff`: 0} {
		got, err := d.SearchGroups(t.Context(), as, text, "")
		if err != nil || len(got.Items) != want {
			t.Errorf("%q finds %v, want %d (%v)", text, got.Items, want, err)
		}
	}
	_, err := d.SearchGroups(t.Context(), as, strings.Repeat("x", 101), "")
	wants(t, err, fault.Invalid)
}

func TestPagesOfASearchFollowEachOther(t *testing.T) {
	t.Parallel()
	d := newDirectory(t, company())
	as := d.as("ada", "GroupMember.Read.All")
	seen, next := map[tenants.GUID]bool{}, ""
	for n := 0; n == 0 || next != ""; n++ {
		page, err := d.SearchGroups(t.Context(), as, "project", next)
		if err != nil || n > 3 {
			t.Fatalf("page %d: %v", n, err)
		}
		for _, g := range page.Items {
			seen[g.ID] = true
		}
		next = page.Next
	}
	if len(seen) != 57 {
		t.Errorf("found %d groups, want 57", len(seen))
	}
}

func TestGroupsThatAreGoneAreNotAmongThoseFound(t *testing.T) {
	t.Parallel()
	d := newDirectory(t, company())
	ids := []tenants.GUID{tenants.NewGUID()}
	for i := range 20 {
		ids = append(ids, tenants.MustGUID(groupID(i)))
	}
	got, err := d.GroupsByID(t.Context(), d.as("ada", "GroupMember.Read.All"), ids)
	if err != nil || len(got) != 20 {
		t.Fatalf("found %d groups, want 20 (%v)", len(got), err)
	}
	if i := slices.IndexFunc(got, func(g graph.Group) bool { return g.ID == ids[3] }); i < 0 || got[i].DisplayName != "Staff" {
		t.Errorf("groups are %v", got)
	}
}

func TestWritesChangeWhatTheyName(t *testing.T) {
	t.Parallel()
	d := newDirectory(t, company())
	as, id := d.as("ada", "Application.ReadWrite.All"), tenants.MustGUID(toolsID)
	if err := d.Write(t.Context(), as, http.MethodPatch, graph.ApplicationPath(id), map[string]any{"groupMembershipClaims": "All"}, nil); err != nil {
		t.Fatal(err)
	}
	if app, err := d.Application(t.Context(), as, id); err != nil || app.GroupClaims != "All" {
		t.Errorf("claims are %q, %v", app.GroupClaims, err)
	}
	var made graph.Application
	if err := d.Write(t.Context(), as, http.MethodPost, "applications", map[string]any{"displayName": "New"}, &made); err != nil || made.AppID.IsZero() {
		t.Errorf("made %+v, %v", made, err)
	}
	err := d.Write(t.Context(), d.as("ada", "Application.Read.All"), http.MethodPost, "applications", map[string]any{"displayName": "New"}, nil)
	wants(t, err, fault.Forbidden)
}

func TestWritesStayBelowTheVersion(t *testing.T) {
	t.Parallel()
	c, _ := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request that must not be made was made") })
	for _, path := range []string{"", "/applications", "../beta/applications", "a/../../beta", "a//b", "a/./b", "a?b=c", "a#b", "a%2f..%2fb", `a\..\b`, "https://evil.example/", "a\nb", strings.Repeat("a", 513)} {
		wants(t, c.Write(t.Context(), asking(), http.MethodPost, path, nil, nil), fault.Invalid)
	}
	for _, method := range []string{"GET", "post", "CONNECT", ""} {
		wants(t, c.Write(t.Context(), asking(), method, "applications", nil, nil), fault.Invalid)
	}
	wants(t, c.Write(t.Context(), asking(), http.MethodPost, "applications", map[string]string{"notes": strings.Repeat("x", 256<<10)}, nil), fault.Invalid)
	wants(t, c.Write(t.Context(), asking(), http.MethodPost, "applications", func() {}, nil), fault.Invalid)
}

func TestReadsTakeAQuery(t *testing.T) {
	t.Parallel()
	d := newDirectory(t, company())
	as := d.as("ada", "Application.ReadWrite.All")
	var found struct{ Value []map[string]any }
	err := d.Read(t.Context(), as, "applications?$filter=appId%20eq%20'"+toolsID+"'&$select=id", &found)
	if err != nil || len(found.Value) != 1 || found.Value[0]["id"] == "" || found.Value[0]["displayName"] != nil {
		t.Errorf("%+v, %v", found.Value, err)
	}
	err = d.Read(t.Context(), as, "applications/"+tenants.NewGUID().String(), &found)
	wants(t, err, fault.NotFound)
	refusal, ok := errors.AsType[*graph.Error](err)
	if !ok || refusal.GraphCode() != "Request_ResourceNotFound" {
		t.Errorf("%v", err)
	}
}

func TestReadsStayBelowTheVersion(t *testing.T) {
	t.Parallel()
	c, _ := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request that must not be made was made") })
	for _, path := range []string{"", "/me", "../beta/me", "a//b", "applications#x", "applications?%zz", "https://evil.example"} {
		wants(t, c.Read(t.Context(), asking(), path, nil), fault.Invalid)
	}
}

func seedUser(n int) seed.User {
	return seed.User{ID: crowd(n + 1)[n].String(), Username: fmt.Sprintf("user%d@contoso.example", n), Password: "pw", Name: fmt.Sprintf("User %d", n)}
}

// workers are apps of their own with permissions that an administrator granted.
var workers = map[string]string{
	"User.Read.All": "77777777-7777-4777-8777-000000000001", "GroupMember.Read.All": "77777777-7777-4777-8777-000000000002",
	"User.Read.All GroupMember.Read.All":      "77777777-7777-4777-8777-000000000003",
	"User.ReadBasic.All GroupMember.Read.All": "77777777-7777-4777-8777-000000000004",
}

func withWorkers(tenant seed.Tenant) seed.Tenant {
	for roles, id := range workers {
		tenant.Apps = append(tenant.Apps, seed.App{
			ID: id, Name: "Worker for " + roles, Secret: "x", Consents: []seed.Consent{{Resource: seed.MicrosoftGraph, Roles: strings.Fields(roles)}},
		})
	}
	return tenant
}

// app asks as one of these.
func (d directory) app(roles ...string) graph.Asking {
	d.t.Helper()
	resp, err := http.PostForm(d.login+"/"+contoso+"/oauth2/v2.0/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {workers[strings.Join(roles, " ")]}, "client_secret": {"x"}, "scope": {"https://graph.microsoft.com/.default"},
	})
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	return d.answered(resp)
}

// control steers the emulator.
func (d directory) control(path, body string) {
	d.t.Helper()
	req, err := http.NewRequestWithContext(d.t.Context(), http.MethodPost, d.login+"/_control"+path, strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer test")
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode/100 != 2 {
		text, _ := io.ReadAll(resp.Body)
		d.t.Fatalf("%s %s: %d %s", path, body, resp.StatusCode, text)
	}
}
