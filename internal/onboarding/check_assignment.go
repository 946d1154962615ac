package onboarding

import (
	"slices"

	"gatehouse/internal/graph"
	"gatehouse/internal/tenants"
)

// assignmentChecks look at who is let in to the app at all.
func assignmentChecks() []check {
	return []check{{
		id: "assignment.nobody", title: "Assignment is required and nobody is assigned",
		look: at(func(x *exam) []Finding {
			person := func(a graph.RoleAssignment) bool { return a.PrincipalType == "User" || a.PrincipalType == "Group" }
			if !x.principal.AssignmentRequired || slices.ContainsFunc(x.assigned, person) {
				return nil
			}
			f := x.enterprise(Finding{
				Severity: Error, Detail: "Assignment required? is Yes and no person or group is assigned: Microsoft Entra ID refuses everybody (AADSTS50105).",
			}, usersBlade, "Add user/group")
			for _, group := range x.Groups {
				f.Fix = append(f.Fix, x.az("POST", x.principalPath()+"/appRoleAssignedTo", map[string]any{
					"principalId": group, "resourceId": x.principal.Object, "appRoleId": tenants.GUID{},
				}))
			}
			if len(f.Fix) == 0 {
				f.Detail += " Gatehouse itself decides who may use which tool, so that it need not be required."
				f.Fix = []string{x.az("PATCH", x.principalPath(), map[string]any{"appRoleAssignmentRequired": false})}
			}
			return one(f)
		}, fromPrincipal, fromAssignments),
	}}
}
