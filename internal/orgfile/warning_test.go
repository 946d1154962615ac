package orgfile_test

import (
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/authz"
	"gatehouse/internal/orgfile"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

func TestGoodStateHasNoWarnings(t *testing.T) {
	t.Parallel()
	if found := orgfile.Warnings(contoso(), deployment); len(found) > 0 {
		t.Errorf("warnings are %q", found)
	}
}

// TestWarningsNameEntriesByTheirKeys: the position of an entry in the file of
// whoever reads the warning is not the one in the state.
func TestWarningsNameEntriesByTheirKeys(t *testing.T) {
	t.Parallel()
	s := contoso()
	c := &s.Access
	idle := authz.Role{ID: tenants.NewGUID(), Name: "An idle role", Permissions: []authz.Permission{{Effect: authz.Allow, Patterns: []string{"pyroll_*", "wipe"}}}}
	c.Rules.Roles = append(c.Rules.Roles, idle)
	c.Tools = append(c.Tools, tools.Selection{Name: "gone", Effect: tools.Read})
	c.Rules.Assignments = append(c.Rules.Assignments, authz.Assignment{ID: tenants.NewGUID(), Role: c.Rules.Roles[0].ID, Subject: authz.Subject{Kind: authz.SubjectClient, Value: bob}})
	c.Rules.ScopeCeilings["tools/x"] = authz.Ceiling{Patterns: []string{"search"}}
	c.Rules.ClientCeilings[alice] = authz.Ceiling{Patterns: []string{"search"}}
	want := []string{
		`assignments[Payroll to client ` + bob + `].subject.value: is a client that is not listed, so it cannot connect; list it under clients`,
		`clients[` + alice + `].maximumPermissions: belongs to a client that is not listed; list the client, or drop its maximum permissions`,
		`roles["An idle role"]: is a role that nobody has; assign it, or remove it`,
		`roles["An idle role"].permissions[0].patterns[0]: "pyroll_*" matches no tool of this deployment, and none that is approved of a source; check its spelling`,
		`roles["An idle role"].permissions[0].patterns[1]: "wipe" matches only tools that are switched off; switch one on`,
		`scopeCeilings[tools/x]: "tools/x" is no short scope name; use the part after the last slash, such as access_as_user`,
		`tools[gone].name: "gone" is no tool of this deployment; list the tools for the names there are`,
	}
	var got []string
	for _, w := range orgfile.Warnings(s, deployment) {
		got = append(got, w.String())
	}
	if !slices.Equal(got, want) {
		t.Errorf("warnings are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
