package msgraph

import (
	"slices"
	"strings"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/seed"
)

// directoryRoles lists the roles somebody holds. It takes no options but $select
// and a $filter on the template ("List directoryRoles").
func (s *Service) directoryRoles(v *visit) {
	if v.allows(readsRoles...) {
		v.list(collection{
			context: roleKind.set, kinds: []*kind{roleKind}, options: []string{"$select", "$filter"},
			records: func() []record { return activeRoles(v.tenant) },
		})
	}
}

// directoryRole is one role, by its object id.
func (s *Service) directoryRole(v *visit) {
	if r, ok := v.role(); ok && v.allows(readsRoles...) {
		v.showOne(r, roleKind.set)
	}
}

// roleMembers lists who holds a role.
func (s *Service) roleMembers(v *visit) {
	r, ok := v.role()
	if !ok || !v.allows(readsRoles...) {
		return
	}
	held, _ := r.of.(*role)
	v.list(collection{
		context: "directoryObjects", kinds: principals, related: true, options: []string{"$select", "$filter", "$count"},
		records: func() []record {
			return slices.DeleteFunc(everybody(v.tenant), func(r record) bool {
				return !slices.Contains(v.tenant.People[r.id].DirectoryRoles, held.template)
			})
		},
	})
}

func (v *visit) role() (record, bool) {
	id := v.r.PathValue("id")
	for _, r := range activeRoles(v.tenant) {
		if r.id == strings.ToLower(id) {
			return r, true
		}
	}
	v.lost(id, readsRoles...)
	return record{}, false
}

// holding is a role somebody holds, or could activate.
type holding struct {
	who      *directory.Person
	template string
	id       string
}

// assignmentKind is microsoft.graph.unifiedRoleAssignment.
var assignmentKind = &kind{
	name: "unifiedRoleAssignment", set: "roleManagement/directory/roleAssignments", resource: "RoleAssignment",
	shown: []string{"id", "principalId", "directoryScopeId", "roleDefinitionId"},
	properties: map[string]*property{
		"id":               holdingProperty(always, func(h *holding) any { return h.id }),
		"principalId":      holdingProperty(always, func(h *holding) any { return h.who.ID }),
		"roleDefinitionId": holdingProperty(always, func(h *holding) any { return h.template }),
		"directoryScopeId": holdingProperty(always, func(*holding) any { return "/" }),
		"appScopeId":       none(plain(never, never, never)),
		"condition":        none(plain(never, never, never)),
	},
}

// eligibilityKind is microsoft.graph.unifiedRoleEligibilityScheduleInstance.
var eligibilityKind = &kind{
	name: "unifiedRoleEligibilityScheduleInstance", set: "roleManagement/directory/roleEligibilityScheduleInstances", resource: "RoleEligibilityScheduleInstance",
	shown: []string{
		"id", "principalId", "roleDefinitionId", "directoryScopeId", "appScopeId", "startDateTime", "endDateTime", "memberType", "roleEligibilityScheduleId",
	},
	properties: map[string]*property{
		"id":                        holdingProperty(always, func(h *holding) any { return h.id + "-e" }),
		"principalId":               holdingProperty(always, func(h *holding) any { return h.who.ID }),
		"roleDefinitionId":          holdingProperty(always, func(h *holding) any { return h.template }),
		"directoryScopeId":          holdingProperty(always, func(*holding) any { return "/" }),
		"memberType":                holdingProperty(never, func(*holding) any { return "Direct" }),
		"roleEligibilityScheduleId": holdingProperty(always, func(h *holding) any { return seed.Derived("eligibility", h.who.ID, h.template) }),
		"appScopeId":                none(plain(never, never, never)),
		"startDateTime":             none(property{form: composite}),
		"endDateTime":               none(property{form: composite}),
	},
}

func holdingProperty(equal support, get func(*holding) any) *property {
	return &property{form: text, equal: equal, get: func(_ *directory.Tenant, of any) any {
		h, _ := of.(*holding)
		return get(h)
	}}
}

// roleAssignments lists who holds which role ("List unifiedRoleAssignments").
func (s *Service) roleAssignments(v *visit) {
	if v.allows(readsRoles...) {
		v.holdings(assignmentKind, func(p *directory.Person) []string { return p.DirectoryRoles })
	}
}

// roleEligibilities lists who could activate which role.
func (s *Service) roleEligibilities(v *visit) {
	if v.allows(readsEligibility...) {
		v.holdings(eligibilityKind, func(p *directory.Person) []string { return p.EligibleRoles })
	}
}

func (v *visit) holdings(k *kind, of func(*directory.Person) []string) {
	v.list(collection{
		context: k.set, kinds: []*kind{k}, options: []string{"$select", "$filter", "$expand", "$top", "$skiptoken"},
		records: func() []record {
			var out []record
			for _, r := range everybody(v.tenant) {
				p := v.tenant.People[r.id]
				for _, template := range of(p) {
					id := seed.Derived(v.tenant.ID, "role assignment", p.ID, template)
					out = append(out, record{id, k, &holding{p, template, id}})
				}
			}
			return out
		},
	})
}

// assignedPrincipal is who holds a role.
func assignedPrincipal(_ *directory.Tenant, r record) []record {
	h, _ := r.of.(*holding)
	return []record{personRecord(h.who)}
}
