package msgraph_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"gatehouse/internal/emulator/seed"
)

// crowd is a tenant of n people and m groups nested six deep: group i is in
// group i/6, person i in group i%m. Everybody's closure has seven groups or
// fewer; the first person is in all groups besides.
func crowd(n, m int) seed.Tenant {
	t := company()
	group := func(i int) string { return fmt.Sprintf("f0000000-0000-4000-8000-%012d", i) }
	person := func(i int) string { return fmt.Sprintf("f1000000-0000-4000-8000-%012d", i) }
	members := make([][]string, m)
	for i := range n {
		t.Users = append(t.Users, seed.User{ID: person(i), Username: fmt.Sprintf("p%d@contoso.example", i), Password: "x", Name: fmt.Sprintf("Person %d", i)})
		members[i%m] = append(members[i%m], person(i))
	}
	for i := range m {
		if i > 0 {
			members[i/6] = append(members[i/6], group(i))
		}
		members[i] = append(members[i], ids.alice)
	}
	for i := range m {
		t.Groups = append(t.Groups, seed.Group{ID: group(i), Name: fmt.Sprintf("Group %d", i), Members: members[i]})
	}
	return t
}

// TestOnlyThePageIsWrittenDown counts allocations: a page of one costs a fixed
// amount however many groups there are, but for growing lists.
func TestOnlyThePageIsWrittenDown(t *testing.T) { //nolint:paralleltest // counts allocations of the whole process
	cost := func(groups int) float64 {
		f := newFixture(t, crowd(10, groups)).as(ids.alice, readers)
		return testing.AllocsPerRun(20, func() {
			if a := f.get("me/transitiveMemberOf", "$top", "1"); a.status != http.StatusOK {
				t.Fatal(a.text)
			}
		})
	}
	if few, many := cost(10), cost(2000); many > few+200 {
		t.Errorf("a page costs %v allocations among 10 groups, %v among 2,000", few, many)
	}
}

// serve asks without reading the answer, which costs more than making it.
func (f *rig) serve(b *testing.B, path string) {
	b.Helper()
	r := httptest.NewRequest(http.MethodGet, rootURL+"/v1.0/"+path, http.NoBody)
	r.Header.Set("Authorization", "Bearer "+f.token)
	r.Header.Set("ConsistencyLevel", "eventual")
	b.ReportAllocs()
	var took []time.Duration
	for b.Loop() {
		w := httptest.NewRecorder()
		began := time.Now()
		if f.handler.ServeHTTP(w, r); w.Code != http.StatusOK {
			b.Fatal(w.Body)
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}

func BenchmarkTransitiveMemberOf(b *testing.B) {
	f := newFixture(b, crowd(10_000, 2_000)).as(ids.alice, readers+" User.Read")
	for name, path := range map[string]string{
		"of 2000 groups": "me/transitiveMemberOf", "of 7 groups": "users/f1000000-0000-4000-8000-000000001999/transitiveMemberOf",
	} {
		b.Run(name, func(b *testing.B) { f.serve(b, path) })
	}
}

func BenchmarkUsers(b *testing.B) {
	f := newFixture(b, crowd(10_000, 2_000)).as(ids.alice, readers)
	for name, path := range map[string]string{
		"page": "users", "search": "users?$count=true&$search=%22displayName:9999%22",
		"filter": "users?$count=true&$orderby=displayName&$filter=endswith(userPrincipalName,'77@contoso.example')",
	} {
		b.Run(name, func(b *testing.B) { f.serve(b, path) })
	}
}
