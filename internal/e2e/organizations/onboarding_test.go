package organizations_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/demo"
	"gatehouse/internal/onboarding"
	"gatehouse/internal/onboarding/aztest"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// adatum is its administrator, having registered the tenant.
type adatum struct {
	*client
	org console.Organization
}

// claim signs Ada in and registers her tenant, of which the platform knew
// nothing.
func (k *stack) claim(t *testing.T) *adatum {
	t.Helper()
	a := &adatum{client: k.signedIn(t, demo.Adatum().Admin.OID)}
	if s := a.session(); s.Organization != nil || s.TID != demo.Adatum().TID || s.OID != demo.Adatum().Admin.OID || s.Guest || s.Operator {
		t.Fatalf("before the claim the session is %+v", s)
	}
	a.ask(http.MethodPost, "/api/organizations", console.Claim{Slug: "adatum", Name: "Adatum"}).want(http.StatusCreated).into(&a.org)
	if s := a.session(); s.Organization == nil || s.Organization.Slug != "adatum" || s.Organization.Role != tenants.Owner {
		t.Fatalf("after the claim the session is %+v", s)
	}
	return a
}

// endpoint is the organization's, which is also its own app's Application ID URI.
func (a *adatum) endpoint() string { return a.k.places.Base + "/t/adatum/mcp" }

// own are the settings of a connection to an app registration of its own.
func (a *adatum) own(id tenants.GUID) console.ConnectionSettings {
	return console.ConnectionSettings{
		Model: tenants.OwnApp, ClientID: id, Versions: tenants.V2Only, Resource: a.endpoint(), Scope: demo.Scope, AppRole: demo.AppRole,
		Guests: tenants.Refuse, Agents: tenants.Refuse, Apps: tenants.Refuse, GroupSource: tenants.OnBehalfOf, GroupsClaim: tenants.ClaimConfigured,
	}
}

// shared are the settings of a connection to the platform's own app, which needs
// to be told nothing about it.
func (a *adatum) shared() console.ConnectionSettings {
	return console.ConnectionSettings{
		Model: tenants.SharedApp, Guests: tenants.Refuse, Agents: tenants.Refuse, Apps: tenants.Refuse,
		GroupSource: tenants.OnBehalfOf, GroupsClaim: tenants.ClaimConfigured,
	}
}

// az is Ada at the command line.
func (a *adatum) az() aztest.Rig {
	who := demo.Adatum()
	return aztest.Rig{Entra: a.k.places.Entra, Graph: a.k.places.Graph, Tenant: who.TID.String(), Username: who.Admin.Username, Password: who.Admin.Password}
}

var (
	madeClient = regexp.MustCompile(`(?m)^clientId: ([0-9a-f-]{36})$`)
	madeSecret = regexp.MustCompile(`(?m)^Copy this into Gatehouse; it is not shown again:\s+(\S+)$`)
)

// register runs the script that the platform wrote for a kind of credential, and
// returns the client id that it made, and the secret if there is one.
func (a *adatum) register(wanted console.WantedRegistration) (tenants.GUID, string) {
	a.t.Helper()
	var s console.Setup
	a.ask(http.MethodPost, at("adatum", "setup"), wanted).want(http.StatusOK).into(&s)
	i := slices.IndexFunc(s.Snippets, func(s console.SetupSnippet) bool { return s.Tool == "az" })
	if i < 0 {
		a.t.Fatalf("there is no script: %+v", s)
	}
	ran := aztest.Run(a.t, a.az(), s.Snippets[i].Text)
	made := madeClient.FindStringSubmatch(ran.Stdout)
	if ran.Code != 0 || made == nil {
		a.t.Fatalf("the script ends with %d\n%s\n%s", ran.Code, ran.Stdout, ran.Stderr)
	}
	secret := ""
	if shown := madeSecret.FindStringSubmatch(ran.Stdout); shown != nil {
		secret = shown[1]
	}
	return tenants.MustGUID(made[1]), secret
}

// issuer runs the script for the platform as issuer.
func (a *adatum) registerForIssuer() tenants.GUID {
	a.t.Helper()
	app, _ := a.register(console.WantedRegistration{Credential: tenants.PlatformIssuer})
	return app
}

// newSecret gives the app a secret.
func (a *adatum) newSecret(app tenants.GUID) string {
	a.t.Helper()
	made := a.graphCall(http.MethodPost, "applications(appId='"+app.String()+"')/addPassword", `{"passwordCredential":{"displayName":"gatehouse"}}`, "Application.ReadWrite.All")
	return made["secretText"].(string)
}

// graphCall asks the emulated Microsoft Graph as Ada.
func (a *adatum) graphCall(method, path, body string, scopes ...string) map[string]any {
	a.t.Helper()
	token := a.k.graph(a.t, demo.Adatum().TID, demo.Adatum().Admin, scopes...)
	req, err := http.NewRequestWithContext(a.t.Context(), method, a.k.places.Graph+"/v1.0/"+path, strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		a.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode/100 != 2 {
		a.t.Fatalf("%s %s: %d %s (%v)", method, path, resp.StatusCode, text, err)
	}
	out := map[string]any{}
	if len(text) > 0 {
		if err := json.Unmarshal(text, &out); err != nil {
			a.t.Fatal(err)
		}
	}
	return out
}

// consent walks from the platform to Entra's consent page and back.
func (a *adatum) consent() answer {
	a.t.Helper()
	return a.deliver(a.arrive(a.consentLink()))
}

func (a *adatum) consentLink() string {
	a.t.Helper()
	var link console.ConsentLink
	a.ask(http.MethodPost, at("adatum", "consent"), nil).want(http.StatusOK).into(&link)
	return link.URL
}

// step is where the organization stands.
func (a *adatum) step() string {
	a.t.Helper()
	var s console.OnboardingState
	a.get(at("adatum", "onboarding"), &s)
	return s.Step
}

// at ends the test when the organization stands at another step.
func (a *adatum) stands(want onboarding.StepID) {
	a.t.Helper()
	var s console.OnboardingState
	if a.get(at("adatum", "onboarding"), &s); s.Step != string(want) {
		a.t.Fatalf("the organization is at step %s, want %s: %+v", s.Step, want, s.Steps)
	}
}

// doctor examines the connection.
func (a *adatum) doctor() (r onboarding.Report) {
	a.t.Helper()
	a.ask(http.MethodPost, at("adatum", "doctor"), nil).want(http.StatusOK).into(&r)
	return r
}

// healthy ends the test when the doctor finds an error.
func (a *adatum) healthy() {
	a.t.Helper()
	if r := a.doctor(); !r.Healthy() {
		a.t.Fatalf("the doctor finds\n%s", r.Text())
	}
}

// allow lets the staff use a tool: the first mapping. A script may ask with Entra's
// token for Visual Studio Code once such tokens are accepted.
func (a *adatum) allow(tool string) {
	a.t.Helper()
	var role console.Role
	a.post(at("adatum", "roles"), console.RoleSettings{
		Name: "Everyday", Permissions: []console.Permission{{Effect: authz.Allow, Patterns: []string{tool}}},
	}, &role)
	a.post(at("adatum", "assignments"), console.AssignmentSettings{
		Role: role.ID, Subject: console.Subject{Kind: authz.SubjectGroup, Value: staff}, Name: "Adatum Staff",
	}, &console.Assignment{})
	a.put(at("adatum", "tools", tool), console.ToolSettings{Enabled: true, Effect: tools.Read}).want(http.StatusOK)
	a.post(at("adatum", "clients"), console.Client{ID: demo.VisualStudioCode, ClientSettings: console.ClientSettings{Name: "Visual Studio Code"}}, &console.Client{})
}

// granted are the delegated permissions of Microsoft Graph that somebody agreed
// to for everybody in the tenant.
func (a *adatum) granted() (scopes []string) {
	a.t.Helper()
	graph, _ := a.graphCall(http.MethodGet, "servicePrincipals(appId='00000003-0000-0000-c000-000000000000')", "", "Directory.Read.All")["id"].(string)
	all, _ := a.graphCall(http.MethodGet, "oauth2PermissionGrants", "", "Directory.Read.All")["value"].([]any)
	for _, one := range all {
		g, _ := one.(map[string]any)
		if g["consentType"] == "AllPrincipals" && g["resourceId"] == graph {
			scopes = append(scopes, strings.Fields(g["scope"].(string))...)
		}
	}
	slices.Sort(scopes)
	return scopes
}

// queryOf is an address's query.
func queryOf(t *testing.T, address string) url.Values {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}

// TestActivationNamesTheStepThatIsMissing activates too early, twice.
func TestActivationNamesTheStepThatIsMissing(t *testing.T) {
	t.Parallel()
	k := start(t, setup{})
	stranger := k.signedIn(t, demo.Adatum().Admin.OID)
	stranger.ask(http.MethodPost, "/api/organizations", console.Claim{Slug: "contoso"}).refused(http.StatusForbidden, "the name in URLs (slug) contoso is no label of a domain that your directory has verified; use adatum")
	ada := k.claim(t)
	for _, missing := range []string{
		"connection: there is none yet; connect an app registration first (PUT connection)",
		"credential: there is none yet, and asking Microsoft Graph on behalf of users needs one; give it first (PUT connection/credential)",
	} {
		a := ada.ask(http.MethodPost, at("adatum", "activate"), nil)
		if want := "urn:gatehouse:problem:invalid Not valid " + missing; a.status != http.StatusUnprocessableEntity || a.problem() != want {
			t.Errorf("answers %d %s, want %s", a.status, a.problem(), want)
		}
		ada.put(at("adatum", "connection"), ada.own(tenants.NewGUID())).want(http.StatusOK)
	}
}
