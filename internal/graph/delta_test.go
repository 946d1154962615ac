package graph_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
	"gatehouse/internal/tenants"
)

// TestChangesAreToldOnce goes through the life of two followed collections.
func TestChangesAreToldOnce(t *testing.T) {
	t.Parallel()
	tenant := company()
	for i := range 40 {
		tenant.Users = append(tenant.Users, seedUser(i))
	}
	d := newDirectory(t, withWorkers(tenant))
	as := d.app("User.Read.All", "GroupMember.Read.All")
	people := must(d.PeopleChanges(t.Context(), as, ""))
	groups := must(d.GroupChanges(t.Context(), as, groupsOf(0, 1), ""))
	if !people.Missed || !groups.Missed || len(people.All)+len(groups.All) != 0 || people.Since == "" || groups.Since == "" {
		t.Fatalf("at first: %+v %+v", people, groups)
	}
	ann, ada := tenants.MustGUID(asker), tenants.MustGUID(adminID)
	d.control("/users/"+asker, `{"enabled":false}`)
	d.control("/users/"+adminID, `{"revoke":true}`)
	d.control("/users/"+seedUser(0).ID, `{"deleted":true}`)
	d.control("/members", fmt.Sprintf(`{"tid":%q,"group":%q,"add":[%q,%q]}`, contoso, groupID(0), asker, groupID(5)))
	d.control("/members", fmt.Sprintf(`{"tid":%q,"group":%q,"add":[%q]}`, contoso, groupID(2), asker)) // nobody follows it
	people = must(d.PeopleChanges(t.Context(), as, people.Since))
	groups = must(d.GroupChanges(t.Context(), as, groupsOf(0, 1), groups.Since))
	slices.SortFunc(people.All, func(a, b graph.PersonChange) int { return strings.Compare(a.ID.String(), b.ID.String()) })
	if len(people.All) != 3 || people.Missed || people.More {
		t.Fatalf("people: %+v", people)
	}
	for i, want := range []struct {
		id            tenants.GUID
		gone, enabled bool
	}{{ada, false, true}, {ann, false, false}, {tenants.MustGUID(seedUser(0).ID), true, false}} {
		if p := people.All[i]; p.ID != want.id || p.Gone != want.gone || p.Enabled != want.enabled || p.ValidFrom.IsZero() && want.id == ada {
			t.Errorf("%d: %+v", i, p)
		}
	}
	if len(groups.All) != 1 || groups.Missed || groups.All[0].ID.String() != groupID(0) || groups.All[0].Gone ||
		!slices.Equal(groups.All[0].People, []tenants.GUID{ann}) || !slices.Equal(groups.All[0].Groups, groupsOf(5)) {
		t.Errorf("groups: %+v", groups)
	}
	people = must(d.PeopleChanges(t.Context(), as, people.Since))
	groups = must(d.GroupChanges(t.Context(), as, groupsOf(0, 1), groups.Since))
	if len(people.All)+len(groups.All) != 0 || people.Missed || groups.Missed {
		t.Errorf("told twice: %+v %+v", people, groups)
	}
	for i := range 40 {
		d.control("/users/"+seedUser(i).ID, `{"enabled":false,"deleted":false}`)
	}
	if people = must(d.PeopleChanges(t.Context(), as, people.Since)); len(people.All) != 40 {
		t.Errorf("%d changes", len(people.All))
	}
	d.control("/clock", `{"advance":"169h"}`)
	as = d.app("User.Read.All", "GroupMember.Read.All")
	d.control("/users/"+asker, `{"enabled":true}`)
	people = must(d.PeopleChanges(t.Context(), as, people.Since))
	if !people.Missed || len(people.All) != 0 || people.Since == "" {
		t.Errorf("after a week: %+v", people)
	}
	if people = must(d.PeopleChanges(t.Context(), as, people.Since)); people.Missed {
		t.Errorf("and then: %+v", people)
	}
}

// TestChangesNeedTheirPermissions, and links that lead to this Graph.
func TestChangesNeedTheirPermissions(t *testing.T) {
	t.Parallel()
	d := newDirectory(t, withWorkers(company()))
	_, err := d.PeopleChanges(t.Context(), d.app("GroupMember.Read.All"), "")
	wants(t, err, fault.Forbidden)
	_, err = d.GroupChanges(t.Context(), d.app("User.Read.All"), groupsOf(1), "")
	wants(t, err, fault.Forbidden)
	as := d.app("User.Read.All")
	for _, link := range []string{"https://evil.example/v1.0/users/delta?$deltatoken=x", "x", "http://a@" + strings.TrimPrefix(d.login, "http://")} {
		as.Token = func(context.Context) (string, error) { t.Error("a token is wanted"); return "", errNoToken }
		_, err = d.PeopleChanges(t.Context(), as, link)
		wants(t, err, fault.Upstream)
	}
	for _, groups := range [][]tenants.GUID{nil, crowd(51)} {
		_, err = d.GroupChanges(t.Context(), as, groups, "")
		wants(t, err, fault.Invalid)
	}
}

// TestLinksOfADeltaStayWithThisGraph: pages and the link that is kept alike.
func TestLinksOfADeltaStayWithThisGraph(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"value":[],"@odata.nextLink":"https://evil.example/v1.0/users/delta?$skiptoken=x"}`, `{"value":[],"@odata.deltaLink":"https://evil.example/x"}`, `{"value":[]}`,
	} {
		c, _ := serve(t, reply(http.StatusOK, nil, body))
		got, err := c.PeopleChanges(t.Context(), asking(), "")
		wants(t, err, fault.Upstream)
		if got.Since != "" {
			t.Errorf("kept %q", got.Since)
		}
	}
}

// TestEndlessChangesAreReadInParts: where to go on is told, and nothing is lost.
func TestEndlessChangesAreReadInParts(t *testing.T) {
	t.Parallel()
	n := 0
	c, srv := serve(t, nil)
	srv.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n++
		_, _ = fmt.Fprintf(w, `{"value":[{"id":%q,"accountEnabled":false}],"@odata.nextLink":"http://%s/v1.0/users/delta?$skiptoken=%d"}`, crowd(n)[n-1], r.Host, n)
	})
	got := must(c.PeopleChanges(t.Context(), asking(), ""))
	if !got.More || len(got.All) != 100 || !strings.HasSuffix(got.Since, "skiptoken=100") {
		t.Errorf("%d changes, then %s", len(got.All), got.Since)
	}
	got = must(c.PeopleChanges(t.Context(), asking(), got.Since))
	if len(got.All) != 100 || got.All[0].ID != crowd(101)[100] || got.Missed {
		t.Errorf("%d changes", len(got.All))
	}
}

func TestRefusedChangesAreNoReasonToBeginAnew(t *testing.T) {
	t.Parallel()
	c, srv := serve(t, reply(http.StatusServiceUnavailable, nil, ""))
	got, err := c.PeopleChanges(t.Context(), asking(), srv.URL+"/v1.0/users/delta?$deltatoken=x")
	wants(t, err, fault.Unavailable)
	if refused, ok := errors.AsType[*graph.Error](err); !ok || refused.Status != 503 || got.Missed {
		t.Errorf("%+v %v", got, err)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
