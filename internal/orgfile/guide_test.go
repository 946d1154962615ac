package orgfile_test

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/access"
	"gatehouse/internal/orgfile"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// example is the YAML of docs/as-code.md as a reader would copy it.
func example(t *testing.T) string {
	t.Helper()
	guide, err := os.ReadFile("../../docs/as-code.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(guide), "```yaml\n")
	text, _, ended := strings.Cut(rest, "```")
	if !found || !ended {
		t.Fatal("the guide has no example")
	}
	return text
}

// TestExampleOfTheGuideMakesAnOrganization applies it, and what was exported
// then: what the example says is what the organization is.
func TestExampleOfTheGuideMakesAnOrganization(t *testing.T) {
	t.Parallel()
	text := example(t)
	if err := valid(t, compiled(t), text); err != nil {
		t.Error(err)
	}
	made := apply(t, contoso(), read(t, text), orgfile.Prune)
	for i := range made.Access.Sources { // as if their secrets had been given
		if k := read(t, text).Sources[i].Credential; access.SecretKind(k.Kind) {
			made.Access.Sources[i].Credential = tools.SourceCredential{
				ID: tenants.NewGUID(), Kind: k.Kind, Header: k.Header, Scopes: k.Scopes, TokenURL: k.TokenURL, ClientID: k.ClientID,
			}
		}
	}
	for name, again := range map[string]string{"the example": text, "its export": write(t, made)} {
		doc := read(t, again)
		if changes := orgfile.Diff(orgfile.Export(made), doc, orgfile.Prune); !changes.None() {
			t.Errorf("%s differs: %s", name, changes.Text())
		}
		if next := apply(t, made, doc, orgfile.Prune); !reflect.DeepEqual(next, made) {
			t.Errorf("%s changes what it has made: %s", name, write(t, next))
		}
	}
	if found := orgfile.Warnings(made, deployment); len(found) > 0 {
		t.Errorf("warnings are %q", found)
	}
}

// TestExampleOfTheGuideShowsEveryMember but where the connection's secret is,
// which the guide shows elsewhere.
func TestExampleOfTheGuideShowsEveryMember(t *testing.T) {
	t.Parallel()
	var shown, there map[string]any
	text, err := json.Marshal(read(t, example(t)))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &shown); err != nil {
		t.Fatal(err)
	}
	if text, err = orgfile.Schema(schema); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &there); err != nil {
		t.Fatal(err)
	}
	var missing []string
	absent(there, []any{shown}, "", &missing)
	slices.Sort(missing)
	if want := []string{".organization.connection.credential.from"}; !slices.Equal(missing, want) {
		t.Errorf("the example lacks %q", missing)
	}
}

// absent collects the members of a schema that none of the values has.
func absent(s map[string]any, values []any, at string, missing *[]string) {
	if items, isList := s["items"].(map[string]any); isList {
		var entries []any
		for _, v := range values {
			entries = append(entries, v.([]any)...)
		}
		absent(items, entries, at, missing)
		return
	}
	members, _ := s["properties"].(map[string]any)
	for name, member := range members {
		var found []any
		for _, v := range values {
			if inner, has := v.(map[string]any)[name]; has {
				found = append(found, inner)
			}
		}
		if found == nil {
			*missing = append(*missing, at+"."+name)
			continue
		}
		absent(member.(map[string]any), found, at+"."+name, missing)
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
	_, rest, found = strings.Cut(string(guide), "```\nsources:\n")
	source, _, ended := strings.Cut(rest, "```")
	if !found || !ended {
		t.Fatal("the guide shows no source's credential")
	}
	if k := read(t, "gatehouse: 1\nsources:\n"+source).Sources[0].Credential; k.From == nil || k.From.Env != "NOTES_KEY" {
		t.Errorf("the source's credential is %+v", k)
	}
	doc := read(t, "gatehouse: 1\norganization:\n  connection:\n    credential:\n"+strings.ReplaceAll("      "+strings.TrimSpace(snippet), "\n  from", "\n      from")+"\n")
	if from := doc.Organization.Connection.Credential.From; from == nil || from.Env != "CONTOSO_CLIENT_SECRET" {
		t.Errorf("the credential is %+v", doc.Organization.Connection.Credential)
	}
}
