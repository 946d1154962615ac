package access_test

import (
	"fmt"
	"slices"
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
	several := holding(holding(crowded(150), allow("big_t00*", "big_t01*", "big_t02*", "big_t03*", "big_t04*", "big_t05*")), allow("big_t06*", "big_t07*", "big_t08*", "big_t09*", "big_t10*", "big_t11*"))
	person := several
	person.Rules.Assignments = slices.Clone(several.Rules.Assignments)
	person.Rules.Assignments[2].Subject = authz.Subject{Kind: authz.SubjectPerson, Value: group}
	person.Toolsets = []tools.Toolset{{Name: "small", Patterns: []string{"big_t0*"}}, {Name: "large", Patterns: []string{"big_*"}}}
	unassigned := holding(crowded(105), allow("big_*"))
	unassigned.Rules.Assignments = unassigned.Rules.Assignments[:1]
	guests := holding(crowded(105), allow("big_*"))
	guests.Rules.Roles[0].Permissions = append(guests.Rules.Roles[0].Permissions, deny(""))
	for name, row := range map[string]struct {
		c    access.Configuration
		want string
	}{
		"several roles of one subject":        {several, "assignments[1]: gives 121"},
		"two subjects that may be one person": {person, "assignments: give up to 121; toolsets[1]: give up to 120"},
		"a role that nobody has":              {unassigned, ""},
		"what everybody is denied, as guest":  {guests, "assignments[1]: gives 105"},
		"a hundred, and what everybody has":   {holding(crowded(100), allow("big_*")), "assignments[1]: gives 101"},
		"a hundred in all":                    {holding(crowded(99), allow("big_*")), ""},
		"two patterns for one tool":           {holding(crowded(99), allow("big_*", "big_t0*", "*t001")), ""},
		"everything, prompts not counted":     {holding(crowded(100), allow("*")), "assignments[1]: gives 101"},
		"some of many":                        {holding(crowded(300), allow("big_t01*")), ""},
		"a pattern that begins with a star":   {holding(crowded(1000), allow("*_t0*")), "assignments[1]: gives 101"},
		"what is always denied is in no list": {holding(crowded(105), allow("big_*"), deny("")), ""},
		"what is denied at times is":          {holding(crowded(105), allow("big_*"), deny("caller.guest")), "assignments[1]: gives 106"},
		"what is allowed at times is":         {holding(crowded(100), authz.Permission{Effect: authz.Allow, Patterns: []string{"big_*"}, Condition: "caller.guest"}), "assignments[1]: gives 101"},
		"a source that is switched off":       {off, ""},
		"toolsets":                            {holding(set, allow("*")), "assignments[1]: gives 102; toolsets[1]: gives 101"},
	} {
		if got := strings.Join(longOf(row.c), "; "); got != row.want {
			t.Errorf("%s: %q, want %q", name, got, row.want)
		}
	}
}

func TestLongListIsThatOfSomebody(t *testing.T) {
	t.Parallel()
	c := holding(crowded(120), authz.Permission{Effect: authz.Allow, Patterns: []string{"big_*"}})
	c.Rules.Assignments[1].Name = "Finance"
	c = holding(c, authz.Permission{Effect: authz.Allow, Patterns: []string{"big_t0*", "big_t10*"}})
	c.Rules.Assignments[2].Subject = authz.Subject{Kind: authz.SubjectAppRole, Value: "Staff.All"}
	found := access.Validate(c, access.Deployment{Tools: []string{"search"}}).Warnings
	at := slices.IndexFunc(found, func(w access.Warning) bool { return w.Path == "assignments[1]" })
	const want = `gives 121 tools at the main endpoint to group "Finance", with what everybody has, the longest of 4 lists over 100, as if every condition held; somebody who is several subjects of assignments at once sees at most 121;`
	if at < 0 || !strings.HasPrefix(found[at].Message, want) {
		t.Errorf("%+v", found)
	}
}
