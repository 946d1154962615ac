package emulator_test

import (
	"encoding/json"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/emulator"
)

func decode(t *testing.T, from io.Reader, into any) {
	t.Helper()
	if err := json.NewDecoder(from).Decode(into); err != nil {
		t.Fatal(err)
	}
}

func TestSeedComplaintsComeAllAtOnce(t *testing.T) {
	t.Parallel()
	_, err := emulator.New(emulator.Options{
		EntraURL: "http://login.example.com", GraphURL: "http://localhost:8082/",
		Tenants: []emulator.Tenant{
			{
				ID: "CONTOSO", Domain: "contoso",
				Users: []emulator.User{
					{ID: alice, Username: "alice", Password: "x"},
					{ID: alice, Username: "bob@contoso.example"},
					{ID: "x", Username: "BOB@contoso.example", Password: "x"},
					{ID: erin, Username: "erin@fabrikam.example", Guest: fabrikam, Password: "x", DirectoryRoles: []string{"admin"}},
				},
				Groups: []emulator.Group{{ID: staff, Name: "Staff", Members: []string{"nobody"}}, {ID: finance, Name: "Staff"}},
				Apps: []emulator.App{
					{
						ID: api, Name: "API", IdentifierURIs: []string{"api://x/", "nothing"}, Scopes: []string{"a b", "openid"}, RequestedTokenVersion: 3,
						GroupMembershipClaims: "Groups", OptionalClaims: emulator.OptionalClaims{AccessToken: []emulator.OptionalClaim{
							{Name: "shoe_size"}, {Name: "idtyp", Properties: []string{"x"}},
						}},
						PreAuthorized: []emulator.PreAuthorized{{Client: emulator.AzureCLI, Scopes: []string{"write"}}},
						Consents:      []emulator.Consent{{Resource: "x"}, {Resource: emulator.MicrosoftGraph, Scopes: []string{"Mail.Eat"}}},
						AppRoles:      []emulator.AppRole{{Value: "A B"}, {Value: "C", Members: []string{"Robot"}}}, AppRoleAssignments: []emulator.AppRoleAssignment{{Role: "D", Principal: "y"}},
						Redirects: emulator.Redirects{Web: []string{"http://app.example/callback", "https://*.example/", "callback"}},
					},
					{ID: api, Name: "Twin"},
				},
			},
			{ID: consumersTenant, Name: "Personal", Domain: "live.example"},
			{ID: fabrikam, Name: "Fabrikam", Domain: "fabrikam.example"},
			{ID: fabrikam, Name: "Again", Domain: "Fabrikam.example", Users: []emulator.User{{ID: gina, Username: "g@fabrikam.example", Guest: fabrikam}}},
		},
	})
	if err == nil {
		t.Fatal("it was taken")
	}
	for _, want := range []string{
		`EntraURL: "http://login.example.com" is not on this machine`, `GraphURL: "http://localhost:8082/"`, "ControlToken: is empty",
		`tenant "CONTOSO": ID: "CONTOSO"`, `tenant "CONTOSO": Name`, `Domain: "contoso"`,
		`user "alice": Username`, `user "bob@contoso.example": ID ` + alice, `user "bob@contoso.example": Password is empty`,
		`user "BOB@contoso.example": Username is taken`, `user "BOB@contoso.example": ID "x"`,
		`user "erin@fabrikam.example": is a guest and has a Password`, `directory role "admin"`,
		`group "Staff": member "nobody"`, `group "Staff": Name is empty or taken`,
		`identifier URI "api://x/" ends in a slash`, `identifier URI "nothing" is not absolute`, `scope "a b"`, `scope "openid"`,
		"RequestedTokenVersion 3", `GroupMembershipClaims "Groups"`, `optional claim "shoe_size"`, `idtyp: property "x"`,
		`scope "write", which it does not expose`, `names resource "x"`, `names scope "Mail.Eat"`,
		`app role "A B"`, `member type "Robot"`, `assigns role "D"`, `assigns a role to "y"`,
		`"http://app.example/callback" is http`, `"https://*.example/"`, `"callback" is not an absolute URI`, `app "Twin": ID is listed twice`,
		`tenant "Personal": ID: is the tenant of personal accounts`, `tenant "Again": ` + fabrikam + `: is also tenant Fabrikam`,
		"tenant \"Again\": fabrikam.example: is also tenant Fabrikam", "Guest names this very tenant",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("nothing says %s", want)
		}
	}
	if t.Failed() {
		t.Log(err)
	}
	if _, err := emulator.New(emulator.Options{EntraURL: entraURL, GraphURL: graphURL, ControlToken: control}); err == nil || !strings.Contains(err.Error(), "Tenants: is empty") {
		t.Errorf("without tenants: %v", err)
	}
}

const consumersTenant = "9188040d-6c67-4c5b-b112-36a304b66dad"

func TestLaterChangesToTheSeedChangeNothing(t *testing.T) {
	t.Parallel()
	tenants := seed()
	g := newRig(t, tenants...)
	tenants[0].Users[0].Password = "other"
	tenants[0].Groups[0].Members[0] = bob
	if err := g.Reset(); err != nil {
		t.Fatal(err)
	}
	if c := claims(t, g.access(password("alice", apiScope))); len(texts(c["groups"])) != 2 {
		t.Errorf("claims are %v", c)
	}
}

func TestNewIsQuick(t *testing.T) {
	t.Parallel()
	start := time.Now()
	newRig(t)
	if took := time.Since(start); took > time.Second {
		t.Errorf("New took %s", took)
	}
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 5 {
				a := g.token(contoso, password("alice", apiScope+" offline_access"))
				g.token(contoso, obo(a.str("access_token"), "User.Read"))
				g.visit(a.str("access_token"), "/v1.0/me")
				g.get(entraURL + "/" + contoso + "/discovery/v2.0/keys")
			}
		})
		all.Go(func() {
			if err := g.SetMembers(contoso, "Finance", []string{bob}, []string{alice}); err != nil {
				t.Error(err)
			}
			if err := g.SetUser(contoso, alice, emulator.UserChange{Revoke: true}); err != nil {
				t.Error(err)
			}
			g.Advance(time.Minute)
			g.authorize(contoso, with(request(apiURL+"/admin"), "account", alice, "consent", "accept"))
			_ = g.Journal()
			if i == 0 {
				if err := g.RollKeys(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if err := g.Reset(); err != nil {
		t.Fatal(err)
	}
	if a := g.token(contoso, password("alice", apiScope)); a.status != 200 {
		t.Errorf("afterwards: %d %s", a.status, a.text)
	}
}
