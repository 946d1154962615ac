package emulator_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
)

const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code"

// begin asks for a device code.
func (g *rig) begin(tid, path string, values url.Values) answer {
	g.t.Helper()
	return g.do(g.request(http.MethodPost, entraURL+"/"+tid+path, values.Encode()))
}

// page posts the page where people type the code.
func (g *rig) page(values url.Values) answer {
	g.t.Helper()
	return g.tab().page(values)
}

func (b *tab) page(values url.Values, headers ...string) answer {
	b.t.Helper()
	return b.load(b.request(http.MethodPost, entraURL+"/common/oauth2/deviceauth", values.Encode(), headers...))
}

// typed is what follows the code.
func (b *tab) typed(started answer) answer {
	b.t.Helper()
	return b.page(form("user_code", started.str("user_code")))
}

// walk types the code in a browser of its own, picks somebody and presses one
// button after the other.
func (g *rig) walk(started answer, presses ...string) answer {
	g.t.Helper()
	b := g.tab()
	shown := b.typed(started)
	for _, value := range presses {
		shown = b.press(shown, value)
	}
	return shown
}

func (g *rig) poll(tid string, started answer, client string) answer {
	g.t.Helper()
	return g.token(tid, form("grant_type", deviceGrant, "client_id", client, "device_code", started.str("device_code")))
}

func TestDevicesSignInOnAnotherMachine(t *testing.T) {
	t.Parallel()
	g := freshWorkloads(t, nil)
	started := g.begin(contoso, "/oauth2/v2.0/devicecode", form("client_id", headless, "scope", "api://"+api+"/access openid profile offline_access")).must(t)
	var order []string
	for _, m := range regexp.MustCompile(`"(\w+)":`).FindAllStringSubmatch(started.text, -1) {
		order = append(order, m[1])
	}
	if got := strings.Join(order, " "); got != "user_code device_code verification_uri expires_in interval message" {
		t.Errorf("members are %s", got)
	}
	code := started.str("user_code")
	if !regexp.MustCompile(`^[A-HJ-NP-Z2-9]{9}$`).MatchString(code) || started.json["expires_in"] != 900.0 || started.json["interval"] != 5.0 {
		t.Errorf("answer is %s", started.text)
	}
	if want := "To sign in, use a web browser to open the page " + entraURL + "/devicelogin and enter the code " + code + " to authenticate."; started.str("message") != want {
		t.Errorf("message is %q", started.str("message"))
	}
	g.poll(contoso, started, headless).refused(t, 400, "authorization_pending", 70016)

	if a := g.get(entraURL + "/devicelogin"); a.status != http.StatusFound || a.header.Get("Location") != "/common/oauth2/deviceauth" {
		t.Errorf("the short address: %d %s", a.status, a.header.Get("Location"))
	}
	if a := g.get(entraURL + "/common/oauth2/deviceauth"); a.status != http.StatusOK || !strings.Contains(a.text, `name="user_code"`) {
		t.Errorf("the page: %d %s", a.status, a.text)
	}
	typed := strings.ToLower(code[:4] + " - " + code[4:])
	picker := g.page(form("user_code", typed))
	for want, found := range map[string]bool{alice: true, erin: true, agentUser: false, faye: false} {
		if strings.Contains(picker.text, want) != found {
			t.Errorf("the picker shows %s: %v, want %v", want, !found, found)
		}
	}
	question := g.page(form("user_code", code, "account", "alice@contoso.example"))
	question.shows(t, "Are you trying to sign in to Headless?")
	g.poll(contoso, started, headless).refused(t, 400, "authorization_pending", 70016)
	if a := g.press(question, "continue"); !strings.Contains(a.text, "You have signed in to the Headless application") {
		t.Errorf("the end: %s", a.text)
	}
	a := g.poll(contoso, started, headless).must(t)
	got := claims(t, a.str("access_token"))
	if got["oid"] != alice || got["azp"] != headless || got["azpacr"] != "0" || a.str("id_token") == "" || a.str("refresh_token") == "" {
		t.Errorf("answer is %s", a.text)
	}
	if a.str("scope") != "api://"+api+"/access openid profile offline_access" {
		t.Errorf("scope is %q", a.str("scope"))
	}
	g.poll(contoso, started, headless).refused(t, 400, "invalid_grant", 54005)
	g.token(contoso, form("grant_type", "refresh_token", "client_id", headless, "refresh_token", a.str("refresh_token"))).must(t)
	g.tab().typed(started).reads(t, "90120")
}

func TestDeviceConsentIsAskedFor(t *testing.T) {
	t.Parallel()
	g := freshWorkloads(t, nil)
	begin := func() answer {
		return g.begin(contoso, "/oauth2/v2.0/devicecode", form("client_id", headless, "scope", "api://"+api+"/admin")).must(t)
	}
	started := begin()
	if a := g.walk(started, bob, "continue"); !strings.Contains(a.text, "<code>admin</code>") {
		t.Errorf("the consent page: %s", a.text)
	}
	g.poll(contoso, started, headless).refused(t, 400, "authorization_pending", 70016)
	g.walk(started, bob, "continue", "cancel").shows(t, "Headless")
	g.poll(contoso, started, headless).refused(t, 400, "authorization_declined", 70017)
	started = begin()
	g.walk(started, bob, "continue", "accept")
	a := g.poll(contoso, started, headless).must(t)
	if scp := claims(t, a.str("access_token"))["scp"]; scp != "admin" {
		t.Errorf("scp is %v", scp)
	}
	started = begin()
	g.walk(started, bob, "cancel").shows(t, "Headless")
	g.poll(contoso, started, headless).refused(t, 400, "authorization_declined", 70017)
}

func TestDeviceCodesAtCommonFindTheTenant(t *testing.T) {
	t.Parallel()
	g := freshWorkloads(t, nil)
	begin := func() answer {
		return g.begin("common", "/oauth2/v2.0/devicecode", form("client_id", seed.VisualStudioCode, "scope", "User.Read")).must(t)
	}
	started := begin()
	g.poll("common", started, seed.VisualStudioCode).refused(t, 400, "authorization_pending", 70016)
	if a := g.page(form("user_code", started.str("user_code"))); strings.Contains(a.text, erin) || !strings.Contains(a.text, faye) {
		t.Error("common offers guests, or leaves out another tenant's people")
	}
	g.walk(started, faye, "continue")
	g.poll(fabrikam, started, seed.VisualStudioCode).refused(t, 400, "bad_verification_code", 70018)
	a := g.poll("common", started, seed.VisualStudioCode).must(t)
	if tid := claims(t, a.str("access_token"))["tid"]; tid != fabrikam {
		t.Errorf("tid is %v", tid)
	}
	started = g.begin("contoso.example", "/oauth2/v2.0/devicecode", form("client_id", seed.VisualStudioCode, "scope", "User.Read")).must(t)
	g.walk(started, alice, "continue")
	g.poll(contoso, started, seed.VisualStudioCode).must(t)
}

func TestDeviceCodeRefusals(t *testing.T) {
	t.Parallel()
	g := freshWorkloads(t, nil)
	ask := form("client_id", headless, "scope", "User.Read")
	const path = "/oauth2/v2.0/devicecode"
	g.begin(contoso, path, with(ask, "client_id", "")).refused(t, 400, "invalid_request", 900144)
	g.begin(contoso, path, with(ask, "scope", "")).refused(t, 400, "invalid_request", 900144)
	g.begin(contoso, path, with(ask, "client_id", "x")).refused(t, 400, "unauthorized_client", 700038)
	g.begin(contoso, path, with(ask, "client_id", alice)).refused(t, 400, "unauthorized_client", 700016)
	g.begin("common", path, with(ask, "client_id", alice)).refused(t, 400, "unauthorized_client", 700016)
	g.begin(contoso, path, with(ask, "client_id", switchedOf)).refused(t, 400, "unauthorized_client", 7000112)
	g.begin(contoso, path, with(ask, "scope", "Nothing.Read")).refused(t, 400, "invalid_scope", 650053)
	g.begin("nowhere.example", path, ask).refused(t, 400, "invalid_tenant", 90002)

	started := g.begin(contoso, path, ask).must(t)
	poll := form("grant_type", deviceGrant, "client_id", headless, "device_code", started.str("device_code"))
	g.token(contoso, with(poll, "device_code", "")).refused(t, 400, "invalid_request", 900144)
	g.token(contoso, with(poll, "device_code", "AAAA")).refused(t, 400, "bad_verification_code", 70018)
	g.token(contoso, with(poll, "client_id", seed.AzureCLI)).refused(t, 400, "bad_verification_code", 70018)
	g.token("organizations", poll).refused(t, 400, "bad_verification_code", 70018)
	g.token("organizations", with(poll, "device_code", "AAAA")).refused(t, 400, "invalid_request", 50059)
	confidential := g.begin(contoso, path, with(ask, "client_id", console)).must(t)
	g.poll(contoso, confidential, console).refused(t, 401, "invalid_client", 7000218)

	for name, row := range map[string]struct {
		values url.Values
		says   string
	}{
		"an unknown code":      {form("user_code", "AAAAAAAAA"), "AADSTS70018"},
		"no code":              {form("user_code", " "), "AADSTS90119"},
		"a disabled account":   {form("user_code", started.str("user_code"), "account", dan), "AADSTS50057"},
		"an agent's account":   {form("user_code", started.str("user_code"), "account", agentUser), "AADSTS50034"},
		"an account elsewhere": {form("user_code", started.str("user_code"), "account", faye), "AADSTS50034"},
	} {
		if a := g.page(row.values); a.status != http.StatusBadRequest || !strings.Contains(a.text, row.says) {
			t.Errorf("%s: %d, want %s in %s", name, a.status, row.says, a.text)
		}
	}
	g.walk(started, alice, "continue")
	g.change(alice, emulator.UserChange{Revoke: true})
	g.token(contoso, poll).refused(t, 400, "invalid_grant", 50173)

	started = g.begin(contoso, path, ask).must(t)
	g.Advance(15*time.Minute + time.Second)
	g.poll(contoso, started, headless).refused(t, 400, "expired_token", 70020)
	if a := g.page(form("user_code", started.str("user_code"))); !strings.Contains(a.text, "AADSTS70019") {
		t.Errorf("typed too late: %s", a.text)
	}
	g.begin(contoso, path, ask).must(t) // which sweeps
	g.poll(contoso, started, headless).refused(t, 400, "expired_token", 70020)
	if a := g.page(form("user_code", started.str("user_code"))); !strings.Contains(a.text, "AADSTS70018") {
		t.Errorf("typed much too late: %s", a.text)
	}
}

func TestTheV1DeviceEndpointSpeaksV1(t *testing.T) {
	t.Parallel()
	g := freshWorkloads(t, nil)
	const path = "/oauth2/devicecode"
	g.begin(contoso, path, form("client_id", headless)).refused(t, 400, "invalid_request", 900144)
	started := g.begin(contoso, path, form("client_id", headless, "resource", apiURL)).must(t)
	var members map[string]string // all of them texts
	if err := json.Unmarshal([]byte(started.text), &members); err != nil || members["verification_url"] != entraURL+"/devicelogin" || members["expires_in"] != "900" || members["interval"] != "5" {
		t.Errorf("answer is %s, %v", started.text, err)
	}
	g.walk(started, alice, "continue")
	a := g.tokenV1(contoso, form("grant_type", "device_code", "client_id", headless, "code", started.str("device_code"))).must(t)
	g.poll(contoso, started, headless).refused(t, 400, "invalid_grant", 54005)
	if a.str("resource") != apiURL || claims(t, a.str("access_token"))["oid"] != alice {
		t.Errorf("answer is %s", a.text)
	}
}
