package console

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

// Group is a group of the directory.
type Group struct {
	ID   tenants.GUID `json:"id" format:"uuid"`
	Name string       `json:"name"`
}

// GroupKind says what is done with a group besides giving access.
type GroupKind string

// The kinds.
const (
	SecurityGroup     GroupKind = "security"
	Microsoft365Group GroupKind = "microsoft365"
	MailSecurityGroup GroupKind = "mail_enabled_security"
	DistributionList  GroupKind = "distribution"
)

// FoundGroup is a group that a search of the directory found. How many people are in it
// takes a question for each group: getGroupPeople asks it of one.
type FoundGroup struct {
	ID             tenants.GUID `json:"id" format:"uuid"`
	Name           string       `json:"name"`
	Kind           GroupKind    `json:"kind" enum:"security,microsoft365,mail_enabled_security,distribution" doc:"What kind of group it is. Entra puts distribution lists, and Microsoft 365 groups that are not security-enabled, into no token."`
	Dynamic        bool         `json:"dynamic" doc:"A rule of Entra says who is in it."`
	RoleAssignable bool         `json:"roleAssignable" doc:"It may hold directory roles, and only those who administer these change who is in it."`
	Synced         bool         `json:"synced" doc:"It comes from an Active Directory on premises, where who is in it is changed."`
}

// GroupPeople is how many people a group has.
type GroupPeople struct {
	People int `json:"people" doc:"How many people are in it, directly or through other groups."`
}

// Reconciliation is what has become of the groups that assignments name.
type Reconciliation struct {
	Renamed []Group `json:"renamed" doc:"Groups with another name than assignments showed; these show the new one now."`
	Deleted []Group `json:"deleted" doc:"Groups that do not exist any more. Their assignments stay until you delete them: they give nobody anything."`
}

type searchInput struct {
	InOrganization
	Search string `query:"search" required:"true" minLength:"1" maxLength:"120" doc:"Beginnings of words of the name."`
	Limit  int    `query:"limit" default:"20" minimum:"1" maximum:"50"`
}

type countInput struct {
	InOrganization
	Group tenants.GUID `query:"group" required:"true" format:"uuid" doc:"Object ID of the group."`
}

func (c *Console) groupRoutes(api huma.API) {
	const tag = "groups"
	insideAsPerson(c, api, tenants.Admin, route{
		ID: "searchGroups", Method: http.MethodGet, Path: "/groups", Tag: tag, Summary: "Search the directory's groups as yourself", Errors: []int{502},
		Description: "Needs your consent once: /auth/sign-in?scopes=groups.",
	}, c.searchGroups)
	insideAsPerson(c, api, tenants.Admin, route{
		ID: "getGroupPeople", Method: http.MethodGet, Path: "/groups/people", Tag: tag, Summary: "How many people are in a group", Errors: []int{502},
		Description: "Asks Microsoft Graph as yourself, once. Needs the consent that searchGroups needs.",
	}, c.getGroupPeople)
	insideAsPerson(c, api, tenants.Admin, route{
		ID: "reconcileGroups", Method: http.MethodPost, Path: "/groups/reconcile", Tag: tag, Summary: "Find groups that were renamed or deleted", Errors: []int{409, 502},
	}, c.reconcileGroups)
}

func (c *Console) searchGroups(ctx context.Context, by Actor, in *searchInput) (*Listed[FoundGroup], error) {
	found, err := c.Directory.SearchGroups(ctx, *by.Person, in.Search, in.Limit)
	return &Listed[FoundGroup]{Page[FoundGroup]{Items: list(found)}}, err
}

func (c *Console) getGroupPeople(ctx context.Context, by Actor, in *countInput) (*Result[GroupPeople], error) {
	n, err := c.Directory.CountPeople(ctx, *by.Person, in.Group)
	return result(GroupPeople{n}), err
}

func (c *Console) reconcileGroups(ctx context.Context, by Actor, _ *InOrganization) (*Result[Reconciliation], error) {
	a, err := c.Store.Access(ctx, by.Org())
	if err != nil {
		return nil, err
	}
	named := groupsIn(a)
	present, err := c.Directory.Groups(ctx, *by.Person, idsOf(named))
	if err != nil {
		return nil, err
	}
	r := compare(named, present)
	if len(r.Renamed) == 0 {
		return result(r), nil
	}
	_, err = c.Store.EditAccess(ctx, by.Caller, "groups renamed", func(a *access.Configuration) error { return rename(a, r.Renamed, c) })
	return result(r), err
}

// groupsIn lists the groups that assignments name.
func groupsIn(a access.Configuration) (groups []Group) {
	for _, as := range a.Rules.Assignments {
		id, err := tenants.ParseGUID(as.Subject.Value)
		if as.Subject.Kind == authz.SubjectGroup && err == nil && !slices.ContainsFunc(groups, func(g Group) bool { return g.ID == id }) {
			groups = append(groups, Group{id, as.Name})
		}
	}
	return groups
}

func idsOf(groups []Group) []tenants.GUID {
	return each(groups, func(g Group) tenants.GUID { return g.ID })
}

func compare(named []Group, present []DirectoryGroup) Reconciliation {
	r := Reconciliation{Renamed: []Group{}, Deleted: []Group{}}
	for _, g := range named {
		at := slices.IndexFunc(present, func(p DirectoryGroup) bool { return p.ID == g.ID })
		switch {
		case at < 0:
			r.Deleted = append(r.Deleted, g)
		case present[at].Name != g.Name:
			r.Renamed = append(r.Renamed, Group(present[at]))
		}
	}
	return r
}

// rename gives every assignment to a renamed group its name.
func rename(a *access.Configuration, renamed []Group, c *Console) error {
	for _, as := range slices.Clone(a.Rules.Assignments) {
		at := slices.IndexFunc(renamed, func(g Group) bool { return as.Subject == authz.Subject{Kind: authz.SubjectGroup, Value: g.ID.String()} })
		if at < 0 {
			continue
		}
		as.Name = renamed[at].Name
		if err := a.ReplaceAssignment(as, c.Now()); err != nil {
			return err
		}
	}
	return nil
}
