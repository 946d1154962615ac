package orgfile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"gatehouse/internal/tenants"
)

// SchemaPath is where a deployment serves the schema, below its base URL.
const SchemaPath = "/org.schema.json"

// Schema returns the JSON Schema (draft 2020-12) of the document, made from its
// types, for editors and for whoever writes documents by program. Its own
// address is id. It accepts whatever Read and Apply accept, and little more: what
// takes two entries to see, such as keys that are there twice, or a state.
func Schema(id string) ([]byte, error) {
	s := schemaOf(reflect.TypeFor[Document](), member{})
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	s.Dialect = "https://json-schema.org/draft/2020-12/schema"
	s.ID = id
	s.Title = "Gatehouse organization"
	s.Examples = []any{json.RawMessage(smallest)}
	s.Description = "What an organization decides about who may use which tools: the content of org.yaml."
	if err := encoder.Encode(s); err != nil {
		return nil, fmt.Errorf("encode schema: %w", err)
	}
	return b.Bytes(), nil
}

// smallest is a document that makes one tool everybody's.
const smallest = `{"gatehouse": 1, "tools": [{"name": "search", "effect": "read"}],
	"roles": [{"name": "Everyday", "permissions": [{"effect": "allow", "patterns": ["search"]}]}],
	"assignments": [{"role": "Everyday", "subject": {"kind": "everybody"}}]}`

// schema has the keywords in the order in which they are written.
type schema struct {
	Dialect     string     `json:"$schema,omitempty"`
	ID          string     `json:"$id,omitempty"`
	Title       string     `json:"title,omitempty"`
	Description string     `json:"description,omitempty"`
	Type        string     `json:"type,omitempty"`
	Const       any        `json:"const,omitempty"`
	Enum        []any      `json:"enum,omitempty"`
	Format      string     `json:"format,omitempty"`
	Pattern     string     `json:"pattern,omitempty"`
	MinLength   *int       `json:"minLength,omitempty"`
	MaxLength   *int       `json:"maxLength,omitempty"`
	Minimum     *int       `json:"minimum,omitempty"`
	Maximum     *int       `json:"maximum,omitempty"`
	MinItems    *int       `json:"minItems,omitempty"`
	MaxItems    *int       `json:"maxItems,omitempty"`
	Items       *schema    `json:"items,omitempty"`
	Properties  properties `json:"properties,omitempty"`
	Required    []string   `json:"required,omitempty"`
	MinMembers  int        `json:"minProperties,omitempty"`
	MaxMembers  int        `json:"maxProperties,omitempty"`
	Additional  *bool      `json:"additionalProperties,omitempty"`
	Not         *schema    `json:"not,omitempty"`
	AllOf       []schema   `json:"allOf,omitempty"`
	If          *schema    `json:"if,omitempty"`
	Then        *schema    `json:"then,omitempty"`
	Examples    []any      `json:"examples,omitempty"`
}

// properties are written in the order of the document, not of the alphabet.
type properties []property

type property struct {
	name   string
	schema schema
}

// MarshalJSON implements json.Marshaler.
func (p properties) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, one := range p {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Quote(one.name) + ":")
		encoder := json.NewEncoder(&b)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(one.schema); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// guidPattern and timePattern are what GUIDs and times are read from
// (RFC 9562 §4, RFC 3339 §5.6 in capitals).
const (
	timePattern = `^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$`
	guidPattern = "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"
)

func schemaOf(t reflect.Type, m member) schema {
	s := schema{Description: m.field.Tag.Get("doc"), Format: m.field.Tag.Get("format"), Pattern: m.field.Tag.Get("pattern"), Type: "string"}
	s.MinLength, s.MaxLength, s.MinItems, s.MaxItems = m.limit("minLength"), m.limit("maxLength"), m.limit("minItems"), m.limit("maxItems")
	for _, word := range m.enum() {
		s.Enum = append(s.Enum, word)
	}
	if text := m.field.Tag.Get("example"); text != "" {
		s.Examples = []any{text}
	}
	switch {
	case t == reflect.TypeFor[Duration]():
		s.Pattern = durationPattern
	case t == reflect.TypeFor[tenants.GUID]():
		s.Pattern, s.Not = guidPattern, &nothing
	case s.Format == "date-time":
		s.Pattern = timePattern
	case t.Kind() == reflect.Pointer && t.Elem().Kind() != reflect.String:
		return schemaOf(t.Elem(), m)
	case t.Kind() == reflect.Bool:
		s.Type = "boolean"
	case t.Kind() == reflect.Int:
		s.Type, s.Enum, s.Minimum, s.Maximum = "integer", numbers(m.enum()), m.limit("minimum"), m.limit("maximum")
	case t.Kind() == reflect.Slice:
		s.list(t.Elem())
	case t.Kind() == reflect.Struct:
		s.object(t)
	case t.Kind() == reflect.String && s.Enum == nil && s.Pattern == "":
		s.MinLength = new(1) // the empty text is what is left out
	}
	return s
}

// list makes the schema that of a list. An example is one of an entry.
func (s *schema) list(of reflect.Type) {
	items := schemaOf(of, member{})
	items.Examples, s.Examples = s.Examples, nil
	s.Type, s.Items = "array", &items
}

func (s *schema) object(t reflect.Type) {
	s.Type, s.Additional = "object", new(bool)
	for _, m := range members(t) {
		s.Properties = append(s.Properties, property{m.name, schemaOf(m.field.Type, m)})
		if m.required {
			s.Required = append(s.Required, m.name)
		}
	}
	if refine, known := refinements[t]; known {
		refine(s)
	}
}

func (m member) limit(tag string) *int {
	if n, bounded := m.bound(tag); bounded {
		return &n
	}
	return nil
}

func numbers(words []string) []any {
	var out []any
	for _, w := range words {
		if n, err := strconv.Atoi(strings.TrimSpace(w)); err == nil {
			out = append(out, n)
		}
	}
	return out
}
