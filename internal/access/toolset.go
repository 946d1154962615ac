package access

import (
	"fmt"
	"slices"

	"gatehouse/internal/fault"
	"gatehouse/internal/tools"
)

// MaxToolsets is the most toolsets of an organization.
const MaxToolsets = 50

// reservedToolsets would stand where another path of an organization's stands or
// may come to stand.
var reservedToolsets = []string{
	"admin", "api", "authorize", "callback", "consent", "device", "entra", "federation", "health", "introspect", "jwks", "keys", "login", "logout",
	"mcp", "metadata", "oauth", "oauth2", "par", "register", "revoke", "saml", "scim", "signin", "signout", "sse", "token", "userinfo", "well-known",
}

// PutToolset adds a toolset, or changes the one of the same name. A broken rule
// is Invalid.
func (c *Configuration) PutToolset(t tools.Toolset) error {
	var found complaints
	found.toolset("", t)
	at := c.toolsetAt(t.Name)
	if at < 0 && len(c.Toolsets) >= MaxToolsets {
		found.add("", fmt.Sprintf("there are %d toolsets already, which is the most; remove one first", MaxToolsets))
	}
	if err := Refuse(found); err != nil {
		return err
	}
	t.Patterns = slices.Clone(t.Patterns)
	if at < 0 {
		c.Toolsets = with(c.Toolsets, t)
	} else {
		c.Toolsets = replaced(c.Toolsets, at, t)
	}
	return nil
}

// RemoveToolset removes a toolset, and with it its endpoint. A name that no
// toolset has is NotFound.
func (c *Configuration) RemoveToolset(name string) error {
	if c.toolsetAt(name) < 0 {
		return fault.Newf(fault.NotFound, "toolset %.120q does not exist; list the toolsets for those that do", name)
	}
	c.Toolsets = without(c.Toolsets, func(t tools.Toolset) bool { return t.Name == name })
	return nil
}

func (c *Configuration) toolsetAt(name string) int {
	return slices.IndexFunc(c.Toolsets, func(t tools.Toolset) bool { return t.Name == name })
}

func (c *complaints) toolset(at Place, t tools.Toolset) {
	switch name := at.Field("name"); {
	case !sourceName.MatchString(t.Name):
		c.add(name, fmt.Sprintf("%.60q must have 1 to %d lowercase letters, digits and inner hyphens: it is part of a URL", t.Name, MaxSourceName))
	case slices.Contains(reservedToolsets, t.Name):
		c.add(name, fmt.Sprintf("%q is reserved; choose another", t.Name))
	}
	c.check(at.Field("title"), CheckName(t.Title))
	c.patterns(at.Field("patterns"), t.Patterns)
}
