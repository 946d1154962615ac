package console

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gatehouse/internal/access"
	"gatehouse/internal/fault"
	"gatehouse/internal/orgfile"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// ToApprove is a definition to be approved.
type ToApprove struct {
	Kind   tools.Kind   `json:"kind" enum:"tool,prompt,resource,resource_template,instructions" doc:"What it is."`
	Name   string       `json:"name" minLength:"1" maxLength:"2000" doc:"The source's own name of it."`
	Hash   string       `json:"hash" pattern:"^sha256:[0-9a-f]{64}$" doc:"Of what is offered now, as its definition shows it."`
	Effect tools.Effect `json:"effect,omitempty" enum:"read,write,destructive" doc:"What running the tool does to the world. Of tools only."`
}

// ToWithdraw is a definition whose approval is to be taken back.
type ToWithdraw struct {
	Kind tools.Kind `json:"kind" enum:"tool,prompt,resource,resource_template,instructions" doc:"What it is."`
	Name string     `json:"name" minLength:"1" maxLength:"2000" doc:"The source's own name of it."`
}

// Reviewed is what has become of definitions.
type Reviewed struct {
	Definitions []Definition           `json:"definitions" doc:"Those of the request, as they are now."`
	Warnings    []ConfigurationWarning `json:"warnings" doc:"What about the organization's configuration is permitted and probably not meant. Nothing is refused for it."`
}

type (
	approveInput struct {
		InOrganization
		SourceItem
		Body struct {
			Definitions []ToApprove `json:"definitions" minItems:"1" maxItems:"1000" doc:"What to approve."`
		}
	}
	withdrawInput struct {
		InOrganization
		SourceItem
		Body struct {
			Definitions []ToWithdraw `json:"definitions" minItems:"1" maxItems:"1000" doc:"What to take back."`
		}
	}
)

func (c *Console) approveDefinitions(ctx context.Context, by Actor, in *approveInput) (*Result[Reviewed], error) {
	s, err := c.source(ctx, by, in.Source)
	if err != nil {
		return nil, err
	}
	list, err := in.approvals(s.ID, c)
	if err != nil {
		return nil, err
	}
	if err := c.offersExactly(ctx, by, s, list); err != nil {
		return nil, err
	}
	after, err := c.Store.EditAccess(ctx, by.Caller, "definitions approved", func(a *access.Configuration) error {
		if now, err := sourceNamed(*a, in.Source); err != nil || now.ID != s.ID {
			return errNoSource
		}
		return renamed(a.Approve(list), "approvals[", "definitions[")
	})
	if err != nil {
		return nil, err
	}
	return c.reviewed(ctx, by, s, after, definitionsOf(list))
}

// approvals returns what the request approves.
func (in *approveInput) approvals(source tenants.GUID, c *Console) ([]tools.Approval, error) {
	var problems []access.Problem
	list := make([]tools.Approval, len(in.Body.Definitions))
	for i, d := range in.Body.Definitions {
		hash, err := tools.ParseHash(d.Hash)
		if err != nil {
			problems = append(problems, access.Problem{Path: fmt.Sprintf("definitions[%d].hash", i), Message: fault.Public(err)})
		}
		list[i] = tools.Approval{Source: source, Kind: d.Kind, Name: d.Name, Hash: hash, Effect: d.Effect, At: c.Now().UTC()}
	}
	return list, access.Refuse(problems)
}

// offersExactly refuses the approval of what the source does not offer, or cannot
// be served, as it was last read.
func (c *Console) offersExactly(ctx context.Context, by Actor, s tools.Source, list []tools.Approval) error {
	all, err := c.Store.Offers(ctx, by.Org(), s.ID)
	if err != nil {
		return err
	}
	known := map[access.Definition]access.Offered{}
	for _, o := range all {
		known[access.Definition{Source: s.ID, Kind: o.Offer.Kind, Name: o.Offer.Name}] = o
	}
	var problems []access.Problem
	for i, a := range list {
		field, why := unapprovable(known[access.DefinitionOf(a)], a)
		own := access.Definition{Source: s.ID, Kind: a.Kind, Name: strings.TrimPrefix(a.Name, s.Name+"_")}
		if field == "name" && own.Name != a.Name && known[own].Offered() {
			why = "is what clients call it; approve it as " + visible(own.Name) + ", without the prefix"
		}
		if why != "" {
			problems = append(problems, access.Problem{Path: fmt.Sprintf("definitions[%d].%s", i, field), Message: visible(a.Name) + " " + why})
		}
	}
	if len(problems) == 0 {
		return nil
	}
	refused := access.Refuse(problems)
	return fault.Wrap(fault.Conflict, fault.Public(refused), refused)
}

// unapprovable says why something cannot be approved, and which field is wrong;
// empty: it can. One that is approved by this very hash may get another effect even
// while it is gone. What the right hash would be is not said: whoever approves has
// to read what it is of.
func unapprovable(o access.Offered, a tools.Approval) (field, why string) {
	switch {
	case o.Approved != nil && o.Approved.Hash == a.Hash:
		return "", ""
	case !o.Offered():
		return "name", "is not offered by the source; refresh it and read what it offers"
	case o.Unusable != "":
		return "name", "cannot be served: " + o.Unusable
	case o.Offer.Hash != a.Hash:
		return "hash", "is not what the source offers now; read the definition again"
	}
	return "", ""
}

func (c *Console) withdrawDefinitions(ctx context.Context, by Actor, in *withdrawInput) (*Result[Reviewed], error) {
	s, err := c.source(ctx, by, in.Source)
	if err != nil {
		return nil, err
	}
	list := each(in.Body.Definitions, func(d ToWithdraw) access.Definition {
		return access.Definition{Source: s.ID, Kind: d.Kind, Name: d.Name}
	})
	after, err := c.Store.EditAccess(ctx, by.Caller, "approvals withdrawn", func(a *access.Configuration) error {
		for _, d := range list {
			if err := a.Withdraw(d); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return c.reviewed(ctx, by, s, after, list)
}

// reviewed shows definitions as they are now, with what is odd about the
// configuration.
func (c *Console) reviewed(ctx context.Context, by Actor, s tools.Source, after access.Configuration, which []access.Definition) (*Result[Reviewed], error) {
	all, err := c.definitions(ctx, by, s)
	if err != nil {
		return nil, err
	}
	wanted := map[access.Definition]bool{}
	for _, d := range which {
		wanted[d] = true
	}
	all = slices.DeleteFunc(all, func(o access.Offered) bool {
		return !wanted[access.Definition{Source: s.ID, Kind: o.Offer.Kind, Name: o.Offer.Name}]
	})
	shown, err := c.shown(ctx, by, s, all)
	if err != nil {
		return nil, err
	}
	return result(Reviewed{Definitions: shown, Warnings: append(clashing(s, shown), c.warnings(after)...)}), nil
}

// clashing warns of approved definitions that share something with those of other
// sources.
func clashing(s tools.Source, list []Definition) []ConfigurationWarning {
	out := []ConfigurationWarning{}
	for _, d := range list {
		at := orgfile.Approval{Source: s.Name, Kind: d.Kind, Name: d.Name}.Path()
		for _, f := range d.Flags {
			if f.Code == tools.FlagClash && d.Approval != nil {
				out = append(out, ConfigurationWarning{at, "clashes with what another source serves: " + f.Finding})
			}
		}
	}
	return out
}

func definitionsOf(list []tools.Approval) []access.Definition { return each(list, access.DefinitionOf) }

// warnings are what about a configuration is permitted and probably not meant.
func (c *Console) warnings(a access.Configuration) []ConfigurationWarning {
	return each(orgfile.Warnings(access.Whole{Access: a}, c.deployment()), func(w access.Warning) ConfigurationWarning { return ConfigurationWarning(w) })
}

// renamed says what is wrong with a member at the place where this request has it.
func renamed(err error, from, to string) error {
	problems := access.ProblemsOf(err)
	if problems == nil {
		return err
	}
	for i, p := range problems {
		if rest, ok := strings.CutPrefix(p.Path, from); ok {
			problems[i].Path = to + rest
		}
	}
	return access.Refuse(problems)
}
