package msgraph

import (
	"slices"
	"strings"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/reply"
)

// relevant is the workload of the page user-list-people, which Exchange serves.
var relevant = &workload{
	own: []string{"People.Read", "People.Read.All"}, others: []string{"People.Read.All"}, apps: []string{"People.Read.All"},
	refuse: outlookError, denied: outlookDenied, nobody: outlookNobody, lacks: noMailbox,
}

var personKind = &itemKind{
	name: "person", page: outlookPage, max: outlookMax, unsupported: outlookUnsupported, unpaired: true,
	options: []string{"$top", "$skip", "$skiptoken", "$select", "$filter", "$orderby", "$search"},
	ordered: []string{"displayName"},
	compared: map[string]edm{
		"displayName": edmString, "givenName": edmString, "surname": edmString, "personType/class": edmString, "personType/subclass": edmString,
	},
	properties: []string{
		"id", "displayName", "givenName", "surname", "birthday", "personNotes", "isFavorite", "jobTitle", "companyName", "yomiCompany", "department",
		"officeLocation", "profession", "userPrincipalName", "imAddress", "scoredEmailAddresses", "phones", "postalAddresses", "websites", "personType",
	},
}

// people lists who is most relevant to somebody, in that order.
func people(v *visit, owner *directory.Person) {
	q, bad := v.query(personKind)
	if bad == nil && q.search != "" && v.r.PathValue("user") != "" {
		bad = outlookUnsupported("$search looks through the signed-in user's relevant people only.")
	}
	all := relevantTo(v, owner)
	if bad == nil && q.search != "" {
		all, bad = searchedPeople(all, q.search)
	}
	if bad != nil {
		outlookError(v, bad)
		return
	}
	v.page(q, within(owner, "people"), all)
}

// searchedPeople keeps whose name or alias has words that begin as the ones
// sought. Graph's search forgives misspellings too; the emulator's does not.
func searchedPeople(all []item, text string) ([]item, *problem) {
	inner := strings.Trim(text, `"`)
	words := wordsOf(inner)
	if len(words) == 0 || strings.ContainsAny(inner, `":`) {
		return nil, badSearch(reply.Clip(text))
	}
	return slices.DeleteFunc(all, func(i item) bool {
		return slices.ContainsFunc(words, func(word string) bool {
			return !(kqlTerm{in: []string{"displayName", searchedTo}, words: []string{word}}).matches(i.keys)
		})
	}), nil
}

func relevantTo(v *visit, owner *directory.Person) []item {
	var out []item
	for n, id := range owner.People {
		if p, ok := v.tenant.People[id]; ok && !p.Deleted {
			out = append(out, personItem(v, p, float64(len(owner.People)-n)))
		}
	}
	return out
}

// personItem is a person of the directory as the people graph shows them.
func personItem(v *visit, p *directory.Person, score float64) item {
	given, family := p.Names()
	upn := v.tenant.PrincipalName(p)
	scored, phones := []any{}, []any{}
	if p.Mail != "" {
		scored = append(scored, map[string]any{"address": p.Mail, "relevanceScore": score, "selectionLikelihood": "notSpecified"})
	}
	if p.Phone != "" {
		phones = append(phones, map[string]any{"type": "business", "number": p.Phone})
	}
	none := []any{}
	shown := map[string]any{
		"id": p.ID, "displayName": p.Name, "givenName": orNull(given), "surname": orNull(family), "birthday": "", "personNotes": "", "isFavorite": false,
		"jobTitle": orNull(p.JobTitle), "companyName": nil, "yomiCompany": "", "department": orNull(p.Department), "officeLocation": orNull(p.Office),
		"profession": "", "userPrincipalName": upn, "imAddress": "sip:" + strings.ToLower(upn), "scoredEmailAddresses": scored, "phones": phones,
		"postalAddresses": none, "websites": none, "personType": map[string]any{"class": "Person", "subclass": "OrganizationUser"},
	}
	return item{id: p.ID, shown: shown, keys: map[string]any{
		"displayName": p.Name, "givenName": given, "surname": family, "personType/class": "Person", "personType/subclass": "OrganizationUser",
		searchedTo: upn + " " + p.Mail,
	}}
}
