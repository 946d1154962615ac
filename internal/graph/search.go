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

// GroupPage is one page of groups that a search found.
type GroupPage struct {
	Groups []Group
	Next   string // asks for the page after it; empty on the last
}

// SearchGroups returns one page of groups of which a word of the name begins with
// each word of text, most relevant first as Graph ranks them; an empty text finds
// all. Next of the page before continues. Text above 100 characters is Invalid.
// Least privilege: GroupMember.Read.All.
func (c *Client) SearchGroups(ctx context.Context, as Asking, text, next string) (GroupPage, error) {
	q := question{path: "groups", eventual: true, query: url.Values{"$select": {"id,displayName"}, "$count": {"true"}, "$top": {searchPage}}}
	text = strings.TrimSpace(text)
	if utf8.RuneCountInString(text) > maxSearch || !utf8.ValidString(text) {
		return GroupPage{}, fault.Newf(fault.Invalid, "search must be text of at most %d characters", maxSearch)
	}
	if text != "" {
		q.query.Set("$search", `"displayName:`+quotable.Replace(text)+`"`)
	}
	if next != "" {
		q.query.Set("$skiptoken", next)
	}
	var page struct {
		Value []Group `json:"value"`
		Next  string  `json:"@odata.nextLink"`
	}
	if err := c.ask(ctx, as, q, &page); err != nil {
		return GroupPage{}, err
	}
	found := GroupPage{Groups: page.Value}
	if page.Next != "" {
		u, err := c.follow(page.Next)
		if err != nil {
			return GroupPage{}, err
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
