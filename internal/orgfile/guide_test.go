package orgfile_test

import (
	"os"
	"strings"
	"testing"

	"gatehouse/internal/orgfile"
)

// TestExampleOfTheGuideIsADocument reads the YAML of docs/as-code.md as a
// reader would copy it.
func TestExampleOfTheGuideIsADocument(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../docs/as-code.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(guide), "```yaml\n")
	example, _, ended := strings.Cut(rest, "```")
	if !found || !ended {
		t.Fatal("the guide has no example")
	}
	if err := valid(t, compiled(t), example); err != nil {
		t.Error(err)
	}
	next := apply(t, contoso(), read(t, example), orgfile.Prune)
	if len(next.Access.Rules.Roles) != 1 || len(next.Access.Rules.Assignments) != 1 || len(next.Access.Clients) != 1 || len(next.Access.Tools) != 2 {
		t.Errorf("the example makes\n%s", write(t, next))
	}
}

// TestSecretInTheGuideIsByReference reads the guide's words about secrets.
func TestSecretInTheGuideIsByReference(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../docs/as-code.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(guide), "```\ncredential:\n")
	snippet, _, ended := strings.Cut(rest, "```")
	if !found || !ended {
		t.Fatal("the guide shows no credential")
	}
	doc := read(t, "gatehouse: 1\norganization:\n  connection:\n    credential:\n"+strings.ReplaceAll("      "+strings.TrimSpace(snippet), "\n  from", "\n      from")+"\n")
	if from := doc.Organization.Connection.Credential.From; from == nil || from.Env != "CONTOSO_CLIENT_SECRET" {
		t.Errorf("the credential is %+v", doc.Organization.Connection.Credential)
	}
}
