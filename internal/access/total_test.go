package access_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// wide is a role with so many patterns.
func wide(name string, patterns int) authz.Role {
	r := authz.Role{ID: tenants.NewGUID(), Name: name}
	for patterns > 0 {
		n := min(patterns, access.MaxPatterns)
		r.Permissions = append(r.Permissions, authz.Permission{Effect: authz.Allow, Patterns: slices.Repeat([]string{"a*"}, n)})
		patterns -= n
	}
	return r
}

// totalled is a configuration with as many patterns as there may be in all.
func totalled() access.Configuration {
	c := access.Configuration{Rules: authz.Rules{ClientCeilings: map[string]authz.Ceiling{}, ScopeCeilings: map[string]authz.Ceiling{}}}
	c.Clients = []tenants.Client{{ID: group, Name: "A"}}
	c.Rules.ClientCeilings[group] = authz.Ceiling{Patterns: []string{"a"}}
	c.Rules.ScopeCeilings["s"] = authz.Ceiling{Patterns: []string{"a"}}
	c.Rules.Roles = []authz.Role{wide("A", access.MaxTotalPatterns-2)}
	return c
}

func TestTotalsAreBounded(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("w", 100_000)
	for name, c := range map[string]struct {
		edit       func(*access.Configuration)
		path, word string
	}{
		"as many as there may be": {func(*access.Configuration) {}, "", ""},
		"a role":                  {func(c *access.Configuration) { c.Rules.Roles = append(c.Rules.Roles, wide("B", 1)) }, "roles", "5001 patterns in all, and there may be 5000"},
		"a client's ceiling": {func(c *access.Configuration) {
			c.Rules.ClientCeilings[group] = authz.Ceiling{Patterns: []string{"a", "b"}}
		}, "clients", "5001 patterns"},
		"a scope's ceiling": {func(c *access.Configuration) { c.Rules.ScopeCeilings["t"] = authz.Ceiling{Patterns: []string{"a"}} }, "scopeCeilings", "5001 patterns"},
		"long conditions": {func(c *access.Configuration) {
			c.Rules.Roles = []authz.Role{{Name: "A", Permissions: slices.Repeat([]authz.Permission{{Condition: long}}, 9)}}
		}, "roles", "bytes, and it may have 900000"},
		"long assignments": {func(c *access.Configuration) {
			c.Rules.Assignments = slices.Repeat([]authz.Assignment{to(authz.SubjectClient, long)}, 9)
		}, "assignments", "bytes"},
		"long clients": {func(c *access.Configuration) { c.Clients = slices.Repeat([]tenants.Client{{ID: long}}, 9) }, "clients", "bytes"},
		"long scopes": {func(c *access.Configuration) {
			for i := range 9 {
				c.Rules.ScopeCeilings[fmt.Sprint(i, long)] = authz.Ceiling{}
			}
		}, "scopeCeilings", "bytes"},
		"a toolset":       {func(c *access.Configuration) { c.Toolsets = []tools.Toolset{{Name: "a", Patterns: []string{"a"}}} }, "toolsets", "5001 patterns"},
		"long sources":    {func(c *access.Configuration) { c.Sources = slices.Repeat([]tools.Source{{URL: long}}, 9) }, "sources", "bytes"},
		"long approvals":  {func(c *access.Configuration) { c.Approvals = slices.Repeat([]tools.Approval{{Name: long}}, 9) }, "approvals", "bytes"},
		"long toolsets":   {func(c *access.Configuration) { c.Toolsets = slices.Repeat([]tools.Toolset{{Title: long}}, 9) }, "toolsets", "bytes"},
		"long limits":     {func(c *access.Configuration) { c.Limits = slices.Repeat([]tenants.Limit{{Client: long}}, 9) }, "limits", "bytes"},
		"long recordings": {func(c *access.Configuration) { c.Recordings = slices.Repeat([]tenants.Recording{{Tool: long}}, 9) }, "recordings", "bytes"},
		"what policies approve is in no document": {func(c *access.Configuration) {
			c.Approvals = slices.Repeat([]tools.Approval{{Name: long, Automatic: true}}, 9)
		}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := totalled()
			before := config.Totals()
			c.edit(&config)
			err := config.CheckTotals(before)
			if c.path == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			problems := access.ProblemsOf(err)
			if len(problems) != 1 || fault.KindOf(err) != fault.Invalid || problems[0].Path != c.path || !strings.Contains(problems[0].Message, c.word) {
				t.Errorf("problems are %q, want one at %s with %q", problems, c.path, c.word)
			}
		})
	}
}

func TestWhatIsTooMuchCanBecomeLess(t *testing.T) {
	t.Parallel()
	c := totalled()
	c.Rules.Roles = append(c.Rules.Roles, wide("B", 10))
	before := c.Totals()
	if err := c.CheckTotals(before); err != nil {
		t.Errorf("unchanged: %v", err)
	}
	c.Rules.Roles[1] = wide("B", 9)
	if err := c.CheckTotals(before); err != nil {
		t.Errorf("with one less: %v", err)
	}
}
