package wire

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

const (
	annotationName = "x-mcp-header"
	paramPrefix    = "Mcp-Param-"
	mostParams     = 64
)

// schemaLimits bound an input schema, which has been decoded as part of a tool's
// definition before.
var schemaLimits = Limits{MaxBytes: 1 << 20, MaxDepth: 64}

// ParseHeaderParams returns the arguments that the annotations x-mcp-header of
// an input schema ask to repeat in headers, in the order of the schema. The
// error says which annotation is not valid, by its place; a tool with such a one
// has to be left out by clients: a name that is empty, no token or not unique, a
// type that is not string, integer or boolean, a place that is not reached by
// "properties" alone, or more than 64 of them.
func ParseHeaderParams(inputSchema []byte) ([]HeaderParam, error) {
	a := annotations{}
	if err := a.schema(inputSchema, &position{reached: true}); err != nil {
		return nil, err
	}
	return a.found, nil
}

type annotations struct{ found []HeaderParam }

// schema reads the schema that stands at a position, and those within.
func (a *annotations) schema(text []byte, at *position) error {
	if at.parent != nil && (len(text) == 0 || text[0] != '{') {
		return nil // true, false, or nothing that a schema may be
	}
	members, err := Members(text, schemaLimits)
	if err != nil {
		return fmt.Errorf("the input schema at %.200q: %w", at, err)
	}
	if name := Value(members, annotationName); name != nil {
		if err := a.annotation(name, Value(members, "type"), at); err != nil {
			return fmt.Errorf("%s at %.200q of the input schema %w", annotationName, at, err)
		}
	}
	for _, m := range members {
		if err := a.keyword(m, at); err != nil {
			return err
		}
	}
	return nil
}

// keyword reads the schemas in the value of one keyword. Those of a keyword that
// nobody knows are none.
func (a *annotations) keyword(m Member, at *position) error {
	switch m.Name {
	case "properties":
		return a.each(m, at, at.reached)
	case "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies":
		return a.each(m, at, false)
	case "allOf", "anyOf", "oneOf", "prefixItems":
		return a.list(m, at)
	case "items":
		if len(m.Value) > 0 && m.Value[0] == '[' { // drafts before 2020-12
			return a.list(m, at)
		}
		return a.schema(m.Value, at.below(m.Name, ""))
	case "additionalItems", "additionalProperties", "unevaluatedItems", "unevaluatedProperties", "contains",
		"propertyNames", "not", "if", "then", "else", "contentSchema":
		return a.schema(m.Value, at.below(m.Name, ""))
	}
	return nil
}

// each reads an object of schemas by name.
func (a *annotations) each(m Member, at *position, reached bool) error {
	if len(m.Value) == 0 || m.Value[0] != '{' {
		return nil
	}
	schemas, err := Members(m.Value, schemaLimits)
	if err != nil {
		return fmt.Errorf("the input schema at %.200q: %w", at, err)
	}
	for _, s := range schemas {
		next := at.below(m.Name, s.Name)
		next.reached = reached
		if err := a.schema(s.Value, next); err != nil {
			return err
		}
	}
	return nil
}

// list reads an array of schemas.
func (a *annotations) list(m Member, at *position) error {
	if len(m.Value) == 0 || m.Value[0] != '[' {
		return nil
	}
	s := scanner{src: m.Value, depth: schemaLimits.MaxDepth}
	s.descend()
	for first := true; s.item(first); first = false {
		if err := a.schema(s.raw(), at.below(m.Name, "")); err != nil {
			return err
		}
	}
	return nil
}

// annotation takes down one annotation. The error continues a sentence that
// names its place.
func (a *annotations) annotation(value, of []byte, at *position) error {
	name, ok := Text(value)
	if !ok || !isToken(name) {
		return errors.New("must be a string that a header's name can end with: letters, digits and !#$%&'*+-.^_`|~")
	}
	if !at.reached || at.parent == nil {
		return errors.New(`must stand where "properties" alone lead to`)
	}
	kind, _ := Text(of)
	p := HeaderParam{Header: http.CanonicalHeaderKey(paramPrefix + name), Path: at.path(), Type: ParamType(kind)}
	switch p.Type {
	case StringParam, IntegerParam, BooleanParam:
	default:
		return errors.New("must belong to a property whose type is string, integer or boolean")
	}
	if slices.ContainsFunc(a.found, func(other HeaderParam) bool { return other.Header == p.Header }) {
		return errors.New("names a header that another one names too, in whatever case")
	}
	if len(a.found) == mostParams {
		return fmt.Errorf("is one more than the %d that are supported", mostParams)
	}
	a.found = append(a.found, p)
	return nil
}

// isToken reports whether s is a token (RFC 9110 §5.6.2).
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && !isDigit(c) && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return false
		}
	}
	return s != ""
}

// position is where a schema stands within the input schema.
type position struct {
	parent  *position // nil: at the root
	keyword string    // of the parent, in whose value the schema stands
	name    string    // of the schema there, where it has one
	reached bool      // by properties alone
}

func (p *position) below(keyword, name string) *position {
	return &position{parent: p, keyword: keyword, name: name}
}

// path returns the names of the properties that lead here.
func (p *position) path() []string {
	var names []string
	for ; p.parent != nil; p = p.parent {
		names = append(names, p.name)
	}
	slices.Reverse(names)
	return names
}

// String returns the keywords and names that lead here.
func (p *position) String() string {
	var steps []string
	for ; p.parent != nil; p = p.parent {
		if p.name != "" {
			steps = append(steps, p.name)
		}
		steps = append(steps, p.keyword)
	}
	slices.Reverse(steps)
	return "/" + strings.Join(steps, "/")
}
