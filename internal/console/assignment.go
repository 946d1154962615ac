package console

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Assignment gives a tool role to somebody. One whose subject is a group is a
// group mapping.
type Assignment struct {
	ID tenants.GUID `json:"id" format:"uuid"`
	AssignmentSettings
}

// AssignmentSettings is what an admin decides about an assignment.
type AssignmentSettings struct {
	Role    tenants.GUID `json:"role" format:"uuid" doc:"Id of the tool role."`
	Subject Subject      `json:"subject" doc:"Who gets the role."`
	Name    string       `json:"name,omitempty" maxLength:"120" doc:"Display name of the subject; decides nothing."`
	EndsAt  *time.Time   `json:"endsAt,omitempty" doc:"Absent: no end."`
}

// Subject is who an assignment is for.
type Subject struct {
	Kind  authz.SubjectKind `json:"kind" enum:"group,app_role,person,client,everybody,every_guest,every_app" doc:"everybody: every person who is not a guest."`
	Value string            `json:"value,omitempty" maxLength:"2000" doc:"Object id of a group or person, value of an app role, or client id. Nothing for everybody, every_guest and every_app."`
}

var errNoAssignment = fault.New(fault.NotFound, "there is no such assignment")

func assignmentOf(a authz.Assignment) Assignment {
	return Assignment{a.ID, AssignmentSettings{a.Role, Subject{a.Subject.Kind, a.Subject.Value}, a.Name, instant(a.EndsAt)}}
}

func (s AssignmentSettings) assignment(id tenants.GUID) authz.Assignment {
	return authz.Assignment{ID: id, Role: s.Role, Subject: authz.Subject{Kind: s.Subject.Kind, Value: s.Subject.Value}, Name: s.Name, EndsAt: timeOf(s.EndsAt)}
}

func assignmentIn(c access.Configuration, id tenants.GUID) (Assignment, error) {
	at := slices.IndexFunc(c.Rules.Assignments, func(a authz.Assignment) bool { return a.ID == id })
	if at < 0 {
		return Assignment{}, errNoAssignment
	}
	return assignmentOf(c.Rules.Assignments[at]), nil
}

type (
	newAssignment struct {
		InOrganization
		Once
		Body AssignmentSettings
	}
	changedAssignment struct {
		InOrganization
		Item
		Match
		Body AssignmentSettings
	}
)

func (c *Console) assignmentRoutes(api huma.API) {
	const tag = "assignments"
	inside(c, api, tenants.Viewer, route{ID: "listAssignments", Method: http.MethodGet, Path: "/assignments", Tag: tag, Summary: "List assignments"}, c.listAssignments)
	inside(c, api, tenants.Admin, route{ID: "createAssignment", Method: http.MethodPost, Path: "/assignments", Tag: tag, Status: 201, Errors: []int{409}, Summary: "Assign a tool role", Description: "A group that the directory does not have is refused if you have consented to searching groups (/auth/sign-in?scopes=groups), and taken otherwise."}, c.createAssignment)
	inside(c, api, tenants.Viewer, route{ID: "getAssignment", Method: http.MethodGet, Path: "/assignments/{id}", Tag: tag, Summary: "Read an assignment"}, c.getAssignment)
	inside(c, api, tenants.Admin, route{ID: "updateAssignment", Method: http.MethodPut, Path: "/assignments/{id}", Tag: tag, Errors: matchErrors, Summary: "Change an assignment"}, c.updateAssignment)
	inside(c, api, tenants.Admin, route{ID: "deleteAssignment", Method: http.MethodDelete, Path: "/assignments/{id}", Tag: tag, Status: 204, Errors: matchErrors, Summary: "Take an assignment back"}, c.deleteAssignment)
}

func (c *Console) listAssignments(ctx context.Context, by Actor, in *listInput) (*Listed[Assignment], error) {
	a, err := c.Store.Access(ctx, by.Org())
	if err != nil {
		return nil, err
	}
	return cut(ctx, c, by, in.Paging, listing[Assignment]{"listAssignments", each(a.Rules.Assignments, assignmentOf), func(a Assignment) string { return byName(a.Name, a.ID) }})
}

func (c *Console) getAssignment(ctx context.Context, by Actor, in *itemInput) (*One[Assignment], error) {
	return getOne(ctx, c, by, func(a access.Configuration) (Assignment, error) { return assignmentIn(a, in.ID) })
}

func (c *Console) createAssignment(ctx context.Context, by Actor, in *newAssignment) (*Created[Assignment], error) {
	return once(ctx, c, by, in.Once, in.visit, func(id tenants.GUID) (Assignment, string, error) {
		if err := c.knownGroup(ctx, by, in.Body.Subject); err != nil {
			return Assignment{}, "", err
		}
		after, err := c.Store.EditAccess(ctx, by.Caller, "assignment created", func(a *access.Configuration) error {
			_, err := a.AddAssignment(in.Body.assignment(id), c.Now())
			return err
		})
		if err != nil {
			return Assignment{}, "", err
		}
		in.visit.warnings = c.countWarnings(after)
		made, err := assignmentIn(after, id)
		return made, by.path("assignments", id.String()), err
	})
}

// knownGroup refuses a group that the directory does not have. Where nobody can
// ask the directory, any group is taken: the doctor looks for those that are gone.
func (c *Console) knownGroup(ctx context.Context, by Actor, s Subject) error {
	id, err := tenants.ParseGUID(s.Value)
	if by.Person == nil || s.Kind != authz.SubjectGroup || err != nil {
		return nil //nolint:nilerr // what is no object id the rules of assignments refuse
	}
	found, err := c.Directory.Groups(ctx, *by.Person, []tenants.GUID{id})
	if err != nil || len(found) > 0 {
		return ctx.Err()
	}
	return access.Refuse([]access.Problem{{
		Path: "subject.value", Message: "your directory has no group " + id.String() + "; search for it with searchGroups, or copy the object id from the group's overview in the Entra admin center",
	}})
}

func (c *Console) updateAssignment(ctx context.Context, by Actor, in *changedAssignment) (*One[Assignment], error) {
	a, err := c.Store.Access(ctx, by.Org())
	if err != nil {
		return nil, err
	}
	present, err := assignmentIn(a, in.ID)
	if err == nil && present.Subject != in.Body.Subject {
		err = c.knownGroup(ctx, by, in.Body.Subject)
	}
	if err != nil {
		return nil, err
	}
	return editOne(ctx, c, by, change[Assignment]{
		what: "assignment changed", match: in.Match, read: func(a access.Configuration) (Assignment, error) { return assignmentIn(a, in.ID) },
		edit: func(a *access.Configuration) error { return a.ReplaceAssignment(in.Body.assignment(in.ID), c.Now()) },
	})
}

func (c *Console) deleteAssignment(ctx context.Context, by Actor, in *removeInput) (*None, error) {
	return removeOne(ctx, c, by, change[Assignment]{
		what: "assignment deleted", match: in.Match, read: func(a access.Configuration) (Assignment, error) { return assignmentIn(a, in.ID) },
		edit: func(a *access.Configuration) error { return a.RemoveAssignment(in.ID) },
	})
}
