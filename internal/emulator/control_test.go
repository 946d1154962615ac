package emulator_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/emulator/seed"
)

func (g *rig) control(method, path, body string, headers ...string) answer {
	g.t.Helper()
	return g.do(g.request(method, entraURL+"/_control"+path, body, append([]string{"Authorization", "Bearer " + control}, headers...)...))
}

// told runs a command that must be followed.
func (g *rig) told(path, body string) {
	g.t.Helper()
	if a := g.control(http.MethodPost, path, body); a.status != http.StatusNoContent {
		g.t.Fatalf("%s %s: %d %s", path, body, a.status, a.text)
	}
}

func TestControlIsForTheHolderOfTheTokenOnThisMachine(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	for name, row := range map[string]struct {
		headers []string
		status  int
	}{
		"no token":        {[]string{"Authorization", ""}, 401},
		"wrong token":     {[]string{"Authorization", "Bearer wrong"}, 401},
		"wrong scheme":    {[]string{"Authorization", "Basic " + control}, 401},
		"foreign host":    {[]string{"Host", "evil.example:8081"}, 403},
		"other port":      {[]string{"Host", "localhost:8082"}, 403},
		"no port":         {[]string{"Host", "localhost"}, 403},
		"by address":      {[]string{"Host", "127.0.0.1:8081"}, 200},
		"by IPv6 address": {[]string{"Host", "[::1]:8081"}, 200},
		"by name":         {nil, 200},
	} {
		if a := g.control(http.MethodGet, "/journal", "", row.headers...); a.status != row.status {
			t.Errorf("%s: %d %s, want %d", name, a.status, a.text, row.status)
		}
	}
	if a := g.get(graphURL+"/_control/journal", "Authorization", "Bearer "+control); a.status != http.StatusNotFound {
		t.Errorf("at the Graph address: %d %s", a.status, a.text)
	}
}

func TestControlRefusesWhatItDoesNotUnderstand(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	for _, row := range []struct {
		path, body string
		status     int
		says       string
	}{
		{"/clock", `{"advance":"1h","by":2}`, 400, `"by"`},
		{"/clock", `{"advance":"soon"}`, 400, "advance"},
		{"/clock", `{"advance":"-1h"}`, 400, "advance"},
		{"/clock", `{"advance":"200000h"}`, 400, "advance"},
		{"/clock", ``, 400, "advance"},
		{"/clock", `{"advance":1}`, 400, "advance"},
		{"/clock", `{"advance":"1h"}{}`, 400, "more than one"},
		{"/clock", `{`, 400, "read body"},
		{"/reset", `{"hard":true}`, 400, `"hard"`},
		{"/keys/roll", `{"kid":"x"}`, 400, `"kid"`},
		{"/keys/roll", `{"tid":"nowhere"}`, 404, `"nowhere"`},
		{"/keys/roll", `{"tid":"` + contoso + `"}`, 400, "no keys of its own"},
		{"/keys/roll", `{"phase":"all"}`, 400, `"all"`},
		{"/keys/roll", `{"phase":"sign"}`, 400, "add one first"},
		{"/keys/tenant", `{}`, 400, "tid"},
		{"/keys/tenant", `{"tid":"nowhere"}`, 404, `"nowhere"`},
		{"/faults", `{"endpoint":"keys","tid":"nowhere","outage":true}`, 404, `"nowhere"`},
		{"/faults", `{"endpoint":"graph","tid":"` + contoso + `","outage":true}`, 400, "all tenants"},
		{"/members", `{"group":"Staff"}`, 400, "tid"},
		{"/members", `{"tid":"` + contoso + `"}`, 400, "group"},
		{"/members", `{"tid":"nowhere","group":"Staff"}`, 404, `"nowhere"`},
		{"/members", `{"tid":"` + contoso + `","group":"Nobody"}`, 404, `"Nobody"`},
		{"/members", `{"tid":"` + contoso + `","group":"Staff","add":["zoe@contoso.example"]}`, 404, "zoe@contoso.example"},
		{"/members", `{"tid":"` + contoso + `","group":"Staff","remove":["zoe"]}`, 404, "zoe"},
		{"/users/nobody", `{}`, 404, "nobody"},
		{"/users/" + alice, `{"disabled":true}`, 400, `"disabled"`},
		{"/users/" + alice, `{"directoryRoles":["Global Administrator"]}`, 400, "template id"},
		{"/settings", `{"tid":"nowhere","userConsent":"disabled"}`, 404, `"nowhere"`},
		{"/settings", `{"tid":"` + contoso + `"}`, 400, "userConsent"},
		{"/claims", `{"tid":"nowhere","claims":{"iss":"x"}}`, 404, `"nowhere"`},
		{"/claims", `{"tid":"` + contoso + `","claims":{"iss":""}}`, 400, "empty"},
		{"/claims", `{"tid":"` + contoso + `","claims":{"iat":3}}`, 400, "claims"},
		{"/faults", `{"endpoint":"tokens"}`, 400, `"tokens"`},
		{"/faults", `{"endpoint":"token","status":200}`, 400, "status 200"},
		{"/faults", `{"endpoint":"token","status":503,"outage":true}`, 400, "outage"},
		{"/faults", `{"endpoint":"token","retryAfter":3}`, 400, "retryAfter"},
		{"/faults", `{"endpoint":"token","latency":"1 s"}`, 400, "latency"},
		{"/faults", `{"endpoint":"token","latency":"1h"}`, 400, "latency"},
		{"/faults", `{"endpoint":"token","status":503,"times":-1}`, 400, "times"},
		{"/faults", `{"endpoint":"token","retry":3}`, 400, `"retry"`},
		{"/faults", `{"endpoint":"token","code":"53003"}`, 400, "code is of JSON's type string: send a whole number, without quotes"},
		{"/faults", `{"endpoint":"token","outage":1}`, 400, "outage is of JSON's type number: send true or false, without quotes"},
		{"/members", `{"tid":3}`, 400, "tid is of JSON's type number: send a text, in quotes"},
		{"/ca", `{"tid":"contoso.example","rule":{"users":"alice"}}`, 400, "rule.users is of JSON's type string: send a list, in brackets"},
		{"/serviceaccount", `{"name":[]}`, 400, "name is of JSON's type array: send a text, in quotes"},
	} {
		a := g.control(http.MethodPost, row.path, row.body)
		if a.status != row.status || !strings.Contains(a.str("error"), row.says) {
			t.Errorf("%s %s: %d %q, want %d naming %s", row.path, row.body, a.status, a.str("error"), row.status, row.says)
		}
	}
	if a := g.control(http.MethodGet, "/reset", ""); a.status != http.StatusMethodNotAllowed {
		t.Errorf("GET reset: %d", a.status)
	}
	if a := g.control(http.MethodPost, "/nothing", ""); a.status != http.StatusNotFound {
		t.Errorf("unknown route: %d", a.status)
	}
}

func TestControlDoesWhatItIsTold(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	token := g.access(password("alice", apiScope))
	g.told("/clock", `{"advance":"2h"}`)
	g.token(contoso, obo(token, "User.Read")).refused(t, 400, "invalid_grant", 500133)

	before := g.kids()
	g.told("/keys/roll", "")
	if kid, _ := header(t, g.access(password("alice", apiScope)))["kid"].(string); before[kid] {
		t.Error("the key is an old one")
	}

	g.told("/members", `{"tid":"contoso.example","group":"Finance","add":["bob@contoso.example","SRE"],"remove":["`+alice+`"]}`)
	if got := texts(claims(t, g.access(password("bob", apiScope)))["groups"]); !slices.Equal(got, []string{finance}) {
		t.Errorf("bob is in %v", got)
	}
	if got := texts(claims(t, g.access(password("frank", apiScope)))["groups"]); !slices.Contains(got, finance) {
		t.Errorf("frank is in %v", got)
	}
	if got := texts(claims(t, g.access(password("alice", apiScope)))["groups"]); slices.Contains(got, finance) {
		t.Errorf("alice is in %v", got)
	}

	g.told("/users/"+alice, `{"enabled":false}`)
	g.token(contoso, password("alice", apiScope)).refused(t, 400, "invalid_grant", 50057)
	g.told("/users/"+alice, `{"enabled":true,"deleted":true}`)
	g.token(contoso, password("alice", apiScope)).refused(t, 400, "invalid_grant", 50034)

	g.told("/faults", `{"endpoint":"token","status":503}`)
	g.token(contoso, password("bob", apiScope)).refused(t, 503, "temporarily_unavailable", 90033)

	g.told("/reset", "")
	c := claims(t, g.access(password("alice", apiScope)))
	if c["iat"] != float64(midday.Unix()) || !slices.Contains(texts(c["groups"]), finance) {
		t.Errorf("after the reset: %v", c)
	}
	if kid, _ := header(t, g.access(password("alice", apiScope)))["kid"].(string); !before[kid] {
		t.Error("the first keys are not back")
	}
}

func TestJournalTellsWhatHappenedAndNoSecret(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	const id = "12345678-90ab-4cde-8f01-234567890abc"
	inbound := g.access(password("alice", apiScope+" offline_access"))
	g.token(contoso, with(obo(inbound, "User.Read"), "client_secret", "wrong-secret"), "client-request-id", id)
	g.token(contoso, with(password("alice", apiScope), "client_id", "pw-bob"))
	g.token(contoso, form("grant_type", "pw-alice"))
	_, q := landed(t, g.authorize(contoso, with(request(apiScope), "account", alice)))
	g.token(contoso, redeem(q.Get("code")))
	graph := g.graph("alice", "User.Read")
	g.visit(graph, "/v1.0/me")

	a := g.control(http.MethodGet, "/journal", "")
	for _, secret := range []string{"pw-alice", "pw-bob", "wrong-secret", inbound, graph, q.Get("code"), verifierText, control, "the state", "the nonce", "?"} {
		if strings.Contains(a.text, secret) {
			t.Errorf("the journal tells %q", secret)
		}
	}
	var body struct {
		Entries []struct {
			Service, Method, Path, Tenant string
			Status, Code                  int
			GrantType                     string `json:"grant_type"`
			ClientID                      string `json:"client_id"`
			ClientRequestID               string `json:"client_request_id"`
		}
	}
	if err := json.Unmarshal([]byte(a.text), &body); err != nil {
		t.Fatal(err)
	}
	if len(body.Entries) != 8 {
		t.Fatalf("%d entries: %s", len(body.Entries), a.text)
	}
	second := body.Entries[1]
	if second.Service != "entra" || second.Method != "POST" || second.Path != "/"+contoso+"/oauth2/v2.0/token" || second.Tenant != contoso ||
		second.Status != 401 || second.Code != 7000215 || second.ClientID != api || second.ClientRequestID != id ||
		second.GrantType != "urn:ietf:params:oauth:grant-type:jwt-bearer" {
		t.Errorf("the second entry is %+v", second)
	}
	if last := body.Entries[7]; last.Service != "graph" || last.Path != "/v1.0/me" || last.Status != 200 || last.Tenant != contoso {
		t.Errorf("the last entry is %+v", last)
	}
}

func TestOtherHostNamesAreRefused(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	for host, want := range map[string]int{
		"localhost:9": 200, "LOCALHOST": 200, "127.0.0.1": 200, "[::1]:1": 200,
		"evil.example": 403, "evil.example:8081": 403, "localhost.evil.example": 403, "127.0.0.2": 403, "0.0.0.0:8081": 403, "": 403,
	} {
		for _, service := range []struct {
			handler http.Handler
			path    string
			status  int
		}{{g.Entra(), "/" + contoso + "/discovery/v2.0/keys", 200}, {g.Graph(), "/v1.0/me", 401}} {
			status := statusAt(t, service.handler, host, service.path)
			if want == 403 && status != 403 || want == 200 && status != service.status {
				t.Errorf("Host %q at %s: %d", host, service.path, status)
			}
		}
	}
}

// TestControlChangesWhatATenantsAdministratorsDecide takes each change back, too.
func TestControlChangesWhatATenantsAdministratorsDecide(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	wids := func() []string { return texts(claims(t, g.access(password("alice", apiScope)))["wids"]) }
	before := wids()
	g.told("/users/"+alice, `{"directoryRoles":["`+cloudAdmin+`"]}`)
	if got := wids(); slices.Contains(before, cloudAdmin) || !slices.Contains(got, cloudAdmin) {
		t.Errorf("alice held %v and holds %v", before, got)
	}
	g.told("/users/"+alice, `{"enabled":true}`)
	if got := wids(); !slices.Contains(got, cloudAdmin) {
		t.Errorf("a change that does not speak of roles leaves %v", got)
	}
	g.told("/users/"+alice, `{"directoryRoles":[]}`)
	if got := wids(); !slices.Equal(got, before) {
		t.Errorf("alice holds %v afterwards, not %v", got, before)
	}

	policy := func() string {
		token := g.access(with(password("carol", "https://graph.microsoft.com/Policy.Read.All"), "client_id", seed.AzureCLI))
		return g.get(graphURL+"/v1.0/policies/authorizationPolicy", "Authorization", "Bearer "+token).text
	}
	g.told("/settings", `{"tid":"contoso.example","userConsent":"disabled"}`)
	if got := policy(); strings.Contains(got, "ManagePermissionGrantsForSelf") || !strings.Contains(got, "permissionGrantPoliciesAssigned") {
		t.Errorf("people may not consent, and the policy is %s", got)
	}
	g.told("/settings", `{"tid":"contoso.example","userConsent":"allowed"}`)
	if got := policy(); !strings.Contains(got, "ManagePermissionGrantsForSelf") {
		t.Errorf("people may consent, and the policy is %s", got)
	}
}

// TestControlMisstatesTokensOfApps leaves people's as they are, those for Microsoft
// Graph, and those of other tenants.
func TestControlMisstatesTokensOfApps(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	issuer := func(token string) any { return claims(t, token)["iss"] }
	own := func(scope string) string {
		return g.access(form("grant_type", "client_credentials", "client_id", daemon, "client_secret", "daemon secret+%", "scope", scope))
	}
	right := issuer(own(apiURL + "/.default"))
	g.told("/claims", `{"tid":"contoso.example","claims":{"iss":"https://other.example"}}`)
	if got := issuer(own(apiURL + "/.default")); got != "https://other.example" {
		t.Errorf("a daemon's token is of %v", got)
	}
	if got := issuer(g.access(password("alice", apiScope))); got != right {
		t.Errorf("a person's token is of %v", got)
	}
	if got := issuer(own("https://graph.microsoft.com/.default")); got == "https://other.example" {
		t.Error("a token for Microsoft Graph is misstated")
	}
	g.told("/claims", `{"tid":"contoso.example"}`)
	if got := issuer(own(apiURL + "/.default")); got != right {
		t.Errorf("afterwards the token is of %v", got)
	}
	g.told("/claims", `{"tid":"contoso.example","claims":{"iss":"https://other.example"}}`)
	g.told("/reset", "")
	if got := issuer(own(apiURL + "/.default")); got != right {
		t.Errorf("after a reset the token is of %v", got)
	}
}
