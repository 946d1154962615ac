package emulator_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/emulator/seed"
)

// graph is somebody's token for Microsoft Graph.
func (g *rig) graph(name, scope string) string {
	g.t.Helper()
	return g.access(password(name, scope))
}

func (g *rig) visit(token, path string, headers ...string) answer {
	g.t.Helper()
	return g.get(graphURL+path, append([]string{"Authorization", "Bearer " + token}, headers...)...)
}

func (g *rig) post(token, path, body string) answer {
	g.t.Helper()
	return g.do(g.request(http.MethodPost, graphURL+path, body, "Authorization", "Bearer "+token, "Content-Type", "application/json"))
}

// failed checks status and code of an error of Graph's.
func (a answer) failed(t *testing.T, status int, code string) {
	t.Helper()
	body, _ := a.json["error"].(map[string]any)
	inner, _ := body["innerError"].(map[string]any)
	if a.status != status || body["code"] != code || body["message"] == "" {
		t.Errorf("got %d %s, want %d %s", a.status, a.text, status, code)
	}
	if a.header.Get("Request-Id") == "" || inner["request-id"] != a.header.Get("Request-Id") {
		t.Errorf("request-id is %q in the header, %v in the body", a.header.Get("Request-Id"), inner["request-id"])
	}
}

func TestMeIsTheTokensPerson(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	token := g.graph("alice", "User.Read")
	me := g.visit(token, "/v1.0/me", "client-request-id", alice)
	for name, want := range map[string]any{
		"id": alice, "displayName": "Alice Adams", "givenName": "Alice", "surname": "Adams", "mail": "alice@contoso.example",
		"userPrincipalName": "alice@contoso.example", "@odata.context": graphURL + "/v1.0/$metadata#users/$entity", "accountEnabled": nil,
	} {
		if me.json[name] != want {
			t.Errorf("%s = %v, want %v", name, me.json[name], want)
		}
	}
	if me.header.Get("X-Ms-Resource-Unit") != "1" || me.header.Get("Client-Request-Id") != alice || me.header.Get("Request-Id") == "" {
		t.Errorf("headers are %v", me.header)
	}
	chosen := g.visit(token, "/v1.0/me?$select=id,accountEnabled,userType")
	if got := keys(chosen.json); got != "@odata.context accountEnabled id userType" || chosen.json["accountEnabled"] != true || chosen.json["userType"] != "Member" {
		t.Errorf("answer is %s", chosen.text)
	}
}

func TestMeOfAGuestHasTheNameItHasHere(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	me := g.visit(g.codeFor(erin, "User.Read"), "/v1.0/me?$select=userPrincipalName,userType")
	if me.json["userPrincipalName"] != "erin_fabrikam.example#EXT#@contoso.example" || me.json["userType"] != "Guest" {
		t.Errorf("answer is %s", me.text)
	}
}

func TestGraphRefusesTokens(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	good := g.graph("alice", "User.Read")
	g.get(graphURL+"/v1.0/me").failed(t, 401, "InvalidAuthenticationToken")
	g.get(graphURL+"/v1.0/me", "Authorization", "Basic "+good).failed(t, 401, "InvalidAuthenticationToken")
	g.visit("nonsense", "/v1.0/me").failed(t, 401, "InvalidAuthenticationToken")
	g.visit(good[:len(good)-8]+"AAAAAAAA", "/v1.0/me").failed(t, 401, "InvalidAuthenticationToken")
	g.visit(g.access(password("alice", apiScope)), "/v1.0/me").failed(t, 401, "InvalidAuthenticationToken")

	signed := func(change map[string]any) string {
		c := map[string]any{
			"iss": entraURL + "/" + contoso + "/", "tid": contoso, "oid": alice, "aud": seed.MicrosoftGraph, "scp": "User.Read",
			"nbf": midday.Unix(), "exp": midday.Unix() + 600,
		}
		for name, value := range change {
			c[name] = value
		}
		token, err := g.Sign(contoso, nil, c)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	if a := g.visit(signed(nil), "/v1.0/me"); a.status != http.StatusOK {
		t.Errorf("unchanged: %d %s", a.status, a.text)
	}
	for name, change := range map[string]map[string]any{
		"expired":         {"exp": midday.Unix()},
		"not yet valid":   {"nbf": midday.Unix() + 60},
		"wrong issuer":    {"iss": entraURL + "/" + fabrikam + "/"},
		"wrong audience":  {"aud": api},
		"no tenant":       {"tid": nil},
		"unknown person":  {"oid": faye},
		"disabled person": {"oid": dan},
	} {
		a := g.visit(signed(change), "/v1.0/me")
		if a.status != http.StatusUnauthorized {
			t.Errorf("%s: %d %s", name, a.status, a.text)
		}
	}
	app := g.access(form("grant_type", "client_credentials", "client_id", daemon, "client_secret", "daemon secret+%", "scope", "https://graph.microsoft.com/.default"))
	g.visit(app, "/v1.0/me").failed(t, 400, "Request_BadRequest")

	g.Advance(2 * time.Hour)
	late := g.visit(good, "/v1.0/me")
	late.failed(t, 401, "InvalidAuthenticationToken")
	if !strings.HasPrefix(late.header.Get("WWW-Authenticate"), `Bearer realm="", authorization_uri="`) {
		t.Errorf("WWW-Authenticate is %q", late.header.Get("WWW-Authenticate"))
	}
	g.visit(g.graph("alice", "User.Read"), "/v1.0/nowhere").failed(t, 404, "Request_ResourceNotFound")
}

func TestGraphAsksForPermissions(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	mail, user, groups := g.graph("alice", "Mail.Read"), g.graph("alice", "User.Read"), g.graph("alice", "GroupMember.Read.All")
	g.visit(mail, "/v1.0/me").failed(t, 403, "Authorization_RequestDenied")
	g.visit(mail, "/v1.0/me/transitiveMemberOf").failed(t, 403, "Authorization_RequestDenied")
	g.visit(mail, "/oidc/userinfo").failed(t, 403, "Authorization_RequestDenied")
	for _, token := range []string{mail, user, groups} {
		g.post(token, "/v1.0/me/getMemberGroups", `{"securityEnabledOnly":true}`).failed(t, 403, "Authorization_RequestDenied")
		g.post(token, "/v1.0/me/checkMemberGroups", `{"groupIds":["`+staff+`"]}`).failed(t, 403, "Authorization_RequestDenied")
	}
}

func TestCheckMemberGroupsReturnsTheSubset(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	token := g.graph("frank", "User.Read GroupMember.Read.All")
	a := g.post(token, "/v1.0/me/checkMemberGroups", `{"groupIds":["`+staff+`","`+engineering+`","`+sre+`","`+engineering+`"]}`)
	if got := texts(a.json["value"]); !slices.Equal(got, []string{engineering, sre}) || a.header.Get("X-Ms-Resource-Unit") != "4" {
		t.Errorf("answer is %s", a.text)
	}
	if a.json["@odata.context"] != graphURL+"/v1.0/$metadata#Collection(Edm.String)" {
		t.Errorf("context is %v", a.json["@odata.context"])
	}
	none := g.post(token, "/v1.0/me/checkMemberGroups", `{"groupIds":["`+staff+`"]}`)
	if !strings.Contains(none.text, `"value":[]`) {
		t.Errorf("answer is %s", none.text)
	}
	ids := func(n int) string { return `{"groupIds":["` + strings.Repeat(sre+`","`, n-1) + sre + `"]}` }
	if a := g.post(token, "/v1.0/me/checkMemberGroups", ids(20)); a.status != http.StatusOK {
		t.Errorf("20 ids: %d %s", a.status, a.text)
	}
	for _, body := range []string{ids(21), `{"groupIds":[]}`, `{}`, `{"groupIds":["x"]}`, `{"ids":[]}`} {
		g.post(token, "/v1.0/me/checkMemberGroups", body).failed(t, 400, "Request_BadRequest")
	}
}

func TestGetMemberGroupsIsTransitive(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	token := g.graph("alice", "User.Read GroupMember.Read.All")
	for body, want := range map[string][]string{
		`{"securityEnabledOnly":true}`:  {staff, finance},
		`{"securityEnabledOnly":false}`: {staff, finance, newsletter},
	} {
		a := g.post(token, "/v1.0/me/getMemberGroups", body)
		if got := texts(a.json["value"]); !slices.Equal(got, want) || a.header.Get("X-Ms-Resource-Unit") != "2" {
			t.Errorf("%s: %s", body, a.text)
		}
	}
	g.post(token, "/v1.0/me/getMemberGroups", `{}`).failed(t, 400, "Request_BadRequest")
	empty := g.post(g.graph("bob", "User.Read GroupMember.Read.All"), "/v1.0/me/getMemberGroups", `{"securityEnabledOnly":true}`)
	if !strings.Contains(empty.text, `"value":[]`) {
		t.Errorf("answer is %s", empty.text)
	}
}

func TestGetMemberGroupsStopsAt11000(t *testing.T) {
	t.Parallel()
	tenant := companies()[0]
	for i := range 11_001 {
		tenant.Groups = append(tenant.Groups, seed.Group{
			ID: fmt.Sprintf("c0000000-0000-4000-8000-%012d", i), Name: fmt.Sprintf("Group %d", i), Members: []string{carol},
		})
	}
	g := newRig(t, tenant)
	token := g.graph("carol", "User.Read GroupMember.Read.All")
	g.post(token, "/v1.0/me/getMemberGroups", `{"securityEnabledOnly":true}`).failed(t, 400, "Directory_ResultSizeLimitExceeded")
	if err := g.SetMembers(contoso, "Group 7", nil, []string{carol}); err != nil {
		t.Fatal(err)
	}
	if a := g.post(token, "/v1.0/me/getMemberGroups", `{"securityEnabledOnly":true}`); len(texts(a.json["value"])) != 11_000 {
		t.Errorf("status %d, %d ids", a.status, len(texts(a.json["value"])))
	}
}

const cast = "/v1.0/me/transitiveMemberOf/microsoft.graph.group"

func TestCastsAreAdvancedQueries(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	token := g.graph("frank", "User.Read GroupMember.Read.All")
	g.visit(token, cast).failed(t, 400, "Request_UnsupportedQuery")
	g.visit(token, cast+"?$count=true").failed(t, 400, "Request_UnsupportedQuery")
	g.visit(token, cast, "ConsistencyLevel", "eventual").failed(t, 400, "Request_UnsupportedQuery")
	g.visit(token, cast+"?$count=true&$filter=x", "ConsistencyLevel", "eventual").failed(t, 400, "BadRequest")
	for top, code := range map[string]string{"0": "Request_UnsupportedQuery", "1000": "Request_UnsupportedQuery", "x": "BadRequest"} {
		g.visit(token, cast+"?$count=true&$top="+top, "ConsistencyLevel", "eventual").failed(t, 400, code)
	}
	a := g.visit(token, cast+"?$count=true&$select=id,displayName", "ConsistencyLevel", "eventual")
	if a.json["@odata.count"] != float64(2) || a.header.Get("X-Ms-Resource-Unit") != "1" {
		t.Errorf("answer is %s", a.text)
	}
	if got := names(a); !slices.Equal(got, []string{"Platform Engineering", "SRE"}) {
		t.Errorf("groups are %v", got)
	}
	if first, _ := a.json["value"].([]any)[0].(map[string]any); keys(first) != "displayName id" {
		t.Errorf("an entry is %v", first)
	}
}

func TestWithoutGroupPermissionInformationIsLimited(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	a := g.visit(g.graph("frank", "User.Read"), cast+"?$count=true", "ConsistencyLevel", "eventual")
	if len(names(a)) != 2 || !strings.Contains(a.text, `"displayName":null`) || strings.Contains(a.text, "SRE") {
		t.Errorf("answer is %s", a.text)
	}
}

func TestMemberOfNamesRolesToo(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	a := g.visit(g.graph("carol", "User.Read GroupMember.Read.All RoleManagement.Read.Directory"), "/v1.0/me/transitiveMemberOf")
	if !strings.Contains(a.text, `"#microsoft.graph.directoryRole"`) || !strings.Contains(a.text, cloudAdmin) {
		t.Errorf("answer is %s", a.text)
	}
	frank := g.visit(g.graph("frank", "User.Read GroupMember.Read.All"), "/v1.0/me/transitiveMemberOf?$select=id")
	if !strings.Contains(frank.text, `"@odata.type":"#microsoft.graph.group"`) {
		t.Errorf("answer is %s", frank.text)
	}
}

func TestListsAreReadPageByPage(t *testing.T) {
	t.Parallel()
	tenant := companies()[0]
	for i := range 250 {
		tenant.Groups = append(tenant.Groups, seed.Group{
			ID: fmt.Sprintf("c0000000-0000-4000-8000-%012d", i), Name: fmt.Sprintf("Group %03d", i), Members: []string{carol},
		})
	}
	g := newRig(t, tenant)
	token := g.graph("carol", "User.Read GroupMember.Read.All")
	next := graphURL + cast + "?$count=true&$select=id,displayName"
	var sizes []int
	seen := map[string]bool{}
	var second string
	for next != "" {
		a := g.get(next, "Authorization", "Bearer "+token, "ConsistencyLevel", "eventual")
		if a.status != http.StatusOK || a.json["@odata.count"] != float64(250) {
			t.Fatalf("answer is %d %s", a.status, a.text)
		}
		sizes = append(sizes, len(names(a)))
		for _, name := range names(a) {
			seen[name] = true
		}
		if next = a.str("@odata.nextLink"); second == "" {
			second = next
		}
		if next != "" && !strings.HasPrefix(next, graphURL+cast+"?") {
			t.Fatalf("nextLink leads to %s", next)
		}
	}
	if !slices.Equal(sizes, []int{100, 100, 50}) || len(seen) != 250 {
		t.Errorf("pages of %v, %d groups", sizes, len(seen))
	}
	// The link is the person's own, and only as it was given.
	other := g.get(second, "Authorization", "Bearer "+g.graph("frank", "User.Read GroupMember.Read.All"), "ConsistencyLevel", "eventual")
	other.failed(t, 400, "Request_BadRequest")
	u, err := url.Parse(second)
	if err != nil {
		t.Fatal(err)
	}
	g.visit(token, "/v1.0/me/transitiveMemberOf?"+u.RawQuery).failed(t, 400, "Request_BadRequest")
	g.visit(token, cast+"?$count=true&$skiptoken=x", "ConsistencyLevel", "eventual").failed(t, 400, "Request_BadRequest")
	large := g.visit(token, cast+"?$count=true&$top=999", "ConsistencyLevel", "eventual")
	if len(names(large)) != 250 || large.str("@odata.nextLink") != "" {
		t.Errorf("one page of 999 has %d groups", len(names(large)))
	}
}

func TestUserinfoHasTheIDTokensSubject(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	a := g.token(contoso, password("alice", "openid profile email"))
	info := g.visit(a.str("access_token"), "/oidc/userinfo")
	if info.json["sub"] != claims(t, a.str("id_token"))["sub"] || info.json["name"] != "Alice Adams" || info.json["email"] != "alice@contoso.example" {
		t.Errorf("answer is %s", info.text)
	}
}

// names are the display names of a list, "" where there is none.
func names(a answer) []string {
	var out []string
	list, _ := a.json["value"].([]any)
	for _, entry := range list {
		group, _ := entry.(map[string]any)
		name, _ := group["displayName"].(string)
		out = append(out, name)
	}
	return out
}
