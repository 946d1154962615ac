package orgfile_test

import (
	"reflect"
	"slices"
	"testing"

	"gatehouse/internal/orgfile"
)

func TestExportIsAsTheGoldenFileSays(t *testing.T) {
	t.Parallel()
	golden(t, "testdata/contoso.yaml", write(t, contoso()))
}

func TestEqualContentIsWrittenAsTheSameBytes(t *testing.T) {
	t.Parallel()
	a, b := contoso(), contoso()
	slices.Reverse(b.Organization.Origins)
	slices.Reverse(b.RoleGrants)
	slices.Reverse(b.Access.Tools)
	slices.Reverse(b.Access.Clients)
	slices.Reverse(b.Access.Sources)
	slices.Reverse(b.Access.Approvals)
	slices.Reverse(b.Access.Rules.Roles)
	slices.Reverse(b.Access.Rules.Assignments)
	if x, y := write(t, a), write(t, b); x != y {
		t.Errorf("two orders are written as\n%s\n%s", x, y)
	}
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	t.Parallel()
	s := contoso()
	for i, name := range hostile {
		s.Access.Clients[0].Name, s.Access.Rules.Roles[0].Name = name, name
		s.Access.Rules.Roles[0].Permissions[0].Condition = hostile[len(hostile)-1-i] + "\n\t  && true\n" + name
		want := orgfile.Export(s)
		if got := read(t, write(t, s)); !reflect.DeepEqual(got, want) {
			t.Errorf("name %q comes back as %+v", name, got)
		}
	}
}

// hostile are names that YAML gives a meaning of its own.
var hostile = []string{
	"null", "~", "true", "no", "on", "1", "1e3", "0x1f", "2026-03-02", "2026-03-02T09:00:00Z", "- a", "a: b", "a #b", "#a", "*a", "&a", "!a", "|", ">",
	"%a", "@a", "`a`", "'", `"`, `\`, "{a}", "[a]", "---", "...", "=", "<<", "a, b", "Zoë Ünal", "名前", "a  b", "?", "? a", ": a", "a:", "🙂",
}
