package wire_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/wire"
)

func TestAnnotationsOfASchemaAreFound(t *testing.T) {
	t.Parallel()
	schema := `{"type":"object","properties":{"region":{"type":"string","x-mcp-header":"Region"},"plain":{"type":"string"},` +
		`"page":{"type":"object","properties":{"count":{"type":"integer","x-mcp-header":"page-COUNT"},"properties":{"type":"boolean","x-mcp-header":"d!ry"}}},` +
		`"x-mcp-header":{"type":"string","enum":[{"x-mcp-header":1}],"const":{"x-mcp-header":""},"default":{"x-mcp-header":""},"examples":[{"x-mcp-header":""}]},` +
		`"open":true},"x-vendor":{"properties":{"a":{"x-mcp-header":" "}}},"items":false,"required":["x-mcp-header"]}`
	got, err := wire.ParseHeaderParams([]byte(schema))
	want := []wire.HeaderParam{
		{Header: "Mcp-Param-Region", Path: []string{"region"}, Type: wire.StringParam},
		{Header: "Mcp-Param-Page-Count", Path: []string{"page", "count"}, Type: wire.IntegerParam},
		{Header: "Mcp-Param-D!ry", Path: []string{"page", "properties"}, Type: wire.BooleanParam},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
	for _, schema := range []string{`{}`, ` {} `, `{"type":"object","properties":{}}`, `{"properties":7,"allOf":{},"items":"x"}`} {
		if got, err := wire.ParseHeaderParams([]byte(schema)); err != nil || len(got) != 0 {
			t.Errorf("%s: %v, %v", schema, got, err)
		}
	}
}

func TestAnnotationThatNobodyCanFollowIsRefused(t *testing.T) {
	t.Parallel()
	property := func(members string) string { return `{"type":"object","properties":{"a":{` + members + `}}}` }
	const good = `{"type":"string","x-mcp-header":"A"}`
	for _, row := range []struct{ name, schema, why string }{
		{"empty", property(`"type":"string","x-mcp-header":""`), "letters, digits"},
		{"not a token", property(`"type":"string","x-mcp-header":"My Header"`), "letters, digits"},
		{"line break", property(`"type":"string","x-mcp-header":"A\r\nB"`), "letters, digits"},
		{"colon", property(`"type":"string","x-mcp-header":"A:"`), "letters, digits"},
		{"not ASCII", property(`"type":"string","x-mcp-header":"ü"`), "letters, digits"},
		{"at sign", property(`"type":"string","x-mcp-header":"a@b"`), "letters, digits"},
		{"bracket", property(`"type":"string","x-mcp-header":"a[b"`), "letters, digits"},
		{"not text", property(`"type":"string","x-mcp-header":7`), "letters, digits"},
		{"null", property(`"type":"string","x-mcp-header":null`), "letters, digits"},
		{"number", property(`"type":"number","x-mcp-header":"A"`), "type is string, integer or boolean"},
		{"object", property(`"type":"object","x-mcp-header":"A"`), "type is string"},
		{"array", property(`"type":"array","x-mcp-header":"A"`), "type is string"},
		{"two types", property(`"type":["string","null"],"x-mcp-header":"A"`), "type is string"},
		{"no type", property(`"x-mcp-header":"A"`), "type is string"},
		{"reference", property(`"$ref":"#/$defs/a","x-mcp-header":"A"`), "type is string"},
		{"the same twice", `{"properties":{"a":` + good + `,"b":` + good + `}}`, "another one names too"},
		{"the same in other case", `{"properties":{"a":` + good + `,"b":{"properties":{"c":{"type":"string","x-mcp-header":"a"}}}}}`, "another one names too"},
		{"at the root", `{"type":"object","x-mcp-header":"A"}`, `"properties" alone`},
		{"below items", property(`"items":` + good), `at "/properties/a/items" of the input schema must stand`},
		{"below items that are many", property(`"items":[` + good + `]`), `"properties" alone`},
		{"below prefixItems", property(`"prefixItems":[true,` + good + `]`), `"properties" alone`},
		{"below contains", property(`"contains":` + good), `"properties" alone`},
		{"below additionalProperties", `{"additionalProperties":` + good + `}`, `"properties" alone`},
		{"below patternProperties", `{"patternProperties":{"^a":` + good + `}}`, `"/patternProperties/^a"`},
		{"below unevaluatedProperties", `{"unevaluatedProperties":` + good + `}`, `"properties" alone`},
		{"below unevaluatedItems", `{"unevaluatedItems":` + good + `}`, `"properties" alone`},
		{"below additionalItems", `{"additionalItems":` + good + `}`, `"properties" alone`},
		{"below propertyNames", `{"propertyNames":` + good + `}`, `"properties" alone`},
		{"below contentSchema", `{"contentSchema":` + good + `}`, `"properties" alone`},
		{"below dependentSchemas", `{"dependentSchemas":{"a":` + good + `}}`, `"properties" alone`},
		{"below dependencies", `{"dependencies":{"b":["a"],"a":` + good + `}}`, `"properties" alone`},
		{"below $defs", `{"$defs":{"a":` + good + `}}`, `"properties" alone`},
		{"below definitions", `{"definitions":{"a":` + good + `}}`, `"properties" alone`},
		{"below oneOf", `{"oneOf":[{"properties":{"a":` + good + `}}]}`, `"/oneOf/properties/a"`},
		{"below anyOf", `{"anyOf":[{"properties":{"a":` + good + `}}]}`, `"properties" alone`},
		{"below allOf", `{"allOf":[{"properties":{"a":` + good + `}}]}`, `"properties" alone`},
		{"below not", `{"not":{"properties":{"a":` + good + `}}}`, `"properties" alone`},
		{"below if", `{"if":{"properties":{"a":` + good + `}}}`, `"properties" alone`},
		{"below then", `{"then":{"properties":{"a":` + good + `}}}`, `"properties" alone`},
		{"below else", `{"else":{"properties":{"a":` + good + `}}}`, `"properties" alone`},
		{"written with escapes", property(`"type":"number","x\u002dmcp-header":"A"`), "type is string"},
		{"more than anybody needs", `{"properties":{` + annotated(65) + `}}`, "more than the 64"},
		{"nothing", ``, "it is empty"},
		{"no object", `true`, "not a JSON object"},
		{"not JSON", `{"properties":`, "not strict JSON"},
		{"two members of one name", property(`"type":"string","type":"integer"`), "occurs twice"},
		{"too deep", strings.Repeat(`{"not":`, 100) + `{}` + strings.Repeat(`}`, 100), "too deeply"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, err := wire.ParseHeaderParams([]byte(row.schema))
			if err == nil || got != nil || !strings.Contains(err.Error(), row.why) {
				t.Errorf("got %v, %v; want an error with %q", got, err, row.why)
			}
		})
	}
	if got, err := wire.ParseHeaderParams([]byte(`{"properties":{` + annotated(64) + `}}`)); err != nil || len(got) != 64 {
		t.Errorf("64 annotations: %d, %v", len(got), err)
	}
}

func annotated(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"p%d":{"type":"string","x-mcp-header":"H%d"}`, i, i)
	}
	return b.String()[1:]
}

func TestHostileSchemasTakeLittleTime(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("n", 100_000)
	for name, schema := range map[string]string{
		"deep and wide":              strings.Repeat(`{"not":`, 60) + `{"properties":{` + wide(5_000) + `}}` + strings.Repeat(`}`, 60),
		"many below a long name":     `{"properties":{"` + long + `":{"allOf":[` + strings.Repeat(`{},`, 100_000) + `{}]}}}`,
		"many names":                 `{"properties":{` + wide(4_000) + `}}`,
		"annotations of deep places": `{"not":{"properties":{` + annotated(3_000) + `}}}`,
	} {
		took := time.Hour
		for try := 0; try < 3 && took > 4*time.Second; try++ {
			start := time.Now()
			_, _ = wire.ParseHeaderParams([]byte(schema))
			took = time.Since(start)
		}
		if took > 4*time.Second {
			t.Errorf("%s: %d bytes took %v", name, len(schema), took)
		}
	}
}

func wide(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"p%d":{"not":{}}`, i)
	}
	return b.String()[1:]
}

// An annotation is found where a plain walk over the decoded schema finds it.
func FuzzParseHeaderParams(f *testing.F) {
	for _, seed := range []string{
		`{"type":"object","properties":{"a":{"type":"string","x-mcp-header":"A"},"b":{"properties":{"c":{"type":"integer","x-mcp-header":"B"}}}}}`,
		`{"properties":{"a":{"items":{"x-mcp-header":"A"}}}}`, `{"allOf":[{"properties":{}}],"$defs":{"x":true}}`, `{"x-mcp-header":"A"}`,
		`{"properties":{"a":{"type":"string","x-mcp-header":"A"},"b":{"type":"boolean","x-mcp-header":"a"}}}`, `{"properties":{"a":{"type":["string"],"x-mcp-header":"A"}}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, schema []byte) {
		got, err := wire.ParseHeaderParams(schema)
		if err != nil {
			return
		}
		n, err := parse(schema)
		if err != nil {
			t.Fatalf("%q is no JSON: %v", schema, err)
		}
		seen := map[string]bool{}
		for _, p := range got {
			at := n
			for _, name := range p.Path {
				properties, _ := readings[0].get(at, "properties")
				at, _ = readings[0].get(properties, name)
			}
			name := readings[0].text(at, "x-mcp-header")
			kind := wire.ParamType(readings[0].text(at, "type"))
			if !strings.EqualFold(p.Header, "Mcp-Param-"+name) || kind != p.Type || seen[p.Header] || len(p.Path) == 0 {
				t.Errorf("%q: %+v is not there", schema, p)
			}
			seen[p.Header] = true
		}
		if n.object && len(got) != countAnnotations(n) {
			t.Errorf("%q: found are %d of %d", schema, len(got), countAnnotations(n))
		}
	})
}

// countAnnotations counts those that properties alone lead to.
func countAnnotations(n node) int {
	count := 0
	properties, _ := readings[0].get(n, "properties")
	for _, p := range properties.members {
		if properties.object && p.value.object {
			if _, there := readings[0].get(p.value, "x-mcp-header"); there {
				count++
			}
			count += countAnnotations(p.value)
		}
	}
	return count
}
