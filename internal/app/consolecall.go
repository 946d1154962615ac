package app

import (
	"context"
	"strconv"

	"gatehouse/internal/admin"
	"gatehouse/internal/console"
	"gatehouse/internal/entra"
	"gatehouse/internal/mcphost"
	"gatehouse/internal/membership"
	"gatehouse/internal/tenants"
)

// consoleCalls satisfies console.ToolCalls: it takes people who have signed in to the
// console to the endpoint's own rooms.
type consoleCalls struct {
	host   *mcphost.Host
	people admin.Delegation
}

// CallTool calls as the person. That the session dates from their sign-in makes every
// revocation since then hold for it.
func (c consoleCalls) CallTool(ctx context.Context, o tenants.Organization, p console.Person, call console.ToolCalling) (console.ToolCalled, error) {
	id := p.Identity(o.ID)
	id.IssuedAt = p.SignedInAt
	id.TokenID = strconv.FormatInt(p.SignedInAt.UnixMicro(), 36) // what one sign-in was refused, another may be given
	told, err := c.host.CallInPerson(ctx, mcphost.InPerson{
		Org: o.Slug, Identity: id, Groups: groupsOf(p), Path: call.Path, Address: call.Address, Tool: call.Tool, Arguments: call.Arguments,
		Graph: func(ctx context.Context) (string, error) { return c.people.GraphToken(ctx, p, membership.Scopes...) },
	})
	return console.ToolCalled{Record: told.Record, Result: told.Result, IsError: told.IsError, Unknown: told.Unknown}, err
}

// groupsOf is what the sign-in says of groups. That it names none says nothing: which
// groups the console's own app registration is told is not the organization's to say.
func groupsOf(p console.Person) entra.GroupClaim {
	if len(p.Groups) == 0 || p.GroupsElsewhere {
		return entra.GroupClaim{State: entra.GroupsElsewhere}
	}
	return entra.GroupClaim{State: entra.GroupsPresent, IDs: p.Groups}
}
