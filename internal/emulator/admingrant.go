package emulator

import (
	"slices"
	"strings"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/seed"
)

// plan reads what is to be agreed to. One .default among the scopes means all
// the app declares to need, application permissions with it; otherwise the
// scopes are taken one by one, and may be of several resources.
func (e *Emulator) plan(at *arrival, scope string) (*plan, *refusal) {
	p := &plan{}
	if _, there := at.tenant.Apps[at.client.ID]; !there {
		p.install = append(p.install, at.client)
	}
	asked := strings.Fields(scope)
	if slices.ContainsFunc(asked, isDefault) {
		if no := e.declared(at.tenant, at.client, p); no != nil {
			return nil, no
		}
		asked = slices.DeleteFunc(asked, isDefault)
	}
	for _, name := range asked {
		resource, _, short, no := locate(at.tenant, name)
		if no != nil {
			return nil, no
		}
		if !slices.Contains(resource.Scopes, short) {
			return nil, refuse(650053, at.client.Name, short, resource.ID)
		}
		p.add(entry{client: at.client.ID, resource: resource, scopes: []string{short}})
	}
	return p, nil
}

// declared plans everything an app declares to need. A resource that lists the
// app among its known clients is agreed to together with what it needs itself.
func (e *Emulator) declared(t *directory.Tenant, client *directory.App, p *plan) *refusal {
	for _, access := range client.RequiredAccess {
		resource, no := e.resource(t, access.Resource, p)
		if no != nil {
			return no
		}
		p.add(entry{client: client.ID, resource: resource, scopes: access.Scopes, roles: access.Roles})
		if !slices.Contains(resource.KnownClients, client.ID) {
			continue
		}
		for _, behind := range resource.RequiredAccess {
			further, no := e.resource(t, behind.Resource, p)
			if no != nil {
				return no
			}
			p.add(entry{client: resource.ID, resource: further, scopes: behind.Scopes, roles: behind.Roles})
		}
	}
	return nil
}

// resource finds a resource in the tenant, or plans to bring it in.
func (e *Emulator) resource(t *directory.Tenant, id string, p *plan) (*directory.App, *refusal) {
	if a, ok := t.Apps[id]; ok {
		return a, nil
	}
	a, ok := e.world().Registered(t, id)
	if !ok {
		return nil, refuse(500011, id, t.Name)
	}
	if !slices.ContainsFunc(p.install, func(other *directory.App) bool { return other.ID == id }) {
		p.install = append(p.install, a)
	}
	return a, nil
}

// add joins an entry with the one of the same client and resource.
func (p *plan) add(more entry) {
	for i, e := range p.entries {
		if e.client == more.client && e.resource.ID == more.resource.ID {
			p.entries[i].scopes = merge(e.scopes, more.scopes)
			p.entries[i].roles = merge(e.roles, more.roles)
			return
		}
	}
	p.entries = append(p.entries, more)
}

// merge is the union of two lists, sorted.
func merge(a, b []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(slices.Concat(a, b))))
}

// carryOut brings apps into the tenant and records the agreement.
func (e *Emulator) carryOut(tid string, p *plan) error {
	return e.directory.Change(tid, func(t *directory.Tenant) error {
		for _, a := range p.install {
			if _, there := t.Apps[a.ID]; !there {
				t.GivePrincipal(a)
			}
		}
		for _, g := range p.entries {
			if len(g.scopes) > 0 {
				t.Consent(directory.Everybody, g.client, g.resource.ID, g.scopes)
			}
			consentRoles(t, g)
		}
		return nil
	})
}

// consentRoles records the application permissions of an entry.
func consentRoles(t *directory.Tenant, g entry) {
	client, ok := t.Apps[g.client]
	if !ok || len(g.roles) == 0 {
		return
	}
	next := *client
	next.Consents = append(slices.Clone(client.Consents), seed.Consent{Resource: g.resource.ID, Roles: g.roles})
	t.Apps[g.client] = &next
}
