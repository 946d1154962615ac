package organizations_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/audit"
	"gatehouse/internal/console"
	"gatehouse/internal/demo"
	"gatehouse/internal/emulator/seed"
	"gatehouse/internal/tenants"
)

// TestDecisionsAreExplainedAndGroupsFoundAsThePerson: both ask the directory as
// whoever is signed in, after their consent.
func TestDecisionsAreExplainedAndGroupsFoundAsThePerson(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true})
	carol := k.as(t, "contoso", "carol")
	carol.send(http.MethodGet, at("contoso", "groups")+"?search=Fin", "").refused(http.StatusForbidden, "/auth/sign-in?scopes=groups")
	carol.signIn("?scopes=groups")
	var found struct{ Items []console.Group }
	carol.get(at("contoso", "groups")+"?search=Fin", &found)
	if want := []console.Group{{ID: company("contoso").GroupID("Finance"), Name: "Finance"}}; !slices.Equal(found.Items, want) {
		t.Errorf("found are %+v, want %+v", found.Items, want)
	}
	for who, verdict := range map[string]string{"alice": "allowed", "bob": "hidden"} {
		var d console.Decision
		carol.ask(http.MethodPost, at("contoso", "decisions"), console.Question{
			Person: person("contoso", who).OID, Client: demo.VisualStudioCode, Tool: "whoami",
		}).want(http.StatusOK).into(&d)
		if d.Verdict != verdict || len(d.Reasons) == 0 || !slices.ContainsFunc(d.Groups, func(g console.DecisionGroup) bool { return g.Source == "graph" }) {
			t.Errorf("of %s the explanation is %+v, want %s", who, d, verdict)
		}
	}
}

// TestNumbersThatNothingHoldsAreDecided: a call with one is refused, and so says
// the explanation.
func TestNumbersThatNothingHoldsAreDecided(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true})
	alice := k.as(t, "contoso", "alice")
	alice.signIn("?scopes=groups")
	body := `{"person":"` + person("contoso", "alice").OID.String() + `","client":"` + demo.VisualStudioCode + `","tool":"whoami","arguments":{"n":1e400}}`
	var d console.Decision
	alice.send(http.MethodPost, at("contoso", "decisions"), body).want(http.StatusOK).into(&d)
	if d.Verdict != "allowed" {
		t.Errorf("whoami, which no condition restricts, is %s", d.Verdict)
	}
	role := console.RoleSettings{Name: "Never those", Permissions: []console.Permission{{Effect: "deny", Patterns: []string{"whoami"}, Condition: "args.n != 5"}}}
	var made console.Role
	alice.ask(http.MethodPost, at("contoso", "roles"), role, with("Idempotency-Key", tenants.NewGUID().String())).want(http.StatusCreated).into(&made)
	everybody := console.AssignmentSettings{Role: made.ID, Subject: console.Subject{Kind: "everybody"}}
	alice.ask(http.MethodPost, at("contoso", "assignments"), everybody, with("Idempotency-Key", tenants.NewGUID().String())).want(http.StatusCreated)
	eventually(t, "the condition is in force", patience, func() bool {
		alice.send(http.MethodPost, at("contoso", "decisions"), body).want(http.StatusOK).into(&d)
		return d.Verdict == "refused"
	})
}

// gus is Global Administrator of Adatum.
var gus = tenants.MustGUID("ada70000-0000-4000-8000-000000000605")

func withGlobalAdministrator(all []seed.Tenant, p demo.Places) []seed.Tenant {
	adatum := of(withPeople(all, p), demo.Adatum().TID.String())
	adatum.Users = append(adatum.Users, seed.User{
		ID: gus.String(), Username: "gus@adatum.example", Password: "irrelevant", Name: "Gus", DirectoryRoles: []string{"62e90394-69f5-4237-9190-012177145e10"},
	})
	return all
}

// TestGlobalAdministratorTakesOwnership, which no other administrator can.
func TestGlobalAdministratorTakesOwnership(t *testing.T) {
	t.Parallel()
	k := start(t, setup{directories: withGlobalAdministrator})
	ada := k.claim(t)
	k.orgs["adatum"] = tenants.Organization{ID: ada.org.ID}
	second := k.signedIn(t, abe)
	second.signIn("?scopes=roles")
	second.send(http.MethodPost, "/api/ownership", "").refused(http.StatusForbidden, "Global Administrator")
	owner := k.signedIn(t, gus)
	owner.signIn("?scopes=roles")
	owner.send(http.MethodPost, "/api/ownership", "").want(http.StatusOK)
	if s := owner.session(); s.Organization == nil || s.Organization.Role != tenants.Owner {
		t.Errorf("afterwards the session is %+v", s.Organization)
	}
	if !slices.ContainsFunc(k.records(t, "adatum"), func(r audit.Record) bool {
		return r.Kind == audit.ConfigChange && r.Actor.OID == gus && strings.Contains(r.Target+r.Detail, "owner")
	}) {
		t.Error("the organization's log does not tell")
	}
	told := ada.notices("adatum")
	if len(told) != 1 || told[0].Kind != tenants.OwnershipRecovered || told[0].By != (console.NamedPerson{OID: gus, Name: "Gus"}) {
		t.Fatalf("the first owner is told %+v", told)
	}
	path := at("adatum", "notices", told[0].ID.String(), "dismiss")
	owner.send(http.MethodPost, path, "").refused(http.StatusForbidden, "another owner or admin")
	owner.send(http.MethodPost, "/api/ownership", "").want(http.StatusOK)
	if told = owner.notices("adatum"); len(told) != 1 {
		t.Errorf("the new owner is told %+v", told)
	}
	ada.send(http.MethodPost, path, "").want(http.StatusNoContent)
	if told = owner.notices("adatum"); len(told) != 0 {
		t.Errorf("after the dismissal there are %+v", told)
	}
	if !slices.ContainsFunc(k.records(t, "adatum"), func(r audit.Record) bool {
		return r.Target == "notice dismissed" && r.Actor.OID == demo.Adatum().Admin.OID
	}) {
		t.Error("the organization's log does not tell who dismissed the notice")
	}
}
