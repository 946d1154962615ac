package msgraph_test

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/msgraph"
)

const identityScopes = "User.Read GroupMember.Read.All"

// burn sends the same request until it is refused, and tells how often it was
// answered.
func (g *rig) burn(token, target string, headers ...string) (times int, refused answer) {
	g.t.Helper()
	for times = range 20_000 {
		if refused = g.fetch(token, target, headers...); refused.status == http.StatusTooManyRequests {
			return times, refused
		}
	}
	g.t.Fatalf("%s is never refused", target)
	return 0, refused
}

func TestRequestsToTheDirectoryHaveTheirPrice(t *testing.T) {
	t.Parallel()
	g := newMailRig(t, msgraph.Limits{})
	token := g.person(nora, identityScopes+" Mail.Read")
	for _, row := range []struct{ method, target, units string }{
		{"GET", "/v1.0/me", "1"},
		{"GET", "/v1.0/me?$select=id", "1"},
		{"GET", "/v1.0/me/transitiveMemberOf", "2"},
		{"GET", "/v1.0/me/transitiveMemberOf?$select=id", "1"},
		{"GET", "/v1.0/me/transitiveMemberOf?$top=19", "1"},
		{"GET", "/v1.0/me/transitiveMemberOf?$top=20", "2"},
		{"GET", "/v1.0/me/transitiveMemberOf?$top=5&$select=id", "1"},
		{"GET", "/v1.0/me/transitiveMemberOf?$expand=members", "3"},
		{"GET", "/v1.0/me/transitiveMemberOf/microsoft.graph.group?$count=true", "2"},
		{"POST", "/v1.0/me/checkMemberGroups", "4"},
		{"POST", "/v1.0/me/getMemberGroups", "2"},
		{"GET", "/v1.0/me/messages", ""},
		{"GET", "/v1.0/users/" + nora + "/messages", ""},
		{"GET", "/oidc/userinfo", ""},
	} {
		a := g.send(row.method, token, row.target)
		if got := a.header.Get("X-Ms-Resource-Unit"); got != row.units {
			t.Errorf("%s %s costs %q, want %q (%d)", row.method, row.target, got, row.units, a.status)
		}
	}
}

func TestWritesHaveALimitOfTheirOwn(t *testing.T) {
	t.Parallel()
	g := newMailRig(t, msgraph.Limits{})
	g.handler = g.Guarded(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	token := g.appToken("User.RevokeSessions.All")
	write := func() answer { return g.send(http.MethodPost, token, "/v1.0/users/"+nora+"/revokeSignInSessions") }
	for n := range 3000 {
		if a := write(); a.status != http.StatusNoContent {
			t.Fatalf("write %d: %d %s", n, a.status, a.text)
		}
	}
	a := write()
	a.refuses(t, 429, "TooManyRequests")
	if scope, why := a.header.Get("X-Ms-Throttle-Scope"), a.header.Get("X-Ms-Throttle-Information"); scope != "Tenant_Application/Write/"+mailApp+"/"+mailTenant || why != "WriteLimitExceeded" {
		t.Errorf("throttled by %s because of %s", scope, why)
	}
	if a := g.fetch(token, "/v1.0/users/"+nora); a.status != http.StatusNoContent {
		t.Errorf("reading: %d %s", a.status, a.text)
	}
	g.advance(150*time.Second - time.Millisecond)
	write().refuses(t, 429, "TooManyRequests")
	g.advance(time.Millisecond)
	if a := write(); a.status != http.StatusNoContent {
		t.Errorf("in the next window: %d %s", a.status, a.text)
	}
}

func TestAnAppIsThrottledInATenantAtItsLimit(t *testing.T) {
	t.Parallel()
	g := newMailRig(t, msgraph.Limits{Small: 20})
	token := g.person(nora, identityScopes)
	for n := 1; n <= 10; n++ {
		a := g.ok(token, "/v1.0/me/transitiveMemberOf")
		want := ""
		if n >= 8 {
			want = strconv.FormatFloat(float64(n)/10, 'f', -1, 64)
		}
		if got := a.header.Get("X-Ms-Throttle-Limit-Percentage"); got != want {
			t.Errorf("after %d units of 20 the percentage is %q, want %q", 2*n, got, want)
		}
	}
	a := g.fetch(token, "/v1.0/me")
	a.refuses(t, 429, "TooManyRequests")
	for name, want := range map[string]string{
		"X-Ms-Throttle-Scope":       "Tenant_Application/ReadWrite/" + mailApp + "/" + mailTenant,
		"X-Ms-Throttle-Information": "ResourceUnitLimitExceeded",
		"Retry-After":               "10",
		"X-Ms-Resource-Unit":        "",
	} {
		if got := a.header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	other := g.signed(map[string]any{"oid": nora, "scp": identityScopes, "appid": "a0200000-0000-4000-8000-000000000002"})
	g.ok(other, "/v1.0/me")
	g.ok(g.person(nora, "Mail.Read"), "/v1.0/me/messages")

	g.advance(9500 * time.Millisecond)
	if a := g.fetch(token, "/v1.0/me"); a.status != 429 || a.header.Get("Retry-After") != "1" {
		t.Errorf("just before the window closes: %d, %v", a.status, a.header)
	}
	g.advance(500 * time.Millisecond)
	g.ok(token, "/v1.0/me")
}

func TestLimitsAreMicrosoftsBySizeOfTenant(t *testing.T) {
	t.Parallel()
	for people, limit := range map[int]int{3: 3500, 49: 3500, 50: 5000, 500: 5000, 501: 8000} {
		g := newMailRig(t, msgraph.Limits{})
		err := g.directory.Change(mailTenant, func(tenant *directory.Tenant) error {
			for n := len(tenant.People); n < people; n++ {
				id := fmt.Sprintf("0b000000-0000-4000-8000-%012d", n)
				tenant.People[id] = &directory.Person{}
			}
			for id := range tenant.People {
				if len(tenant.People) > people && id != nora {
					delete(tenant.People, id)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		token := g.person(nora, identityScopes)
		g.advance(time.Second) // windows need not begin on a round second
		g.handler = g.Guarded(func(http.ResponseWriter, *http.Request) {})
		times, _ := g.burn(token, "/v1.0/groups/1/transitiveMembers?$expand=manager")
		if want := limit / 6; times != want {
			t.Errorf("%d people: %d requests of 6 units, want %d", people, times, want)
		}
	}
}

func TestAnAppIsThrottledOverAllTenants(t *testing.T) {
	t.Parallel()
	g := newMailRig(t, msgraph.Limits{App: 5})
	token := g.person(nora, identityScopes)
	elsewhere := g.signed(map[string]any{"tid": mailOther, "iss": loginURL + "/" + mailOther + "/", "roles": []string{"User.Read.All"}})
	for range 2 {
		g.ok(token, "/v1.0/me/transitiveMemberOf")
	}
	if a := g.fetch(elsewhere, "/v1.0/me/transitiveMemberOf"); a.status != 429 || a.header.Get("X-Ms-Throttle-Scope") != "Application/ReadWrite/"+mailApp+"/"+mailOther || a.header.Get("Retry-After") != "20" {
		t.Errorf("in another tenant: %d, %v", a.status, a.header)
	}
	g.ok(token, "/v1.0/me")
	g.fetch(token, "/v1.0/me").refuses(t, 429, "TooManyRequests")
	g.advance(20 * time.Second)
	g.ok(token, "/v1.0/me")
}

func TestLowPriorityIsThrottledFirstAndHighLast(t *testing.T) {
	t.Parallel()
	for priority, want := range map[string]int{"low": 80, "LOW": 80, "": 100, "normal": 100, "urgent": 100, "high": 180} {
		g := newMailRig(t, msgraph.Limits{Small: 100})
		if times, _ := g.burn(g.person(nora, identityScopes), "/v1.0/me", "X-Ms-Throttle-Priority", priority); times != want {
			t.Errorf("priority %q: %d requests, want %d", priority, times, want)
		}
	}
}

func TestThrottlingCanComeWithoutRetryAfter(t *testing.T) {
	t.Parallel()
	g := newMailRig(t, msgraph.Limits{Small: 1, NoRetryAfter: true})
	if _, refused := g.burn(g.person(nora, identityScopes), "/v1.0/me"); refused.header.Values("Retry-After") != nil {
		t.Errorf("Retry-After is %q", refused.header.Get("Retry-After"))
	}
}

func TestAResetForgetsWhatWasSpent(t *testing.T) {
	t.Parallel()
	g := newMailRig(t, msgraph.Limits{Small: 3})
	token := g.person(nora, identityScopes)
	g.burn(token, "/v1.0/me")
	g.Reset()
	g.ok(token, "/v1.0/me")
}

func TestSpendingIsCountedOnceUnderLoad(t *testing.T) {
	t.Parallel()
	g := newMailRig(t, msgraph.Limits{Small: 50})
	token := g.person(nora, identityScopes)
	answered := make(chan int, 200)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 25 {
				answered <- g.fetch(token, "/v1.0/me").status
			}
		})
	}
	all.Wait()
	close(answered)
	served := 0
	for status := range answered {
		if status == http.StatusOK {
			served++
		}
	}
	if served != 50 {
		t.Errorf("%d of 200 requests were served, want 50", served)
	}
}
