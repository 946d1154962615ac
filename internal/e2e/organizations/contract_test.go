package organizations_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// contract is what these tests read of openapi.yaml, as it is served. A test
// that walks it covers a new operation without being told.
type contract struct {
	Paths      map[string]map[string]operation
	Components struct{ Schemas map[string]schema }
}

type operation struct {
	ID          string `yaml:"operationId"`
	Parameters  []struct{ In, Name string }
	RequestBody *struct {
		Content map[string]struct{ Schema schema }
	} `yaml:"requestBody"`

	Security []map[string][]string

	method, path string
}

// takesTokens reports whether an automation may do it.
func (o operation) takesTokens() bool {
	return slices.ContainsFunc(o.Security, func(s map[string][]string) bool { _, ok := s["bearer"]; return ok })
}

type schema struct {
	Ref        string `yaml:"$ref"`
	Type       string
	Format     string
	Enum       []string
	Minimum    int
	Items      *schema
	Properties map[string]schema
}

func (k *stack) contract(t *testing.T) (contract, []operation) {
	t.Helper()
	var c contract
	if err := yaml.Unmarshal([]byte(k.automation(t, "").send(http.MethodGet, "/api/openapi.yaml", "").want(http.StatusOK).body), &c); err != nil {
		t.Fatal(err)
	}
	var all []operation
	for _, path := range slices.Sorted(maps.Keys(c.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(c.Paths[path])) {
			o := c.Paths[path][method]
			o.method, o.path = strings.ToUpper(method), path
			all = append(all, o)
		}
	}
	if len(all) < 50 {
		t.Fatalf("the contract has %d operations only", len(all))
	}
	return c, all
}

const inside = "/api/organizations/{org}"

// names reports whether the path names a thing that belongs to the organization:
// tools have the same names everywhere.
func (o operation) names() bool {
	rest := strings.ReplaceAll(strings.TrimPrefix(o.path, inside), "{tool}", "")
	return strings.HasPrefix(o.path, inside) && strings.Contains(rest, "{")
}

func (o operation) has(in, name string) bool {
	return slices.ContainsFunc(o.Parameters, func(p struct{ In, Name string }) bool { return p.In == in && p.Name == name })
}

// body is one that passes the operation's schema; empty when there is none.
func (c contract) body(t *testing.T, o operation) string {
	t.Helper()
	if o.RequestBody == nil {
		return ""
	}
	text, err := json.Marshal(c.sample("", o.RequestBody.Content["application/json"].Schema))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func (c contract) sample(name string, s schema) any {
	if s.Ref != "" {
		s = c.Components.Schemas[s.Ref[strings.LastIndex(s.Ref, "/")+1:]]
	}
	switch {
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.Format == "uuid", name == "id":
		return tenants.NewGUID()
	case s.Format == "date-time":
		return "2040-01-01T00:00:00Z"
	case name == "hash":
		return tools.Hash{1}.String()
	case s.Properties["tokenUrl"].Type != "":
		return map[string]any{"kind": "header", "header": "X-Api-Key", "value": "plain words"}
	case name == "authenticationContext":
		return "c1"
	}
	switch s.Type {
	case "string":
		return "plain words"
	case "integer":
		return max(s.Minimum, 7)
	case "boolean":
		return true
	case "array":
		return []any{c.sample("", *s.Items)}
	default:
		object := map[string]any{}
		for p, of := range s.Properties {
			object[p] = c.sample(p, of)
		}
		return object
	}
}
