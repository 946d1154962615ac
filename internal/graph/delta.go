package graph

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Changes is what has changed in a collection since somebody asked last.
type Changes[T any] struct {
	All []T
	// Since is where to go on the next time: a link of Graph's own, opaque. Graph
	// keeps it for seven days.
	Since string
	// More tells that there are further changes: go on with Since at once.
	More bool
	// Missed tells that Graph does not remember what happened since, or that nobody
	// had asked before: whoever needs to know has to ask about everything.
	Missed bool
}

// PersonChange is a person who has changed.
type PersonChange struct {
	ID      tenants.GUID
	Gone    bool // deleted, for good or into the recycle bin
	Enabled bool // may sign in; false if Gone
	// ValidFrom is since when their sessions count: older ones were revoked, by an
	// administrator or by a new password. Zero: Graph does not say.
	ValidFrom time.Time
}

// GroupChange is a group of which members have come or gone. Only direct members
// are told: who is in a group through one that changed is not named.
type GroupChange struct {
	ID     tenants.GUID
	Gone   bool
	People []tenants.GUID // who have come or gone
	Groups []tenants.GUID // groups that have come or gone as members: anybody in them is concerned
}

// MaxFollowed is how many groups one GroupChanges follows (Microsoft Graph, "group:
// delta", § Optional query parameters).
const MaxFollowed = 50

// maxDeltaPages bounds one answer: a page has some hundred entries.
const maxDeltaPages = 100

// PeopleChanges returns which people have been disabled, enabled, deleted or cut off
// from their sessions since.
// Without a link it begins now and tells nothing but Missed. Least privilege: the
// application's User.Read.All.
func (c *Client) PeopleChanges(ctx context.Context, as Asking, since string) (Changes[PersonChange], error) {
	return changes(ctx, c, as, since, question{path: "users/delta", query: url.Values{
		"$select": {"id,accountEnabled,signInSessionsValidFromDateTime"}, "$deltatoken": {"latest"},
	}, units: deltaUnits}, changedPerson)
}

// GroupChanges returns of which of the groups direct members have come or gone
// since. Without a link it begins now and tells nothing but Missed. More than
// MaxFollowed groups, or none, are Invalid. Least privilege: GroupMember.Read.All.
func (c *Client) GroupChanges(ctx context.Context, as Asking, groups []tenants.GUID, since string) (Changes[GroupChange], error) {
	if len(groups) == 0 || len(groups) > MaxFollowed {
		return Changes[GroupChange]{}, fault.Newf(fault.Invalid, "one question follows 1 to %d groups, not %d", MaxFollowed, len(groups))
	}
	named := make([]string, 0, len(groups))
	for _, g := range groups {
		named = append(named, "id eq '"+g.String()+"'")
	}
	return changes(ctx, c, as, since, question{path: "groups/delta", query: url.Values{
		"$select": {"id,members"}, "$filter": {strings.Join(named, " or ")}, "$deltatoken": {"latest"},
	}, units: deltaUnits}, changedGroup)
}

const deltaUnits = 1

// changes goes on from a link, or begins anew where there is none or Graph does not
// know it any more (410).
func changes[T any](ctx context.Context, c *Client, as Asking, since string, begin question, read func(changed) T) (Changes[T], error) {
	if since == "" {
		return follow(ctx, c, as, Changes[T]{Missed: true}, begin, read)
	}
	link, err := c.follow(since)
	if err != nil {
		return Changes[T]{}, err
	}
	got, err := follow(ctx, c, as, Changes[T]{}, question{next: link, units: deltaUnits}, read)
	if refused, ok := errors.AsType[*Error](err); ok && refused.Status == http.StatusGone {
		return follow(ctx, c, as, Changes[T]{Missed: true}, begin, read)
	}
	return got, err
}

// follow reads pages until Graph gives a link for the next time, or to the bound.
func follow[T any](ctx context.Context, c *Client, as Asking, got Changes[T], q question, read func(changed) T) (Changes[T], error) {
	for range maxDeltaPages {
		var page struct {
			Value []changed `json:"value"`
			Next  string    `json:"@odata.nextLink"`
			Delta string    `json:"@odata.deltaLink"`
		}
		if err := c.ask(ctx, as, q, &page); err != nil {
			return Changes[T]{}, err
		}
		for _, one := range page.Value {
			got.All = append(got.All, read(one))
		}
		link := page.Next
		if got.Since = page.Delta; got.Since != "" {
			link = got.Since
		}
		if link == "" {
			return Changes[T]{}, fault.New(fault.Upstream, "Microsoft Graph answered a delta query without a link to go on with")
		}
		next, err := c.follow(link)
		if err != nil {
			return Changes[T]{}, err
		}
		if got.Since != "" {
			return got, nil
		}
		got.Since, q = page.Next, question{next: next, units: deltaUnits}
	}
	got.More = true
	return got, nil
}

// changed is an entry of either collection.
type changed struct {
	ID      tenants.GUID    `json:"id"`
	Removed json.RawMessage `json:"@removed"`
	Enabled *bool           `json:"accountEnabled"`
	Since   time.Time       `json:"signInSessionsValidFromDateTime"`
	Members []struct {
		ID   tenants.GUID `json:"id"`
		Type string       `json:"@odata.type"`
	} `json:"members@delta"`
}

func changedPerson(one changed) PersonChange {
	gone := one.Removed != nil
	return PersonChange{ID: one.ID, Gone: gone, Enabled: !gone && (one.Enabled == nil || *one.Enabled), ValidFrom: one.Since}
}

func changedGroup(one changed) GroupChange {
	g := GroupChange{ID: one.ID, Gone: one.Removed != nil}
	for _, m := range one.Members {
		switch m.Type {
		case "#microsoft.graph.user":
			g.People = append(g.People, m.ID)
		case "#microsoft.graph.group":
			g.Groups = append(g.Groups, m.ID)
		}
	}
	return g
}
