package orgfile_test

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"gatehouse/internal/orgfile"
)

const schemaFile = "../../docs/org.schema.json"

func TestSchemaIsPublishedAsTheTypesHaveIt(t *testing.T) {
	t.Parallel()
	text, err := orgfile.Schema(schema)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, schemaFile, string(text))
}

func TestEveryMemberOfTheSchemaIsDescribed(t *testing.T) {
	t.Parallel()
	text, err := orgfile.Schema(schema)
	if err != nil {
		t.Fatal(err)
	}
	var root map[string]any
	if err := json.Unmarshal(text, &root); err != nil {
		t.Fatal(err)
	}
	count := 0
	var walk func(at string, s map[string]any)
	walk = func(at string, s map[string]any) {
		properties, _ := s["properties"].(map[string]any)
		for name, inner := range properties {
			member := inner.(map[string]any)
			if text, _ := member["description"].(string); len(text) < 10 || !strings.HasSuffix(text, ".") {
				t.Errorf("%s.%s has the description %q", at, name, text)
			}
			count++
			walk(at+"."+name, member)
			if items, ok := member["items"].(map[string]any); ok {
				walk(at+"."+name+"[]", items)
			}
		}
	}
	walk("", root)
	if count < 50 {
		t.Errorf("the schema has %d members", count)
	}
}

// compiled is the schema as another library understands it.
func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := orgfile.Schema(schema)
	if err != nil {
		t.Fatal(err)
	}
	return compiledFrom(t, bytes.NewReader(text))
}

func compiledFrom(t *testing.T, text io.Reader) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("org.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("org.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// valid says what the schema thinks of a text in YAML.
func valid(t *testing.T, s *jsonschema.Schema, text string) error {
	t.Helper()
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(text), &n); err != nil {
		t.Fatal(err)
	}
	plainTimes(&n)
	var v any
	if err := n.Decode(&v); err != nil {
		t.Fatal(err)
	}
	asJSON, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(value)
}

// plainTimes makes times text, as editors that check YAML against a JSON Schema
// take them: YAML 1.2 has no times.
func plainTimes(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!timestamp" {
		n.Tag = "!!str"
	}
	for _, inner := range n.Content {
		plainTimes(inner)
	}
}

func TestSchemaAcceptsWhatIsExported(t *testing.T) {
	t.Parallel()
	if err := valid(t, compiled(t), write(t, contoso())); err != nil {
		t.Error(err)
	}
}

// Each mutant is the exported document with one thing changed; neither the
// schema nor Read may take it.
func TestSchemaAndReadRefuseMutants(t *testing.T) {
	t.Parallel()
	s, text := compiled(t), write(t, contoso())
	for name, change := range map[string][2]string{
		"another version":        {"gatehouse: 1", "gatehouse: 2"},
		"version as text":        {"gatehouse: 1", "gatehouse: one"},
		"no version":             {"gatehouse: 1\n", ""},
		"unknown section":        {"\nroles:", "\nrols:"},
		"unknown member":         {"    effect: read", "    efect: read"},
		"word that is none":      {"guests: refuse", "guests: maybe"},
		"mode that is none":      {"mode: direct", "mode: open"},
		"text for a truth":       {"acceptEntraTokens: false", "acceptEntraTokens: 'false'"},
		"effect that is none":    {"effect: destructive", "effect: harmless"},
		"duration without unit":  {"soft: 5m", "soft: \"5\""},
		"no GUID":                {"clientId: 0a0a", "clientId: 0a0"},
		"no time":                {"endsAt: 2026-06-02T09:00:00Z", "endsAt: soon"},
		"a day for a time":       {"endsAt: 2026-06-02T09:00:00Z", "endsAt: 2026-06-02"},
		"list for a word":        {"name: Contoso", "name: [Contoso]"},
		"word for a list":        {"patterns: [search]", "patterns: search"},
		"nothing":                {"name: Contoso", "name:"},
		"no patterns":            {"patterns: [search]", "patterns: []"},
		"no subject":             {"    subject:\n      kind: everybody\n", ""},
		"authentication context": {"authenticationContext: c1", "authenticationContext: c100"},
		"a secret":               {"kind: client_secret", "kind: client_secret\n      value: s3cr3t"},
		"a header's value":       {"header: X-Api-Key", "header: X-Api-Key\n      value: s3cr3t"},
		"hash that is none":      {"hash: sha256:01", "hash: sha512:01"},
		"number for a truth":     {"enabled: true", "enabled: 1"},
		"text for a number":      {"concurrent: 8", "concurrent: eight"},
		"credential that is none": {
			"kind: client_secret", "kind: managed_identity",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mutant := strings.Replace(text, change[0], change[1], 1)
			if mutant == text {
				t.Fatalf("%q is not in the document", change[0])
			}
			if err := valid(t, s, mutant); err == nil {
				t.Error("the schema accepts it")
			}
			if _, err := orgfile.Read("org.yaml", strings.NewReader(mutant)); err == nil {
				t.Error("Read accepts it")
			}
		})
	}
}
