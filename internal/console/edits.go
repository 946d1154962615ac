package console

import (
	"slices"
	"strings"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

func addRole(c *access.Configuration, r authz.Role) error {
	if slices.ContainsFunc(c.Rules.Roles, func(o authz.Role) bool { return o.ID == r.ID || strings.EqualFold(o.Name, r.Name) }) {
		return fault.New(fault.Conflict, "name: another role has this name; choose another, or change that role")
	}
	c.Rules.Roles = append(slices.Clone(c.Rules.Roles), r)
	return compiles(c)
}

func replaceRole(c *access.Configuration, r authz.Role) error {
	at := slices.IndexFunc(c.Rules.Roles, func(o authz.Role) bool { return o.ID == r.ID })
	if at < 0 {
		return errNoRole
	}
	c.Rules.Roles = slices.Clone(c.Rules.Roles)
	c.Rules.Roles[at] = r
	return compiles(c)
}

func removeRole(c *access.Configuration, id tenants.GUID) error {
	c.Rules.Roles = slices.DeleteFunc(slices.Clone(c.Rules.Roles), func(o authz.Role) bool { return o.ID == id })
	c.Rules.Assignments = slices.DeleteFunc(slices.Clone(c.Rules.Assignments), func(a authz.Assignment) bool { return a.Role == id })
	return nil
}

func addAssignment(c *access.Configuration, a authz.Assignment, now time.Time) error {
	if err := stillToCome(a.EndsAt, now); err != nil {
		return err
	}
	same := func(o authz.Assignment) bool { return o.ID == a.ID || o.Role == a.Role && o.Subject == a.Subject }
	if slices.ContainsFunc(c.Rules.Assignments, same) {
		return fault.New(fault.Conflict, "subject: it has this role already; change that assignment instead")
	}
	c.Rules.Assignments = append(slices.Clone(c.Rules.Assignments), a)
	return compiles(c)
}

func replaceAssignment(c *access.Configuration, a authz.Assignment, now time.Time) error {
	at := slices.IndexFunc(c.Rules.Assignments, func(o authz.Assignment) bool { return o.ID == a.ID })
	if at < 0 {
		return errNoAssignment
	}
	if !a.EndsAt.Equal(c.Rules.Assignments[at].EndsAt) {
		if err := stillToCome(a.EndsAt, now); err != nil {
			return err
		}
	}
	c.Rules.Assignments = slices.Clone(c.Rules.Assignments)
	c.Rules.Assignments[at] = a
	return compiles(c)
}

func removeAssignment(c *access.Configuration, id tenants.GUID) error {
	c.Rules.Assignments = slices.DeleteFunc(slices.Clone(c.Rules.Assignments), func(o authz.Assignment) bool { return o.ID == id })
	return nil
}

func putClient(c *access.Configuration, client tenants.Client, ceiling *authz.Ceiling) error {
	c.Clients = slices.DeleteFunc(slices.Clone(c.Clients), func(o tenants.Client) bool { return o.ID == client.ID })
	c.Clients = append(c.Clients, client)
	c.Rules.ClientCeilings = ceilings(c.Rules.ClientCeilings)
	delete(c.Rules.ClientCeilings, client.ID)
	if ceiling != nil {
		c.Rules.ClientCeilings[client.ID] = *ceiling
	}
	return compiles(c)
}

// addClient is putClient for a client that is not listed yet.
func addClient(c *access.Configuration, client tenants.Client, ceiling *authz.Ceiling) error {
	client.ID = canonicalClient(client.ID)
	if slices.ContainsFunc(c.Clients, func(o tenants.Client) bool { return o.ID == client.ID }) {
		return fault.New(fault.Conflict, "id: this client is listed already; change that entry")
	}
	return putClient(c, client, ceiling)
}

// canonicalClient is a client id as tokens spell it: a GUID in lower case.
func canonicalClient(id string) string {
	if g, err := tenants.ParseGUID(id); err == nil {
		return g.String()
	}
	return id
}

func removeClient(c *access.Configuration, id string) error {
	c.Clients = slices.DeleteFunc(slices.Clone(c.Clients), func(o tenants.Client) bool { return o.ID == id })
	c.Rules.ClientCeilings = ceilings(c.Rules.ClientCeilings)
	delete(c.Rules.ClientCeilings, id)
	return nil
}

func putScopeCeiling(c *access.Configuration, scope string, ceiling authz.Ceiling) error {
	c.Rules.ScopeCeilings = ceilings(c.Rules.ScopeCeilings)
	c.Rules.ScopeCeilings[scope] = ceiling
	return compiles(c)
}

func removeScopeCeiling(c *access.Configuration, scope string) error {
	c.Rules.ScopeCeilings = ceilings(c.Rules.ScopeCeilings)
	delete(c.Rules.ScopeCeilings, scope)
	return nil
}

func putTool(c *access.Configuration, s tools.Selection, known []string) error {
	if !slices.Contains(known, s.Name) {
		return fault.New(fault.Invalid, "name: there is no such tool")
	}
	c.Tools = slices.DeleteFunc(slices.Clone(c.Tools), func(o tools.Selection) bool { return o.Name == s.Name })
	c.Tools = append(c.Tools, s)
	return compiles(c)
}

func removeTool(c *access.Configuration, name string) error {
	c.Tools = slices.DeleteFunc(slices.Clone(c.Tools), func(o tools.Selection) bool { return o.Name == name })
	return nil
}

// ceilings returns a copy: what an edit was given stays as it was.
func ceilings(of map[string]authz.Ceiling) map[string]authz.Ceiling {
	copied := make(map[string]authz.Ceiling, len(of)+1)
	for key, ceiling := range of {
		copied[key] = ceiling
	}
	return copied
}

func stillToCome(end, now time.Time) error {
	if !end.IsZero() && !end.After(now) {
		return fault.New(fault.Invalid, "endsAt: it has passed; give a time to come, or leave it out for no end")
	}
	return nil
}

func compiles(c *access.Configuration) error {
	names := make([]string, len(c.Tools))
	for i, t := range c.Tools {
		names[i] = t.Name
	}
	_, err := authz.Compile(c.Rules, names)
	return err
}
