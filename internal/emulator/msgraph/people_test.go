package msgraph_test

import (
	"testing"

	"gatehouse/internal/emulator/msgraph"
)

func TestPeopleAreShapedAsDocumented(t *testing.T) {
	t.Parallel()
	g := newMailRig(t, msgraph.Limits{})
	g.ok(g.person(nora, "People.Read"), "/v1.0/me/people").golden(t, "people")
}

func TestPeopleComeByRelevanceAndCanBeSearched(t *testing.T) {
	t.Parallel()
	g := newMailRig(t, msgraph.Limits{})
	token := g.person(nora, "People.Read People.Read.All")
	for query, want := range map[string]string{
		"":                     "Omar Okoye|Nora Nilsen",
		"$orderby=displayName": "Nora Nilsen|Omar Okoye",
		"$top=1":               "Omar Okoye",
		"$skip=1":              "Nora Nilsen",
		"$search=oko":          "Omar Okoye",
		"$search=\"nora\"":     "Nora Nilsen",
		"$search=\"omar n\"":   "Omar Okoye", // of northwind.example
		"$search=\"zed\"":      "",
		"$filter=personType/class eq 'Person' and personType/subclass eq 'OrganizationUser'": "Omar Okoye|Nora Nilsen",
		"$filter=personType/class eq 'Group'":                                                "",
	} {
		if got := g.ok(token, "/v1.0/me/people?"+query).list("displayName"); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	for query, code := range map[string]string{
		"$search=\"topic:bikes\"":           "BadRequest",
		"$search=\"\"":                      "BadRequest",
		"$search=nora&$skip=1":              "SearchWithSkip",
		"$search=nora&$orderby=displayName": "SearchWithOrderBy",
	} {
		t.Log(query)
		g.fetch(token, "/v1.0/me/people?"+query).refuses(t, 400, code)
	}
	g.fetch(token, "/v1.0/users/"+nora+"/people?$search=nora").refuses(t, 400, "ErrorInvalidUrlQuery")
}
