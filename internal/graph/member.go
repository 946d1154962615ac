package graph

import (
	"context"
	"slices"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// MaxCheck is the most groups that one CheckMemberGroups may ask about
// (Microsoft Graph, "directoryObject: checkMemberGroups").
const MaxCheck = 20

// What the questions about members cost in resource units (Microsoft Graph
// service-specific throttling limits, "Identity and access service limits").
const (
	checkUnits = 4
	listUnits  = 2
)

// GroupKinds says which groups a question is about.
type GroupKinds string

// The kinds of groups. Microsoft 365 groups and distribution lists are not
// security groups unless somebody made them so.
const (
	AllGroups      GroupKinds = "all"
	SecurityGroups GroupKinds = "security"
)

// ids decodes a collection of object ids; one that is not a GUID fails it.
type ids struct {
	Value []tenants.GUID `json:"value"`
}

// CheckMemberGroups returns those of the groups that the signed-in person is in,
// directly or through other groups. More than MaxCheck groups are Invalid; none
// are answered without asking. Least privilege: User.Read and
// GroupMember.Read.All.
func (c *Client) CheckMemberGroups(ctx context.Context, as Asking, groups []tenants.GUID) ([]tenants.GUID, error) {
	return c.checkMemberGroups(ctx, as, "me", groups)
}

// CheckMemberGroupsOf returns those of the groups that somebody else is in,
// directly or through other groups; NotFound if there is nobody. More than
// MaxCheck groups are Invalid; none are answered without asking. Least privilege:
// User.ReadBasic.All and GroupMember.Read.All.
func (c *Client) CheckMemberGroupsOf(ctx context.Context, as Asking, person tenants.GUID, groups []tenants.GUID) ([]tenants.GUID, error) {
	return c.checkMemberGroups(ctx, as, "users/"+person.String(), groups)
}

func (c *Client) checkMemberGroups(ctx context.Context, as Asking, who string, groups []tenants.GUID) ([]tenants.GUID, error) {
	if len(groups) == 0 {
		return nil, nil
	}
	if len(groups) > MaxCheck {
		return nil, fault.Newf(fault.Invalid, "checkMemberGroups takes at most %d groups, not %d", MaxCheck, len(groups))
	}
	var answer ids
	body := map[string]any{"groupIds": groups}
	if err := c.ask(ctx, as, question{path: who + "/checkMemberGroups", body: body, units: checkUnits}, &answer); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(answer.Value, func(g tenants.GUID) bool { return !slices.Contains(groups, g) }), nil
}

// GetMemberGroups returns every group of the kinds that the signed-in person is
// in, directly or through other groups. Graph refuses with
// Directory_ResultSizeLimitExceeded above 11,000. Least privilege: User.Read and
// GroupMember.Read.All.
func (c *Client) GetMemberGroups(ctx context.Context, as Asking, kinds GroupKinds) ([]tenants.GUID, error) {
	var answer ids
	body := map[string]any{"securityEnabledOnly": kinds == SecurityGroups}
	if err := c.ask(ctx, as, question{path: "me/getMemberGroups", body: body, units: listUnits}, &answer); err != nil {
		return nil, err
	}
	return answer.Value, nil
}
