package emulator_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
)

// crowd is a tenant as large as the emulator promises to be quick with.
var crowd = seed.Crowd{People: 10_000, Groups: 2_000, Depth: 6, Each: 10}

func load(tb testing.TB, tenant seed.Tenant) *emulator.Emulator {
	tb.Helper()
	e, err := emulator.New(emulator.Options{
		EntraURL: entraURL, GraphURL: graphURL, ControlToken: control, Tenants: []seed.Tenant{tenant}, Entropy: "crowd",
		Now: func() time.Time { return midday },
	})
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

// exchangeWith lets a handler answer a request, without a rig.
func exchangeWith(tb testing.TB, handler http.Handler, r *http.Request) answer {
	tb.Helper()
	out := httptest.NewRecorder()
	handler.ServeHTTP(out, r)
	a := answer{status: out.Code, header: out.Header(), text: out.Body.String()}
	if err := json.Unmarshal(out.Body.Bytes(), &a.json); err != nil || a.status != http.StatusOK {
		tb.Fatalf("status %d: %s", a.status, a.text)
	}
	return a
}

// crowdToken is a token for Graph of the nth person.
func crowdToken(tb testing.TB, e *emulator.Emulator, n int) string {
	tb.Helper()
	body := form("grant_type", "password", "client_id", seed.VisualStudioCode, "scope", "User.Read GroupMember.Read.All",
		"username", "person"+strconv.Itoa(n)+"@crowd.example", "password", seed.CrowdPassword).Encode()
	r := httptest.NewRequestWithContext(tb.Context(), http.MethodPost, entraURL+"/crowd.example/oauth2/v2.0/token", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return exchangeWith(tb, e.Entra(), r).str("access_token")
}

// memberOf asks Graph for the groups of the person a token stands for.
func memberOf(tb testing.TB, e *emulator.Emulator, token string) answer {
	tb.Helper()
	r := httptest.NewRequestWithContext(tb.Context(), http.MethodGet, graphURL+"/v1.0/me/transitiveMemberOf?$top=999", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	return exchangeWith(tb, e.Graph(), r)
}

func values(a answer) int {
	list, _ := a.json["value"].([]any)
	return len(list)
}

func TestALargeTenantLoadsAndAnswersInTime(t *testing.T) {
	t.Parallel()
	tenant := crowd.Tenant()
	began := time.Now()
	e := load(t, tenant)
	if took := time.Since(began); took > 20*time.Second { // ten times the promise
		t.Errorf("loading took %s", took)
	}
	for _, n := range []int{1, 4_999, 9_999} {
		a := memberOf(t, e, crowdToken(t, e, n))
		if values(a) != crowd.Each*crowd.Depth {
			t.Errorf("person %d is in %d groups, want %d", n, values(a), crowd.Each*crowd.Depth)
		}
	}
	first := memberOf(t, e, crowdToken(t, e, 0))
	if values(first) != 999 || first.str("@odata.nextLink") == "" {
		t.Errorf("somebody in everything: %d groups, next %q", values(first), first.str("@odata.nextLink"))
	}
}

// Work is counted, not timed: building a picture of the whole tenant for each
// change would show in allocations at once.
func TestAChangeInALargeTenantDoesNotRebuildIt(t *testing.T) {
	tenant := crowd.Tenant()
	e := load(t, tenant)
	group, person := tenant.Groups[5], tenant.Users[4_321]
	in := slices.Contains(group.Members, person.ID)
	if in {
		t.Fatal("choose another person: this one is in the group")
	}
	all := testing.AllocsPerRun(10, func() {
		if err := e.SetMembers(tenant.ID, group.Name, []string{person.Username}, nil); err != nil {
			t.Fatal(err)
		}
		if err := e.SetMembers(tenant.ID, group.ID, nil, []string{person.ID}); err != nil {
			t.Fatal(err)
		}
	})
	// A whole index has an entry, and so an allocation, for each person and group.
	if all > 2_000 {
		t.Errorf("two changes allocate %.0f times", all)
	}
}

func BenchmarkLoadCrowd(b *testing.B) {
	tenant := crowd.Tenant()
	for b.Loop() {
		load(b, tenant)
	}
}

func BenchmarkTransitiveMemberOf(b *testing.B) {
	for name, n := range map[string]int{"60 groups": 1, "999 of 2000 groups": 0} {
		b.Run(name, func(b *testing.B) {
			e := load(b, crowd.Tenant())
			token := crowdToken(b, e, n)
			for b.Loop() {
				memberOf(b, e, token)
			}
		})
	}
}

func BenchmarkSetMembers(b *testing.B) {
	tenant := crowd.Tenant()
	e := load(b, tenant)
	for b.Loop() {
		if err := e.SetMembers(tenant.ID, tenant.Groups[5].ID, []string{tenant.Users[9].ID}, nil); err != nil {
			b.Fatal(err)
		}
	}
}
