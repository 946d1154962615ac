package msgraph

import (
	"slices"
	"strings"

	"gatehouse/internal/emulator/directory"
)

// users lists everybody. Guests may not ("List users").
func (s *Service) users(v *visit) {
	if v.who != nil && !v.who.Member() {
		v.refuse(denied)
		return
	}
	if !v.allows(readsPeople...) {
		return
	}
	v.list(collection{
		context: userKind.set, kinds: []*kind{userKind},
		records: func() []record { return everybody(v.tenant) },
	})
}

// user is one person's profile.
func (s *Service) user(v *visit, p *directory.Person) {
	if v.allowsOf(p.ID, readsSelf, readsPeople) {
		v.showOne(personRecord(p), userKind.set)
	}
}

// manager is a person's manager; who has none has no such resource.
func (s *Service) manager(v *visit, p *directory.Person) {
	if !v.allows(readsUsers...) {
		return
	}
	found := managers(v.tenant, p)
	if len(found) == 0 {
		v.refuse(missing("manager"))
		return
	}
	v.showOne(found[0], "directoryObjects")
}

// directReports lists the people somebody manages.
func (s *Service) directReports(v *visit, p *directory.Person) {
	if !v.allowsOf(p.ID, readsSelf, readsUsers) {
		return
	}
	v.list(collection{
		context: "directoryObjects", kinds: principals, related: true,
		records: func() []record { return reports(v.tenant, p) },
	})
}

// memberOf lists the groups a person is directly in and their directory roles.
func (s *Service) memberOf(v *visit, p *directory.Person) {
	s.membership(v, p, func() []record { return memberships(v.tenant, p) })
}

// transitiveMemberOf is memberOf with the groups that contain those.
func (s *Service) transitiveMemberOf(v *visit, p *directory.Person) {
	s.membership(v, p, func() []record { return allMemberships(v.tenant, p) })
}

// membership answers memberOf and its kin, whole or cast to one type.
func (s *Service) membership(v *visit, p *directory.Person, records func() []record) {
	if v.allowsOf(p.ID, readsUser, readsMemberships) {
		v.cast(collection{context: "directoryObjects", kinds: containers, related: true, records: records})
	}
}

// cast lists a relationship, narrowed to the type the path names, if it does.
func (v *visit) cast(c collection) {
	name := strings.TrimPrefix(v.r.PathValue("cast"), "microsoft.graph.")
	if name == "" {
		v.list(c)
		return
	}
	for _, k := range c.kinds {
		if k.name == name {
			all := c.records
			c.context, c.kinds, c.cast = k.set, []*kind{k}, true
			c.records = func() []record { return only(k, all()) }
			v.list(c)
			return
		}
	}
	v.s.noSegment(v.w, v.r)
}

func only(k *kind, all []record) []record {
	var out []record
	for _, r := range all {
		if r.kind == k {
			out = append(out, r)
		}
	}
	return out
}

// person finds whom the path names. Who may not read people learns nothing.
func (v *visit) person() (*directory.Person, bool) {
	p, ok := personNamed(v.tenant, v.r.PathValue("id"))
	if !ok {
		v.lost(v.r.PathValue("id"), slices.Concat(readsPeople, readsMemberships)...)
	}
	return p, ok
}

// personNamed finds somebody by object id or user principal name, which of a guest
// is not the name at home. Nobody finds the deleted.
func personNamed(t *directory.Tenant, name string) (*directory.Person, bool) {
	if p, ok := t.People[strings.ToLower(name)]; ok {
		return p, !p.Deleted
	}
	if p, ok := t.User(name); ok && p.Member() {
		return p, true
	}
	if strings.Contains(name, "#EXT#@") {
		for _, p := range t.People {
			if !p.Deleted && strings.EqualFold(t.PrincipalName(p), name) {
				return p, true
			}
		}
	}
	return nil, false
}

// lost refuses an id that leads nowhere, without telling so to a token that could
// not read it anyway.
func (v *visit) lost(id string, anyOf ...string) {
	if v.allows(anyOf...) {
		v.refuse(missing(id))
	}
}
