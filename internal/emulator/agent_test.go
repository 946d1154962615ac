package emulator_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
)

// blueprintToken is what a blueprint gets to speak for an agent.
func (g *rig) blueprintToken(id string) string {
	g.t.Helper()
	a := g.token(contoso, form("grant_type", "client_credentials", "client_id", blueprint, "client_secret", "blueprint-secret", "scope", exchangeScope, "fmi_path", id)).must(g.t)
	return a.str("access_token")
}

// agentForm is a request of the agent, which proves itself with its blueprint.
func (g *rig) agentForm(grant string, pairs ...string) url.Values {
	g.t.Helper()
	return with(form("grant_type", grant, "client_id", agent, "client_assertion_type", assertionType, "client_assertion", g.blueprintToken(agent)), pairs...)
}

func TestBlueprintsSpeakForTheirAgents(t *testing.T) {
	t.Parallel()
	g := workloadRig(t)
	got := claims(t, g.blueprintToken(agent))
	subject, _ := got["sub"].(string)
	if got["aud"] != exchangeGUID || got["azp"] != blueprint || got["idtyp"] != "app" || got["iss"] != entraURL+"/"+contoso+"/v2.0" || got["xms_par_app_azp"] != nil {
		t.Errorf("the exchange token says %v", got)
	}
	if !strings.HasPrefix(subject, "/eid1/c/pub/t/") || !strings.HasSuffix(subject, "/"+agent) {
		t.Errorf("its subject is %q", subject)
	}
}

// The tenant, the app and the subject are those of an error answer people have
// published: a Microsoft tenant and the Bot Framework's token store.
func TestExchangeSubjectsAreMadeAsEntraMakesThem(t *testing.T) {
	t.Parallel()
	const tid, store = "72f988bf-86f1-41af-91ab-2d7cd011db47", "5b404cf4-a79d-4cfe-b866-24bf8e1a4921"
	g := newRig(t, seed.Tenant{
		ID: tid, Name: "Example", Domain: "example.example", Apps: []seed.App{{ID: store, Name: "Token store", Secret: "s"}},
	})
	a := g.token(tid, form("grant_type", "client_credentials", "client_id", store, "client_secret", "s", "scope", exchangeScope, "fmi_path", "bot-1")).must(t)
	if got, want := claims(t, a.str("access_token"))["sub"], "/eid1/c/pub/t/v4j5cvGGr0GRqy180BHbRw/a/9ExAW52n_ky4ZiS_jhpJIQ/bot-1"; got != want {
		t.Errorf("subject %v, want %s", got, want)
	}
}

func TestAgentsActForThemselves(t *testing.T) {
	t.Parallel()
	g := workloadRig(t)
	a := g.token(contoso, g.agentForm("client_credentials", "scope", apiURL+"/.default")).must(t)
	got := claims(t, a.str("access_token"))
	if got["azp"] != agent || got["azpacr"] != "2" || got["idtyp"] != "app" || got["scp"] != nil || got["oid"] != seed.Derived(contoso, "service principal", agent) {
		t.Errorf("claims are %v", got)
	}
	if !facet(got["xms_act_fct"], "11") || !facet(got["xms_sub_fct"], "11") || got["xms_par_app_azp"] != blueprint || got["xms_idrel"] != "7" {
		t.Errorf("facets are %v, %v of %v, %v", got["xms_act_fct"], got["xms_sub_fct"], got["xms_par_app_azp"], got["xms_idrel"])
	}
	if roles := texts(got["roles"]); len(roles) != 1 || roles[0] != "Tools.Execute" {
		t.Errorf("roles are %v", roles)
	}
	if ordinary := claims(t, g.access(form("grant_type", "client_credentials", "client_id", daemon, "client_secret", "daemon secret+%", "scope", apiURL+"/.default"))); ordinary["xms_act_fct"] != nil || ordinary["xms_idrel"] != nil {
		t.Errorf("an ordinary app has facets: %v", ordinary)
	}
}

// facet reports whether a list of facets holds one.
func facet(list any, want string) bool {
	text, _ := list.(string)
	for _, f := range strings.Fields(text) {
		if f == want {
			return true
		}
	}
	return false
}

func TestAgentsActForPeople(t *testing.T) {
	t.Parallel()
	g := freshWorkloads(t, nil)
	inbound := g.access(password("alice", "api://blueprint/talk"))
	request := g.agentForm("urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion", inbound, "scope", apiScope+" offline_access", "requested_token_use", "on_behalf_of")
	a := g.token(contoso, request).must(t)
	got := claims(t, a.str("access_token"))
	if got["oid"] != alice || got["azp"] != agent || got["idtyp"] != "user" || got["scp"] != "access" || got["xms_par_app_azp"] != blueprint || got["xms_idrel"] != "1" {
		t.Errorf("claims are %v", got)
	}
	if !facet(got["xms_act_fct"], "11") || got["xms_sub_fct"] != nil {
		t.Errorf("facets are %v, %v", got["xms_act_fct"], got["xms_sub_fct"])
	}
	refresh := g.agentForm("refresh_token", "refresh_token", a.str("refresh_token"), "scope", apiScope)
	g.token(contoso, refresh).must(t)
	g.token(contoso, with(refresh, "client_assertion", "", "client_assertion_type", "")).refused(t, 401, "invalid_client", 7000218)
	g.token(contoso, with(request, "assertion", g.access(password("alice", apiScope)))).refused(t, 400, "invalid_grant", 500131)
	g.token(contoso, with(request, "scope", "api://"+api+"/admin")).refused(t, 400, "invalid_grant", 65001)
}

// agentUserForm is a request of the agent as its own user.
func (g *rig) agentUserForm(pairs ...string) url.Values {
	g.t.Helper()
	second := g.token(contoso, g.agentForm("client_credentials", "scope", exchangeScope)).must(g.t)
	return with(g.agentForm("user_fic", "user_federated_identity_credential", second.str("access_token"),
		"username", "agent@contoso.example", "scope", apiScope+" openid offline_access profile"), pairs...)
}

func TestAgentsActAsTheirUser(t *testing.T) {
	t.Parallel()
	g := freshWorkloads(t, nil)
	request := g.agentUserForm("client_info", "1")
	a := g.token(contoso, request).must(t)
	got := claims(t, a.str("access_token"))
	if got["oid"] != agentUser || got["azp"] != agent || got["idtyp"] != "user" || !facet(got["xms_sub_fct"], "13") || !facet(got["xms_act_fct"], "11") {
		t.Errorf("claims are %v", got)
	}
	if a.str("refresh_token") == "" || a.str("id_token") == "" || a.str("client_info") == "" {
		t.Errorf("answer is %s", a.text)
	}
	g.token(contoso, with(request, "username", "", "user_id", agentUser)).must(t)
	g.token(contoso, with(request, "requested_token_use", "on_behalf_of")).must(t)
	g.token("organizations", request).must(t)
	onward := g.token(contoso, obo(a.str("access_token"), "User.Read")).must(t)
	if behind := claims(t, onward.str("access_token")); behind["xms_act_fct"] != nil || !facet(behind["xms_sub_fct"], "13") {
		t.Errorf("an ordinary app acting for the agent's user: %v, %v", behind["xms_act_fct"], behind["xms_sub_fct"])
	}

	for _, name := range []string{"user_federated_identity_credential", "scope", "username"} {
		g.token(contoso, with(request, name, "")).refused(t, 400, "invalid_request", 900144)
	}
	g.token(contoso, with(request, "requested_token_use", "x")).refused(t, 400, "invalid_request", 9002313)
	g.token(contoso, with(request, "username", "nobody@contoso.example")).refused(t, 400, "invalid_grant", 50034)
	g.token(contoso, with(request, "username", "alice@contoso.example")).refused(t, 400, "invalid_grant", 70021)
	g.token(contoso, with(request, "user_federated_identity_credential", "x")).refused(t, 400, "invalid_grant", 50013)
	g.token(contoso, with(request, "user_federated_identity_credential", g.blueprintToken(agent))).refused(t, 400, "invalid_grant", 500131)
	g.token(contoso, with(request, "user_federated_identity_credential", g.access(g.agentForm("client_credentials", "scope", apiURL+"/.default")))).refused(t, 400, "invalid_grant", 500131)
	g.token(contoso, with(request, "client_assertion", "", "client_assertion_type", "")).refused(t, 401, "invalid_client", 7000218)
	g.token(contoso, with(request, "client_assertion", "", "client_assertion_type", "", "client_id", api, "client_secret", apiSecret)).refused(t, 400, "invalid_grant", 7000114)
	expired, err := g.Sign(contoso, nil, map[string]any{
		"iss": entraURL + "/" + contoso + "/v2.0", "tid": contoso, "aud": exchangeGUID, "azp": agent, "idtyp": "app", "exp": midday.Unix(), "nbf": midday.Add(-time.Hour).Unix(),
	})
	if err != nil {
		t.Fatal(err)
	}
	g.token(contoso, with(request, "user_federated_identity_credential", expired)).refused(t, 400, "invalid_grant", 500133)
	elsewhere, err := g.Sign(fabrikam, nil, map[string]any{
		"iss": entraURL + "/" + fabrikam + "/v2.0", "tid": fabrikam, "aud": exchangeGUID, "azp": agent, "idtyp": "app", "exp": midday.Add(time.Hour).Unix(), "nbf": midday.Unix(),
	})
	if err != nil {
		t.Fatal(err)
	}
	g.token(contoso, with(request, "user_federated_identity_credential", elsewhere)).refused(t, 400, "invalid_grant", 50013)
	no := false
	g.change(agentUser, emulator.UserChange{Enabled: &no})
	g.token(contoso, request).refused(t, 400, "invalid_grant", 50057)
}

func TestAgentsProveThemselvesWithTheirBlueprintOnly(t *testing.T) {
	t.Parallel()
	g := freshWorkloads(t, nil)
	request := g.agentForm("client_credentials", "scope", apiURL+"/.default")
	g.token(contoso, with(request, "client_id", otherAgent)).refused(t, 401, "invalid_client", 700213)
	g.token(contoso, with(request, "client_id", federated)).refused(t, 401, "invalid_client", 700213)
	g.token(contoso, with(request, "client_assertion", "", "client_assertion_type", "")).refused(t, 401, "invalid_client", 7000218)
	g.token(contoso, with(request, "client_assertion", "", "client_assertion_type", "", "client_secret", "x")).refused(t, 401, "invalid_client", 7000215)
	pathless := g.token(contoso, form("grant_type", "client_credentials", "client_id", blueprint, "client_secret", "blueprint-secret", "scope", exchangeScope)).must(t)
	g.token(contoso, with(request, "client_assertion", pathless.str("access_token"))).refused(t, 401, "invalid_client", 700213)
	byAnother := g.token(contoso, form("grant_type", "client_credentials", "client_id", daemon, "client_secret", "daemon secret+%", "scope", exchangeScope, "fmi_path", agent)).must(t)
	g.token(contoso, with(request, "client_assertion", byAnother.str("access_token"))).refused(t, 401, "invalid_client", 700213)
	c := credentials()[0]
	certified := c.sign(t, map[string]any{"alg": "RS256", "x5t": c.thumbprint()}, own("iss", agent, "sub", agent))
	g.token(contoso, with(request, "client_assertion", certified)).refused(t, 401, "invalid_client", 700027)
	ci := c.sign(t, map[string]any{"alg": "RS256", "kid": "ci"}, foreign())
	g.token(contoso, with(request, "client_assertion", ci)).refused(t, 401, "invalid_client", 700211)
	for _, grant := range []string{"password", "authorization_code", deviceGrant} {
		g.token(contoso, with(request, "grant_type", grant)).refused(t, 400, "unsupported_grant_type", 70003)
	}
	g.Advance(2 * time.Hour)
	g.token(contoso, request).refused(t, 401, "invalid_client", 700024)
}

func TestBlueprintsGetNoTokensForThemselves(t *testing.T) {
	t.Parallel()
	g := workloadRig(t)
	request := form("grant_type", "client_credentials", "client_id", blueprint, "client_secret", "blueprint-secret", "scope", apiURL+"/.default")
	g.token(contoso, request).refused(t, 400, "unauthorized_client", 82001)
	g.token(contoso, with(request, "fmi_path", agent)).refused(t, 400, "unauthorized_client", 82001)
	g.token(contoso, with(request, "client_id", daemon, "client_secret", "daemon secret+%", "fmi_path", agent)).refused(t, 400, "invalid_request", 9002313)
}
