package msgraph

import (
	"strings"

	"gatehouse/internal/emulator/directory"
)

// groups lists all groups.
func (s *Service) groups(v *visit) {
	if v.allows(readsGroups...) {
		v.list(collection{
			context: groupKind.set, kinds: []*kind{groupKind},
			records: func() []record { return groups(v.tenant) },
		})
	}
}

// group is one group.
func (s *Service) group(v *visit, g *directory.Group) {
	if v.allows(readsGroups...) {
		v.showOne(groupRecord(g), groupKind.set)
	}
}

// members lists who is directly in a group.
func (s *Service) members(v *visit, g *directory.Group) {
	s.related(v, principals, func() []record { return members(v.tenant, g) })
}

// transitiveMembers lists who is in a group, directly or through others.
func (s *Service) transitiveMembers(v *visit, g *directory.Group) {
	s.related(v, principals, func() []record { return allMembers(v.tenant, g) })
}

// owners lists who owns a group: nobody, as groups are seeded without owners.
func (s *Service) owners(v *visit, _ *directory.Group) {
	s.related(v, principals, func() []record { return nil })
}

// groupMemberOf lists the groups a group is directly in.
func (s *Service) groupMemberOf(v *visit, g *directory.Group) {
	s.related(v, containers, func() []record { return directGroups(v.tenant, g.ID) })
}

// groupTransitiveMemberOf lists the groups a group is in, through others too.
func (s *Service) groupTransitiveMemberOf(v *visit, g *directory.Group) {
	s.related(v, containers, func() []record { return allGroups(v.tenant, g.ID) })
}

// related lists a relationship of a group.
func (s *Service) related(v *visit, kinds []*kind, records func() []record) {
	if v.allows(readsGroups...) {
		v.cast(collection{context: "directoryObjects", kinds: kinds, related: true, records: records})
	}
}

// namedGroup finds the group the path names.
func (v *visit) namedGroup() (*directory.Group, bool) {
	id := v.r.PathValue("id")
	g, ok := v.tenant.Groups[strings.ToLower(id)]
	if !ok {
		v.lost(id, readsGroups...)
	}
	return g, ok
}
