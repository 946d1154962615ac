package access

import (
	"fmt"
	"slices"
	"strings"

	"gatehouse/internal/fault"
	"gatehouse/internal/spelling"
	"gatehouse/internal/tools"
)

// PutTool switches a tool on, or gives one that is on another effect. A tool
// that is not among the known names, or an effect that is none, is Invalid.
func (c *Configuration) PutTool(s tools.Selection, known []string) error {
	var found complaints
	if source, ofSource := c.offeredBy(s.Name); ofSource && !slices.Contains(known, s.Name) {
		found.add("name", fmt.Sprintf("%.120q is a tool of source %s, which is approved and not switched on: its effect stands in approvals", s.Name, source))
	} else {
		found.tool("", s, known)
	}
	if err := Refuse(found); err != nil {
		return err
	}
	if at := c.toolAt(s.Name); at >= 0 {
		c.Tools = replaced(c.Tools, at, s)
	} else {
		c.Tools = with(c.Tools, s)
	}
	return nil
}

// RemoveTool switches a tool off. One that is not on is NotFound.
func (c *Configuration) RemoveTool(name string) error {
	if c.toolAt(name) < 0 {
		return fault.Newf(fault.NotFound, "tool %.120q is not switched on; list the tools for those that are", name)
	}
	c.Tools = without(c.Tools, func(s tools.Selection) bool { return s.Name == name })
	return nil
}

// offeredBy returns the source that a tool of this name would be one of: by its
// prefix, or because it is approved.
func (c *Configuration) offeredBy(name string) (string, bool) {
	for _, s := range c.Sources {
		if s.Naming == tools.Prefixed && strings.HasPrefix(name, s.Name+"_") {
			return s.Name, true
		}
	}
	for _, a := range c.Approvals {
		if at := c.sourceAt(a.Source); at >= 0 && a.Kind == tools.KindTool && namedBy(c.Sources[at], a) == name {
			return c.Sources[at].Name, true
		}
	}
	return "", false
}

func (c *Configuration) toolAt(name string) int {
	return slices.IndexFunc(c.Tools, func(s tools.Selection) bool { return s.Name == name })
}

func (c *complaints) tool(at Place, s tools.Selection, known []string) {
	if !slices.Contains(known, s.Name) {
		c.add(at.Field("name"), fmt.Sprintf("%.120q is no tool of this deployment%s", s.Name, meant(s.Name, known)))
	}
	if !slices.Contains([]tools.Effect{tools.Read, tools.Write, tools.Destructive}, s.Effect) {
		c.add(at.Field("effect"), fmt.Sprintf("%.40q is no effect; use read, write or destructive", s.Effect))
	}
}

func meant(name string, known []string) string {
	if near := spelling.Nearest(name, known); near != "" {
		return "; did you mean " + near + "?"
	}
	return "; list the tools for the names there are"
}
