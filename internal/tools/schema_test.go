package tools_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/tools"
)

// offered is a tool with an input schema.
func offered(schema string) []byte { return []byte(`{"name":"t","inputSchema":` + schema + `}`) }

// pinned is the entry of a tool with an input schema that has been approved.
func pinned(t *testing.T, schema string) *tools.Entry {
	t.Helper()
	o, err := tools.NewOffer(tools.KindTool, offered(schema))
	if err != nil {
		t.Fatal(err)
	}
	e, err := tools.NewPinnedEntry(source(), approved(o, tools.Read), nil)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// chain is a schema of n definitions, each of which applies the next one twice.
func chain(n int, each string) string {
	var b strings.Builder
	b.WriteString(`{"type":"object","$ref":"#/$defs/s0","$defs":{`)
	for i := range n {
		ref := fmt.Sprintf(`{"$ref":"#/$defs/s%d"}`, i+1)
		fmt.Fprintf(&b, `"s%d":`+each+`,`, i, ref, ref)
	}
	fmt.Fprintf(&b, `"s%d":{"minProperties":1}}}`, n)
	return b.String()
}

func TestSchemasThatCannotBeCheckedAreRefused(t *testing.T) {
	t.Parallel()
	object := func(rest string) string { return `{"type":"object",` + rest + `}` }
	property := func(schema string) string { return object(`"properties":{"a":` + schema + `}`) }
	for name, c := range map[string]struct{ schema, why string }{
		"no type":                    {`{}`, `"type" of the root`},
		"another type":               {`{"type":"array"}`, `"type" of the root`},
		"several types":              {`{"type":["object","null"]}`, `"type" of the root`},
		"a boolean":                  {`true`, "inputSchema must be an object"},
		"no schema":                  {object(`"properties":[]`), "not a JSON Schema"},
		"an unknown type":            {property(`{"type":"float"}`), "not a JSON Schema"},
		"reference to the network":   {property(`{"$ref":"https://example.com/s.json"}`), "refer to itself only"},
		"reference to a file":        {property(`{"$ref":"file:///etc/passwd"}`), "refer to itself only"},
		"reference to a neighbour":   {property(`{"$ref":"other.json"}`), "refer to itself only"},
		"reference by its own id":    {object(`"$id":"https://example.com/a/","properties":{"a":{"$ref":"b.json"}}`), "refer to itself only"},
		"another vocabulary":         {object(`"$schema":"https://example.com/meta"`), "refer to itself only"},
		"reference to nothing":       {property(`{"$ref":"#/$defs/none"}`), "not found"},
		"itself":                     {object(`"$ref":"#"`), "without going deeper"},
		"itself by a detour":         {object(`"allOf":[{"$ref":"#/$defs/a"}],"$defs":{"a":{"anyOf":[{"$ref":"#/$defs/b"}]},"b":{"not":{"$ref":"#/$defs/a"}}}`), "without going deeper"},
		"itself below a property":    {object(`"properties":{"a":{"$ref":"#/$defs/a"}},"$defs":{"a":{"properties":{"b":{"$ref":"#/$defs/b"}}},"b":{"allOf":[{"$ref":"#/$defs/b"}]}}`), "without going deeper"},
		"itself, seen deeper first":  {object(`"properties":{"a":{"$ref":"#/$defs/x"}},"$ref":"#/$defs/x","$defs":{"x":{"if":{"$ref":"#"}}}`), "without going deeper"},
		"a dynamic reference":        {property(`{"$dynamicRef":"#x","$dynamicAnchor":"x"}`), "$dynamicRef"},
		"a long way at one value":    {chain(40, `{"allOf":[%s],"anyOf":[%s]}`), "apply to one value"},
		"many parts":                 {object(`"enum":[` + strings.Repeat("[],", 4000) + `{}]`), "parts"},
		"many subschemas":            {object(`"anyOf":[` + strings.Repeat(`{"minLength":1},`, 1600) + `{}]`), "subschemas"},
		"a long pattern":             {property(`{"pattern":"` + strings.Repeat("a", 2001) + `"}`), "/properties/a/pattern"},
		"a pattern that grows":       {property(`{"pattern":"(abcdefgh){900}"}`), "repeats itself"},
		"a large class that repeats": {property(`{"pattern":"[a-z\\p{L}]{900}"}`), "repeats itself"},
		"a negated look-ahead":       {property(`{"not":{"pattern":"^(?!a)"}}`), "linear time"},
		"a look-ahead as condition":  {property(`{"if":{"properties":{"b":{"pattern":"(a)\\1"}}},"then":false}`), "linear time"},
		"a look-ahead in names":      {property(`{"patternProperties":{"^(?!a)":{}}}`), "linear time"},
		"a huge number":              {property(`{"maximum":1e999999999}`), "exponent"},
		"a long number":              {property(`{"maximum":` + strings.Repeat("1", 1001) + `}`), "1000 characters"},
		"a step of nothing":          {property(`{"multipleOf":0}`), "not a JSON Schema"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := tools.NewOffer(tools.KindTool, offered(c.schema))
			if err == nil || fault.KindOf(err) != fault.Invalid || !strings.Contains(fault.Public(err), c.why) {
				t.Errorf("%v, want a complaint about %q", err, c.why)
			}
			if err != nil && len(err.Error()) > 3000 {
				t.Errorf("the complaint has %d bytes", len(err.Error()))
			}
		})
	}
}

func TestSchemasOfTheFieldAreUnderstood(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ schema, good, bad string }{
		"draft 7 with its format":              {`{"$schema":"http://json-schema.org/draft-07/schema#","type":"object","properties":{"a":{"type":"string","format":"date"},"b":{"items":[{"type":"integer"}]}}}`, `{"a":"x"}`, `{"b":["x"]}`},
		"draft 7 and an expression to compile": {`{"$schema":"http://json-schema.org/draft-07/schema#","type":"object","properties":{"a":{"type":"string","format":"regex"}}}`, `{"a":"("}`, `{"a":1}`},
		"definitions":                          {`{"type":"object","definitions":{"d":{"type":"integer"}},"properties":{"a":{"$ref":"#/definitions/d"}}}`, `{"a":1}`, `{"a":"x"}`},
		"its own id":                           {`{"$id":"https://example.com/s","type":"object","$defs":{"d":{"type":"integer"}},"properties":{"a":{"$ref":"https://example.com/s#/$defs/d"}}}`, `{"a":1}`, `{"a":"x"}`},
		"an anchor":                            {`{"type":"object","$defs":{"d":{"$anchor":"x","type":"integer"}},"properties":{"a":{"$ref":"#x"}}}`, `{"a":1}`, `{"a":"x"}`},
		"a tree":                               {`{"type":"object","properties":{"a":{"$ref":"#"},"n":{"type":"integer"}}}`, `{"a":{"a":{"a":{"n":1}}}}`, `{"a":{"a":{"a":{"n":"x"}}}}`},
		"a look-ahead":                         {`{"type":"object","properties":{"a":{"type":"string","pattern":"^(?!a)"}}}`, `{"a":"abc"}`, `{"a":1}`},
		"what is unevaluated":                  {`{"type":"object","allOf":[{"properties":{"a":true}}],"unevaluatedProperties":false}`, `{"a":1}`, `{"b":1}`},
		"a pattern":                            {`{"type":"object","properties":{"a":{"pattern":"^[a-z]{1,40}$"}}}`, `{"a":"abc"}`, `{"a":"ABC"}`},
		"things of one kind":                   {`{"type":"object","properties":{"a":{"uniqueItems":true}}}`, `{"a":[1,2]}`, `{"a":[1,1.0]}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := pinned(t, c.schema)
			if err := e.CheckArguments([]byte(c.good)); err != nil {
				t.Errorf("%s: %v", c.good, err)
			}
			if err := e.CheckArguments([]byte(c.bad)); fault.KindOf(err) != fault.Invalid || err == nil {
				t.Errorf("%s: %v", c.bad, err)
			}
		})
	}
}

// Each of these would keep a validator busy for minutes, or for ever.
func TestCheckingArgumentsTakesBoundedTime(t *testing.T) {
	t.Parallel()
	nested := func(n int) string { return strings.Repeat(`{"a":`, n) + `{}` + strings.Repeat(`}`, n) }
	for name, c := range map[string]struct{ schema, arguments string }{
		"what doubles at one value":  {chain(30, `{"allOf":[%s,%s]}`), `{}`},
		"what doubles at each level": {`{"type":"object","allOf":[{"properties":{"a":{"$ref":"#"}}},{"properties":{"a":{"$ref":"#"}}}]}`, nested(40)},
		"what doubles by names":      {`{"type":"object","patternProperties":{"a":{"$ref":"#"},"^a":{"$ref":"#"}}}`, nested(40)},
		"what doubles unevaluated":   {`{"type":"object","properties":{"a":{"$ref":"#"}},"anyOf":[{"unevaluatedProperties":{"$ref":"#"}}]}`, nested(40)},
		"what doubles in lists":      {`{"type":"object","properties":{"a":{"$ref":"#/$defs/l"}},"$defs":{"l":{"items":{"$ref":"#/$defs/l"},"contains":{"$ref":"#/$defs/l"}}}}`, `{"a":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`},
		"a slow pattern":             {`{"type":"object","properties":{"a":{"pattern":"(x+x+){400}y"}}}`, `{"a":"` + strings.Repeat("x", 1<<20) + `"}`},
		"slow patterns of names":     {`{"type":"object","patternProperties":{"(x+x+){400}y":{},"(x+x+){400}z":{},"(x+x+){400}a":{},"(x+x+){400}b":{},"(x+x+){400}c":{}}}`, `{"` + strings.Repeat("x", 1<<22) + `":1}`},
		"many slow patterns":         {`{"type":"object","properties":{"a":{"items":{"pattern":"(x+x+){400}y"}}}}`, `{"a":["` + strings.Repeat(`xxxxxxxx","`, 100000) + `"]}`},
		"a long enumeration":         {`{"type":"object","properties":{"a":{"items":{"enum":[` + strings.Repeat("1,", 3000) + `2]}}}}`, `{"a":[` + strings.Repeat(`3,`, 100000) + `3]}`},
		"a number to compare":        {`{"type":"object","properties":{"a":{"multipleOf":3}}}`, `{"a":1e999999}`},
		"a number beyond all":        {`{"type":"object","properties":{"a":{"minimum":3}}}`, `{"a":[{"b":-1E99999999}]}`},
		"a number of many digits":    {`{"type":"object","properties":{"a":{"type":"integer"}}}`, `{"a":` + strings.Repeat("9", 1<<20) + `}`},
		"numbers in a set":           {`{"type":"object","properties":{"a":{"uniqueItems":true}}}`, `{"a":[` + strings.Repeat("0,", 25) + `1e4000000]}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := pinned(t, c.schema)
			start := time.Now()
			err := e.CheckArguments([]byte(c.arguments))
			if took := time.Since(start); took > time.Minute {
				t.Errorf("it took %s", took)
			}
			if err == nil || fault.KindOf(err) != fault.Invalid || !strings.Contains(fault.Public(err), "too long to check") && !strings.Contains(fault.Public(err), "out of range") {
				t.Errorf("%.300v", err)
			}
		})
	}
}

func TestLargeArgumentsOfAPlainSchemaAreChecked(t *testing.T) {
	t.Parallel()
	e := pinned(t, `{"type":"object","properties":{"rows":{"type":"array","items":{"type":"object","required":["n"],"properties":{"n":{"type":"integer"},"s":{"type":"string","maxLength":10}}}},"text":{"type":"string","pattern":"^[a-z]+$"}}}`)
	rows := strings.Repeat(`{"n":1,"s":"abc"},`, 20000)
	if err := e.CheckArguments([]byte(`{"rows":[` + rows + `{"n":1}],"text":"` + strings.Repeat("x", 1<<18) + `"}`)); err != nil {
		t.Errorf("%v", err)
	}
	if err := e.CheckArguments([]byte(`{"rows":[` + rows + `{"n":"1"}]}`)); err == nil || !strings.Contains(fault.Public(err), "/rows/20000/n") {
		t.Errorf("%v", err)
	}
}

func TestFiguresOfSchemasAreReasonable(t *testing.T) {
	t.Parallel()
	for name, schema := range map[string]string{
		"two subschemas for each other": chain(60, `{"properties":{"a":%s,"b":%s}}`),
		"a wide one":                    `{"type":"object","properties":{` + manyProperties(1100) + `}}`,
		"references to many places":     references(550),
		"names of many places":          `{"type":"object","properties":{"x":{"$ref":"#/$defs/x/enum/0"}},"$defs":{"x":{"enum":[{"type":"string"}]}}}`,
	} {
		start := time.Now()
		if _, err := tools.NewOffer(tools.KindTool, offered(schema)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if took := time.Since(start); took > time.Minute {
			t.Errorf("%s took %s", name, took)
		}
	}
}

func manyProperties(n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf(`"p%d":{"type":"string"}`, i)
	}
	return strings.Join(all, ",")
}

// references is a schema with n references to what is no schema by its place.
func references(n int) string {
	properties, targets := make([]string, n), make([]string, n)
	for i := range n {
		properties[i] = fmt.Sprintf(`"p%d":{"$ref":"#/x/%d"}`, i, i)
		targets[i] = `{"minimum":1}`
	}
	return `{"type":"object","properties":{` + strings.Join(properties, ",") + `},"x":[` + strings.Join(targets, ",") + `]}`
}
