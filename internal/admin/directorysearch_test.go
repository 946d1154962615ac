package admin_test

import (
	"fmt"
	"slices"
	"testing"

	"gatehouse/internal/console"
	"gatehouse/internal/graph"
	"gatehouse/internal/tenants"
)

func TestPeopleAreSearchedAsWhoeverAsksUpToTheLimit(t *testing.T) {
	t.Parallel()
	g, d := &groupsGraph{page: 2}, &tokens{}
	for i, id := range ids(5) {
		g.people = append(g.people, graph.FoundPerson{ID: id, DisplayName: fmt.Sprint("Person ", i), PrincipalName: fmt.Sprint("p", i, "@contoso.example")})
	}
	for limit, pages := range map[int]int{1: 1, 2: 1, 3: 2, 50: 3} {
		g.asked = nil
		found, err := newDirectory(g, d, &wall{}).SearchPeople(t.Context(), olga, "Pe", limit)
		if err != nil || len(found) != min(limit, 5) || found[0] != (console.FoundPerson{OID: g.people[0].ID, Name: "Person 0", Username: "p0@contoso.example"}) || len(g.asked) != pages {
			t.Errorf("%d: %v %v in %d pages", limit, found, err, len(g.asked))
		}
	}
	if !slices.Equal(slices.Compact(d.asked), []string{"User.ReadBasic.All"}) {
		t.Errorf("with %v", d.asked)
	}
}

func TestGuestsAreKnownByTheirUserName(t *testing.T) {
	t.Parallel()
	g := &groupsGraph{page: 9, people: []graph.FoundPerson{
		{PrincipalName: "gus_partner.example#EXT#@contoso.example", Mail: "gus@partner.example"},
		{PrincipalName: "gil_partner.example#EXT#@contoso.example"},
		{PrincipalName: "ext@contoso.example", Mail: "other@contoso.example"},
	}}
	found, err := newDirectory(g, &tokens{}, &wall{}).SearchPeople(t.Context(), olga, "g", 9)
	want := []console.FoundPerson{{Username: "gus@partner.example", Guest: true}, {Username: "gil_partner.example#EXT#@contoso.example", Guest: true}, {Username: "ext@contoso.example"}}
	if err != nil || !slices.Equal(found, want) {
		t.Errorf("%+v %v", found, err)
	}
}

func TestGroupsSayTheirKindInOneWord(t *testing.T) {
	t.Parallel()
	unified, dynamic := []string{"Unified"}, []string{"DynamicMembership"}
	g := &groupsGraph{page: 9, groups: []graph.FoundGroup{
		{Security: true},
		{Security: true, Types: dynamic, RoleAssignable: true},
		{Mail: true, Types: append(unified, dynamic...)},
		{Mail: true, Security: true, Types: unified},
		{Mail: true, Security: true, Synced: true},
		{Mail: true},
	}}
	found, err := newDirectory(g, &tokens{}, &wall{}).SearchGroups(t.Context(), olga, "g", 9)
	want := []console.FoundGroup{
		{Kind: "security"},
		{Kind: "security", Dynamic: true, RoleAssignable: true},
		{Kind: "microsoft365", Dynamic: true},
		{Kind: "microsoft365"},
		{Kind: "mail_enabled_security", Synced: true},
		{Kind: "distribution"},
	}
	if err != nil || !slices.Equal(found, want) {
		t.Errorf("%+v %v", found, err)
	}
}

func TestPeopleOfAGroupAreCountedOnce(t *testing.T) {
	t.Parallel()
	group, d := tenants.NewGUID(), &tokens{}
	g := &groupsGraph{members: map[tenants.GUID][]tenants.GUID{tenants.NewGUID(): {group}, tenants.NewGUID(): {group}, tenants.NewGUID(): nil}}
	n, err := newDirectory(g, d, &wall{}).CountPeople(t.Context(), olga, group)
	if err != nil || n != 2 || len(g.asked) != 1 || !slices.Equal(d.asked, []string{"GroupMember.Read.All"}) {
		t.Errorf("%d %v, asked %v with %v", n, err, g.asked, d.asked)
	}
}
