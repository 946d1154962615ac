package entra_test

import (
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/authz"
	"gatehouse/internal/entra"
	"gatehouse/internal/tenants"
)

const fabrikamIDP = "https://sts.windows.net/22222222-2222-4222-8222-222222222222/"

func TestGuestIsAdmittedWhereTheOrganizationSaysSo(t *testing.T) {
	t.Parallel()
	v, a := newEntra().verifier(), accepting(t, admitGuests, admitAgents)
	for _, changes := range []object{{"acct": 1}, {"idp": fabrikamIDP}, {"acct": 1, "idp": fabrikamIDP}, {"acct": 1, "xms_act_fct": "11"}} {
		if got := wantToken(t, v, a, token(changes)); got.Identity.Kind != authz.Guest || !got.Guest || !got.Identity.Delegated {
			t.Errorf("%v: %+v", changes, got.Identity)
		}
	}
}

func TestMemberSignedInAtHomeIsNoGuest(t *testing.T) {
	t.Parallel()
	v, a := newEntra().verifier(), accepting(t)
	for _, changes := range []object{{}, {"acct": 0}, {"idp": contosoV1}, {"idp": contosoV2}} {
		if got := wantToken(t, v, a, token(changes)); got.Identity.Kind != authz.User || got.Guest {
			t.Errorf("%v: kind %s", changes, got.Identity.Kind)
		}
	}
}

func TestAgentsAreToldApart(t *testing.T) {
	t.Parallel()
	v, a := newEntra().verifier(), accepting(t, admitAgents, admitApps)
	parent := "cccccccc-cccc-4ccc-8ccc-cccccccccccc"
	got := wantToken(t, v, a, token(object{"xms_act_fct": "9 11", "xms_sub_fct": "1", "xms_par_app_azp": parent, "idtyp": "user"}))
	if got.Identity.Kind != authz.Agent || !got.Identity.Delegated || got.Agent != (entra.AgentFacts{Actor: true, Parent: parent}) {
		t.Errorf("agent for a person: %+v %+v", got.Identity, got.Agent)
	}
	got = wantToken(t, v, a, mint(header(), with(appOnly(), object{"idtyp": "app", "scp": "/", "xms_act_fct": "11", "xms_sub_fct": "11"})))
	if got.Identity.Kind != authz.Agent || got.Identity.Delegated || len(got.Identity.Scopes) != 0 || got.Agent != (entra.AgentFacts{Actor: true, Subject: true}) {
		t.Errorf("agent on its own: %+v %+v", got.Identity, got.Agent)
	}
	if got = wantToken(t, v, a, token(object{"xms_act_fct": "111 1"})); got.Identity.Kind != authz.User {
		t.Errorf("facet 111 was taken for 11: %s", got.Identity.Kind)
	}
}

func TestApplicationNeedsItsRole(t *testing.T) {
	t.Parallel()
	v, refusing, admitting := newEntra().verifier(), accepting(t), accepting(t, admitApps)
	good := mint(header(), appOnly())
	got := wantToken(t, v, admitting, good)
	if id := got.Identity; id.Kind != authz.App || id.Delegated || !slices.Equal(id.AppRoles, []string{"Tools.Execute.All"}) {
		t.Errorf("identity %+v", id)
	}
	wantRefusal(t, v, refusing, good, entra.AppsRefused)
	for _, changes := range []object{{"roles": nil}, {"roles": []string{}}, {"roles": []string{"Tools.Execute"}}, {"roles": []string{""}}, {"roles": nil, "groups": []string{"90000000-0000-4000-8000-000000000001"}}} {
		wantRefusal(t, v, admitting, mint(header(), with(appOnly(), changes)), entra.MissingRole)
	}
	wantToken(t, v, admitting, mint(header(), with(appOnly(), object{"idtyp": "app", "sub": "other"})))
	wantRefusal(t, v, admitting, mint(header(), with(appOnly(), object{"sub": "other"})), entra.NotAnAccessToken)
	wantRefusal(t, v, admitting, mint(header(), with(appOnly(), object{"azp": "dddddddd-dddd-4ddd-8ddd-dddddddddddd"})), entra.ClientNotAllowed)
	wantRefusal(t, v, admitting, mint(header(), with(appOnly(), object{"xms_sub_fct": "11"})), entra.AgentsRefused)
}

func TestScopeWithACeilingAloneIsEnough(t *testing.T) {
	t.Parallel()
	got := wantToken(t, newEntra().verifier(), accepting(t), token(object{"scp": "payroll"}))
	if !slices.Equal(got.Identity.Scopes, []string{"payroll"}) {
		t.Errorf("scopes %v", got.Identity.Scopes)
	}
}

func TestV1TokensWhereTheOrganizationAllowsThem(t *testing.T) {
	t.Parallel()
	e := newEntra()
	e.publish(keysV1, jwk("k1", "contoso", ""))
	v, a := e.verifier(), accepting(t, acceptV1)
	v1 := with(delegated(), object{"iss": contosoV1, "ver": "1.0", "azp": nil, "azpacr": nil, "appid": vscode, "appidacr": "1", "preferred_username": nil, "unique_name": "alice@contoso.example"})
	for _, aud := range []string{apiClient.String(), "api://contoso-mcp", "api://contoso-mcp/", "https://mcp.example.com/t/contoso/mcp"} {
		got := wantToken(t, v, a, mint(header(), with(v1, object{"aud": aud})))
		if got.Version != entra.V1 || got.Identity.Client != vscode || got.ClientAuth != "1" || got.Identity.Name != "alice@contoso.example" {
			t.Errorf("%s: %+v", aud, got)
		}
	}
	for name, row := range map[string]struct {
		changes object
		reason  entra.Reason
	}{
		"another audience":      {object{"aud": "api://other"}, entra.WrongAudience},
		"v2 version":            {object{"ver": "2.0"}, entra.WrongVersion},
		"client of a v2 token":  {object{"appid": nil, "azp": vscode}, entra.Malformed},
		"another tenant's":      {object{"iss": fabrikamIDP, "tid": fabrikamTID.String()}, entra.WrongTenant},
		"issuer without slash":  {object{"iss": strings.TrimSuffix(contosoV1, "/")}, entra.WrongIssuer},
		"identifier URI in v2":  {object{"iss": contosoV2, "ver": "2.0", "azp": vscode, "aud": "api://contoso-mcp"}, entra.WrongAudience},
		"two slashes":           {object{"aud": "api://contoso-mcp//"}, entra.WrongAudience},
		"part of an identifier": {object{"aud": "api://contoso"}, entra.WrongAudience},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantRefusal(t, v, a, mint(header(), with(v1, row.changes)), row.reason)
		})
	}
	foreign := newEntra()
	foreign.publish(keysV1, jwk("k1", "contoso", fabrikamIDP))
	wantRefusal(t, foreign.verifier(), a, mint(header(), v1), entra.WrongKeyIssuer)
}

func TestGroupsHaveThreeStates(t *testing.T) {
	t.Parallel()
	v, a := newEntra().verifier(), accepting(t)
	overage := object{"groups": "src1"}
	sources := object{"src1": object{"endpoint": "https://evil.example/steal"}}
	id := "90000000-0000-4000-8000-000000000001"
	for name, row := range map[string]struct {
		changes object
		state   entra.GroupState
		ids     int
	}{
		"listed":            {object{"groups": []string{id, strings.ToUpper("90000000-0000-4000-8000-00000000000a")}}, entra.GroupsPresent, 2},
		"listed, none":      {object{"groups": []string{}}, entra.GroupsPresent, 0},
		"silent":            {object{"groups": nil}, entra.GroupsAbsent, 0},
		"overage":           {object{"groups": nil, "_claim_names": overage, "_claim_sources": sources}, entra.GroupsElsewhere, 0},
		"overage and list":  {object{"groups": []string{id}, "_claim_names": overage, "_claim_sources": sources}, entra.GroupsElsewhere, 0},
		"implicit overage":  {object{"groups": nil, "hasgroups": true}, entra.GroupsElsewhere, 0},
		"hasgroups false":   {object{"groups": nil, "hasgroups": false}, entra.GroupsAbsent, 0},
		"other claim moved": {object{"groups": nil, "_claim_names": object{"wids": "src1"}}, entra.GroupsAbsent, 0},
		"names, not ids":    {object{"groups": []string{id, `CONTOSO\Staff`}}, entra.GroupsElsewhere, 0},
		"groups in roles":   {object{"groups": nil, "roles": []string{id}}, entra.GroupsAbsent, 0},
		"groups in wids":    {object{"groups": nil, "wids": []string{id}}, entra.GroupsAbsent, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := wantToken(t, v, a, token(row.changes)).Groups
			if got.State != row.state || len(got.IDs) != row.ids {
				t.Errorf("got %+v, want state %d with %d", got, row.state, row.ids)
			}
		})
	}
}

func TestNameIsFitToShow(t *testing.T) {
	t.Parallel()
	v, a := newEntra().verifier(), accepting(t)
	for want, changes := range map[string]object{
		"Alice":                       {"preferred_username": nil},
		"evilmoc":                     {"preferred_username": "evil\u202emoc\u0000\n"},
		strings.Repeat("ü", 64):       {"preferred_username": strings.Repeat("ü", 90)},
		"a" + strings.Repeat("ü", 63): {"preferred_username": "a" + strings.Repeat("ü", 90)},
		"":                            {"preferred_username": "\u200b", "name": nil},
	} {
		if got := wantToken(t, v, a, token(changes)).Identity.Name; got != want {
			t.Errorf("name %q, want %q", got, want)
		}
	}
}

func TestAcceptanceNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	org := contoso()
	org.Connection.ClientID, org.Connection.Versions, org.Connection.V1Audiences = tenants.GUID{}, "v3", []string{"/"}
	_, err := entra.NewAcceptance(org, []string{"api://x/payroll"}, []tenants.Client{{Name: "nameless"}}, entra.AuthorityOf("moon"))
	if err == nil {
		t.Fatal("accepted")
	}
	for _, part := range []string{"client id", "token versions", "v1 audience", "short names", "client has no id", "sign-in host"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not name %q", err, part)
		}
	}
}
