package graph

import (
	"context"
	"errors"
	"slices"

	"gatehouse/internal/egress"
	"gatehouse/internal/tenants"
)

// Membership is what Graph says of one person's groups.
type Membership struct {
	Person tenants.GUID
	Groups []tenants.GUID // of those asked about, the ones they are in
	// Err says why Graph does not: NotFound if there is nobody, Limited if it is to
	// be asked later.
	Err error
}

// MembersOf returns, for each of many people, in which of the groups they are,
// directly or through other groups, in batches of twenty, two resource units a
// person. A person in more groups than Graph lists is asked about by twenties. Least
// privilege: the application's User.ReadBasic.All and GroupMember.Read.All.
func (c *Client) MembersOf(ctx context.Context, as Asking, people, groups []tenants.GUID) []Membership {
	all := make([]Membership, 0, len(people))
	for some := range slices.Chunk(people, maxBatch) {
		all = append(all, c.membersOf(ctx, as, some, groups)...)
	}
	return all
}

// membersOf asks about as many people as one batch takes, or about half of them at a
// time if the answer is too long.
func (c *Client) membersOf(ctx context.Context, as Asking, people, groups []tenants.GUID) []Membership {
	questions := make([]question, 0, len(people))
	for _, person := range people {
		questions = append(questions, question{
			path: "users/" + person.String() + "/getMemberGroups", body: map[string]any{"securityEnabledOnly": false}, units: listUnits,
		})
	}
	outcomes, err := c.batch(ctx, as, questions)
	if half := len(people) / 2; half > 0 && errors.Is(err, egress.ErrTooLong) {
		return append(c.membersOf(ctx, as, people[:half], groups), c.membersOf(ctx, as, people[half:], groups)...)
	}
	all := make([]Membership, 0, len(people))
	for i, person := range people {
		m := Membership{Person: person, Err: err}
		var answer ids
		if err == nil {
			m.Err = outcomes[i].decode(&answer)
			m.Groups = among(answer.Value, groups)
		}
		if tooMany(m.Err) {
			m.Groups, m.Err = c.checkByTwenties(ctx, as, person, groups)
		}
		all = append(all, m)
	}
	return all
}

func tooMany(err error) bool {
	refused, ok := errors.AsType[*Error](err)
	return ok && refused.Code == "Directory_ResultSizeLimitExceeded" || errors.Is(err, egress.ErrTooLong)
}

func among(found, groups []tenants.GUID) []tenants.GUID {
	return slices.DeleteFunc(found, func(g tenants.GUID) bool { return !slices.Contains(groups, g) })
}

func (c *Client) checkByTwenties(ctx context.Context, as Asking, person tenants.GUID, groups []tenants.GUID) ([]tenants.GUID, error) {
	var in []tenants.GUID
	for some := range slices.Chunk(groups, MaxCheck) {
		found, err := c.CheckMemberGroupsOf(ctx, as, person, some)
		if err != nil {
			return nil, err
		}
		in = append(in, found...)
	}
	return in, nil
}
