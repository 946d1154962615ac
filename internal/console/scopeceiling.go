package console

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// ScopeCeiling is the most that a token with a scope may do.
type ScopeCeiling struct {
	Scope string `json:"scope" pattern:"^[^ /]{1,120}$" doc:"Short name of the delegated permission."`
	Ceiling
}

var errNoScope = fault.New(fault.NotFound, "this scope has no maximum permissions")

func scopesOf(c access.Configuration) []ScopeCeiling {
	out := []ScopeCeiling{}
	for scope, ceiling := range c.Rules.ScopeCeilings {
		out = append(out, ScopeCeiling{scope, Ceiling{list(ceiling.Patterns)}})
	}
	return out
}

func scopeIn(c access.Configuration, scope string) (ScopeCeiling, error) {
	ceiling, ok := c.Rules.ScopeCeilings[scope]
	if !ok {
		return ScopeCeiling{}, errNoScope
	}
	return ScopeCeiling{scope, Ceiling{list(ceiling.Patterns)}}, nil
}

// ScopeItem names a scope in a path.
type ScopeItem struct {
	Scope string `path:"scope" maxLength:"120"`
}

type (
	scopeInput struct {
		InOrganization
		ScopeItem
	}
	newScope struct {
		InOrganization
		Once
		Body ScopeCeiling
	}
	changedScope struct {
		InOrganization
		ScopeItem
		Match
		Body Ceiling
	}
	removedScope struct {
		InOrganization
		ScopeItem
		Match
	}
)

func (c *Console) scopeRoutes(api huma.API) {
	const tag = "scope-ceilings"
	inside(c, api, tenants.Viewer, route{ID: "listScopeCeilings", Method: http.MethodGet, Path: "/scope-ceilings", Tag: tag, Summary: "List scopes with maximum permissions"}, c.listScopeCeilings)
	inside(c, api, tenants.Admin, route{ID: "createScopeCeiling", Method: http.MethodPost, Path: "/scope-ceilings", Tag: tag, Status: 201, Errors: []int{409}, Summary: "Limit a scope"}, c.createScopeCeiling)
	inside(c, api, tenants.Viewer, route{ID: "getScopeCeiling", Method: http.MethodGet, Path: "/scope-ceilings/{scope}", Tag: tag, Summary: "Read a scope's maximum permissions"}, c.getScopeCeiling)
	inside(c, api, tenants.Admin, route{ID: "updateScopeCeiling", Method: http.MethodPut, Path: "/scope-ceilings/{scope}", Tag: tag, Errors: matchErrors, Summary: "Change a scope's maximum permissions"}, c.updateScopeCeiling)
	inside(c, api, tenants.Admin, route{ID: "deleteScopeCeiling", Method: http.MethodDelete, Path: "/scope-ceilings/{scope}", Tag: tag, Status: 204, Errors: matchErrors, Summary: "Lift a scope's limit"}, c.deleteScopeCeiling)
}

func (c *Console) listScopeCeilings(ctx context.Context, by Actor, in *listInput) (*Listed[ScopeCeiling], error) {
	a, err := c.Store.Access(ctx, by.Org())
	if err != nil {
		return nil, err
	}
	return cut(ctx, c, by, in.Paging, listing[ScopeCeiling]{"listScopeCeilings", scopesOf(a), func(s ScopeCeiling) string { return s.Scope }})
}

func (c *Console) getScopeCeiling(ctx context.Context, by Actor, in *scopeInput) (*One[ScopeCeiling], error) {
	return getOne(ctx, c, by, func(a access.Configuration) (ScopeCeiling, error) { return scopeIn(a, in.Scope) })
}

func (c *Console) createScopeCeiling(ctx context.Context, by Actor, in *newScope) (*Created[ScopeCeiling], error) {
	return once(ctx, c, by, in.Once, in.visit, func(tenants.GUID) (ScopeCeiling, string, error) {
		after, err := c.Store.EditAccess(ctx, by.Caller, "scope ceiling created", func(a *access.Configuration) error {
			if _, err := scopeIn(*a, in.Body.Scope); err == nil {
				return fault.New(fault.Conflict, "scope: it has maximum permissions already; change these")
			}
			return a.PutScopeCeiling(in.Body.Scope, authz.Ceiling{Patterns: in.Body.Patterns})
		})
		in.visit.warnings = c.countWarnings(after)
		return in.Body, by.path("scope-ceilings", in.Body.Scope), err
	})
}

func (c *Console) updateScopeCeiling(ctx context.Context, by Actor, in *changedScope) (*One[ScopeCeiling], error) {
	return editOne(ctx, c, by, change[ScopeCeiling]{
		what: "scope ceiling changed", match: in.Match, read: func(a access.Configuration) (ScopeCeiling, error) { return scopeIn(a, in.Scope) },
		edit: func(a *access.Configuration) error {
			return a.PutScopeCeiling(in.Scope, authz.Ceiling{Patterns: in.Body.Patterns})
		},
	})
}

func (c *Console) deleteScopeCeiling(ctx context.Context, by Actor, in *removedScope) (*None, error) {
	return removeOne(ctx, c, by, change[ScopeCeiling]{
		what: "scope ceiling deleted", match: in.Match, read: func(a access.Configuration) (ScopeCeiling, error) { return scopeIn(a, in.Scope) },
		edit: func(a *access.Configuration) error { return a.RemoveScopeCeiling(in.Scope) },
	})
}
