package tools

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// schema is a compiled input schema.
type schema struct {
	compiled     *jsonschema.Schema
	weight       int                                         // steps for each byte of a value, at most
	inPlace      map[*jsonschema.Schema][]*jsonschema.Schema // what each applies to the same value
	takesNothing bool                                        // the empty object is a valid argument
}

// The bounds of a schema.
const (
	maxSchemaParts = 2500 // objects and arrays in its text
	maxSubschemas  = 1200
	maxInPlace     = 64 // schemas within each other that apply to one value
	schemaURL      = "gatehouse:///schema"
)

// compileInput compiles the input schema of a tool, whose root is an object
// type: that is what the protocol asks of every revision.
func compileInput(text []byte) (*schema, error) {
	v, err := parse(text)
	if err != nil {
		return nil, err
	}
	if v.kind != '{' || v.get("type").str() != "object" {
		return nil, errors.New(`"type" of the root must be "object"`)
	}
	s, err := compileSchema(v)
	if err != nil {
		return nil, err
	}
	nothing := map[string]any{}
	s.takesNothing = s.affords(nothing) && s.compiled.Validate(nothing) == nil
	return s, nil
}

// compileSchema compiles a JSON Schema, of draft 2020-12 unless it says another.
// It never loads anything: a $ref resolves within the schema only. Format and
// content keywords are annotations in every draft. What the compiler does not
// survive is refused.
func compileSchema(v *value) (s *schema, err error) {
	defer func() {
		if r := recover(); r != nil {
			s, err = nil, fmt.Errorf("it cannot be compiled: %.200v", r)
		}
	}()
	if countParts(v) > maxSchemaParts {
		return nil, fmt.Errorf("it has more than %d parts", maxSchemaParts)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(v.raw))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.UseLoader(noLoader{})
	c.UseRegexpEngine(newPattern)
	if err := c.AddResource(schemaURL, doc); err != nil {
		return nil, err
	}
	compiled, err := c.Compile(schemaURL)
	if err != nil {
		return nil, explain(err)
	}
	g, err := examine(compiled)
	if err != nil {
		return nil, err
	}
	return &schema{compiled: compiled, weight: g.weight(compiled), inPlace: g.inPlace()}, nil
}

func countParts(v *value) int {
	n := 0
	if v.kind == '{' || v.kind == '[' {
		n = 1
	}
	for _, m := range v.members {
		n += countParts(m.value)
	}
	for _, item := range v.items {
		n += countParts(item)
	}
	return n
}

// explain says in a sentence why a schema does not compile.
func explain(err error) error {
	var invalid *jsonschema.SchemaValidationError
	var details *jsonschema.ValidationError
	if errors.As(err, &invalid) && errors.As(invalid.Err, &details) {
		return errors.New("it is not a JSON Schema: " + strings.Join(complaints(details, nil), "; "))
	}
	return errors.New(clip(strings.ReplaceAll(err.Error(), schemaURL, "")))
}

type noLoader struct{}

func (noLoader) Load(url string) (any, error) {
	return nil, fmt.Errorf("reference to %s: a schema may refer to itself only", clip(url))
}
