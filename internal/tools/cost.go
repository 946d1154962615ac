package tools

import (
	"encoding/json"
	"math"
	"slices"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// A step is some tenths of a microsecond of checking. So many a call may cost.
const maxSteps = 4 << 20

// unbounded is the weight of a schema whose work may grow faster than the
// arguments.
const unbounded = math.MaxInt

func plus(a, b int) int {
	if a >= unbounded-b {
		return unbounded
	}
	return a + b
}

// heaviness is how many steps a schema takes for each byte of a value at most,
// without the schemas that it applies.
func heaviness(s *jsonschema.Schema) int {
	n := 8 + listed(s) + sizeOf(s.Pattern)
	for re := range s.PatternProperties {
		n += 4 + sizeOf(re)
	}
	if s.UniqueItems {
		n += 32
	}
	return n
}

// sizeOf is how long the program of a pattern is.
func sizeOf(re jsonschema.Regexp) int {
	if p, ok := re.(*pattern); ok && p.re != nil {
		return p.size
	}
	return 0
}

// listed is how many names and values a schema goes through for every value.
func listed(s *jsonschema.Schema) int {
	n := len(s.Required) + len(s.DependentRequired) + len(s.DependentSchemas) + len(s.Dependencies)
	for _, names := range s.DependentRequired {
		n += len(names)
	}
	for _, d := range s.Dependencies {
		if names, ok := d.([]string); ok {
			n += len(names)
		}
	}
	if s.Enum != nil {
		n += 4 * len(s.Enum.Values)
	}
	return n
}

// affords reports whether checking the value takes no more steps than a call
// may cost. It walks as the validator does, at a small part of the cost, but
// never stops early.
func (s *schema) affords(v any) bool {
	m := meter{s.inPlace, maxSteps}
	m.spend(s.compiled, v)
	return m.left > 0
}

type meter struct {
	inPlace map[*jsonschema.Schema][]*jsonschema.Schema
	left    int
}

func (m *meter) spend(s *jsonschema.Schema, v any) {
	m.left -= 8 + listed(s)
	for _, sub := range m.inPlace[s] {
		if m.left <= 0 {
			return
		}
		m.spend(sub, v)
	}
	switch v := v.(type) {
	case map[string]any:
		m.object(s, v)
	case []any:
		m.array(s, v)
	case string:
		m.left -= len(v)/64 + len(v)*sizeOf(s.Pattern)/8
	case json.Number:
		m.left -= len(v)
	}
}

func (m *meter) object(s *jsonschema.Schema, object map[string]any) {
	for name, v := range object {
		if m.left--; m.left <= 0 {
			return
		}
		if sub := s.Properties[name]; sub != nil {
			m.spend(sub, v)
		}
		for re, sub := range s.PatternProperties {
			if m.left -= 1 + len(name)*sizeOf(re)/8; m.left <= 0 {
				return
			}
			if re.MatchString(name) {
				m.spend(sub, v)
			}
		}
		for _, sub := range schemas(s.AdditionalProperties) {
			m.spend(sub, v)
		}
		if s.PropertyNames != nil {
			m.spend(s.PropertyNames, name)
		}
		if s.UnevaluatedProperties != nil {
			m.spend(s.UnevaluatedProperties, v)
		}
	}
}

func (m *meter) array(s *jsonschema.Schema, array []any) {
	if s.UniqueItems {
		m.hash(array)
	}
	each := append(schemas(s.AdditionalItems), s.Contains, s.Items2020, s.UnevaluatedItems)
	lists := slices.Clone(s.PrefixItems)
	switch items := s.Items.(type) {
	case *jsonschema.Schema:
		each = append(each, items)
	case []*jsonschema.Schema:
		lists = items
	}
	for i, v := range array {
		if m.left--; m.left <= 0 {
			return
		}
		if i < len(lists) {
			m.spend(lists[i], v)
		}
		for _, sub := range each {
			if sub != nil {
				m.spend(sub, v)
			}
		}
	}
}

// hash spends what uniqueItems takes: it goes through all that is within.
func (m *meter) hash(v any) {
	if m.left -= 8; m.left <= 0 {
		return
	}
	switch v := v.(type) {
	case map[string]any:
		for name, item := range v {
			m.left -= len(name) / 64
			m.hash(item)
		}
	case []any:
		for _, item := range v {
			m.hash(item)
		}
	case string:
		m.left -= len(v) / 64
	case json.Number:
		m.left -= len(v)
	}
}
