package organizations_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/demo"
	"gatehouse/internal/emulator"
	"gatehouse/internal/onboarding"
	"gatehouse/internal/tenants"
)

// carols is a new token of Carol, who is in so many groups that it names none.
func (k *stack) carols(t *testing.T) string {
	t.Helper()
	token := k.password(t, company("contoso").TID, person("contoso", "carol"), k.endpointOf("contoso", "")+"/"+demo.Scope)
	if claims := claimsOf(t, token); claims["groups"] != nil || claims["_claim_names"] == nil {
		t.Fatalf("the token names groups: %v", claims)
	}
	return token
}

// refusedForGroups holds an answer, and its record, to a refusal for groups that are
// not known.
func (k *stack) refusedForGroups(t *testing.T, a answer, status int, says string) {
	t.Helper()
	if said := a.body + a.header.Get("WWW-Authenticate"); a.status != status || !strings.Contains(said, says) {
		t.Errorf("answered is %d %s, want %d and %q", a.status, said, status, says)
	}
	all := k.records(t, "contoso")
	if last := all[len(all)-1]; last.Actor.OID != person("contoso", "carol").OID || last.Outcome != audit.Refused || last.Reason != "membership_unknown" {
		t.Errorf("recorded is %+v", last)
	}
}

// TestWhoIsInTooManyGroupsForATokenIsAskedAboutOnce: of Graph, for four resource units
// at most; and is served from that while Graph is down, to the hard limit.
func TestWhoIsInTooManyGroupsForATokenIsAskedAboutOnce(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true})
	carol := k.carols(t)
	works := func(token string) {
		t.Helper()
		if a := k.call(t, k.replica, "contoso", token, "whoami"); !a.worked() {
			t.Fatalf("answered is %d %s", a.status, a.body)
		}
	}
	works(carol)
	if spent := k.meter.read(); spent.requests != 1 || spent.units < 1 || spent.units > 4 {
		t.Errorf("to know her groups took %+v", spent)
	}
	before := k.meter.read()
	for range 5 {
		works(carol)
	}
	works(k.carols(t))
	if a := k.listed(t, "contoso", carol); !strings.Contains(a.body, `"whoami"`) {
		t.Errorf("the list is answered %d %s", a.status, a.body)
	}
	if spent := k.meter.read(); spent != before {
		t.Errorf("later calls took it from %+v to %+v", before, spent)
	}

	limits := company("contoso").Organization(k.places).Membership
	if err := k.emulator.SetFault(emulator.Fault{Endpoint: emulator.EndpointGraph, Outage: true}); err != nil {
		t.Fatal(err)
	}
	k.later(t, limits.Soft+time.Second)
	works(carol)
	k.later(t, limits.Hard-limits.Soft-time.Minute)
	works(k.carols(t))
	k.later(t, 2*time.Minute)
	k.refusedForGroups(t, k.call(t, k.replica, "contoso", k.carols(t), "whoami"), http.StatusForbidden,
		"which groups you are in could not be established: ")
	if err := k.emulator.SetFault(emulator.Fault{Endpoint: emulator.EndpointGraph}); err != nil {
		t.Fatal(err)
	}
	k.later(t, time.Minute)
	works(k.carols(t))
}

// TestOrganizationThatLetsNobodyAskGraphIsToldWhatThatMeans: whoever is refused for it,
// and whoever administers it.
func TestOrganizationThatLetsNobodyAskGraphIsToldWhatThatMeans(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true})
	_, err := k.db.EditOrganization(t.Context(), authz.SystemCaller(k.orgs["contoso"].ID, "test"), "tokens only", func(o *tenants.Organization) error {
		o.Connection.GroupSource = tenants.TokenOnly
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "Graph is not asked", inForce, func() bool { return !k.call(t, k.replica, "contoso", k.carols(t), "whoami").worked() })
	a := k.call(t, k.replica, "contoso", k.carols(t), "whoami")
	k.refusedForGroups(t, a, http.StatusUnauthorized, "you are in more groups than a token can name, and this organization has not allowed asking Microsoft Graph for them; ask an admin to allow it")
	if challenge := a.header.Get("WWW-Authenticate"); !strings.Contains(challenge, `error="invalid_token"`) {
		t.Errorf("the challenge is %s", challenge)
	}

	var report onboarding.Report
	k.as(t, "contoso", "carol").ask(http.MethodPost, at("contoso", "doctor"), nil).want(http.StatusOK).into(&report)
	for _, f := range report.Findings {
		if f.ID != "groups.source" {
			continue
		}
		for _, part := range []string{"removed from a group, disabled or deleted", "up to 28 hours", "more than 200 groups is refused", "Privileged Identity Management", "groupSource", "GroupMember.Read.All"} {
			if !strings.Contains(f.Detail, part) {
				t.Errorf("the doctor does not speak of %q: %s", part, f.Detail)
			}
		}
		if f.Severity != onboarding.Warning || !strings.HasPrefix(f.Setting, "Enterprise applications > ") {
			t.Errorf("%+v", f)
		}
		return
	}
	t.Errorf("the doctor says nothing of it: %s", report.Text())
}
