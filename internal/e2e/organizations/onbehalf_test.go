package organizations_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/demo"
	"gatehouse/internal/emulator/seed"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// behind is an organization with the CRM as a source.
type behind struct {
	*stack
	crm    *crm
	admin  *client
	slug   string
	source string // path
}

// putBehind adds the source with its credential, and lets everybody use what it
// will offer.
func (k *stack) putBehind(t *testing.T, slug, tid string, admin *client, c console.NewSourceCredential) *behind {
	t.Helper()
	b := &behind{stack: k, crm: k.startCRM(t, tid), admin: admin, slug: slug, source: at(slug, "sources", "crm")}
	admin.post(at(slug, "sources"), console.NewSource{Name: "crm", SourceSettings: console.SourceSettings{URL: b.crm.url}}, &console.Source{})
	b.credential(c)
	var role console.Role
	admin.post(at(slug, "roles"), console.RoleSettings{Name: "CRM", Permissions: []console.Permission{{Effect: authz.Allow, Patterns: []string{"crm_*"}}}}, &role)
	admin.post(at(slug, "assignments"), console.AssignmentSettings{Role: role.ID, Subject: console.Subject{Kind: authz.SubjectEverybody}}, &console.Assignment{})
	return b
}

func (b *behind) credential(c console.NewSourceCredential) {
	b.admin.t.Helper()
	b.admin.change(http.MethodPut, b.source+"/credential", b.source, c).want(http.StatusOK)
}

func onBehalf(scopes ...string) console.NewSourceCredential {
	return console.NewSourceCredential{SourceCredential: console.SourceCredential{Kind: tools.OnBehalfOfUser, Scopes: scopes}}
}

// approve has people use the endpoint until the one tool has been found on behalf
// of one of them, and approves it.
func (b *behind) approve(t *testing.T, token func() string) {
	t.Helper()
	path := b.source + "/definitions/tool/whose"
	b.used(t, token, func() bool { return b.admin.send(http.MethodGet, path, "").status == http.StatusOK })
	var d console.DefinitionText
	b.admin.get(path, &d)
	b.admin.ask(http.MethodPost, b.source+"/approve", map[string]any{"definitions": []console.ToApprove{
		{Kind: tools.KindTool, Name: "whose", Hash: d.Hash.String(), Effect: tools.Read},
	}}).want(http.StatusOK)
}

// used has people use the endpoint, each with a token of their own, until what
// they leave behind is there.
func (b *behind) used(t *testing.T, token func() string, there func() bool) {
	t.Helper()
	eventually(t, "the source was asked on behalf of somebody", patience, func() bool {
		b.call(t, b.replica, b.slug, token(), "whoami")
		return there()
	})
}

// alices returns new tokens of Alice.
func (b *behind) alices(t *testing.T) func() string {
	t.Helper()
	return func() string { return b.token(t, "alice", "") }
}

// contosoCRM is Contoso with the CRM behind it, and its tool approved after Alice
// has used the endpoint once.
func contosoCRM(t *testing.T, change func(*seed.Tenant, *seed.App), c console.NewSourceCredential) *behind {
	t.Helper()
	tid := company("contoso").TID.String()
	k := start(t, setup{companies: true, directories: withCRM(tid, change)})
	return k.putBehind(t, "contoso", tid, k.as(t, "contoso", "carol"), c)
}

// token is what a client of Contoso gets for a person, who signs in with a
// password. It answers claims challenges if it says so.
func (b *behind) token(t *testing.T, name, claims string) string {
	t.Helper()
	who := person("contoso", name)
	return b.grant(t, company("contoso").TID, url.Values{
		"grant_type": {"password"}, "client_id": {demo.VisualStudioCode}, "username": {who.Username}, "password": {who.Password},
		"scope": {b.places.Base + "/t/contoso/mcp/" + demo.Scope}, "claims": {claims},
	})["access_token"].(string)
}

const answersChallenges = `{"access_token":{"xms_cc":{"values":["cp1"]}}}`

// whose calls the tool until the approval is in force and returns what it says,
// or how it fails.
func (b *behind) whose(t *testing.T, token string) (said string, a answer) {
	t.Helper()
	eventually(t, "the tool is known", inForce, func() bool {
		a = b.call(t, b.replica, b.slug, token, "crm_whose")
		return !strings.Contains(a.body, "unknown tool") || t.Failed()
	})
	var m struct {
		Result struct{ Content []struct{ Text string } }
		Error  struct{ Message string }
	}
	if err := json.Unmarshal([]byte(a.body), &m); err != nil {
		t.Fatalf("%d %s: %v", a.status, a.body, err)
	}
	if len(m.Result.Content) > 0 {
		return m.Result.Content[0].Text, a
	}
	return m.Error.Message, a
}

// hears calls the tool as somebody and holds what comes back, and what arrived at
// the server, to that person.
func (b *behind) hears(t *testing.T, token string, oid tenants.GUID) (arrived []visit) {
	t.Helper()
	before := b.crm.visits()
	if said, a := b.whose(t, token); said != "the data of "+oid.String() || !a.worked() {
		t.Fatalf("%s hears %d %s", oid, a.status, a.body)
	}
	arrived = b.crm.since(before)
	for _, v := range arrived {
		if v.is("oid") != oid.String() || v.token == token {
			t.Errorf("for %s the server got a token of %s; the client's own: %t", oid, v.is("oid"), v.token == token)
		}
	}
	return arrived
}

// TestSourceGetsTheTokenOfWhoeverCalls goes through the life of a source that
// answers people, with Contoso's own app registration.
func TestSourceGetsTheTokenOfWhoeverCalls(t *testing.T) {
	t.Parallel()
	b := contosoCRM(t, consented, onBehalf(crmScope))
	b.admin.ask(http.MethodPost, b.source+"/refresh", nil).refused(http.StatusBadGateway, "answers people only")
	alice, dan := b.token(t, "alice", ""), b.token(t, "dan", "")
	before := b.crm.visits()
	b.approve(t, b.alices(t)) // what was found on behalf of Alice
	for _, v := range b.crm.since(before) {
		if v.why != nil || v.is("oid") != person("contoso", "alice").OID.String() {
			t.Errorf("the discovery came with a token of %q: %v", v.is("oid"), v.why)
		}
	}
	of := map[string]string{}
	for range 2 {
		for name, token := range map[string]string{"alice": alice, "dan": dan} {
			for _, v := range b.hears(t, token, person("contoso", name).OID) {
				if v.is("azp") != company("contoso").API.String() || v.is("scp") != "crm.read" || v.why != nil || v.token == alice || v.token == dan {
					t.Errorf("%s: %v, %v", name, v.why, v.claims)
				}
				if of[name] != "" && of[name] != v.token {
					t.Errorf("%s: the token is not used again", name)
				}
				of[name] = v.token
			}
		}
	}
	if of["alice"] == of["dan"] || of["alice"] == "" {
		t.Errorf("two people have one token")
	}
	told := map[tenants.GUID]int{}
	for _, r := range b.records(t, "contoso") {
		if r.Kind == audit.TokenExchange && r.Target == crmScope {
			if told[r.Actor.OID]++; r.Outcome != audit.OK || r.EntraCorrelation == "" || r.EntraTrace == "" || r.Detail != "on_behalf_of" || r.Client != demo.VisualStudioCode {
				t.Errorf("%+v", r)
			}
		}
		if strings.Contains(r.Detail+r.Before+r.After, of["alice"]) {
			t.Errorf("a token is in the record %+v", r)
		}
	}
	if told[person("contoso", "dan").OID] != 1 || told[person("contoso", "alice").OID] < 2 {
		t.Errorf("exchanges in the log: %v", told)
	}
}

// later lets time go by until the process serves again: its views have become old
// all of a sudden.
func (k *stack) later(t *testing.T, d time.Duration) {
	t.Helper()
	k.pass(d)
	k.awaitReady(t, k.replica)
}

func endOf(t *testing.T, token string) time.Time {
	t.Helper()
	until, _ := claimsOf(t, token)["exp"].(float64)
	return time.Unix(int64(until), 0)
}

// comes reports whether a token is among those that arrived.
func comes(token string, arrived []visit) bool {
	return slices.ContainsFunc(arrived, func(v visit) bool { return v.token == token })
}

func TestTokenForASourceIsRenewed(t *testing.T) {
	t.Parallel()
	b := contosoCRM(t, func(tenant *seed.Tenant, api *seed.App) {
		consented(tenant, api)
		tenant.Settings.TokenMinutes = 75 // all tokens live as long
	}, onBehalf(crmURI+"/.default"))
	alice, oid := b.token(t, "alice", ""), person("contoso", "alice").OID
	b.approve(t, b.alices(t))
	first := b.hears(t, alice, oid)[0].token
	b.later(t, 2*time.Minute)
	b.crm.refuse(func(v visit) string {
		if v.token == first {
			return `Bearer error="invalid_token"`
		}
		return ""
	})
	arrived := b.hears(t, alice, oid)
	second := arrived[len(arrived)-1].token
	if second == first || len(arrived) != 2 || arrived[0].token != first {
		t.Fatalf("%d visits; renewed: %t", len(arrived), second != first)
	}
	b.later(t, endOf(t, second).Sub(b.now())-6*time.Minute)
	if !comes(second, b.hears(t, alice, oid)) {
		t.Error("the token is given up too early")
	}
	b.later(t, 2*time.Minute)
	if comes(second, b.hears(t, alice, oid)) {
		t.Error("the token is still used shortly before its end")
	}
}

// TestSourceThatTakesNoTokenIsAskedTwice, and neither it nor Entra more often.
func TestSourceThatTakesNoTokenIsAskedTwice(t *testing.T) {
	t.Parallel()
	b := contosoCRM(t, consented, onBehalf(crmScope))
	alice := b.token(t, "alice", "")
	b.approve(t, b.alices(t))
	b.hears(t, alice, person("contoso", "alice").OID)
	b.later(t, 2*time.Minute)
	b.crm.refuse(func(visit) string { return `Bearer error="invalid_token"` })
	for _, want := range []int{2, 1} { // the token of the second is new: there is no other yet
		before := b.crm.visits()
		said, a := b.whose(t, alice)
		if n := b.crm.visits() - before; a.worked() || !strings.Contains(said, "source crm does not accept the token") || n != want {
			t.Errorf("%d visits, want %d: %s", n, want, a.body)
		}
	}
}

// TestMissingConsentSaysWhoHasToGiveIt to whoever calls, and in the status of the
// source to its admins.
func TestMissingConsentSaysWhoHasToGiveIt(t *testing.T) {
	t.Parallel()
	b := contosoCRM(t, func(tenant *seed.Tenant, api *seed.App) {
		consented(tenant, api)
		api.Scopes = append(api.Scopes, "crm.write")
	}, onBehalf(crmScope))
	b.approve(t, b.alices(t))
	before := b.crm.visits()
	b.credential(onBehalf(crmURI + "/crm.write")) // to which nobody has consented
	told := func(said string) {
		t.Helper()
		for _, part := range []string{
			"source crm cannot be asked on your behalf", "nobody has agreed", company("contoso").API.String(), crmURI + "/crm.write",
			"administrator of the Entra tenant " + company("contoso").TID.String(), "pre-authorize", "AADSTS65001",
		} {
			if !strings.Contains(said, part) {
				t.Errorf("%q is missing in %s", part, said)
			}
		}
	}
	said := ""
	eventually(t, "the credential counts", inForce, func() bool {
		said, _ = b.whose(t, b.token(t, "alice", ""))
		return strings.Contains(said, "crm.write")
	})
	told(said)
	if n := len(slices.DeleteFunc(b.crm.since(before), func(v visit) bool { return v.is("scp") == "crm.read" })); n != 0 {
		t.Errorf("the server was visited %d times", n)
	}
	b.later(t, 11*time.Minute)
	var status console.SourceStatus
	b.used(t, b.alices(t), func() bool {
		b.admin.get(b.source+"/status", &status)
		return status.Failure != ""
	})
	told(status.Failure)
}

// TestTokensThatAreGoodElsewhereAreShownToNoSource: with them, whoever runs the
// server could be the person at Gatehouse or at Microsoft Graph.
func TestTokensThatAreGoodElsewhereAreShownToNoSource(t *testing.T) {
	t.Parallel()
	own := company("contoso").API.String()
	b := contosoCRM(t, func(tenant *seed.Tenant, api *seed.App) {
		consented(tenant, api)
		for i := range tenant.Apps {
			if tenant.Apps[i].ID == own {
				tenant.Apps[i].Consents = append(tenant.Apps[i].Consents, seed.Consent{Resource: own, Scopes: []string{demo.Scope}})
			}
		}
	}, onBehalf(crmScope))
	alice := b.token(t, "alice", "")
	b.approve(t, b.alices(t))
	b.hears(t, alice, person("contoso", "alice").OID)
	before := b.crm.visits()
	for _, scope := range []string{
		"api://" + own + "/" + demo.Scope, own + "/.default", b.places.Base + "/t/contoso/mcp/" + demo.Scope, "https://graph.microsoft.com/User.Read", seed.MicrosoftGraph + "/.default",
	} {
		b.credential(onBehalf(scope))
		said := ""
		eventually(t, "the credential counts", inForce, func() bool {
			said, _ = b.whose(t, alice)
			return strings.Contains(said, scope)
		})
		if !strings.Contains(said, "source crm") || !strings.Contains(said, "no source may have") {
			t.Errorf("%s: %s", scope, said)
		}
	}
	for _, v := range b.crm.since(before) {
		if v.is("aud") != crmAPI {
			t.Errorf("the server has a token for %s", v.is("aud"))
		}
	}
}

// TestSharedAppGetsTheTokenOfWhoeverCalls: at the source, the platform's own app
// acts for people of a tenant whose API has pre-authorized it.
func TestSharedAppGetsTheTokenOfWhoeverCalls(t *testing.T) {
	t.Parallel()
	shared, tid := demo.Platform().SharedApp.String(), demo.Adatum().TID.String()
	s := withShared(t, tenants.ClientSecret)
	platform := s.directories
	s.directories = func(all []seed.Tenant, p demo.Places) []seed.Tenant {
		return withCRM(tid, func(_ *seed.Tenant, api *seed.App) {
			api.PreAuthorized = []seed.PreAuthorized{{Client: shared, Scopes: []string{"crm.read"}}}
		})(platform(all, p), p)
	}
	ada := start(t, s).claim(t)
	ada.put(at("adatum", "connection"), ada.shared()).want(http.StatusOK)
	ada.consent().want(http.StatusSeeOther)
	ada.finish()
	b := ada.k.putBehind(t, "adatum", tid, ada.client, onBehalf(crmScope))
	who, editor := demo.Adatum().Admin, ada.k.program(t, "adatum", everyday)
	token := func() string {
		got, err := editor.token(t.Context(), ada.k.browser(t, who.OID), ada.endpoint())
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	b.approve(t, token)
	for _, v := range b.hears(t, token(), who.OID) {
		if v.is("azp") != shared || v.is("tid") != tid || v.why != nil {
			t.Errorf("%v, %v", v.why, v.claims)
		}
	}
}

// lastCall is the record of the last call of the tool.
func (b *behind) lastCall(t *testing.T) audit.Record {
	t.Helper()
	all := slices.DeleteFunc(b.records(t, b.slug), func(r audit.Record) bool { return r.Tool != "crm_whose" || r.Phase == audit.Intent })
	if len(all) == 0 {
		t.Fatal("no call is recorded")
	}
	return all[len(all)-1]
}
