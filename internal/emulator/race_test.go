package emulator_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
)

// Everything at once, a bounded number of times: tokens, Graph, the browser half
// and every control. What the answers say depends on who was first; that there is
// an answer, and an honest one, does not.
func TestEverythingAtOnce(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	var all sync.WaitGroup
	at := func(times int, work func()) {
		all.Go(func() {
			for range times {
				work()
			}
		})
	}
	honest := func(a answer) {
		if a.status >= 500 {
			t.Errorf("status %d: %s", a.status, a.text)
		}
	}
	for _, name := range []string{"alice", "bob", "carol"} {
		at(15, func() {
			a := g.token(contoso, password(name, apiScope+" openid profile offline_access"))
			honest(a)
			honest(g.token(contoso, obo(a.str("access_token"), "User.Read GroupMember.Read.All")))
			honest(g.token(contoso, form("grant_type", "refresh_token", "client_id", seed.VisualStudioCode, "refresh_token", a.str("refresh_token"))))
		})
		at(15, func() {
			token := g.token(contoso, password(name, "User.Read GroupMember.Read.All")).str("access_token")
			honest(g.visit(token, "/v1.0/me/transitiveMemberOf"))
			honest(g.post(token, "/v1.0/me/getMemberGroups", `{"securityEnabledOnly":false}`))
		})
	}
	at(10, func() {
		page := g.authorize(contoso, with(request("User.Read"), "client_id", stranger, "redirect_uri", "http://localhost/callback"))
		honest(page)
	})
	at(30, func() {
		honest(g.get(entraURL + "/" + contoso + "/discovery/v2.0/keys"))
		honest(g.get(entraURL + "/common/discovery/keys"))
		honest(g.get(entraURL + "/" + contoso + "/v2.0/.well-known/openid-configuration"))
	})
	no, yes := false, true
	for _, change := range []func() error{
		func() error { return g.SetMembers(contoso, "Staff", []string{"bob@contoso.example"}, nil) },
		func() error { return g.SetMembers(contoso, "Staff", nil, []string{"bob@contoso.example"}) },
		func() error { return g.SetUser(contoso, bob, emulator.UserChange{Enabled: &no, Revoke: true}) },
		func() error { return g.SetUser(contoso, bob, emulator.UserChange{Enabled: &yes, Deleted: &no}) },
		func() error { g.Advance(time.Minute); return nil },
		func() error { g.Journal(); return nil },
		func() error {
			return g.SetFault(emulator.Fault{Endpoint: emulator.EndpointKeys, Tenant: fabrikam, Status: 429, Times: 1})
		},
	} {
		at(20, func() {
			if err := change(); err != nil {
				t.Error(err)
			}
		})
	}
	at(2, func() {
		for _, change := range []func() error{g.RollKeys, func() error { return g.SeparateKeys(fabrikam) }, g.EmergencyRoll, g.Reset} {
			if err := change(); err != nil {
				t.Error(err)
			}
		}
	})
	at(5, func() {
		if a := g.control(http.MethodGet, "/journal", ""); a.status != http.StatusOK || strings.Contains(a.text, "pw-alice") {
			t.Errorf("the journal: %d", a.status)
		}
	})
	all.Wait()
	if err := g.Reset(); err != nil {
		t.Fatal(err)
	}
	g.token(contoso, obo(g.access(password("alice", apiScope)), "User.Read")).granted(t)
}
