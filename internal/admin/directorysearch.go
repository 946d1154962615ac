package admin

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"gatehouse/internal/console"
	"gatehouse/internal/graph"
	"gatehouse/internal/tenants"
)

// SearchGroups follows pages until there are as many groups as were asked for.
func (d *directory) SearchGroups(ctx context.Context, p console.Person, text string, limit int) ([]console.FoundGroup, error) {
	as, err := d.as(ctx, p, readGroups)
	if err != nil {
		return nil, err
	}
	found, err := upTo(limit, func(next string) (graph.Found[graph.FoundGroup], error) {
		return d.Graph.SearchGroups(ctx, as, text, next)
	})
	if err != nil {
		return nil, withRemedy(err, "read groups")
	}
	out := make([]console.FoundGroup, len(found))
	for i, g := range found {
		out[i] = foundGroup(g)
	}
	return out, nil
}

// SearchPeople follows pages until there are as many people as were asked for.
func (d *directory) SearchPeople(ctx context.Context, p console.Person, text string, limit int) ([]console.FoundPerson, error) {
	as, err := d.as(ctx, p, readPeople)
	if err != nil {
		return nil, err
	}
	found, err := upTo(limit, func(next string) (graph.Found[graph.FoundPerson], error) {
		return d.Graph.SearchPeople(ctx, as, text, next)
	})
	if err != nil {
		return nil, withRemedy(err, "search people")
	}
	out := make([]console.FoundPerson, len(found))
	for i, f := range found {
		out[i] = foundPerson(f)
	}
	return out, nil
}

// CountPeople asks Microsoft Graph once.
func (d *directory) CountPeople(ctx context.Context, p console.Person, group tenants.GUID) (int, error) {
	as, err := d.as(ctx, p, readGroups)
	if err != nil {
		return 0, err
	}
	n, err := d.Graph.CountPeople(ctx, as, group)
	return n, withRemedy(err, "read groups")
}

// upTo reads pages until there are as many as wanted, or no more.
func upTo[T any](limit int, read func(next string) (graph.Found[T], error)) ([]T, error) {
	var all []T
	for next := ""; len(all) < limit; {
		page, err := read(next)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if page.Next == "" || page.Next == next {
			break
		}
		next = page.Next
	}
	return all[:min(limit, len(all))], nil
}

// foundGroup says in one word what Microsoft Graph says in three (Microsoft Graph,
// "Working with groups").
func foundGroup(g graph.FoundGroup) console.FoundGroup {
	kind := console.SecurityGroup
	switch {
	case slices.Contains(g.Types, "Unified"):
		kind = console.Microsoft365Group
	case g.Mail && g.Security:
		kind = console.MailSecurityGroup
	case g.Mail:
		kind = console.DistributionList
	}
	return console.FoundGroup{
		ID: g.ID, Name: g.DisplayName, Kind: kind, Dynamic: slices.Contains(g.Types, "DynamicMembership"), RoleAssignable: g.RoleAssignable, Synced: g.Synced,
	}
}

// foundPerson tells guests by the user name that invitations give.
func foundPerson(p graph.FoundPerson) console.FoundPerson {
	found := console.FoundPerson{OID: p.ID, Name: p.DisplayName, Username: p.PrincipalName, Guest: strings.Contains(p.PrincipalName, "#EXT#@")}
	if found.Guest {
		found.Username = cmp.Or(p.Mail, p.PrincipalName)
	}
	return found
}
