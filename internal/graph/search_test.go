package graph_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/emulator/seed"
	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
	"gatehouse/internal/tenants"
)

const guest = "66666666-6666-4666-8666-666666666666"

// mixed is company with a guest, and with groups of every kind.
func mixed() seed.Tenant {
	t := company()
	t.Users = append(t.Users, seed.User{ID: guest, Username: "gus@partner.example", Name: "Gus Guest", Mail: "gus@partner.example", Guest: contoso[:35] + "2"})
	t.Users[1].Mail = "asker@contoso.com.example"
	t.Groups[0].Synced, t.Groups[0].Members = true, []string{asker, groupID(2)}
	t.Groups[1].Unified, t.Groups[1].MailOnly = true, true
	t.Groups[2].RoleAssignable, t.Groups[2].MembershipRule, t.Groups[2].Members = true, "user.department -eq \"Staff\"", []string{asker, adminID}
	t.Groups[3].MailOnly = true
	return t
}

func TestPeopleAreFoundByNameUserNameAndAddress(t *testing.T) {
	t.Parallel()
	d := newDirectory(t, mixed())
	as := d.as("ada", "User.ReadBasic.All")
	for text, want := range map[string][]string{
		"a": {"Ada Admin", "Ann Asker"}, "ann ask": {"Ann Asker"}, "ask": {"Ann Asker"}, "ada@": {"Ada Admin"}, "ASKER@contoso.com": {"Ann Asker"},
		"gus": {"Gus Guest"}, "nobody": nil, `x" OR "displayName:ann`: nil, `a\"`: {"Ada Admin", "Ann Asker"},
	} {
		got, err := d.SearchPeople(t.Context(), as, text, "")
		var names []string
		for _, p := range got.Items {
			names = append(names, p.DisplayName)
		}
		slices.Sort(names)
		if err != nil || !slices.Equal(names, want) {
			t.Errorf("%q finds %v, want %v (%v)", text, names, want, err)
		}
	}
	got, err := d.SearchPeople(t.Context(), as, "gus", "")
	if err != nil || len(got.Items) != 1 || !strings.Contains(got.Items[0].PrincipalName, "#EXT#@contoso.example") || got.Items[0].Mail != "gus@partner.example" || got.Items[0].ID.String() != guest {
		t.Errorf("a guest is %+v, %v", got, err)
	}
	_, err = d.SearchPeople(t.Context(), as, strings.Repeat("x", 101), "")
	wants(t, err, fault.Invalid)
	_, err = d.SearchPeople(t.Context(), d.as("ada", "GroupMember.Read.All"), "a", "")
	wants(t, err, fault.Forbidden)
}

func TestGroupsAreFoundWithTheirKind(t *testing.T) {
	t.Parallel()
	d := newDirectory(t, mixed())
	as := d.as("ada", "GroupMember.Read.All")
	kind := func(text string) graph.FoundGroup {
		t.Helper()
		got, err := d.SearchGroups(t.Context(), as, text, "")
		if err != nil || len(got.Items) != 1 {
			t.Fatalf("%q: %v %v", text, got, err)
		}
		return got.Items[0]
	}
	if g := kind("finance pay"); !g.Security || g.Mail || !g.Synced || g.RoleAssignable || len(g.Types) != 0 {
		t.Errorf("%+v", g)
	}
	if g := kind("say"); g.Security || !g.Mail || g.Synced || !slices.Equal(g.Types, []string{"Unified"}) {
		t.Errorf("%+v", g)
	}
	if g := kind("staff"); !g.Security || g.Mail || !g.RoleAssignable || !slices.Equal(g.Types, []string{"DynamicMembership"}) {
		t.Errorf("%+v", g)
	}
}

func TestPeopleOfAGroupAreCountedWithOneQuestion(t *testing.T) {
	t.Parallel()
	d := newDirectory(t, mixed())
	as := d.as("ada", "GroupMember.Read.All")
	for id, want := range map[string]int{groupID(0): 2, groupID(2): 2, groupID(5): 0} { // Ann is in one of them twice
		if n, err := d.CountPeople(t.Context(), as, tenants.MustGUID(id)); err != nil || n != want {
			t.Errorf("%s has %d, want %d (%v)", id, n, want, err)
		}
	}
	_, err := d.CountPeople(t.Context(), as, tenants.NewGUID())
	wants(t, err, fault.NotFound)
	_, err = d.CountPeople(t.Context(), d.as("ada", "User.ReadBasic.All"), tenants.MustGUID(groupID(0)))
	wants(t, err, fault.Forbidden)

	asked := 0
	c, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) { asked++; _, _ = w.Write([]byte(`{"value":[]}`)) })
	_, err = c.CountPeople(t.Context(), asking(), tenants.NewGUID())
	if wants(t, err, fault.Upstream); asked != 1 {
		t.Errorf("asked %d times", asked)
	}
}
