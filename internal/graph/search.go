package graph

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// The bounds of a search: what fits a picker.
const (
	maxSearch  = 100 // runes of a search
	searchPage = "25"
)

// FoundGroup is a group with what says which kind of group it is.
type FoundGroup struct {
	Group
	Types          []string `json:"groupTypes"` // Unified: a Microsoft 365 group; DynamicMembership: by a rule
	Security       bool     `json:"securityEnabled"`
	Mail           bool     `json:"mailEnabled"`
	RoleAssignable bool     `json:"isAssignableToRole"`
	Synced         bool     `json:"onPremisesSyncEnabled"` // from an Active Directory on premises
}

// FoundPerson is somebody as a search finds them.
type FoundPerson struct {
	ID            tenants.GUID `json:"id"`
	DisplayName   string       `json:"displayName"`
	PrincipalName string       `json:"userPrincipalName"`
	Mail          string       `json:"mail"`
}

// Found is one page of what a search found.
type Found[T any] struct {
	Items []T
	Next  string // asks for the page after it; empty on the last
}

// SearchGroups returns one page of groups of which a word of the name begins with
// each word of text, most relevant first as Graph ranks them; an empty text finds
// all. Next of the page before continues. Text above 100 characters is Invalid.
// Least privilege: GroupMember.Read.All.
func (c *Client) SearchGroups(ctx context.Context, as Asking, text, next string) (Found[FoundGroup], error) {
	const wanted = "id,displayName,groupTypes,securityEnabled,mailEnabled,isAssignableToRole,onPremisesSyncEnabled"
	return search[FoundGroup](ctx, c, as, inquiry{"groups", wanted, []string{"displayName"}, text, next})
}

// SearchPeople returns one page of people of which a word of the name begins with each
// word of text, or whose user name or mail address begins with it; else as SearchGroups.
// Guests of a directory may not search it: that is Forbidden. Least privilege:
// User.ReadBasic.All, which shows no user type.
func (c *Client) SearchPeople(ctx context.Context, as Asking, text, next string) (Found[FoundPerson], error) {
	return search[FoundPerson](ctx, c, as, inquiry{"users", "id,displayName,userPrincipalName,mail", []string{"displayName", "userPrincipalName", "mail"}, text, next})
}

// CountPeople returns how many people are in a group, directly or through other groups,
// with one question; NotFound if there is no such group. Least privilege:
// GroupMember.Read.All.
func (c *Client) CountPeople(ctx context.Context, as Asking, group tenants.GUID) (int, error) {
	var answer struct {
		Count *int `json:"@odata.count"`
	}
	q := question{path: "groups/" + group.String() + "/transitiveMembers/microsoft.graph.user", eventual: true, query: url.Values{"$select": {"id"}, "$count": {"true"}, "$top": {"1"}}}
	if err := c.ask(ctx, as, q, &answer); err != nil {
		return 0, err
	}
	if answer.Count == nil {
		return 0, fault.New(fault.Upstream, "Microsoft Graph did not say how many people are in the group")
	}
	return *answer.Count, nil
}

// inquiry is a search: where, for what of the found, in which properties.
type inquiry struct {
	path, wanted string
	properties   []string
	text, next   string
}

func search[T any](ctx context.Context, c *Client, as Asking, i inquiry) (Found[T], error) {
	q := question{path: i.path, eventual: true, query: url.Values{"$select": {i.wanted}, "$count": {"true"}, "$top": {searchPage}}}
	text := strings.TrimSpace(i.text)
	if utf8.RuneCountInString(text) > maxSearch || !utf8.ValidString(text) {
		return Found[T]{}, fault.Newf(fault.Invalid, "search must be text of at most %d characters", maxSearch)
	}
	if text != "" {
		var clauses []string
		for _, property := range i.properties {
			clauses = append(clauses, `"`+property+`:`+quotable.Replace(text)+`"`)
		}
		q.query.Set("$search", strings.Join(clauses, " OR "))
	}
	if i.next != "" {
		q.query.Set("$skiptoken", i.next)
	}
	var page struct {
		Value []T    `json:"value"`
		Next  string `json:"@odata.nextLink"`
	}
	if err := c.ask(ctx, as, q, &page); err != nil {
		return Found[T]{}, err
	}
	found := Found[T]{Items: page.Value}
	if page.Next != "" {
		u, err := c.follow(page.Next)
		if err != nil {
			return Found[T]{}, err
		}
		found.Next = u.Query().Get("$skiptoken")
	}
	return found, nil
}

// quotable keeps what ends or escapes a quoted clause out of it (Microsoft Graph,
// "Use the $search query parameter").
var quotable = strings.NewReplacer(`"`, " ", `\`, " ")

// maxAlternatives is how many ids Graph takes in one filter.
const maxAlternatives = 15

// GroupsByID returns those of the groups that exist, with their names of today;
// one that was deleted is not among them. The order is not that of the ids. Least
// privilege: GroupMember.Read.All, where directoryObjects/getByIds would need
// Directory.Read.All.
func (c *Client) GroupsByID(ctx context.Context, as Asking, groups []tenants.GUID) ([]Group, error) {
	var found []Group
	for chunk := range slices.Chunk(groups, maxAlternatives) {
		quoted := make([]string, 0, len(chunk))
		for _, g := range chunk {
			quoted = append(quoted, "'"+g.String()+"'")
		}
		some, err := whole[Group](ctx, c, as, question{path: "groups", query: url.Values{
			"$filter": {"id in (" + strings.Join(quoted, ",") + ")"}, "$select": {"id,displayName"},
		}})
		if err != nil {
			return nil, err
		}
		found = append(found, some...)
	}
	return found, nil
}
