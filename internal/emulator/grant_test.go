package emulator_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
)

func TestPasswordGrantGivesTokensOfThePerson(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	scope := apiScope + " openid profile offline_access"
	a := g.token(contoso, with(password("alice", scope), "client_info", "1"))
	if a.status != http.StatusOK || a.str("token_type") != "Bearer" || a.str("scope") != scope {
		t.Fatalf("answer is %d %s", a.status, a.text)
	}
	if a.str("refresh_token") == "" || claims(t, a.str("id_token"))["aud"] != seed.VisualStudioCode {
		t.Errorf("answer is %s", a.text)
	}
	info, err := base64.RawURLEncoding.DecodeString(a.str("client_info"))
	if err != nil || string(info) != `{"uid":"`+alice+`","utid":"`+contoso+`"}` {
		t.Errorf("client_info is %s, %v", info, err)
	}
	life, _ := a.json["expires_in"].(float64)
	if life < 3600 || life > 5400 || a.json["ext_expires_in"] != life {
		t.Errorf("the token lives %v s, want 60 to 90 minutes", life)
	}
	again := g.token(contoso, password("alice", apiScope))
	if again.json["expires_in"] != life {
		t.Errorf("lifetime is %v, then %v", life, again.json["expires_in"])
	}
	for name := range map[string]bool{"refresh_token": true, "id_token": true, "client_info": true} {
		if again.str(name) != "" {
			t.Errorf("%s came unasked", name)
		}
	}
}

func TestPasswordGrantAtOrganizationsFindsTheTenant(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	a := g.token("organizations", password("alice", apiScope))
	if a.status != http.StatusOK || claims(t, a.str("access_token"))["tid"] != contoso {
		t.Errorf("answer is %d %s", a.status, a.text)
	}
}

func TestPasswordGrantRefusals(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	good := password("alice", apiScope)
	for name, row := range map[string]struct {
		form   url.Values
		status int
		kind   string
		code   int
	}{
		"no grant type":           {with(good, "grant_type", ""), 400, "invalid_request", 900144},
		"unknown grant type":      {with(good, "grant_type", "urn:ietf:params:oauth:grant-type:saml2-bearer"), 400, "unsupported_grant_type", 70003},
		"no client":               {with(good, "client_id", ""), 400, "invalid_request", 900144},
		"client is no id":         {with(good, "client_id", "vscode"), 400, "unauthorized_client", 700038},
		"unknown client":          {with(good, "client_id", "99999999-9999-4999-8999-999999999999"), 400, "unauthorized_client", 700016},
		"no username":             {with(good, "username", ""), 400, "invalid_request", 900144},
		"wrong password":          {with(good, "password", "pw-bob"), 400, "invalid_grant", 50126},
		"unknown person":          {with(good, "username", "zoe@contoso.example"), 400, "invalid_grant", 50034},
		"guest":                   {with(good, "username", "erin@fabrikam.example"), 400, "invalid_grant", 50034},
		"disabled":                {password("dan", apiScope), 400, "invalid_grant", 50057},
		"confidential, no secret": {with(good, "client_id", console), 401, "invalid_client", 7000218},
		"public, with secret":     {with(good, "client_secret", "x"), 401, "invalid_client", 700025},
		"wrong secret":            {with(good, "client_id", console, "client_secret", "x"), 401, "invalid_client", 7000215},
		"client assertion":        {with(good, "client_assertion", "x"), 401, "invalid_client", 700025},
		"no scope":                {with(good, "scope", ""), 400, "invalid_request", 900144},
		"bare scope is Graph's":   {with(good, "scope", "access"), 400, "invalid_scope", 650053},
		"unknown scope of ours":   {with(good, "scope", apiURL+"/nothing"), 400, "invalid_scope", 650053},
		"unknown resource":        {with(good, "scope", "https://mcp.example.com/access"), 400, "invalid_resource", 500011},
		"two resources":           {with(good, "scope", apiScope+" User.Read"), 400, "invalid_scope", 28000},
		".default and more":       {with(good, "scope", apiURL+"/.default "+apiScope), 400, "invalid_scope", 70011},
		"scope not agreed to":     {with(good, "scope", apiURL+"/admin"), 400, "invalid_grant", 65001},
		"client not agreed to":    {with(good, "client_id", stranger, "scope", apiScope), 400, "invalid_grant", 65001},
		"openid not agreed to":    {with(good, "client_id", stranger, "scope", "openid"), 400, "invalid_grant", 65001},
		"resource with a slash":   {with(good, "resource", apiURL+"/"), 400, "invalid_target", 9010010},
		"resource of v1 app":      {with(good, "scope", "https://legacy.contoso.example/read", "resource", "https://legacy.contoso.example"), 400, "invalid_target", 9010010},
		"resource, other scopes":  {with(good, "scope", "User.Read", "resource", apiURL), 400, "invalid_target", 9010010},
		"claims are no JSON":      {with(good, "claims", "{"), 400, "invalid_request", 9002313},
		"not assigned":            {with(good, "username", "bob@contoso.example", "password", "pw-bob", "scope", "api://guarded/use"), 400, "invalid_grant", 50105},
		"assigned through nesting": {
			with(good, "username", "frank@contoso.example", "password", "pw-frank", "scope", "api://guarded/use"), 400, "invalid_grant", 50105,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := g.token(contoso, row.form)
			a.refused(t, row.status, row.kind, row.code)
			if strings.Contains(a.text, "pw-") {
				t.Errorf("the answer tells a password: %s", a.text)
			}
		})
	}
}

func TestScopesNameTheirResource(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	for name, row := range map[string]struct{ scope, audience, scp string }{
		"URL with path, longest wins": {apiScope, api, "access"},
		"shorter URL of the same app": {"http://localhost:8080/t/contoso/access", api, "access"},
		"api URI":                     {"api://" + api + "/access", api, "access"},
		"client id":                   {api + "/access", api, "access"},
		"default":                     {apiURL + "/.default", api, "access"},
		"default of Graph, bare name": {".default", seed.MicrosoftGraph, "User.Read"},
		"Graph by name":               {"https://graph.microsoft.com/User.Read", seed.MicrosoftGraph, "User.Read"},
		"Graph by this address":       {graphURL + "/User.Read", seed.MicrosoftGraph, "User.Read"},
		"Graph, bare":                 {"User.Read openid", seed.MicrosoftGraph, "User.Read openid"},
		"resource given and right":    {apiScope, api, "access"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			values := password("alice", row.scope)
			if name == "resource given and right" {
				values.Set("resource", apiURL)
			}
			a := g.token(contoso, values)
			if a.status != http.StatusOK {
				t.Fatalf("status %d: %s", a.status, a.text)
			}
			c := claims(t, a.str("access_token"))
			scp, _ := c["scp"].(string)
			if c["aud"] != row.audience || !strings.Contains(" "+scp+" ", " "+strings.Fields(row.scp)[0]+" ") {
				t.Errorf("aud %v, scp %q", c["aud"], scp)
			}
			for _, asked := range strings.Fields(row.scope) {
				if !slices.Contains(strings.Fields(a.str("scope")), asked) {
					t.Errorf("scope %q does not echo %s", a.str("scope"), asked)
				}
			}
		})
	}
}

func TestDefaultScopeIsWhatWasAgreed(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	token := g.access(password("alice", apiURL+"/.default"))
	if scp := claims(t, token)["scp"]; scp != "access" {
		t.Errorf("VS Code is pre-authorized for access, .default gives %q", scp)
	}
	token = g.access(with(password("alice", apiURL+"/.default"), "client_id", seed.AzureCLI))
	if scp := claims(t, token)["scp"]; scp != "access admin" {
		t.Errorf("Azure CLI is pre-authorized for everything, .default gives %q", scp)
	}
}

func TestDefaultScopeEchoesOpenIDScopesBare(t *testing.T) {
	t.Parallel()
	all := companies()
	all[0].Apps = append(all[0].Apps, seed.App{
		ID: "a0100000-0000-4000-8000-000000000099", Name: "Reader", Public: true,
		Consents: []seed.Consent{{Resource: seed.MicrosoftGraph, Scopes: []string{"openid", "User.Read"}}},
	})
	ask := with(password("alice", "https://graph.microsoft.com/.default"), "client_id", "a0100000-0000-4000-8000-000000000099")
	scope := strings.Fields(newRig(t, all...).token(contoso, ask).str("scope"))
	slices.Sort(scope)
	if want := []string{"https://graph.microsoft.com/.default", "https://graph.microsoft.com/User.Read", "openid"}; !slices.Equal(scope, want) {
		t.Errorf("scope is %v, want %v", scope, want)
	}
}

func TestClientCredentialsGiveATokenOfTheApp(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	values := form("grant_type", "client_credentials", "client_id", daemon, "client_secret", "daemon secret+%",
		"scope", apiURL+"/.default openid offline_access profile")
	a := g.token(contoso, values)
	if a.status != http.StatusOK || a.json["scope"] != nil || a.json["refresh_token"] != nil || a.json["id_token"] != nil {
		t.Fatalf("answer is %d %s", a.status, a.text)
	}
	c := claims(t, a.str("access_token"))
	if c["oid"] != c["sub"] || c["scp"] != nil || c["idtyp"] != "app" || c["azp"] != daemon || c["azpacr"] != "1" || c["groups"] != nil {
		t.Errorf("claims are %v", c)
	}
	if roles := texts(c["roles"]); !slices.Equal(roles, []string{"Tools.Execute"}) {
		t.Errorf("roles are %v", roles)
	}
	unassigned := g.access(form("grant_type", "client_credentials", "client_id", console, "client_secret", "console-secret", "scope", apiURL+"/.default"))
	if roles := claims(t, unassigned)["roles"]; roles != nil {
		t.Errorf("an app without an assignment has roles %v", roles)
	}
}

func TestSecretsComeAsHTTPBasicToo(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	values := form("grant_type", "client_credentials", "scope", apiURL+"/.default")
	basic := func(secret string) string {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(daemon+":"+url.QueryEscape(secret)))
	}
	if a := g.token(contoso, values, "Authorization", basic("daemon secret+%")); a.status != http.StatusOK {
		t.Errorf("answer is %d %s", a.status, a.text)
	}
	if a := g.token(contoso, with(values, "client_id", strings.ToUpper(daemon)), "Authorization", basic("daemon secret+%")); a.status != http.StatusOK {
		t.Errorf("with the client id in the body, too: %d %s", a.status, a.text)
	}
	for name, value := range map[string]string{
		"client_secret": "daemon secret+%", "client_assertion": "x", "client_assertion_type": "x", "client_id": api,
	} {
		g.token(contoso, with(values, name, value), "Authorization", basic("daemon secret+%")).refused(t, 400, "invalid_request", 9002313)
	}
	wrong := g.token(contoso, values, "Authorization", basic("x"))
	wrong.refused(t, 401, "invalid_client", 7000215)
	if wrong.header.Get("WWW-Authenticate") != "Basic" {
		t.Errorf("WWW-Authenticate is %q", wrong.header.Get("WWW-Authenticate"))
	}
}

func TestClientCredentialsRefusals(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	good := form("grant_type", "client_credentials", "client_id", daemon, "client_secret", "daemon secret+%", "scope", apiURL+"/.default")
	g.token(contoso, with(good, "client_secret", "")).refused(t, 401, "invalid_client", 7000218)
	g.token(contoso, with(good, "client_secret", "x")).refused(t, 401, "invalid_client", 7000215)
	g.token(contoso, with(good, "scope", apiScope)).refused(t, 400, "invalid_scope", 70011)
	g.token(contoso, with(good, "scope", "openid")).refused(t, 400, "invalid_scope", 70011)
	g.token(contoso, with(good, "scope", "https://nowhere.example/.default")).refused(t, 400, "invalid_resource", 500011)
	g.token(contoso, with(good, "scope", "api://guarded/.default")).refused(t, 400, "invalid_grant", 501051)
	g.token("organizations", good).refused(t, 400, "invalid_request", 50059)
	g.token(fabrikam, good).refused(t, 400, "unauthorized_client", 700016)
}

func TestRefreshTokensRotateAndOldOnesStayGood(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	first := g.token(contoso, password("alice", apiScope+" offline_access"))
	values := form("grant_type", "refresh_token", "client_id", seed.VisualStudioCode, "refresh_token", first.str("refresh_token"))
	second := g.token(contoso, values)
	if second.status != http.StatusOK || second.str("refresh_token") == "" || second.str("refresh_token") == first.str("refresh_token") {
		t.Fatalf("answer is %d %s", second.status, second.text)
	}
	if a, b := claims(t, first.str("access_token")), claims(t, second.str("access_token")); a["sid"] != b["sid"] || a["uti"] == b["uti"] {
		t.Errorf("sid %v then %v, uti %v then %v", a["sid"], b["sid"], a["uti"], b["uti"])
	}
	if again := g.token(contoso, values); again.status != http.StatusOK {
		t.Errorf("the older token: %d %s", again.status, again.text)
	}
	other := g.token(contoso, with(values, "scope", "User.Read"))
	if other.status != http.StatusOK || claims(t, other.str("access_token"))["aud"] != seed.MicrosoftGraph {
		t.Errorf("another resource: %d %s", other.status, other.text)
	}
}

func TestRefreshRefusals(t *testing.T) {
	t.Parallel()
	g := freshRig(t) // a reset must not bring the same refresh tokens again
	values := func() url.Values {
		a := g.token(contoso, password("alice", apiScope+" offline_access"))
		return form("grant_type", "refresh_token", "client_id", seed.VisualStudioCode, "refresh_token", a.str("refresh_token"))
	}
	g.token(contoso, with(values(), "refresh_token", "")).refused(t, 400, "invalid_request", 900144)
	g.token(contoso, with(values(), "refresh_token", "AAAA")).refused(t, 400, "invalid_grant", 70000)
	g.token(contoso, with(values(), "client_id", seed.AzureCLI)).refused(t, 400, "invalid_grant", 70000)
	g.token(fabrikam, values()).refused(t, 400, "invalid_grant", 70000)
	g.token(contoso, with(values(), "scope", apiURL+"/admin")).refused(t, 400, "invalid_grant", 65001)
	g.token(contoso, with(values(), "resource", apiURL+"/")).refused(t, 400, "invalid_target", 9010010)

	old := values()
	g.Advance(90*24*time.Hour + time.Second)
	g.token(contoso, old).refused(t, 400, "invalid_grant", 700082)

	old = values()
	g.change(alice, emulator.UserChange{Revoke: true})
	g.token(contoso, old).refused(t, 400, "invalid_grant", 50173)
	if a := g.token(contoso, values()); a.status != http.StatusOK {
		t.Errorf("a sign-in after the revocation: %d %s", a.status, a.text)
	}

	old = values()
	no, yes := false, true
	g.change(alice, emulator.UserChange{Enabled: &no})
	g.token(contoso, old).refused(t, 400, "invalid_grant", 50057)
	g.change(alice, emulator.UserChange{Enabled: &yes, Deleted: &yes})
	g.token(contoso, old).refused(t, 400, "invalid_grant", 50034)
	g.change(alice, emulator.UserChange{Deleted: &no})
	if a := g.token(contoso, old); a.status != http.StatusOK {
		t.Errorf("after the person was restored: %d %s", a.status, a.text)
	}

	if err := g.Reset(); err != nil {
		t.Fatal(err)
	}
	g.token(contoso, old).refused(t, 400, "invalid_grant", 70000)
}

func TestConfidentialRefreshNeedsTheSecret(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	first := g.token(contoso, with(password("alice", "User.Read offline_access"), "client_id", console, "client_secret", "console-secret"))
	values := form("grant_type", "refresh_token", "client_id", console, "refresh_token", first.str("refresh_token"))
	g.token(contoso, values).refused(t, 401, "invalid_client", 7000218)
	if a := g.token(contoso, with(values, "client_secret", "console-secret")); a.status != http.StatusOK {
		t.Errorf("answer is %d %s", a.status, a.text)
	}
}

func (g *rig) change(oid string, c emulator.UserChange) {
	g.t.Helper()
	if err := g.SetUser(contoso, oid, c); err != nil {
		g.t.Fatal(err)
	}
}
