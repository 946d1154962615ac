package emulator_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/emulator/seed"
)

func keys(m map[string]any) string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

func TestV2TokenHasTheWholeClaimSet(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	token := g.access(password("alice", apiScope))
	c := claims(t, token)
	const want = "acct aio aud azp azpacr exp groups iat idtyp iss name nbf oid preferred_username rh roles scp sid sub tid uti ver wids xms_ftd"
	if got := keys(c); got != want {
		t.Errorf("claims are\n%s, want\n%s", got, want)
	}
	for name, want := range map[string]any{
		"aud": api, "iss": entraURL + "/" + contoso + "/v2.0", "ver": "2.0", "tid": contoso, "oid": alice, "azp": seed.VisualStudioCode, "azpacr": "0",
		"preferred_username": "alice@contoso.example", "name": "Alice Adams", "scp": "access", "idtyp": "user", "acct": float64(0),
	} {
		if c[name] != want {
			t.Errorf("%s = %v, want %v", name, c[name], want)
		}
	}
	if c["iat"] != c["nbf"] || c["iat"] != float64(midday.Unix()) {
		t.Errorf("iat %v, nbf %v", c["iat"], c["nbf"])
	}
	if got := texts(c["groups"]); !slices.Equal(got, []string{staff, finance}) {
		t.Errorf("groups are %v; the distribution list must not be among them", got)
	}
	if got := texts(c["roles"]); !slices.Equal(got, []string{"Reviewer"}) {
		t.Errorf("roles are %v", got)
	}
	if got := keys(header(t, token)); got != "alg kid typ" {
		t.Errorf("header members are %s", got)
	}
}

func TestV1TokenHasItsOwnNames(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	token := g.access(password("alice", "https://legacy.contoso.example/read"))
	c := claims(t, token)
	const want = "acr aio amr appid appidacr aud exp family_name given_name iat ipaddr iss name nbf oid rh scp sub tid unique_name upn uti ver xms_ftd"
	if got := keys(c); got != want {
		t.Errorf("claims are\n%s, want\n%s", got, want)
	}
	if c["iss"] != entraURL+"/"+contoso+"/" || c["ver"] != "1.0" || c["aud"] != "https://legacy.contoso.example" {
		t.Errorf("claims are %v", c)
	}
	if h := header(t, token); h["x5t"] != h["kid"] {
		t.Errorf("header is %v", h)
	}
	byID := claims(t, g.access(password("alice", legacy+"/read")))
	if byID["aud"] != legacy {
		t.Errorf("named by client id, aud is %v", byID["aud"])
	}
}

func TestNestedGroupsAreTransitiveEvenInACircle(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	c := claims(t, g.access(password("frank", apiScope)))
	if got := texts(c["groups"]); !slices.Equal(got, []string{engineering, sre}) {
		t.Errorf("groups are %v", got)
	}
}

func TestWithoutGroupsThereIsNoClaim(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	c := claims(t, g.access(password("bob", apiScope)))
	for _, name := range []string{"groups", "_claim_names", "_claim_sources", "roles"} {
		if value, there := c[name]; there {
			t.Errorf("%s is %v", name, value)
		}
	}
}

func TestRolesDependOnWhoMayHoldThem(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	// Bob is assigned a role that only applications may hold.
	if roles := claims(t, g.access(password("bob", apiScope)))["roles"]; roles != nil {
		t.Errorf("bob has %v", roles)
	}
}

func TestDirectoryRolesComeAsWids(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	const everyMember = "b79fbf4d-3ef9-4689-8143-76b194e85509"
	if got := texts(claims(t, g.access(password("carol", apiScope)))["wids"]); !slices.Equal(got, []string{cloudAdmin, everyMember}) {
		t.Errorf("carol's wids are %v", got)
	}
	if wids := claims(t, g.access(password("carol", "api://roles/use")))["groups"]; wids != nil {
		t.Errorf("groups are %v", wids)
	}
	if wids := claims(t, g.access(password("alice", "api://guarded/use")))["wids"]; wids != nil {
		t.Errorf("an app that did not ask has wids %v", wids)
	}
}

func TestGraphTokensNameDirectoryRoles(t *testing.T) {
	t.Parallel()
	got := claims(t, sharedRig(t).access(password("carol", "User.Read")))
	if wids := texts(got["wids"]); !slices.Equal(wids, []string{cloudAdmin, seed.EveryMember}) || got["groups"] != nil {
		t.Errorf("wids are %v, groups %v", wids, got["groups"])
	}
}

func TestOverageStandsInForMoreThan200Groups(t *testing.T) {
	t.Parallel()
	tenant := companies()[0]
	var names []string
	for i := range 201 {
		id := fmt.Sprintf("c0000000-0000-4000-8000-%012d", i)
		names = append(names, id)
		tenant.Groups = append(tenant.Groups, seed.Group{ID: id, Name: fmt.Sprintf("Group %d", i), Members: []string{carol}})
	}
	g := newRig(t, tenant)
	over := claims(t, g.access(password("carol", apiScope)))
	sources, _ := over["_claim_sources"].(map[string]any)
	src, _ := sources["src1"].(map[string]any)
	claimNames, _ := over["_claim_names"].(map[string]any)
	if over["groups"] != nil || claimNames["groups"] != "src1" || src["endpoint"] != "https://graph.windows.net/"+contoso+"/users/"+carol+"/getMemberObjects" {
		t.Errorf("claims are %v", over)
	}
	if err := g.SetMembers(contoso, names[0], nil, []string{carol}); err != nil {
		t.Fatal(err)
	}
	at := claims(t, g.access(password("carol", apiScope)))
	if got := len(texts(at["groups"])); got != 200 || at["_claim_names"] != nil || at["_claim_sources"] != nil {
		t.Errorf("%d groups, _claim_names %v", got, at["_claim_names"])
	}
}

func TestApplicationGroupsAreTheAssignedOnes(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	if got := texts(claims(t, g.access(password("alice", "api://guarded/use")))["groups"]); !slices.Equal(got, []string{finance}) {
		t.Errorf("groups are %v", got)
	}
}

func TestGroupsCanTakeThePlaceOfRoles(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	c := claims(t, g.access(password("alice", "api://roles/use")))
	if got := texts(c["roles"]); !slices.Equal(got, []string{staff, finance}) || c["groups"] != nil {
		t.Errorf("roles %v, groups %v", c["roles"], c["groups"])
	}
}

func TestGuestsCarryTheirProvider(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	c := claims(t, g.codeFor(erin, apiScope))
	if c["idp"] != entraURL+"/"+fabrikam+"/" || c["acct"] != float64(1) || c["oid"] != erin || c["tid"] != contoso || c["wids"] != nil {
		t.Errorf("claims are %v", c)
	}
	if member := claims(t, g.access(password("alice", apiScope))); member["idp"] != nil {
		t.Errorf("a member has idp %v", member["idp"])
	}
}

func TestCapabilityIsSaidOnlyToThoseWhoAskAndCan(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	const cp1 = `{"access_token":{"xms_cc":{"values":["CP1"]}}}`
	if got := texts(claims(t, g.access(with(password("alice", apiScope), "claims", cp1)))["xms_cc"]); !slices.Equal(got, []string{"cp1"}) {
		t.Errorf("xms_cc is %v", got)
	}
	if c := claims(t, g.access(with(password("alice", "api://roles/use"), "claims", cp1))); c["xms_cc"] != nil {
		t.Errorf("an app that did not ask has xms_cc %v", c["xms_cc"])
	}
}

func TestSubjectIsPairwise(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	a := claims(t, g.access(password("alice", apiScope)))["sub"]
	again := claims(t, g.access(with(password("alice", apiScope), "client_id", seed.AzureCLI)))["sub"]
	other := claims(t, g.access(password("alice", "api://roles/use")))["sub"]
	bob := claims(t, g.access(password("bob", apiScope)))["sub"]
	if a != again || a == other || a == bob {
		t.Errorf("sub is %v, again %v, elsewhere %v, bob's %v", a, again, other, bob)
	}
}

func TestIDTokenIsForTheClient(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	a := g.token(contoso, with(password("carol", "openid profile email"), "client_id", console, "client_secret", "console-secret"))
	c := claims(t, a.str("id_token"))
	if c["aud"] != console || c["scp"] != nil || c["azp"] != nil || c["oid"] != carol || c["ver"] != "2.0" || c["email"] != nil {
		t.Errorf("claims are %v", c)
	}
	if !slices.Contains(texts(c["wids"]), cloudAdmin) {
		t.Errorf("wids are %v", c["wids"])
	}
	if _, err := g.verifier(console).Verify(t.Context(), a.str("id_token")); err != nil {
		t.Error(err)
	}
}
