package onboarding

import (
	"fmt"
	"slices"
	"strings"

	"gatehouse/internal/graph"
	"gatehouse/internal/tenants"
)

// assignmentChecks look at who is let in to the app at all, and at the groups
// that decide what they may do.
func assignmentChecks() []check {
	return []check{
		{
			id: "assignment.gone", title: "A group that has a role is gone", asks: "Whether the groups that have roles exist",
			concerns: func(x *exam) bool { return len(x.Groups)+len(x.AdminGroups) > 0 },
			look:     at((*exam).goneGroups, fromGroups),
		},
		{
			id: "assignment.nobody", title: "Assignment is required and nobody is assigned", asks: "Whether anybody is assigned where that is required",
			look: at((*exam).nobody, fromPrincipal, fromAssignments),
		},
	}
}

// goneGroups are mended in Gatehouse: no command of Microsoft Entra ID brings back
// a group with its object id.
func (x *exam) goneGroups() []Finding {
	var gone []string
	for _, g := range slices.Concat(x.Groups, x.AdminGroups) {
		if !x.exists(g) {
			gone = append(gone, fmt.Sprintf("%s (DELETE /api/organizations/%s/%s)", strings.TrimSpace(g.Name+" "+g.ID.String()), x.Organization.Slug, g.By))
		}
	}
	if len(gone) == 0 {
		return nil
	}
	return one(Finding{
		Severity: Warning,
		Detail: "The directory does not have these groups, so their roles give nobody anything: " + strings.Join(gone, ", ") +
			". Delete each in Gatehouse, with the request beside it, or name a group that exists.",
		Setting: "Groups > All groups > Object Id",
		Link:    x.connection().Cloud.AdminCenter() + "/#view/Microsoft_AAD_IAM/GroupsManagementMenuBlade/~/AllGroups",
	})
}

// nobody assigns the groups that have tool roles, as far as they are known to
// exist.
func (x *exam) nobody() []Finding {
	person := func(a graph.RoleAssignment) bool { return a.PrincipalType == "User" || a.PrincipalType == "Group" }
	if !x.principal.AssignmentRequired || slices.ContainsFunc(x.assigned, person) {
		return nil
	}
	f := x.enterprise(Finding{
		Severity: Error,
		Detail: "Assignment required? is Yes and no person or group is assigned: Microsoft Entra ID refuses everybody (AADSTS50105). " +
			"Gatehouse itself decides who may use which tool, so that it need not be required.",
	}, usersBlade, "Add user/group")
	for _, g := range x.Groups {
		if x.exists(g) {
			f.Fix = append(f.Fix, x.az("POST", x.principalPath()+"/appRoleAssignedTo", map[string]any{
				"principalId": g.ID, "resourceId": x.principal.Object, "appRoleId": tenants.GUID{},
			}))
		}
	}
	if len(f.Fix) > 0 {
		f.Detail += " The commands assign the groups that have a tool role; whoever has one otherwise has to be assigned as well."
		return one(f)
	}
	f.Fix = []string{x.az("PATCH", x.principalPath(), map[string]any{"appRoleAssignmentRequired": false})}
	return one(f)
}
