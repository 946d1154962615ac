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
// types, for editors and for whoever writes documents by program. It accepts
// whatever Check accepts, and more: it cannot see keys that are there twice.
func Schema() ([]byte, error) {
	s := schemaOf(reflect.TypeFor[Document](), member{})
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	s.Dialect = "https://json-schema.org/draft/2020-12/schema"
	s.Title = "Gatehouse organization"
	s.Description = "What an organization decides about who may use which tools: the content of org.yaml."
	if err := encoder.Encode(s); err != nil {
		return nil, fmt.Errorf("encode schema: %w", err)
	}
	return b.Bytes(), nil
}

// schema has the keywords in the order in which they are written.
type schema struct {
	Dialect     string     `json:"$schema,omitempty"`
	Title       string     `json:"title,omitempty"`
	Description string     `json:"description,omitempty"`
	Type        string     `json:"type"`
	Enum        []any      `json:"enum,omitempty"`
	Format      string     `json:"format,omitempty"`
	Pattern     string     `json:"pattern,omitempty"`
	MinLength   *int       `json:"minLength,omitempty"`
	MaxLength   *int       `json:"maxLength,omitempty"`
	MinItems    *int       `json:"minItems,omitempty"`
	MaxItems    *int       `json:"maxItems,omitempty"`
	Items       *schema    `json:"items,omitempty"`
	Properties  properties `json:"properties,omitempty"`
	Required    []string   `json:"required,omitempty"`
	Additional  *bool      `json:"additionalProperties,omitempty"`
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

// durationPattern is what time.ParseDuration reads, sign and zero aside.
const durationPattern = `^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$`

const guidPattern = "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"

func schemaOf(t reflect.Type, m member) schema {
	s := schema{Description: m.field.Tag.Get("doc"), Format: m.field.Tag.Get("format"), Pattern: m.field.Tag.Get("pattern"), Type: "string"}
	s.MinLength, s.MaxLength, s.MinItems, s.MaxItems = m.limit("minLength"), m.limit("maxLength"), m.limit("minItems"), m.limit("maxItems")
	for _, word := range m.enum() {
		s.Enum = append(s.Enum, word)
	}
	switch {
	case t == reflect.TypeFor[Duration]():
		s.Pattern = durationPattern
	case t == reflect.TypeFor[tenants.GUID]():
		s.Pattern = guidPattern
	case s.Format == "date-time":
	case t.Kind() == reflect.Pointer:
		return schemaOf(t.Elem(), m)
	case t.Kind() == reflect.Int:
		s.Type, s.Enum = "integer", numbers(m.enum())
	case t.Kind() == reflect.Slice:
		items := schemaOf(t.Elem(), member{})
		s.Type, s.Items = "array", &items
	case t.Kind() == reflect.Struct:
		s.object(t)
	}
	return s
}

func (s *schema) object(t reflect.Type) {
	s.Type, s.Additional = "object", new(bool)
	for _, m := range members(t) {
		s.Properties = append(s.Properties, property{m.name, schemaOf(m.field.Type, m)})
		if m.required {
			s.Required = append(s.Required, m.name)
		}
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
