package access_test

import (
	"fmt"
	"strings"
	"testing"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// crowded has a source of n tools and one prompt, and the role Everyday, which
// everybody has.
func crowded(n int) access.Configuration {
	source := tools.Source{ID: tenants.NewGUID(), Name: "big", Naming: tools.Prefixed, Enabled: true}
	everyday := authz.Role{ID: tenants.NewGUID(), Name: "Everyday", Permissions: []authz.Permission{{Effect: authz.Allow, Patterns: []string{"search"}}}}
	c := access.Configuration{
		Tools: []tools.Selection{{Name: "search", Effect: tools.Read}}, Sources: []tools.Source{source},
		Approvals: []tools.Approval{{Source: source.ID, Kind: tools.KindPrompt, Name: "p"}},
		Rules: authz.Rules{
			Roles:       []authz.Role{everyday},
			Assignments: []authz.Assignment{{Role: everyday.ID, Subject: authz.Subject{Kind: authz.SubjectEverybody}}},
		},
	}
	for i := range n {
		c.Approvals = append(c.Approvals, tools.Approval{Source: source.ID, Kind: tools.KindTool, Name: fmt.Sprintf("t%03d", i)})
	}
	return c
}

// holding adds a role that a group has.
func holding(c access.Configuration, permissions ...authz.Permission) access.Configuration {
	r := authz.Role{ID: tenants.NewGUID(), Name: "Given", Permissions: permissions}
	c.Rules.Roles = append(c.Rules.Roles, r)
	c.Rules.Assignments = append(c.Rules.Assignments, authz.Assignment{Role: r.ID, Subject: authz.Subject{Kind: authz.SubjectGroup, Value: group}})
	return c
}

func longOf(c access.Configuration) (found []string) {
	for _, w := range access.Validate(c, access.Deployment{Tools: []string{"search"}}).Warnings {
		if strings.Contains(w.Message, " tools") && strings.Contains(w.Message, "128") {
			before, _, _ := strings.Cut(w.Message, " tools")
			found = append(found, w.Path+": "+before)
		}
	}
	return found
}

func TestLongListsAreCountedAsTheWarningSays(t *testing.T) {
	t.Parallel()
	allow := func(patterns ...string) authz.Permission {
		return authz.Permission{Effect: authz.Allow, Patterns: patterns}
	}
	deny := func(condition string) authz.Permission {
		return authz.Permission{Effect: authz.Deny, Patterns: []string{"big_t00*"}, Condition: condition}
	}
	off := holding(crowded(101), allow("*"))
	off.Sources[0].Enabled = false
	set := crowded(101)
	set.Toolsets = []tools.Toolset{{Name: "small", Patterns: []string{"big_t0*"}}, {Name: "large", Patterns: []string{"big_*", "prompt:big_*"}}}
	for name, row := range map[string]struct {
		c    access.Configuration
		want string
	}{
		"a hundred, and what everybody has":   {holding(crowded(100), allow("big_*")), "roles[1]: allows 101"},
		"a hundred in all":                    {holding(crowded(99), allow("big_*")), ""},
		"two patterns for one tool":           {holding(crowded(99), allow("big_*", "big_t0*", "*t001")), ""},
		"everything, prompts not counted":     {holding(crowded(100), allow("*")), "roles[1]: allows 101"},
		"some of many":                        {holding(crowded(300), allow("big_t01*")), ""},
		"a pattern that begins with a star":   {holding(crowded(1000), allow("*_t0*")), "roles[1]: allows 101"},
		"what is always denied is in no list": {holding(crowded(105), allow("big_*"), deny("")), ""},
		"what is denied at times is":          {holding(crowded(105), allow("big_*"), deny("caller.guest")), "roles[1]: allows 106"},
		"what is allowed at times is":         {holding(crowded(100), authz.Permission{Effect: authz.Allow, Patterns: []string{"big_*"}, Condition: "caller.guest"}), "roles[1]: allows 101"},
		"a source that is switched off":       {off, ""},
		"toolsets":                            {set, "toolsets[1]: has 101"},
	} {
		if got := strings.Join(longOf(row.c), "; "); got != row.want {
			t.Errorf("%s: %q, want %q", name, got, row.want)
		}
	}
}
