package msgraph

import (
	"strings"

	"gatehouse/internal/emulator/directory"
)

// addMember puts a person or a group into a group. The two refusals are Graph's
// (learn.microsoft.com, graph/api/group-post-members).
func (s *Service) addMember(v *visit) {
	var body struct {
		Reference string `json:"@odata.id"`
	}
	if !v.allowsAdmin([]string{"GroupMember.ReadWrite.All"}, adminsOfGroups) || !v.body(&body) {
		return
	}
	member := body.Reference[strings.LastIndex(body.Reference, "/")+1:]
	if !strings.Contains(body.Reference, "/v1.0/") || member == "" {
		v.refuse(badRequest("The reference in @odata.id is not the address of an object."))
		return
	}
	v.setMember(strings.ToLower(member), func(t *directory.Tenant, g *directory.Group, id string) *problem {
		if g.Members[id] {
			return badRequest("One or more added object references already exist for the following modified properties: 'members'.")
		}
		return unlikely(t.SetMembers(g.ID, []string{id}, nil))
	})
}

// removeMember takes a direct member out of a group.
func (s *Service) removeMember(v *visit) {
	if !v.allowsAdmin([]string{"GroupMember.ReadWrite.All"}, adminsOfGroups) {
		return
	}
	v.setMember(strings.ToLower(v.r.PathValue("member")), func(t *directory.Tenant, g *directory.Group, id string) *problem {
		if !g.Members[id] {
			return missing(id)
		}
		return unlikely(t.SetMembers(g.ID, nil, []string{id}))
	})
}

// setMember changes whether an object is in the group of the path.
func (v *visit) setMember(id string, set func(*directory.Tenant, *directory.Group, string) *problem) {
	changed := v.change(func(t *directory.Tenant) *problem {
		group := strings.ToLower(v.r.PathValue("id"))
		g, ok := t.Groups[group]
		if !ok {
			return missing(group)
		}
		p, isPerson := t.People[id]
		if _, isGroup := t.Groups[id]; !isGroup && (!isPerson || p.Deleted) {
			return missing(id)
		}
		return set(t, g, id)
	})
	if changed {
		v.done()
	}
}
