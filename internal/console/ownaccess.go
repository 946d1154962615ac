package console

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// OwnAccess says what the rules give people who have signed in, as the endpoint would
// decide it.
type OwnAccess interface {
	// Own answers from what is known of the person's groups, and asks Microsoft Graph
	// as them where nothing recent is. What cannot be known stays unknown, and a
	// remark says why.
	Own(ctx context.Context, org tenants.ID, p Person) (Standing, error)
	// Check asks Microsoft Graph again, as often as the endpoint would, and compares
	// with what was known before. What it learns holds for the endpoint, too, where
	// that goes by Microsoft Graph.
	Check(ctx context.Context, org tenants.ID, p Person) (AccessCheck, error)
}

// Standing is what the rules give somebody, and on what knowledge.
type Standing struct {
	Roles      []OwnRole
	Tools      []OwnTool
	Membership authz.Membership
	Known      bool // of every group that decides anything
	Remarks    []string
}

// OwnRole is a tool role that somebody has.
type OwnRole struct {
	Name string    `json:"name" doc:"Name of the tool role."`
	Via  []RoleVia `json:"via" doc:"What gives it."`
}

// RoleVia is one assignment of a role to somebody.
type RoleVia struct {
	Kind   authz.SubjectKind `json:"kind" enum:"group,app_role,person,client,everybody,every_guest,every_app" doc:"everybody: every person who is not a guest."`
	Value  string            `json:"value,omitempty" doc:"Object id of a group or person, value of an app role, or client id. Nothing for everybody, every_guest and every_app."`
	Name   string            `json:"name,omitempty" doc:"Display name of the group or person, where it is known."`
	EndsAt *time.Time        `json:"endsAt,omitempty" doc:"Absent: no end."`
}

// OwnTool is a tool that somebody may call.
type OwnTool struct {
	Name        string       `json:"name" doc:"What AI apps call it."`
	Title       string       `json:"title,omitempty" doc:"What it calls itself for people."`
	Description string       `json:"description,omitempty" doc:"What it says that it does; the beginning."`
	Effect      tools.Effect `json:"effect" enum:"read,write,destructive" doc:"What running it does to the world, as the organization sees it."`
	Conditional bool         `json:"conditional" doc:"Whether a call is allowed depends on its arguments, on when it is made, or on a stronger sign-in."`
	Roles       []string     `json:"roles" doc:"Names of the tool roles that allow it."`
}

// OwnMembership is what an answer about somebody's access rests on.
type OwnMembership struct {
	Source     authz.Source `json:"source" enum:"none,token,graph" doc:"Who was asked about groups. none: no group decides anything, or nobody could be asked."`
	At         *time.Time   `json:"at,omitempty" doc:"When they were asked."`
	AgeSeconds int64        `json:"ageSeconds" doc:"How old the answer is."`
	Known      bool         `json:"known" doc:"Every group that decides anything is known."`
}

// OwnTools is a page of what somebody may call.
type OwnTools struct {
	Items      []OwnTool     `json:"items"`
	NextCursor string        `json:"nextCursor,omitempty" doc:"Goes on after the last item; absent on the last page."`
	Roles      []OwnRole     `json:"roles" doc:"Every tool role that you have."`
	Membership OwnMembership `json:"membership" doc:"What is known of your groups."`
	Remarks    []string      `json:"remarks" doc:"What else matters."`
}

// AccessCheck is what has come of looking again.
type AccessCheck struct {
	Asked       bool          `json:"asked" doc:"The directory was asked for this answer. Otherwise it was a moment ago, or could not be."`
	Compared    *time.Time    `json:"compared,omitempty" doc:"Of when the answer is that this one is compared with. Absent: there was none."`
	RolesGained []string      `json:"rolesGained" doc:"Tool roles that you have now and had not then."`
	RolesLost   []string      `json:"rolesLost" doc:"Tool roles that you had then and have not now."`
	ToolsGained []string      `json:"toolsGained" doc:"Tools that you may call now and could not then."`
	ToolsLost   []string      `json:"toolsLost" doc:"Tools that you could call then and may not now."`
	Membership  OwnMembership `json:"membership" doc:"What is known of your groups now."`
	Remarks     []string      `json:"remarks" doc:"What else matters."`
}

type (
	ownToolsInput struct {
		Asked
		Paging
	}
	accessCheckInput struct{ Asked }
)

func (c *Console) ownAccessRoutes(api huma.API) {
	const tag = "own-access"
	signedIn(c, api, route{
		ID: "listOwnTools", Method: http.MethodGet, Path: "/api/me/tools", Tag: tag, Errors: []int{404, 409, 502}, Summary: "List which tools you may call",
		Description: "In the organization of the directory that you have signed in to; it takes no role there. As the endpoint decides it for an AI app without maximum permissions; an app with them may do less for you.",
	}, c.listOwnTools)
	signedIn(c, api, route{
		ID: "createAccessCheck", Method: http.MethodPost, Path: "/api/me/access-checks", Tag: tag, Errors: []int{404, 409, 502}, Summary: "Look again what you may call",
		Description: "Asks Microsoft Graph about your groups, at most once in half a minute, and says what has changed. Your AI apps go by the answer from then on, where the organization goes by Microsoft Graph.",
	}, c.createAccessCheck)
}

func (c *Console) listOwnTools(ctx context.Context, by Actor, in *ownToolsInput) (*Result[OwnTools], error) {
	by, err := c.inOwn(ctx, by)
	if err != nil {
		return nil, err
	}
	s, err := c.OwnAccess.Own(ctx, by.Org(), *by.Person)
	if err != nil {
		return nil, err
	}
	page, err := cut(ctx, c, by, in.Paging, listing[OwnTool]{"listOwnTools " + by.Person.OID.String(), s.Tools, func(t OwnTool) string { return t.Name }})
	if err != nil {
		return nil, err
	}
	return result(OwnTools{page.Body.Items, page.Body.NextCursor, list(c.withGroupNames(ctx, *by.Person, s.Roles)), s.RestsOn(c.Now()), list(s.Remarks)}), nil
}

func (c *Console) createAccessCheck(ctx context.Context, by Actor, _ *accessCheckInput) (*Result[AccessCheck], error) {
	by, err := c.inOwn(ctx, by)
	if err != nil {
		return nil, err
	}
	checked, err := c.OwnAccess.Check(ctx, by.Org(), *by.Person)
	return result(checked), err
}

// withGroupNames gives groups that have no name their names of today, as far as the
// directory tells the person.
func (c *Console) withGroupNames(ctx context.Context, p Person, roles []OwnRole) []OwnRole {
	var nameless []tenants.GUID
	for _, role := range roles {
		for _, via := range role.Via {
			if id, err := tenants.ParseGUID(via.Value); err == nil && via.Kind == authz.SubjectGroup && via.Name == "" {
				nameless = append(nameless, id)
			}
		}
	}
	found, err := c.Directory.Groups(ctx, p, nameless)
	if err != nil {
		return roles // they are named by their ids
	}
	for i := range roles {
		for j := range roles[i].Via {
			via := &roles[i].Via[j]
			at := slices.IndexFunc(found, func(g DirectoryGroup) bool { return g.ID.String() == via.Value })
			if at >= 0 && via.Kind == authz.SubjectGroup && via.Name == "" {
				via.Name = visible(found[at].Name)
			}
		}
	}
	return roles
}

// RestsOn says what is known of the person's groups, and how old that is.
func (s Standing) RestsOn(now time.Time) OwnMembership {
	m := OwnMembership{Source: s.Membership.Source, Known: s.Known}
	if at := s.Membership.At; !at.IsZero() {
		at = at.UTC()
		m.At, m.AgeSeconds = &at, int64(max(0, now.Sub(at))/time.Second)
	}
	return m
}

// inOwn is somebody who has signed in, in the organization of their directory.
func (c *Console) inOwn(ctx context.Context, by Actor) (Actor, error) {
	org, err := c.ownOrganization(ctx, *by.Person)
	if err != nil {
		return Actor{}, err
	}
	o, err := c.Store.Organization(ctx, org)
	by.Caller, by.Organization = authz.Actor(by.Person.Identity(org)), o
	return by, err
}
