package graph

import (
	"context"
	"net/url"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Group is one group with its name. The name is empty where the token may not
// read it: Graph then shows "limited information".
type Group struct {
	ID          tenants.GUID `json:"id"`
	DisplayName string       `json:"displayName"`
}

// GroupList is a person's groups, or the first of them.
type GroupList struct {
	Groups []Group
	More   bool // there are groups beyond the bounds of one question
}

// The bounds of MyGroups. A person can be in more groups than any answer has
// use for, and a list can be made to have no end.
const (
	maxPages  = 12
	maxGroups = 11000
	pageSize  = "999" // the most Graph gives on one page
)

// MyGroups returns the groups the signed-in person is in, directly or through
// other groups, with their names. Least privilege: User.Read; names need
// GroupMember.Read.All.
func (c *Client) MyGroups(ctx context.Context, as Asking) (GroupList, error) {
	var list GroupList
	q := question{path: "me/transitiveMemberOf/microsoft.graph.group", eventual: true, query: url.Values{
		"$select": {"id,displayName"}, "$count": {"true"}, "$top": {pageSize},
	}}
	for range maxPages {
		var page struct {
			Value []Group `json:"value"`
			Next  string  `json:"@odata.nextLink"`
		}
		if err := c.ask(ctx, as, q, &page); err != nil {
			return GroupList{}, err
		}
		list.Groups = append(list.Groups, page.Value...)
		if len(list.Groups) > maxGroups {
			list.Groups, list.More = list.Groups[:maxGroups], true
			return list, nil
		}
		if page.Next == "" {
			return list, nil
		}
		next, err := c.follow(page.Next)
		if err != nil {
			return GroupList{}, err
		}
		q = question{next: next, eventual: true}
	}
	list.More = true
	return list, nil
}

// follow accepts a link to the next page if it leads back to this Graph. The
// rest of it is opaque; a link elsewhere would carry the token away.
func (c *Client) follow(link string) (*url.URL, error) {
	u, err := url.Parse(link)
	if err != nil || u.Scheme != c.base.Scheme || u.Host != c.base.Host || u.User != nil {
		return nil, fault.New(fault.Upstream, "Microsoft Graph answered with a next page on another host; the token is not sent there")
	}
	return u, nil
}
