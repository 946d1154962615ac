package msgraph_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/emulator/seed"
)

const readers = "User.Read.All GroupMember.Read.All"

func TestFiltersOfThemselves(t *testing.T) {
	t.Parallel()
	f := newFixture(t).as(ids.alice, readers)
	for filter, want := range map[string][]string{
		"displayName eq 'alice adams'":                                            {"Alice Adams"},
		"displayName eq 'Bob O''Hara'":                                            {"Bob O'Hara"},
		"startswith(displayName,'c')":                                             {"Carol Clark"},
		"startsWith(mail, 'erin')":                                                {"Erin Evans"},
		"accountEnabled eq false":                                                 {"Dan Diaz"},
		"userType eq 'Guest'":                                                     {"Erin Evans"},
		"id eq '" + ids.bob + "'":                                                 {"Bob O'Hara"},
		"id in ('" + ids.bob + "','" + ids.carol + "')":                           {"Bob O'Hara", "Carol Clark"},
		"mail eq null":                                                            {"Bob O'Hara", "Dan Diaz"},
		"department eq 'Finance' or displayName eq 'Dan Diaz'":                    {"Alice Adams", "Dan Diaz"},
		"accountEnabled eq true and (mail eq null or userType eq 'Guest')":        {"Bob O'Hara", "Erin Evans"},
		"accountEnabled eq true AND mail eq null OR userType eq 'Guest'":          {"Bob O'Hara", "Erin Evans"},
		"creationType eq 'Invitation'":                                            {"Erin Evans"},
		"externalUserState eq 'Accepted'":                                         {"Erin Evans"},
		"businessPhones/any(p:p eq '+1 425 555 0100')":                            {"Alice Adams"},
		"identities/any(c:c/issuer eq 'ExternalAzureAD')":                         {"Erin Evans"},
		"assignedLicenses/any(x:x/skuId eq 184efa21-98c3-4e5d-95ab-d07053a96e67)": {},
		"userPrincipalName eq 'erin_fabrikam.example#EXT#@contoso.example'":       {"Erin Evans"},
		"displayName eq 'nobody'":                                                 {},
	} {
		f.get("users", "$filter", filter).names(t, want...)
		f.eventual("users", "$filter", filter).names(t, want...)
	}
}

func TestAdvancedFiltersAskForConsistency(t *testing.T) {
	t.Parallel()
	f := newFixture(t).as(ids.alice, readers)
	for filter, c := range map[string]struct {
		refusal string
		want    []string
	}{
		"endswith(mail,'@contoso.example')": {"Unsupported Query.", []string{"Alice Adams", "Carol Clark"}},
		"accountEnabled ne true":            {"Unsupported property filter clause operator 'NotEqualsMatch'.", []string{"Dan Diaz"}},
		"not startswith(displayName,'a')":   {"Unsupported Query.", []string{"Bob O'Hara", "Carol Clark", "Dan Diaz", "Erin Evans"}},
		"NOT(userType eq 'Member')":         {"Unsupported Query.", []string{"Erin Evans"}},
		"officeLocation eq '18/2111'":       {"Unsupported or invalid query filter clause specified for property 'officeLocation' of resource 'User'.", []string{"Alice Adams"}},
		"department eq null":                {"Unsupported or invalid query filter clause specified for property 'department' of resource 'User'.", []string{"Bob O'Hara", "Carol Clark", "Dan Diaz", "Erin Evans"}},
		"startswith(mobilePhone,'+1')":      {"Unsupported or invalid query filter clause specified for property 'mobilePhone' of resource 'User'.", []string{"Alice Adams"}},
		"mail ne 'alice@contoso.example'":   {"Unsupported property filter clause operator 'NotEqualsMatch'.", []string{"Bob O'Hara", "Carol Clark", "Dan Diaz", "Erin Evans"}},
	} {
		f.get("users", "$filter", filter).failed(t, 400, "Request_UnsupportedQuery", c.refusal)
		f.get("users", "$filter", filter, "$count", "true").failed(t, 400, "Request_UnsupportedQuery", c.refusal)
		f.do(http.MethodGet, "/v1.0/users?$filter="+url.QueryEscape(filter), "", "ConsistencyLevel", "eventual").failed(t, 400, "Request_UnsupportedQuery", c.refusal)
		a := f.eventual("users", "$filter", filter)
		a.names(t, c.want...)
		if a.json["@odata.count"] != float64(len(c.want)) {
			t.Errorf("%s: count is %v", filter, a.json["@odata.count"])
		}
	}
}

func TestFiltersThatAreWrong(t *testing.T) {
	t.Parallel()
	f := newFixture(t).as(ids.alice, readers)
	many := "id in ('" + strings.Repeat(ids.bob+"','", 15) + ids.bob + "')"
	for filter, c := range map[string][2]string{
		"":                            {"BadRequest", "Invalid filter clause: Syntax error at position 0 in ''."},
		"displayName":                 {"BadRequest", "Invalid filter clause: Syntax error at position 11 in 'displayName'."},
		"displayName eq 'x":           {"BadRequest", "Invalid filter clause: There is an unterminated string literal at position 17 in 'displayName eq 'x'."},
		"displayName eq x":            {"BadRequest", "Invalid filter clause: Syntax error at position 15 in 'displayName eq x'."},
		"displayName eq 'x' 'y'":      {"BadRequest", "Invalid filter clause: Syntax error at position 19 in 'displayName eq 'x' 'y''."},
		"(displayName eq 'x'":         {"BadRequest", "Invalid filter clause: Syntax error at position 19 in '(displayName eq 'x''."},
		"displayName eq \"x\"":        {"BadRequest", "Invalid filter clause: Syntax error: character '\"' is not valid at position 15 in 'displayName eq \"x\"'."},
		"shoeSize eq '9'":             {"BadRequest", "Invalid filter clause: Could not find a property named 'shoeSize' on type 'microsoft.graph.user'."},
		"accountEnabled eq 'true'":    {"BadRequest", "Invalid filter clause: A binary operator with incompatible types was detected. Found operand types 'Edm.Boolean' and 'Edm.String' for operator kind 'Equal'."},
		"id eq " + ids.bob:            {"BadRequest", "Invalid filter clause: A binary operator with incompatible types was detected. Found operand types 'Edm.String' and 'Edm.Guid' for operator kind 'Equal'."},
		"contains(displayName,'x')":   {"BadRequest", "Invalid filter clause: An unknown function with name 'contains' was found. This may also be a function import or a key lookup on a navigation property, which is not allowed."},
		strings.Repeat("(", 200):      {"BadRequest", "Invalid filter clause: Recursion depth exceeded allowed limit."},
		"displayName gt 'a'":          {"Request_UnsupportedQuery", "The emulator does not support the operator 'gt' in $filter."},
		"endswith(displayName,'s')":   {"Request_UnsupportedQuery", "Unsupported or invalid query filter clause specified for property 'displayName' of resource 'User'."},
		"startswith(userType,'G')":    {"Request_UnsupportedQuery", "Unsupported or invalid query filter clause specified for property 'userType' of resource 'User'."},
		"id eq null":                  {"Request_UnsupportedQuery", "Unsupported or invalid query filter clause specified for property 'id' of resource 'User'."},
		"businessPhones eq 'x'":       {"Request_UnsupportedQuery", "Unsupported or invalid query filter clause specified for property 'businessPhones' of resource 'User'."},
		"displayName/any(x:x eq 'y')": {"Request_UnsupportedQuery", "Unsupported or invalid query filter clause specified for property 'displayName' of resource 'User'."},
		"createdDateTime eq null":     {"Request_UnsupportedQuery", "Unsupported or invalid query filter clause specified for property 'createdDateTime' of resource 'User'."},
		many:                          {"Request_UnsupportedQuery", "Too many child clauses specified in search filter expression containing 'OR' operators: 16. Max allowed: 15."},
	} {
		f.eventual("users", "$filter", filter).failed(t, 400, c[0], c[1])
	}
	chain := strings.TrimSuffix(strings.Repeat("displayName eq 'x' or ", 16), " or ")
	f.get("users", "$filter", chain).failed(t, 400, "Request_UnsupportedQuery", "")
	f.get("users", "$filter", chain[len("displayName eq 'x' or "):]).names(t)
}

func TestSearchFindsWords(t *testing.T) {
	t.Parallel()
	tenant := company()
	for i, name := range []string{"OneVideo", "hello-world", "hello123world", "HELLOworld"} {
		tenant.Groups = append(tenant.Groups, seed.Group{ID: fmt.Sprintf("d0000000-0000-4000-8000-%012d", i), Name: name})
	}
	f := newFixture(t, tenant).as(ids.alice, readers)
	for search, want := range map[string][]string{
		`"displayName:eng"`:                        {"Platform Engineering"},
		`"displayName:engineering plat"`:           {"Platform Engineering"},
		`"displayName:gineering"`:                  {},
		`"displayName:one video"`:                  {"OneVideo"},
		`"displayName:OneVideo"`:                   {"OneVideo"},
		`"displayName:helloworld"`:                 {"hello-world", "HELLOworld"},
		`"displayName:hello"`:                      {"hello-world", "hello123world", "HELLOworld"},
		`"displayName:123"`:                        {"hello123world"},
		`"displayName:-"`:                          {},
		`"description:here"`:                       {"Staff"},
		`"mail:news"`:                              {"News Letter"},
		`"mail:letter"`:                            {},
		`"displayName:sre" OR "displayName:staff"`: {"Staff", "SRE"},
		`"description:every" AND ("displayName:sta" OR "displayName:finance")`: {"Staff"},
		`"displayName:fin" AND "description:x"`:                                {},
		`"displayName:say \"one\" \\"`:                                         {},
	} {
		a := f.do(http.MethodGet, target("groups", []string{"$search", search}), "", "ConsistencyLevel", "eventual")
		a.names(t, want...)
		f.eventual("groups", "$search", search).names(t, want...)
		f.get("groups", "$search", search, "$count", "true").failed(t, 400, "Request_UnsupportedQuery",
			"Request with $search query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'")
	}
	f.eventual("groups", "$search", `"displayName:e"`, "$filter", "mailEnabled eq true").names(t)
	f.eventual("groups", "$search", `"displayName:letter"`, "$filter", "mailEnabled eq true").names(t, "News Letter")
	for search, code := range map[string]string{
		`displayName:eng`: "BadRequest", `"displayName"`: "BadRequest", `"displayName:eng`: "BadRequest", `"displayName:x" or "displayName:y"`: "BadRequest",
		`("displayName:x"`: "BadRequest", ``: "BadRequest", `"shoeSize:9"`: "Request_UnsupportedQuery", `"visibility:x"`: "Request_UnsupportedQuery",
	} {
		f.eventual("groups", "$search", search).failed(t, 400, code, "")
	}
	f.eventual("groups", "$search", strings.Repeat("(", 200)).failed(t, 400, "BadRequest", "Recursion depth exceeded allowed limit.")
	f.eventual("groups", "$search", "displayName:eng").failed(t, 400, "BadRequest", "Syntax error: character ':' is not valid at position 11 in 'displayName:eng'.")
}

func TestOptionsThatAreRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t).as(ids.alice, readers)
	for query, c := range map[string][2]string{
		"$skip=1":                   {"Request_BadRequest", "'$skip' is not supported by the service."},
		"$foo=1":                    {"BadRequest", "The query parameter '$foo' is not supported."},
		"top=1":                     {"Request_UnsupportedQuery", "The emulator does not support the query parameter top here."},
		"$top=1&$top=2":             {"BadRequest", "Query option '$top' was specified more than once, but it must be specified at most once."},
		"$top=1&$Top=1":             {"BadRequest", "Query option '$top' was specified more than once, but it must be specified at most once."},
		"$top=%zz":                  {"Request_BadRequest", ""},
		"$top=0":                    {"Request_UnsupportedQuery", "Invalid page size specified: '0'. Must be between 1 and 999 inclusive."},
		"$top=1000":                 {"Request_UnsupportedQuery", "Invalid page size specified: '1000'. Must be between 1 and 999 inclusive."},
		"$top=x":                    {"BadRequest", ""},
		"$select=id,shoe":           {"BadRequest", "Parsing OData Select and Expand failed: Could not find a property named 'shoe' on type 'microsoft.graph.user'."},
		"$expand=shoe":              {"BadRequest", "Parsing OData Select and Expand failed: Could not find a property named 'shoe' on type 'microsoft.graph.user'."},
		"$orderby=mail":             {"Request_UnsupportedQuery", "Unsupported sort property 'mail' for 'User'."},
		"$orderby=displayName+down": {"BadRequest", ""},
		"$orderby=,":                {"BadRequest", ""},
		"$orderby=createdDateTime":  {"Request_UnsupportedQuery", "Unsupported sort property 'createdDateTime' for 'User'."},
		"$orderby=displayName&$filter=startswith(displayName,'a')": {"Request_UnsupportedQuery", "Sorting not supported for current query."},
		"$skiptoken=x": {"Request_BadRequest", "The skiptoken is invalid."},
	} {
		f.do(http.MethodGet, "/v1.0/users?"+query, "").failed(t, 400, c[0], c[1])
	}
	f.get("me", "$top", "1").failed(t, 400, "BadRequest", "The query specified in the URI is not valid. The requested resource is not a collection. Query options $filter, $orderby, $count, $skip, and $top can be applied only on collections.")
	f.get("directoryRoles", "$top", "1").denied(t)
	newFixture(t).app("RoleManagement.Read.Directory").get("directoryRoles", "$top", "1").failed(t, 400, "BadRequest", "The query parameter '$top' is not supported.")
}

func TestOrderIsTheAskedOne(t *testing.T) {
	t.Parallel()
	f := newFixture(t).as(ids.alice, readers)
	f.get("users", "$orderby", "displayName desc").names(t, "Erin Evans", "Dan Diaz", "Carol Clark", "Bob O'Hara", "Alice Adams")
	f.get("users", "$orderby", "userPrincipalName asc").names(t, "Alice Adams", "Bob O'Hara", "Carol Clark", "Dan Diaz", "Erin Evans")
	f.eventual("users", "$orderby", "displayName desc", "$filter", "userType eq 'Member'").names(t, "Dan Diaz", "Carol Clark", "Bob O'Hara", "Alice Adams")
	first := f.get("groups", "$orderby", "displayName desc", "$top", "2")
	first.names(t, "Staff", "SRE")
	f.follow(first).names(t, "Platform Engineering", "News Letter")
}

// follow asks for the next page.
func (f *rig) follow(a answer) answer {
	f.t.Helper()
	next, _ := a.json["@odata.nextLink"].(string)
	path, ok := strings.CutPrefix(next, rootURL)
	if !ok {
		f.t.Fatalf("nextLink is %q", next)
	}
	return f.do(http.MethodGet, path, "")
}

func TestCountIsHeededOnlyEventually(t *testing.T) {
	t.Parallel()
	f := newFixture(t).as(ids.alice, readers)
	if a := f.get("users", "$count", "true"); a.status != http.StatusOK || a.json["@odata.count"] != nil {
		t.Errorf("answer is %d %s", a.status, a.text)
	}
	if a := f.eventual("users"); a.json["@odata.count"] != float64(5) {
		t.Errorf("answer is %s", a.text)
	}
	for path, want := range map[string]string{
		"users/$count": "5", "groups/$count": "5", "me/memberOf/$count": "3", "users/" + ids.bob + "/transitiveMemberOf/$count": "2",
		"users/" + ids.bob + "/memberOf/microsoft.graph.group/$count": "1", "groups/" + ids.staff + "/members/$count": "2",
		"groups/" + ids.engineering + "/transitiveMembers/microsoft.graph.user/$count": "1",
	} {
		a := f.eventual(path)
		if a.status != http.StatusOK || a.text != want || a.header.Get("Content-Type") != "text/plain" {
			t.Errorf("%s: %d %s %q", path, a.status, a.header.Get("Content-Type"), a.text)
		}
		f.get(path).failed(t, 400, "Request_BadRequest", "$count is not currently supported.")
	}
	if a := f.eventual("users/$count", "$filter", "accountEnabled eq false"); a.text != "1" {
		t.Errorf("count is %q", a.text)
	}
}

func TestPagesBelongToTheirRequest(t *testing.T) {
	t.Parallel()
	root := newFixture(t)
	f := root.as(ids.alice, readers)
	first := f.get("users", "$top", "2", "$select", "displayName", "$filter", "userType eq 'Member'")
	first.names(t, "Alice Adams", "Bob O'Hara")
	f.follow(first).names(t, "Carol Clark", "Dan Diaz")
	if second := f.follow(first); second.json["@odata.nextLink"] != nil {
		t.Errorf("last page is %s", second.text)
	}
	next, _ := first.json["@odata.nextLink"].(string)
	path := strings.TrimPrefix(next, rootURL)
	for name, a := range map[string]answer{
		"other person":  root.as(ids.carol, readers).do(http.MethodGet, path, ""),
		"app":           root.app("User.Read.All").do(http.MethodGet, path, ""),
		"other path":    f.do(http.MethodGet, strings.Replace(path, "/users?", "/groups?", 1), ""),
		"other filter":  f.do(http.MethodGet, strings.Replace(path, "Member", "Guest", 1), ""),
		"other size":    f.do(http.MethodGet, strings.Replace(path, "$top=2", "$top=3", 1), ""),
		"altered token": f.do(http.MethodGet, strings.Replace(path, "skiptoken=", "skiptoken=A", 1), ""),
	} {
		if a.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", name, a.status, a.text)
		}
	}
	app := root.app("User.Read.All")
	page := app.get("users", "$top", "4")
	app.follow(page).names(t, "Erin Evans")
	another := root.with(root.signed(map[string]any{"oid": ids.other, "idtyp": "app", "roles": []string{"User.Read.All"}, "appid": seed.AzureCLI}))
	if a := another.follow(page); a.status != http.StatusBadRequest {
		t.Errorf("another app: %d %s", a.status, a.text)
	}
	plain, _ := f.get("users", "$top", "2").json["@odata.nextLink"].(string)
	elsewhere := strings.Replace(strings.TrimPrefix(plain, rootURL), "/users?", "/groups?", 1)
	f.do(http.MethodGet, elsewhere, "").failed(t, 400, "Request_BadRequest", "The skiptoken is invalid.")
}

func TestPagesGoOnWhereTheyStopped(t *testing.T) {
	t.Parallel()
	f := newFixture(t).as(ids.alice, readers)
	first := f.get("users", "$top", "3")
	deleted := true
	err := f.directory.Change(ids.tenant, func(tenant *tenantOf) error {
		return tenant.SetUser(ids.carol, userChange{Deleted: &deleted})
	})
	if err != nil {
		t.Fatal(err)
	}
	f.follow(first).names(t, "Dan Diaz", "Erin Evans")
}

func TestWhatIsNotShownCannotBeAskedAbout(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	path := "me/transitiveMemberOf/microsoft.graph.group"
	f.as(ids.alice, "User.Read").eventual(path, "$filter", "displayName eq 'Staff'").names(t)
	f.as(ids.alice, readers).eventual(path, "$filter", "displayName eq 'Staff'").names(t, "Staff")
	f.as(ids.alice, "User.ReadBasic.All").get("users", "$filter", "department eq 'Finance'").names(t)
}

func TestSelectSaysSoInTheContext(t *testing.T) {
	t.Parallel()
	f := newFixture(t).as(ids.alice, readers)
	for path, want := range map[string]string{
		"users?$select=id,displayName":    "#users(id,displayName)",
		"users?$select=*":                 "#users",
		"users":                           "#users",
		"groups":                          "#groups",
		"me":                              "#users/$entity",
		"me?$select=id":                   "#users(id)/$entity",
		"me/manager":                      "#directoryObjects/$entity",
		"me/memberOf?$select=displayName": "#directoryObjects(displayName)",
		"users?$expand=manager":           "#users(manager())",
		"users?$select=id&$expand=manager($select=id,mail)": "#users(id,manager(id,mail))",
		"groups/" + ids.staff:                               "#groups/$entity",
		"users/" + ids.bob + "/transitiveMemberOf":          "#directoryObjects",
	} {
		a := f.do(http.MethodGet, "/v1.0/"+path, "")
		if a.json["@odata.context"] != rootURL+"/v1.0/$metadata"+want {
			t.Errorf("%s: %d %s", path, a.status, a.text)
		}
	}
	a := f.get("users", "$select", "displayName, mail", "$top", "1")
	entry, _ := a.json["value"].([]any)[0].(map[string]any)
	if len(entry) != 2 || entry["mail"] != "alice@contoso.example" {
		t.Errorf("an entry is %v", entry)
	}
	if got := f.get("me", "$select", "shoe"); got.status != http.StatusBadRequest {
		t.Errorf("answer is %s", got.text)
	}
}

func TestExpandFollowsOneRelationship(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	me := f.as(ids.alice, readers).get("me", "$expand", "manager($levels=max;$select=id,displayName)", "$select", "id")
	manager, _ := me.json["manager"].(map[string]any)
	if manager["displayName"] != "Carol Clark" || len(manager) != 3 || manager["manager"] != nil {
		t.Errorf("answer is %s", me.text)
	}
	boss := f.as(ids.carol, readers).get("me", "$expand", "directReports($select=displayName)", "$select", "id")
	if list, _ := boss.json["directReports"].([]any); len(list) != 3 {
		t.Errorf("answer is %s", boss.text)
	}
	if _, there := f.as(ids.carol, readers).get("me", "$expand", "manager").json["manager"]; there {
		t.Error("somebody without a manager has one")
	}
	group := f.as(ids.alice, readers).get("groups/"+ids.staff, "$expand", "members($select=id)", "$select", "id")
	if list, _ := group.json["members"].([]any); len(list) != 2 {
		t.Errorf("answer is %s", group.text)
	}
	f.as(ids.alice, "User.Read").get("me", "$expand", "manager").denied(t)
	reader := f.as(ids.alice, readers)
	for option, code := range map[string]string{
		"manager,memberOf": "BadRequest", "manager(": "BadRequest", "manager($levels=0)": "Request_BadRequest", "manager($select=shoe)": "BadRequest",
		"manager($filter=id)": "Request_UnsupportedQuery", "memberOf($levels=2)": "Request_UnsupportedQuery",
	} {
		reader.get("me", "$expand", option).failed(t, 400, code, "")
	}
	reader.get("me", "$expand", "manager,memberOf").failed(t, 400, "BadRequest", "Parsing OData Select and Expand failed: The emulator expands one property a request.")
	raw := reader.do(http.MethodGet, "/v1.0/me?$expand=manager($levels=max;$select=id)", "") // a semicolon as it is
	if raw.status != http.StatusOK || raw.json["manager"] == nil {
		t.Errorf("answer is %d %s", raw.status, raw.text)
	}
	reader.eventual("users", "$expand", "manager", "$filter", "userType ne 'Guest'").failed(t, 400, "Request_UnsupportedQuery", "")
	reader.get("me/memberOf", "$expand", "members").failed(t, 400, "BadRequest", "")
}

func TestRelationshipsAreFilteredAsAdvancedQueries(t *testing.T) {
	t.Parallel()
	f := newFixture(t).as(ids.alice, readers)
	const text = "The specified filter to the reference property query is currently not supported."
	for _, path := range []string{"me/memberOf", "groups/" + ids.staff + "/members"} {
		f.get(path, "$filter", "displayName eq 'Staff'").failed(t, 400, "Request_UnsupportedQuery", text)
		f.get(path, "$orderby", "displayName").failed(t, 400, "Request_UnsupportedQuery", "Sorting not supported for current query.")
	}
	f.get("me/memberOf/microsoft.graph.group").failed(t, 400, "Request_UnsupportedQuery", text)
	f.eventual("me/memberOf", "$filter", "startswith(displayName,'s')", "$orderby", "displayName").names(t, "Staff")
	f.eventual("me/memberOf", "$filter", "shoe eq 'x'").failed(t, 400, "BadRequest", "Invalid filter clause: Could not find a property named 'shoe' on type 'microsoft.graph.directoryObject'.")
	f.eventual("groups/"+ids.staff+"/members/microsoft.graph.user", "$filter", "userType eq 'Guest'").names(t, "Erin Evans")
	f.eventual("me/memberOf/microsoft.graph.administrativeUnit").names(t)
	if a := f.eventual("me/memberOf/microsoft.graph.device"); a.status != http.StatusNotFound {
		t.Errorf("answer is %d %s", a.status, a.text)
	}
	if got := f.eventual("me/memberOf", "$search", `"displayName:fin"`).each("id"); !slices.Equal(got, []string{ids.finance}) {
		t.Errorf("found %v", got)
	}
}
