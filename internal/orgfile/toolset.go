package orgfile

import (
	"gatehouse/internal/tools"
)

// Toolset is a named part of the tools; its name is its key.
type Toolset struct {
	Name     string   `json:"name" pattern:"^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$" example:"payroll" doc:"Name of the toolset: 1 to 32 lowercase letters, digits and inner hyphens. It is part of its endpoint's address."`
	Title    string   `json:"title,omitempty" maxLength:"120" example:"Payroll" doc:"What people read. Left out: the name."`
	Patterns []string `json:"patterns" minItems:"1" maxItems:"100" example:"payroll_*" doc:"Patterns of what it has, as in permissions."`
}

func (a *applier) toolsets() {
	c := &a.state.Access
	reconcile(a, list[Toolset]{
		at: "toolsets", was: a.was.Toolsets, wanted: a.wanted.Toolsets,
		key:    func(t Toolset) string { return t.Name },
		remove: func(t Toolset) error { return c.RemoveToolset(t.Name) },
		put:    func(t Toolset) error { return c.PutToolset(tools.Toolset(t)) },
	})
}
