package access

import (
	"fmt"
	"slices"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// The bounds of approvals.
const (
	MaxApprovals      = 5_000
	MaxDefinitionName = 2_000 // bytes of a name or URI that a source gives
)

// Definition names one definition of a source.
type Definition struct {
	Source tenants.GUID
	Kind   tools.Kind
	Name   string // the source's own
}

// DefinitionOf returns what an approval is about.
func DefinitionOf(a tools.Approval) Definition { return Definition{a.Source, a.Kind, a.Name} }

// Approve approves definitions, each by its hash; what was approved under the
// same name before is not any more. One that is approved like this already stays
// as it is. Whether a source offers it is not looked at: an approval may be there
// before the offer. A broken rule is Invalid, and then none is approved.
func (c *Configuration) Approve(list []tools.Approval) error {
	var found complaints
	all, at := slices.Clone(c.Approvals), c.approvalsByDefinition()
	named := map[Definition]bool{}
	for i, a := range list {
		key := DefinitionOf(a)
		place := Place("approvals").At(i)
		found.approval(place, a)
		switch {
		case c.sourceAt(a.Source) < 0:
			found.add(place.Field("source"), fmt.Sprintf("%s does not exist; list the sources for the ids there are", a.Source))
		case named[key]:
			found.add(place.Field("name"), fmt.Sprintf("%.120q is approved twice; remove one", a.Name))
		}
		named[key] = true
		old, known := at[key]
		switch {
		case !known:
			all = append(all, a)
		case !sameApproval(all[old], a):
			all[old] = a
		}
	}
	if len(all) > MaxApprovals {
		found.add("approvals", fmt.Sprintf("would be %d in all, and there may be %d; withdraw some, or switch a source off", len(all), MaxApprovals))
	}
	if err := Refuse(found); err != nil {
		return err
	}
	c.Approvals = all
	return nil
}

// Withdraw takes an approval back. A definition that is not approved is NotFound.
func (c *Configuration) Withdraw(d Definition) error {
	if _, approved := c.approvalsByDefinition()[d]; !approved {
		return fault.Newf(fault.NotFound, "%s %.120q of source %s is not approved; list the definitions for those that are", d.Kind, d.Name, c.sourceName(d.Source))
	}
	c.Approvals = without(c.Approvals, func(a tools.Approval) bool { return DefinitionOf(a) == d })
	return nil
}

// sourceName is what people call a source; its id, if it has gone.
func (c *Configuration) sourceName(id tenants.GUID) string {
	if at := c.sourceAt(id); at >= 0 {
		return c.Sources[at].Name
	}
	return id.String()
}

func (c *Configuration) approvalsByDefinition() map[Definition]int {
	at := make(map[Definition]int, len(c.Approvals))
	for i, a := range c.Approvals {
		at[DefinitionOf(a)] = i
	}
	return at
}

// sameApproval compares what was decided, not when.
func sameApproval(a, b tools.Approval) bool {
	a.At = b.At
	return a == b
}

// approval adds what is wrong with an approval by itself.
func (c *complaints) approval(at Place, a tools.Approval) {
	switch a.Kind {
	case tools.KindTool:
		if !slices.Contains([]tools.Effect{tools.Read, tools.Write, tools.Destructive}, a.Effect) {
			c.add(at.Field("effect"), fmt.Sprintf("%.40q is no effect; use read, write or destructive", a.Effect))
		}
	case tools.KindPrompt, tools.KindResource, tools.KindTemplate, tools.KindInstructions:
		if a.Effect != "" {
			c.add(at.Field("effect"), fmt.Sprintf("is not for %s, which has none; leave it out", a.Kind))
		}
	default:
		c.add(at.Field("kind"), fmt.Sprintf("%.40q is no kind; use tool, prompt, resource, resource_template or instructions", a.Kind))
	}
	if a.Name == "" || len(a.Name) > MaxDefinitionName {
		c.add(at.Field("name"), fmt.Sprintf("must have 1 to %d bytes", MaxDefinitionName))
	}
	if a.Hash == (tools.Hash{}) {
		c.add(at.Field("hash"), "is missing; copy it from the definition that is pending review")
	}
	c.check(at.Field("at"), tenants.CheckEnd(a.At))
}
