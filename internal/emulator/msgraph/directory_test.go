package msgraph_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/emulator/seed"
)

// TestTheMainAnswersHaveGraphsShape compares with testdata, whose sources are in
// testdata/SOURCES.md.
func TestTheMainAnswersHaveGraphsShape(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	alice := f.as(ids.alice, readers)
	boss := f.app("Directory.Read.All", "AppRoleAssignment.ReadWrite.All", "RoleManagement.Read.Directory", "Domain.Read.All")
	for name, a := range map[string]answer{
		"me":                   alice.get("me"),
		"users-page":           alice.eventual("users", "$top", "2"),
		"user-guest":           alice.get("users/"+ids.erin, "$select", "id,userPrincipalName,userType,creationType,externalUserState,identities,mailNickname"),
		"manager":              alice.get("me/manager"),
		"group":                alice.get("groups/" + ids.list),
		"group-members":        boss.get("groups/"+ids.sre+"/members", "$select", "id,displayName,userPrincipalName,mailEnabled"),
		"member-of-limited":    f.as(ids.carol, "User.Read").get("me/memberOf"),
		"member-of-groups":     alice.eventual("me/transitiveMemberOf/microsoft.graph.group", "$select", "id,displayName,securityEnabled"),
		"check-member-groups":  alice.post("me/checkMemberGroups", `{"groupIds":["`+ids.staff+`","`+ids.sre+`"]}`),
		"get-by-ids":           boss.post("directoryObjects/getByIds", `{"ids":["`+ids.bob+`","`+ids.sre+`"]}`),
		"organization-limited": f.as(ids.alice, "User.Read").get("organization"),
		"domains":              boss.get("domains"),
		"directory-roles":      boss.get("directoryRoles"),
		"role-assignments":     boss.get("roleManagement/directory/roleAssignments", "$filter", "principalId eq '"+ids.carol+"'"),
		"role-eligibilities":   boss.get("roleManagement/directory/roleEligibilityScheduleInstances"),
		"app-role-assignments": boss.get("users/" + ids.alice + "/appRoleAssignments"),
		"error-not-found":      alice.get("users/" + ids.gone),
		"error-denied":         f.as(ids.alice, "User.Read").get("users"),
		"error-search":         alice.get("groups", "$search", `"displayName:x"`),
		"error-count":          alice.get("users/$count"),
		"error-unsupported":    alice.get("users", "$filter", "endswith(mail,'x')"),
		"error-not-equal":      alice.get("users", "$filter", "accountEnabled ne true"),
		"error-sort":           alice.get("groups", "$filter", "startswith(displayName,'a')", "$orderby", "displayName"),
		"error-filter":         alice.get("users", "$filter", "foo eq 1"),
		"error-skip":           alice.get("users", "$skip", "1"),
		"error-page-size":      alice.get("users", "$top", "1000"),
		"error-delegated-only": f.app("User.Read.All").get("me"),
	} {
		a.golden(t, name)
	}
}

// TestEveryAnswerNeedsItsPermission asks once with each least privileged
// permission, delegated and application, and once without.
func TestEveryAnswerNeedsItsPermission(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	bob, staff, role := "users/"+ids.bob, "groups/"+ids.staff, "directoryRoles/"+seed.Derived(ids.tenant, "directory role", ids.admin)
	for path, c := range map[string]struct{ delegated, app string }{
		"me":                          {"User.Read", ""},
		"me/manager":                  {"User.Read.All", ""},
		"me/directReports":            {"User.Read", ""},
		"me/memberOf":                 {"User.Read", ""},
		"me/transitiveMemberOf":       {"User.Read", ""},
		"me/appRoleAssignments":       {"AppRoleAssignment.ReadWrite.All", ""},
		"users":                       {"User.ReadBasic.All", "User.Read.All"},
		bob:                           {"User.ReadBasic.All", "User.Read.All"},
		bob + "/manager":              {"User.Read.All", "User.Read.All"},
		bob + "/directReports":        {"User.Read.All", "User.Read.All"},
		bob + "/memberOf":             {"User.Read.All", "GroupMember.Read.All"},
		bob + "/transitiveMemberOf":   {"User.Read.All", "User.Read.All"},
		bob + "/appRoleAssignments":   {"AppRoleAssignment.ReadWrite.All", "Directory.Read.All"},
		"groups":                      {"GroupMember.Read.All", "GroupMember.Read.All"},
		staff:                         {"GroupMember.Read.All", "GroupMember.Read.All"},
		staff + "/members":            {"GroupMember.Read.All", "GroupMember.Read.All"},
		staff + "/transitiveMembers":  {"GroupMember.Read.All", "GroupMember.Read.All"},
		staff + "/owners":             {"GroupMember.Read.All", "GroupMember.Read.All"},
		staff + "/memberOf":           {"GroupMember.Read.All", "GroupMember.Read.All"},
		staff + "/transitiveMemberOf": {"GroupMember.Read.All", "GroupMember.Read.All"},
		"directoryObjects/" + ids.bob: {"Directory.Read.All", "Directory.Read.All"},
		"directoryRoles":              {"RoleManagement.Read.Directory", "RoleManagement.Read.Directory"},
		role:                          {"RoleManagement.Read.Directory", "RoleManagement.Read.Directory"},
		role + "/members":             {"RoleManagement.Read.Directory", "RoleManagement.Read.Directory"},
		"organization":                {"User.Read", "Organization.Read.All"},
		"organization/" + ids.tenant:  {"User.Read", "Organization.Read.All"},
		"domains":                     {"Domain.Read.All", "Domain.Read.All"},
		"roleManagement/directory/roleAssignments":                  {"RoleManagement.Read.Directory", "RoleManagement.Read.Directory"},
		"roleManagement/directory/roleEligibilityScheduleInstances": {"RoleEligibilitySchedule.Read.Directory", "RoleManagement.Read.Directory"},
	} {
		manager := strings.HasSuffix(path, "manager")
		if a := f.as(ids.alice, "Mail.Read "+c.delegated).get(path); a.status != http.StatusOK {
			t.Errorf("%s with %s: %d %s", path, c.delegated, a.status, a.text)
		}
		f.as(ids.alice, "Mail.Read").get(path).denied(t)
		if c.app == "" {
			f.app("Directory.Read.All").get(path).failed(t, 400, "Request_BadRequest", "/me request is only valid with delegated authentication flow.")
			continue
		}
		if a := f.app("Mail.Read", c.app).get(path); a.status != http.StatusOK && !manager {
			t.Errorf("%s with %s for an app: %d %s", path, c.app, a.status, a.text)
		}
		f.app("Mail.Read").get(path).denied(t)
	}
}

func TestFunctionsNeedTheirPermissions(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	object := "directoryObjects/" + ids.bob
	groups, objects := `{"groupIds":["`+ids.sre+`"]}`, `{"ids":["`+ids.sre+`"]}`
	all := `{"securityEnabledOnly":false}`
	for _, c := range []struct{ path, body, enough, short string }{
		{"me/checkMemberGroups", groups, "User.Read GroupMember.Read.All", "User.Read"},
		{"me/getMemberGroups", all, "User.Read GroupMember.Read.All", "GroupMember.Read.All"},
		{"me/checkMemberObjects", objects, "User.Read", "GroupMember.Read.All"},
		{"me/getMemberObjects", all, "User.Read", "GroupMember.Read.All"},
		{"users/" + ids.bob + "/checkMemberGroups", groups, "User.ReadBasic.All GroupMember.Read.All", "User.Read GroupMember.Read.All"},
		{"users/" + ids.bob + "/getMemberGroups", all, "User.ReadBasic.All GroupMember.Read.All", "User.ReadBasic.All"},
		{"users/" + ids.bob + "/checkMemberObjects", objects, "User.Read.All", "User.ReadBasic.All"},
		{"users/" + ids.bob + "/getMemberObjects", all, "Directory.Read.All", "User.Read"},
		{"groups/" + ids.sre + "/checkMemberGroups", groups, "GroupMember.Read.All", "User.Read.All"},
		{"groups/" + ids.sre + "/getMemberGroups", all, "Group.Read.All", "User.Read.All"},
		{object + "/checkMemberGroups", groups, "User.Read.All GroupMember.Read.All", "User.Read.All"},
		{object + "/getMemberGroups", all, "Directory.Read.All", "GroupMember.Read.All"},
		{object + "/getMemberObjects", all, "Directory.Read.All", "GroupMember.Read.All"},
		{"directoryObjects/" + ids.sre + "/getMemberGroups", all, "GroupMember.Read.All", "User.Read.All"},
		{"directoryObjects/getByIds", objects, "Directory.Read.All", "User.Read.All GroupMember.Read.All"},
	} {
		if a := f.as(ids.alice, c.enough).post(c.path, c.body); a.status != http.StatusOK {
			t.Errorf("%s with %s: %d %s", c.path, c.enough, a.status, a.text)
		}
		f.as(ids.alice, c.short).post(c.path, c.body).denied(t)
		if strings.HasPrefix(c.path, "me/") {
			continue
		}
		if a := f.app(strings.Fields(c.enough)...).post(c.path, c.body); a.status != http.StatusOK {
			t.Errorf("%s with %s for an app: %d %s", c.path, c.enough, a.status, a.text)
		}
		f.app(strings.Fields(c.short)...).post(c.path, c.body).denied(t)
	}
}

func TestBasicReadersSeeTheBasics(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	const chosen = "id,displayName,mail,userPrincipalName,jobTitle,accountEnabled,businessPhones"
	for name, a := range map[string]answer{
		"person": f.as(ids.bob, "User.ReadBasic.All").get("users/"+ids.alice, "$select", chosen),
		"app":    f.app("User.ReadBasic.All").get("users/"+ids.alice, "$select", chosen),
	} {
		if a.json["displayName"] != "Alice Adams" || a.json["mail"] != "alice@contoso.example" || a.json["jobTitle"] != nil || a.json["accountEnabled"] != nil || !strings.Contains(a.text, `"businessPhones":[]`) {
			t.Errorf("%s: %s", name, a.text)
		}
	}
	full := f.as(ids.bob, "User.Read.All").get("users/"+ids.alice, "$select", chosen)
	if full.json["jobTitle"] != "Accountant" || full.json["accountEnabled"] != true || !strings.Contains(full.text, `"businessPhones":["+1 425 555 0100"]`) {
		t.Errorf("answer is %s", full.text)
	}
	own := f.as(ids.alice, "User.Read User.ReadBasic.All").eventual("users", "$filter", "id eq '"+ids.alice+"'", "$select", "jobTitle")
	if got := own.each("jobTitle"); !slices.Equal(got, []string{"Accountant"}) {
		t.Errorf("own job title is %v", got)
	}
}

func TestLimitedInformationIsNull(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for path, scope := range map[string]string{"me/memberOf": "User.Read", "me/directReports": "User.Read", "groups/" + ids.sre + "/members": "GroupMember.Read.All"} {
		a := f.as(ids.carol, scope).get(path, "$select", "id,displayName")
		seen := a.each("displayName")
		if len(seen) == 0 || !slices.Contains(seen, "null") || slices.Contains(a.each("id"), "null") {
			t.Errorf("%s: %s", path, a.text)
		}
	}
	members := f.as(ids.alice, "GroupMember.Read.All").get("groups/"+ids.sre+"/members", "$select", "displayName")
	members.names(t, "null", "Platform Engineering")
}

func TestOrganizationIsLimitedForPeople(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for scope, want := range map[string]any{"User.Read": nil, "Organization.Read.All": "AAD"} {
		a := f.as(ids.alice, scope).get("organization/" + ids.tenant)
		if a.json["tenantType"] != want || a.json["displayName"] != "Contoso" || !strings.Contains(a.text, `"name":"contoso.test"`) {
			t.Errorf("%s: %s", scope, a.text)
		}
	}
	f.as(ids.alice, "User.Read").get("organization/"+ids.other).failed(t, 404, "Request_ResourceNotFound", "")
	f.app("User.Read").get("organization").denied(t)
}

func TestPeopleAreFoundByNameAndID(t *testing.T) {
	t.Parallel()
	f := newFixture(t).as(ids.alice, readers)
	for name, want := range map[string]string{
		ids.bob: "Bob O'Hara", strings.ToUpper(ids.bob): "Bob O'Hara", "BOB@contoso.example": "Bob O'Hara",
		"erin_fabrikam.example%23EXT%23@contoso.example": "Erin Evans",
	} {
		if a := f.get("users/" + name); a.json["displayName"] != want {
			t.Errorf("%s: %s", name, a.text)
		}
	}
	for _, name := range []string{ids.gone, "gone@contoso.example", "erin@fabrikam.example", "nobody", "x%23EXT%23@contoso.example", ids.staff} {
		shown := strings.ReplaceAll(name, "%23", "#")
		f.get("users/"+name).failed(t, 404, "Request_ResourceNotFound", "Resource '"+shown+"' does not exist or one of its queried reference-property objects are not present.")
	}
	f.get("groups/"+ids.bob).failed(t, 404, "Request_ResourceNotFound", "")
	f.get("directoryRoles/" + ids.bob).denied(t)
	newFixture(t).as(ids.alice, "Mail.Read").get("users/nobody").denied(t)
	newFixture(t).as(ids.alice, "Mail.Read").get("groups/nobody").denied(t)
	newFixture(t).app("Directory.Read.All").get("directoryObjects/"+ids.gone).failed(t, 404, "Request_ResourceNotFound", "")
	newFixture(t).app("RoleManagement.Read.Directory").get("directoryRoles/"+ids.bob).failed(t, 404, "Request_ResourceNotFound", "")
}

func TestDeletedPeopleAreNowhereAndTheDisabledAreListed(t *testing.T) {
	t.Parallel()
	f := newFixture(t).app("Directory.Read.All")
	list := f.get("users", "$select", "id,accountEnabled")
	if found := list.each("id"); slices.Contains(found, ids.gone) || !slices.Equal(list.each("accountEnabled"), []string{"true", "true", "true", "false", "true"}) {
		t.Errorf("people are %s", list.text)
	}
	for _, path := range []string{"groups/" + ids.staff + "/members", "groups/" + ids.staff + "/transitiveMembers", "users/" + ids.carol + "/directReports"} {
		if slices.Contains(f.get(path).each("id"), ids.gone) {
			t.Errorf("%s shows somebody deleted", path)
		}
	}
	if a := f.post("directoryObjects/getByIds", `{"ids":["`+ids.gone+`"]}`); len(a.each("id")) != 0 {
		t.Errorf("found %s", a.text)
	}
}

func TestGuestsCannotListPeople(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.as(ids.erin, readers).get("users").denied(t)
	f.as(ids.erin, readers).eventual("users/$count").denied(t)
	if a := f.as(ids.erin, readers).get("me"); a.json["userPrincipalName"] != "erin_fabrikam.example#EXT#@contoso.example" {
		t.Errorf("answer is %s", a.text)
	}
}

func TestMembershipIsDirectOrTransitive(t *testing.T) {
	t.Parallel()
	f := newFixture(t).app("Directory.Read.All")
	admin := seed.Derived(ids.tenant, "directory role", ids.admin)
	for path, want := range map[string][]string{
		"users/" + ids.bob + "/memberOf":                   {ids.sre},
		"users/" + ids.bob + "/transitiveMemberOf":         {ids.engineering, ids.sre},
		"users/" + ids.carol + "/memberOf":                 {admin},
		"users/" + ids.carol + "/transitiveMemberOf":       {admin},
		"groups/" + ids.sre + "/members":                   {ids.bob, ids.engineering},
		"groups/" + ids.engineering + "/members":           {ids.sre},
		"groups/" + ids.engineering + "/transitiveMembers": {ids.bob, ids.sre},
		"groups/" + ids.sre + "/memberOf":                  {ids.engineering},
		"groups/" + ids.finance + "/transitiveMemberOf":    {},
		"groups/" + ids.finance + "/owners":                {},
		"users/" + ids.carol + "/directReports":            {ids.alice, ids.bob, ids.dan},
		"directoryRoles/" + admin + "/members":             {ids.carol},
		"directoryRoles":                                   {admin},
	} {
		if got := f.get(path).each("id"); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", path, got, want)
		}
	}
	f.get("users/"+ids.carol+"/manager").failed(t, 404, "Request_ResourceNotFound", "Resource 'manager' does not exist or one of its queried reference-property objects are not present.")
	role := f.eventual("users/"+ids.carol+"/memberOf/microsoft.graph.directoryRole", "$select", "displayName,roleTemplateId")
	role.names(t, "Cloud Application Administrator")
}

func TestMemberObjectsIncludeRoles(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	carol := f.as(ids.carol, "User.Read")
	admin := seed.Derived(ids.tenant, "directory role", ids.admin)
	if got := carol.post("me/getMemberObjects", `{"securityEnabledOnly":false}`).each(""); !slices.Equal(got, []string{admin}) {
		t.Errorf("objects are %v", got)
	}
	if got := carol.post("me/getMemberObjects", `{"securityEnabledOnly":true}`).each(""); len(got) != 0 {
		t.Errorf("security objects are %v", got)
	}
	checked := carol.post("me/checkMemberObjects", `{"ids":["`+admin+`","`+ids.staff+`"]}`)
	if got := checked.each(""); !slices.Equal(got, []string{admin}) || checked.header.Get("X-Ms-Resource-Unit") != "4" {
		t.Errorf("answer is %s", checked.text)
	}
	app := f.app("User.Read.All", "GroupMember.Read.All")
	if got := app.post("users/"+ids.alice+"/getMemberGroups", `{"securityEnabledOnly":true}`).each(""); !slices.Equal(got, []string{ids.staff, ids.finance}) {
		t.Errorf("groups are %v", got)
	}
	if got := app.post("groups/"+ids.sre+"/getMemberGroups", `{"securityEnabledOnly":true}`).each(""); !slices.Equal(got, []string{ids.engineering, ids.sre}) {
		t.Errorf("groups of a group are %v", got)
	}
	twenty := strings.Repeat(`"`+ids.sre+`",`, 20)
	app.post("users/"+ids.bob+"/checkMemberObjects", `{"ids":[`+twenty+`"`+ids.sre+`"]}`).failed(t, 400, "Request_BadRequest", "")
	app.post("users/"+ids.bob+"/checkMemberGroups", `{"groupIds":["x"]}`).failed(t, 400, "Request_BadRequest", "Invalid GUID:x")
	app.post("users/"+ids.bob+"/getMemberObjects", `{}`).failed(t, 400, "Request_BadRequest", "")
	app.post("users/"+ids.bob+"/getMemberObjects", `{"securityEnabledOnly":1}`).failed(t, 400, "BadRequest", "")
	app.post("users/"+ids.gone+"/getMemberGroups", `{"securityEnabledOnly":true}`).failed(t, 404, "Request_ResourceNotFound", "")
}

func TestGetByIDsKnowsTypes(t *testing.T) {
	t.Parallel()
	f := newFixture(t).app("Directory.Read.All")
	asked := `["` + strings.Join([]string{ids.bob, ids.sre, ids.gone, ids.bob, seed.Derived(ids.tenant, "directory role", ids.admin)}, `","`) + `"]`
	for types, want := range map[string]int{`[]`: 3, `["USER"]`: 1, `["group","user"]`: 2, `["directoryObject"]`: 3, `["device"]`: 0, `["directoryRole"]`: 1} {
		if a := f.post("directoryObjects/getByIds", `{"ids":`+asked+`,"types":`+types+`}`); len(a.each("id")) != want || slices.Contains(a.each("@odata.type"), "null") {
			t.Errorf("%s: %s", types, a.text)
		}
	}
	list := func(n int) string { return `{"ids":["` + strings.Repeat(ids.bob+`","`, n-1) + ids.bob + `"]}` }
	if a := f.post("directoryObjects/getByIds", list(1000)); a.status != http.StatusOK || a.header.Get("X-Ms-Resource-Unit") != "3" {
		t.Errorf("a thousand ids: %d %s", a.status, a.text)
	}
	for _, body := range []string{list(1001), `{"ids":[]}`, `{"ids":["x"]}`} {
		f.post("directoryObjects/getByIds", body).failed(t, 400, "Request_BadRequest", "")
	}
}

func TestRoleAssignmentsAreFilteredByPrincipal(t *testing.T) {
	t.Parallel()
	f := newFixture(t).app("RoleManagement.Read.Directory")
	for filter, want := range map[string]int{
		"principalId eq '" + ids.carol + "'": 1, "principalId eq '" + ids.bob + "'": 0, "roleDefinitionId eq '" + ids.admin + "'": 1, "roleDefinitionId eq '" + ids.read + "'": 0,
	} {
		if a := f.get("roleManagement/directory/roleAssignments", "$filter", filter); a.status != http.StatusOK || len(a.each("id")) != want {
			t.Errorf("%s: %s", filter, a.text)
		}
	}
	eligible := f.get("roleManagement/directory/roleEligibilityScheduleInstances", "$filter", "roleDefinitionId eq '"+ids.read+"'")
	if got := eligible.each("principalId"); !slices.Equal(got, []string{ids.carol}) {
		t.Errorf("answer is %s", eligible.text)
	}
	both := newFixture(t).app("RoleManagement.Read.Directory", "User.Read.All").get("roleManagement/directory/roleAssignments", "$expand", "principal")
	if !strings.Contains(both.text, `"principal":{"@odata.type":"#microsoft.graph.user"`) || !strings.Contains(both.text, "Carol Clark") {
		t.Errorf("answer is %s", both.text)
	}
}

func TestAppRolesComeThroughGroupsToo(t *testing.T) {
	t.Parallel()
	f := newFixture(t).app("Directory.Read.All")
	kinds := f.get("users/" + ids.alice + "/appRoleAssignments").each("principalType")
	slices.Sort(kinds)
	if !slices.Equal(kinds, []string{"Group", "User"}) {
		t.Errorf("assignments are %v", kinds)
	}
	bob := f.get("users/" + ids.bob + "/appRoleAssignments")
	if got := bob.each("principalId"); !slices.Equal(got, []string{ids.bob}) { // Platform Engineering is not direct
		t.Errorf("answer is %s", bob.text)
	}
	resource := bob.each("resourceId")[0]
	for filter, want := range map[string]int{"resourceId eq " + resource: 1, "resourceId eq " + ids.bob: 0} {
		if a := f.get("users/"+ids.bob+"/appRoleAssignments", "$filter", filter); a.status != http.StatusOK || len(a.each("id")) != want {
			t.Errorf("%s: %s", filter, a.text)
		}
	}
}

func TestWhatIsNotServedIsSaid(t *testing.T) {
	t.Parallel()
	f := newFixture(t).as(ids.alice, readers)
	for path, text := range map[string]string{
		"/beta/me":        "The emulator does not serve GET /beta/me; it serves /v1.0 of Microsoft Graph only.",
		"/v1.0/$metadata": "The emulator does not serve GET /v1.0/$metadata.",
		"/v1.0/me/photo":  "The emulator does not serve GET /v1.0/me/photo.",
	} {
		f.do(http.MethodGet, path, "").failed(t, 404, "Request_ResourceNotFound", text)
	}
}

func TestPricesFollowTheQuery(t *testing.T) {
	t.Parallel()
	f := newFixture(t).as(ids.alice, readers)
	for target, want := range map[string]string{
		"users": "2", "users?$select=id": "1", "users?$top=5": "1", "users?$select=id&$top=5": "1", "users?$expand=manager": "3", "me": "1", "me?$expand=manager": "2",
		"groups/" + ids.staff + "/members": "3", "groups/" + ids.staff + "/transitiveMembers": "5", "organization": "1",
	} {
		reader := f
		if target == "organization" {
			reader = newFixture(t).as(ids.alice, "User.Read")
		}
		if a := reader.do(http.MethodGet, "/v1.0/"+target, ""); a.header.Get("X-Ms-Resource-Unit") != want {
			t.Errorf("%s costs %s, want %s: %s", target, a.header.Get("X-Ms-Resource-Unit"), want, a.text)
		}
	}
}

func TestSameDirectorySameBytes(t *testing.T) {
	t.Parallel()
	a, b := newFixture(t), newFixture(t)
	for _, path := range []string{"users", "groups", "groups/" + ids.sre + "/members", "directoryRoles", "users/" + ids.alice + "/appRoleAssignments"} {
		if x, y := a.app("Directory.Read.All").get(path).text, b.app("Directory.Read.All").get(path).text; x != y {
			t.Errorf("%s differs:\n%s\n%s", path, x, y)
		}
	}
}

func TestOneRequestSeesTenantsApart(t *testing.T) {
	t.Parallel()
	other := seed.Tenant{ID: ids.other, Name: "Fabrikam", Domain: "fabrikam.example", Groups: []seed.Group{{ID: "e0000000-0000-4000-8000-000000000001", Name: "Theirs"}}}
	for i := range 3 {
		other.Users = append(other.Users, seed.User{ID: fmt.Sprintf("e1000000-0000-4000-8000-%012d", i), Username: fmt.Sprintf("u%d@fabrikam.example", i), Password: "x"})
	}
	f := newFixture(t, company(), other).app("Directory.Read.All")
	f.get("groups/e0000000-0000-4000-8000-000000000001").failed(t, 404, "Request_ResourceNotFound", "")
	f.get("users/u0@fabrikam.example").failed(t, 404, "Request_ResourceNotFound", "")
	if a := f.eventual("users/$count"); a.text != "5" {
		t.Errorf("count is %s", a.text)
	}
}
