package admin

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
	"gatehouse/internal/tenants"
)

// DirectoryGraph is the part of Microsoft Graph that knows groups and people.
type DirectoryGraph interface {
	CheckMemberGroups(ctx context.Context, as graph.Asking, groups []tenants.GUID) ([]tenants.GUID, error)
	SearchGroups(ctx context.Context, as graph.Asking, text, next string) (graph.Found[graph.FoundGroup], error)
	SearchPeople(ctx context.Context, as graph.Asking, text, next string) (graph.Found[graph.FoundPerson], error)
	CountPeople(ctx context.Context, as graph.Asking, group tenants.GUID) (int, error)
	GroupsByID(ctx context.Context, as graph.Asking, groups []tenants.GUID) ([]graph.Group, error)
}

// DirectoryParts is what a directory is asked with. Every field is required.
type DirectoryParts struct {
	Graph      DirectoryGraph // of the cloud that people sign in to the console in
	Delegation Delegation
	Now        func() time.Time
}

// NewDirectory asks Microsoft Graph as whoever has signed in to the console.
func NewDirectory(p DirectoryParts) console.Directory {
	return &directory{DirectoryParts: p, memory: newMembersMemory(time.Minute)}
}

type directory struct {
	DirectoryParts

	memory *membersMemory
}

// MemberOf answers from memory for a minute after Microsoft Graph was asked.
func (d *directory) MemberOf(ctx context.Context, p console.Person, groups []tenants.GUID) ([]tenants.GUID, error) {
	groups = distinct(groups)
	if len(groups) == 0 {
		return nil, nil
	}
	key := keyOf(p, groups)
	asked := d.Now()
	if known, ok := d.memory.recall(key, asked); ok {
		return slices.Clone(known.of), nil
	}
	as, err := d.as(ctx, p, readSelf, readGroups)
	if err != nil {
		return nil, err
	}
	var in []tenants.GUID
	for some := range slices.Chunk(groups, graph.MaxCheck) {
		found, err := d.Graph.CheckMemberGroups(ctx, as, some)
		if err != nil {
			return nil, withRemedy(err, "read groups")
		}
		in = append(in, found...)
	}
	d.memory.remember(key, members{slices.Clone(in), asked})
	return in, nil
}

// Groups asks Microsoft Graph for the groups' names of today.
func (d *directory) Groups(ctx context.Context, p console.Person, ids []tenants.GUID) ([]console.DirectoryGroup, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	as, err := d.as(ctx, p, readGroups)
	if err != nil {
		return nil, err
	}
	found, err := d.Graph.GroupsByID(ctx, as, distinct(ids))
	if err != nil {
		return nil, withRemedy(err, "read groups")
	}
	return named(found), nil
}

func (d *directory) as(ctx context.Context, p console.Person, permissions ...string) (graph.Asking, error) {
	return askingAs(ctx, d.Delegation, p, permissions...)
}

// withRemedy says how to get the permission that Microsoft Graph misses.
func withRemedy(err error, what string) error {
	if refused, ok := errors.AsType[*graph.Error](err); ok && refused.Status == http.StatusForbidden {
		return fault.Wrap(fault.Forbidden, "Microsoft Graph does not let you "+what+"; sign in again with /auth/sign-in?scopes=groups, "+
			"and if Entra asks for an admin's approval, have it given", err)
	}
	return err
}

// distinct returns each of the ids once, in one order for equal sets.
func distinct(ids []tenants.GUID) []tenants.GUID {
	return slices.Compact(slices.SortedFunc(slices.Values(ids), func(a, b tenants.GUID) int { return strings.Compare(a.String(), b.String()) }))
}

func named(groups []graph.Group) []console.DirectoryGroup {
	out := make([]console.DirectoryGroup, len(groups))
	for i, g := range groups {
		out[i] = console.DirectoryGroup{ID: g.ID, Name: g.DisplayName}
	}
	return out
}
