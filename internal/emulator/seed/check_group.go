package seed

func (c *checker) groups(tenant place, t Tenant, k known) {
	names := map[string]bool{}
	for i, g := range t.Groups {
		at := tenant.item("groups", i)
		c.object(at.field("id"), g.ID)
		if g.Name == "" || names[g.Name] {
			c.add(at.field("name"), "%q is empty or taken; give each group of a tenant its own", g.Name)
		}
		names[g.Name] = true
		for j, id := range g.Members {
			if !k.users[id] && !k.groups[id] {
				c.add(at.item("members", j), "%q is neither a user nor a group of the tenant", id)
			}
		}
	}
}
