package seed

// identities checks the managed identities, which are service principals
// without an app registration.
func (c *checker) identities(tenant place, t Tenant, k known) {
	clients := map[string]bool{}
	for _, a := range t.Apps {
		clients[a.ID] = true
	}
	assigned := false
	for i, m := range t.ManagedIdentities {
		at := tenant.item("managedIdentities", i)
		switch {
		case !IsGUID(m.ID):
			c.add(at.field("id"), "%q is not a lower-case GUID; give the client id", m.ID)
		case clients[m.ID]:
			c.add(at.field("id"), "%s is the client id of another app or identity of the tenant; choose another", m.ID)
		}
		clients[m.ID] = true
		c.object(at.field("principal"), m.Principal)
		if m.Name == "" {
			c.add(at.field("name"), "is empty; give a display name")
		}
		switch {
		case m.ResourceID == "" && assigned:
			c.add(at.field("resourceId"), "is empty a second time; a machine has one system-assigned identity at most")
		case m.ResourceID != "" && m.ResourceID[0] != '/':
			c.add(at.field("resourceId"), "%q is not an Azure resource id; give one such as /subscriptions/…/userAssignedIdentities/%s", m.ResourceID, m.Name)
		}
		assigned = assigned || m.ResourceID == ""
		c.ownPermissions(at, m, k)
	}
}

// ownPermissions checks what an identity may do. It acts for nobody, so it has
// application permissions only.
func (c *checker) ownPermissions(at place, m ManagedIdentity, k known) {
	for i, consent := range m.Consents {
		where := at.item("consents", i)
		if len(consent.Scopes) > 0 {
			c.add(where.field("scopes"), "are permissions to act for people, which a managed identity does not; use roles")
			continue
		}
		c.access(where, Access(consent), k)
	}
}
